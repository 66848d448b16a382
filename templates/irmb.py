"""Inverted residual mobile block (EMO)."""

import torch
from torch import nn


class IRMB(nn.Module):
    """Inverted residual mobile block: attention within grids of positions, then a depthwise convolution.

    u = BN(x), padded with zeros to multiples of window; q, k = W u, c1 -> c1 each, v = act(V u), c1 -> expansion c1;
    o = sum_j softmax_j(q . k_j / sqrt(d)) v_j over the window x window positions that lie H / window rows and
    W / window columns apart, in heads of d channels, the largest divisor of c1 that is not above head;
    y = x + P (o + silu(BN(dw(o)))), dw: depthwise kernel x kernel, P: expansion c1 -> c1.
    "Rethinking Mobile Block for Efficient Attention-based Models", arXiv:2301.01146.
    """

    def __init__(self, c1, head=64, window=7, expansion=1, kernel=3, activation="relu", bias=False):
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"IRMB: kernel={kernel} is even, so the maps would not have the size of the input")
        if activation not in ("relu", "silu", "gelu"):
            raise ValueError(f"IRMB: activation={activation} is unknown")
        hidden = expansion * c1
        self.window = window
        self.heads = min(n for n in range(1, c1 + 1) if c1 % n == 0 and c1 // n <= head)
        self.factor = (c1 // self.heads) ** -0.5
        self.norm = nn.BatchNorm2d(c1)
        self.query_key = nn.Conv2d(c1, 2 * c1, 1, bias=bias)
        self.value = nn.Conv2d(c1, hidden, 1, bias=bias)
        self.act = {"relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU}[activation]()
        self.local = nn.Sequential(
            nn.Conv2d(hidden, hidden, kernel, padding=kernel // 2, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.SiLU(),
        )
        self.project = nn.Conv2d(hidden, c1, 1, bias=False)

    def forward(self, x):
        height, width = x.shape[2:]
        # Of positive numbers, because ONNX rounds the quotient of a negative one towards 0.
        down, across = (height + self.window - 1) // self.window, (width + self.window - 1) // self.window
        u = nn.functional.pad(self.norm(x), (0, across * self.window - width, 0, down * self.window - height))
        query, key = self.grids(self.query_key(u), down, across, 2).unbind(2)
        value = self.grids(self.act(self.value(u)), down, across, 1).squeeze(2)
        # Scaled before the product, which in float16 could leave the range nevertheless.
        wide = torch.promote_types(query.dtype, torch.float32)
        query = query.to(wide) * self.factor
        weights = query.transpose(3, 4).matmul(key.to(wide)).softmax(4).to(value.dtype)
        y = value.matmul(weights.transpose(3, 4))
        y = y.reshape(x.shape[0], down, across, -1, self.window, self.window).permute(0, 3, 4, 1, 5, 2)
        y = y.reshape(x.shape[0], -1, down * self.window, across * self.window)[:, :, :height, :width]
        return x + self.project(y + self.local(y))

    def grids(self, x, down, across, parts):
        """Give (batch, grids, parts, heads, channels of a head, positions); a grid is every down-th row, and so on."""
        b, c = x.shape[:2]
        x = x.reshape(b, c, self.window, down, self.window, across).permute(0, 3, 5, 1, 2, 4)
        return x.reshape(b, down * across, parts, self.heads, c // (parts * self.heads), self.window * self.window)
