"""Cascaded Group Attention (EfficientViT)."""

import torch
from torch import nn


class CascadedGroupAttention(nn.Module):
    """Cascaded Group Attention: self-attention in windows, each head on its part of the channels and the last's output.

    y = x + BN(conv(relu(concat(o_1, ..., o_h)))), f_1 = x_1, f_i = x_i + o_(i-1), x_i the i-th of h parts of x,
    [q, k, v] = BN(conv(f_i)), q = BN(depthwise(q)), o_i = v softmax(q' k / sqrt(key_dim) + b_i), b_i a table of the
    distances in rows and columns; q and k have key_dim channels, v as many as x_i. Windows have window x window
    positions; zeros fill them up at the lower and right border. The last BN starts at 0, so y = x at first.
    h = heads, or the largest divisor of c1 below that leaves each head 8 channels.
    "EfficientViT: Memory Efficient Vision Transformer with Cascaded Group Attention", arXiv:2305.07027.
    """

    def __init__(self, c1, heads=4, key_dim=16, window=7, kernel=5):
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"CascadedGroupAttention: kernel={kernel} is even, so queries would not fit the window")
        most = min(heads, max(c1 // 8, 1))
        heads = max(one for one in range(1, most + 1) if c1 % one == 0)
        part = c1 // heads
        self.key_dim = key_dim
        self.window = window
        self.qkv = nn.ModuleList(
            nn.Sequential(nn.Conv2d(part, 2 * key_dim + part, 1, bias=False), nn.BatchNorm2d(2 * key_dim + part))
            for _ in range(heads)
        )
        self.query = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(key_dim, key_dim, kernel, padding=kernel // 2, groups=key_dim, bias=False),
                nn.BatchNorm2d(key_dim),
            )
            for _ in range(heads)
        )
        self.act = nn.ReLU()
        last = nn.BatchNorm2d(c1)
        nn.init.zeros_(last.weight)
        self.project = nn.Sequential(nn.Conv2d(c1, c1, 1, bias=False), last)
        # A row for each distance, of which a query and a key of a window have one; a column for each head.
        self.table = nn.Embedding(window * window, heads)
        nn.init.zeros_(self.table.weight)
        place = torch.arange(window)
        far = (place.unsqueeze(0) - place.unsqueeze(1)).abs()
        index = far.reshape(window, 1, window, 1) * window + far.reshape(1, window, 1, window)
        self.register_buffer("distances", index.reshape(window * window, window * window), persistent=False)

    def forward(self, x):
        b, c, height, width = x.shape
        w = self.window
        rows, columns = height + -height % w, width + -width % w
        windows = nn.functional.pad(x, (0, columns - width, 0, rows - height))
        windows = windows.reshape(b, c, rows // w, w, columns // w, w).permute(0, 2, 4, 1, 3, 5).reshape(-1, c, w, w)
        biases = self.table(self.distances).permute(2, 0, 1)
        out = 0
        outs = []
        for number, part in enumerate(windows.chunk(len(self.qkv), 1)):
            q, k, v = self.qkv[number](part + out).split([self.key_dim, self.key_dim, part.shape[1]], 1)
            q = self.query[number](q).flatten(2) * self.key_dim**-0.5
            attention = (q.transpose(1, 2).matmul(k.flatten(2)) + biases[number]).softmax(2)
            out = v.flatten(2).matmul(attention.transpose(1, 2)).reshape(part.shape)
            outs.append(out)
        y = self.project(self.act(torch.cat(outs, 1)))
        y = y.reshape(b, rows // w, columns // w, c, w, w).permute(0, 3, 1, 4, 2, 5).reshape(b, c, rows, columns)
        return x + y[:, :, :height, :width]
