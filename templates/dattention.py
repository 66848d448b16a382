"""Deformable attention (DAT)."""

import torch
from torch import nn


class DAttention(nn.Module):
    """Deformable attention: each position attends to as many samples of the map, taken at places that are learnt.

    q = Wq x; in each of g groups, offsets = tanh(W gelu(LN(DW(q)))) offset_range / 2, in positions, DW kernel x kernel;
    s_ij = x at (i + 1/2, j + 1/2) + offset_ij, bilinear, zeros beyond the map; k = Wk s, v = Wv s;
    y = Wo (v softmax(q' k / sqrt(d)) + conv(q)), in each of h heads of d = c1 / h channels, conv depthwise 3 x 3; W has
    no bias, all other layers have. h = heads, or the largest divisor of c1 below that leaves each head 8 channels;
    g = groups, or the largest divisor of h below.
    "Vision Transformer with Deformable Attention", arXiv:2201.00520.
    """

    def __init__(self, c1, heads=8, groups=4, kernel=3, offset_range=4.0):
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"DAttention: kernel={kernel} is even, so there would not be an offset for each position")
        most = min(heads, max(c1 // 8, 1))
        self.heads = max(one for one in range(1, most + 1) if c1 % one == 0)
        self.groups = max(one for one in range(1, groups + 1) if self.heads % one == 0)
        self.reach = offset_range / 2
        part = c1 // self.groups
        self.query = nn.Conv2d(c1, c1, 1)
        self.near = nn.Conv2d(part, part, kernel, padding=kernel // 2, groups=part)
        self.norm = nn.LayerNorm(part)
        self.act = nn.GELU()
        self.offset = nn.Linear(part, 2, bias=False)
        self.key = nn.Conv2d(c1, c1, 1)
        self.value = nn.Conv2d(c1, c1, 1)
        self.position = nn.Conv2d(c1, c1, 3, padding=1, groups=c1)
        self.project = nn.Conv2d(c1, c1, 1)

    def sample(self, x, q):
        """Sample each group's part of x at as many places as there are positions: (batch, channels, positions)."""
        b, c, h, w = x.shape
        offsets = self.near(q.reshape(b * self.groups, c // self.groups, h, w)).flatten(2).transpose(1, 2)
        # Under autocast the normalisation takes the precision of its weights.
        offsets = self.norm(offsets.to(self.norm.weight.dtype))
        offsets = self.offset(self.act(offsets)).tanh() * self.reach
        rows = torch.arange(h, device=x.device).to(x.dtype)
        columns = torch.arange(w, device=x.device).to(x.dtype)
        # How far each row or column is from where a sample is taken; that is exact before the offset is added.
        rows = (rows.unsqueeze(1) + 0.5 - rows).unsqueeze(1).expand(h, w, h).reshape(h * w, h)
        columns = (columns.unsqueeze(1) + 0.5 - columns).unsqueeze(0).expand(h, w, w).reshape(h * w, w)
        # Bilinear sampling as a product: in the backward pass it is deterministic, which torch's own sampling is not.
        rows = (1 - (rows + offsets[:, :, :1]).abs()).clamp(min=0).unsqueeze(3)
        columns = (1 - (columns + offsets[:, :, 1:]).abs()).clamp(min=0).unsqueeze(2)
        shares = (rows * columns).flatten(2)
        parts = x.reshape(b * self.groups, c // self.groups, h * w)
        return parts.matmul(shares.transpose(1, 2)).reshape(b, c, h, w)

    def forward(self, x):
        b, c, h, w = x.shape
        each = c // self.heads
        q = self.query(x)
        samples = self.sample(x, q)
        k = self.key(samples).reshape(b * self.heads, each, h * w)
        v = self.value(samples).reshape(b * self.heads, each, h * w)
        # Scaled before the product, which half precision would otherwise overflow earlier.
        scaled = (q * each**-0.5).reshape(b * self.heads, each, h * w)
        attention = scaled.transpose(1, 2).matmul(k).softmax(2)
        y = v.matmul(attention.transpose(1, 2)).reshape(b, c, h, w)
        return self.project(y + self.position(q))
