"""Bi-level routing attention (BiFormer)."""

import math

import torch
from torch import nn


class BRA(nn.Module):
    """Bi-level routing attention: positions attend to those of the regions that suit their own region best.

    The map is parted into regions x regions; q_r and k_r are the means of q and k over a region; each region takes the
    topk regions with the largest q_r' k_r, and each of its positions gets o = v softmax(q' k / sqrt(c1)) over their
    positions, in each of h heads; y = Wo (o + conv(v)), q, k and v 1 x 1 convolutions, conv depthwise
    kernel x kernel, all with bias. What fills up regions at the lower and right border is attended to by none.
    h = heads, or the largest divisor of c1 below that leaves each head 8 channels.
    "BiFormer: Vision Transformer with Bi-Level Routing Attention", arXiv:2303.08810.
    """

    def __init__(self, c1, heads=8, regions=7, topk=4, kernel=3):
        super().__init__()
        if topk > regions * regions:
            raise ValueError(f"BRA: topk={topk} is more than the {regions * regions} regions that there are")
        if kernel % 2 == 0:
            raise ValueError(f"BRA: kernel={kernel} is even, so its output would not have the size of the input")
        most = min(heads, max(c1 // 8, 1))
        self.heads = max(one for one in range(1, most + 1) if c1 % one == 0)
        self.regions = regions
        self.topk = topk
        self.qkv = nn.Conv2d(c1, 3 * c1, 1)
        self.position = nn.Conv2d(c1, c1, kernel, padding=kernel // 2, groups=c1)
        self.project = nn.Conv2d(c1, c1, 1)

    def part(self, x, rows, columns):
        """Part maps into regions of rows x columns, zeros beyond: (batch, regions, positions of one, channels)."""
        b, c, h, w = x.shape
        s = self.regions
        x = nn.functional.pad(x, (0, s * columns - w, 0, s * rows - h)).reshape(b, c, s, rows, s, columns)
        return x.permute(0, 2, 4, 3, 5, 1).reshape(b, s * s, rows * columns, c)

    def forward(self, x):
        b, c, h, w = x.shape
        s, each = self.regions, c // self.heads
        rows, columns = (h + s - 1) // s, (w + s - 1) // s
        qkv = self.qkv(x)
        q, k, v = self.part(qkv, rows, columns).chunk(3, 3)
        # 1 where a region has a position of the map; its last dimension is that of the channels.
        there = self.part(torch.ones_like(x[:1, :1]), rows, columns)
        count = there.sum(2)
        with torch.no_grad():
            # Means over the positions that there are, for what fills a region is 0.
            means_q, means_k = (z.sum(2, dtype=torch.float32) / count.float().clamp(min=1) for z in (q, k))
            fit = means_q.matmul(means_k.transpose(1, 2)).masked_fill(count.transpose(1, 2) == 0, -math.inf)
            routes = fit.topk(self.topk, 2).indices
        # The positions of the regions that each region takes: (batch, regions, heads, positions, channels of a head).
        batch = torch.arange(b, device=x.device).reshape(b, 1, 1)
        taken = (b, s * s, self.topk * rows * columns, self.heads, each)
        k = k[batch, routes].reshape(taken).permute(0, 1, 3, 4, 2)
        v = v[batch, routes].reshape(taken).transpose(2, 3)
        absent = there[0][routes].reshape(b, s * s, 1, 1, self.topk * rows * columns) == 0
        # Scaled before the product, which half precision would otherwise overflow earlier.
        q = (q * c**-0.5).reshape(b, s * s, rows * columns, self.heads, each).transpose(2, 3)
        attention = q.matmul(k).masked_fill(absent, -math.inf).softmax(4)
        y = attention.matmul(v).transpose(2, 3).reshape(b, s, s, rows, columns, c)
        y = y.permute(0, 5, 1, 3, 2, 4).reshape(b, c, s * rows, s * columns)[:, :, :h, :w]
        return self.project(y + self.position(qkv[:, 2 * c :]))
