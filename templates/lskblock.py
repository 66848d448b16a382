"""Large selective kernel block (LSKNet)."""

import torch
from torch import nn


class LSKBlock(nn.Module):
    """Large selective kernel block: scales the input by depthwise convolutions of two reaches, chosen at each position.

    a_1 = DW(x), 5 x 5, a_2 = DW(a_1), 7 x 7 with a dilation of 3; p_m = P_m a_m, P_m: c1 -> h, h = c1 // 2;
    [s_1, s_2] = sigmoid(conv([mean_c, max_c] of p_1 and p_2 together)), 7 x 7, 2 -> 2;
    g(x) = x * W(p_1 * s_1 + p_2 * s_2), W: h -> c1; all convolutions with bias. y = g(x);
    with projections, y = x + W_2 g(gelu(W_1 x)), as around it in LSKNet.
    "Large Selective Kernel Network for Remote Sensing Object Detection", arXiv:2303.09030.
    """

    def __init__(self, c1, projections=False):
        super().__init__()
        hidden = max(c1 // 2, 1)
        self.near = nn.Conv2d(c1, c1, 5, padding=2, groups=c1)
        self.far = nn.Conv2d(c1, c1, 7, padding=9, dilation=3, groups=c1)
        self.near_part = nn.Conv2d(c1, hidden, 1)
        self.far_part = nn.Conv2d(c1, hidden, 1)
        self.select = nn.Conv2d(2, 2, 7, padding=3)
        self.mix = nn.Conv2d(hidden, c1, 1)
        self.before = nn.Sequential(nn.Conv2d(c1, c1, 1), nn.GELU()) if projections else None
        self.after = nn.Conv2d(c1, c1, 1) if projections else None

    def largest(self, x, dim):
        """Give the maximum along a dimension: in training by the form with the faster backward pass."""
        return x.max(dim, keepdim=True)[0] if self.training else x.amax(dim, keepdim=True)

    def forward(self, x):
        u = x if self.before is None else self.before(x)
        near = self.near(u)
        far = self.far_part(self.far(near))
        near = self.near_part(near)
        # Both have as many channels, so the mean and maximum of both together need no copy that joins them.
        mean = (near.mean(1, keepdim=True) + far.mean(1, keepdim=True)) / 2
        largest = torch.max(self.largest(near, 1), self.largest(far, 1))
        shares = self.select(torch.cat([mean, largest], 1)).sigmoid()
        y = u * self.mix(near * shares[:, :1] + far * shares[:, 1:])
        return y if self.after is None else x + self.after(y)
