"""Spatial and Channel Synergistic Attention."""

import torch
from torch import nn


class SCSA(nn.Module):
    """Spatial and Channel Synergistic Attention: gates of rows and columns, then one of channels by self-attention.

    u = x * a(means of rows) * a(means of columns), a(z) = sigmoid(GN(cat of conv3, conv5, conv7, conv9 of z's
    quarters)), the convolutions depth-wise and shared by both axes; y = u * sigmoid(mean(softmax(q k^T / sqrt(d)) v)),
    q, k and v scaled copies of GN(means of u in windows), the softmax over the d channels of a head.
    "SCSA: Exploring the Synergistic Effects Between Spatial and Channel Attention", arXiv:2407.05128.
    """

    def __init__(self, c1, heads=1, window=7):
        super().__init__()
        if c1 % 4:
            raise ValueError(f"SCSA: {c1} channels can't be quartered")
        while c1 % heads:
            heads -= 1
        self.heads = heads
        self.window = window
        self.strips = nn.ModuleList(
            [nn.Conv1d(c1 // 4, c1 // 4, length, padding=length // 2, groups=c1 // 4) for length in (3, 5, 7, 9)]
        )
        self.rows = nn.GroupNorm(4, c1)
        self.columns = nn.GroupNorm(4, c1)
        # A window that a map does not fill is cut to the map; `channel` leaves out those behind whole ones.
        self.pool = nn.AvgPool2d(window, window, ceil_mode=True, count_include_pad=False)
        self.norm = nn.GroupNorm(1, c1)
        self.query = nn.Conv2d(c1, c1, 1, groups=c1, bias=False)
        self.key = nn.Conv2d(c1, c1, 1, groups=c1, bias=False)
        self.value = nn.Conv2d(c1, c1, 1, groups=c1, bias=False)

    def forward(self, x):
        rows = self.spread(x.mean(3), self.rows).unsqueeze(3)
        columns = self.spread(x.mean(2), self.columns).unsqueeze(2)
        x = x * rows.to(x.dtype) * columns.to(x.dtype)
        return x * self.channel(x)

    def spread(self, z, norm):
        each = self.strips[0].in_channels
        z = torch.cat([strip(z[:, number * each : (number + 1) * each]) for number, strip in enumerate(self.strips)], 1)
        return self.normalise(z, norm).sigmoid()

    def normalise(self, z, norm):
        # The module itself branches on the size: it refuses a single value, and a tracer warns of it. Under autocast
        # the normalisation takes the precision of its weights.
        return torch.group_norm(z.to(norm.weight.dtype), norm.num_groups, norm.weight, norm.bias, norm.eps)

    def channel(self, x):
        b, c, h, w = x.shape
        down, right = h // self.window + (h < self.window), w // self.window + (w < self.window)
        x = self.normalise(self.pool(x)[:, :, :down, :right], self.norm)
        shape = (b, self.heads, c // self.heads, -1)
        query = self.query(x).reshape(shape) * (c // self.heads) ** -0.5
        weights = query.matmul(self.key(x).reshape(shape).transpose(2, 3)).softmax(3)
        # The mean over the windows may be taken before the product with the weights, which is smaller then.
        value = self.value(x).mean((2, 3)).reshape(b, self.heads, c // self.heads, 1)
        return weights.matmul(value).reshape(b, c, 1, 1).sigmoid()
