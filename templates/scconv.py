"""Spatial and channel reconstruction convolution (ScConv)."""

import torch
from torch import nn


class ScConv(nn.Module):
    """Spatial and channel reconstruction: regroups what is informative, then splits, transforms and fuses channels.

    n = GN(x), r = sigmoid(n g / sum(g)), g the weight of GN; where r > 0.5, x_1 = x, x_2 = 0, elsewhere both are r x;
    s = cat(x_1a + x_2b, x_1b + x_2a), a and b the halves of the channels; u, l = U s_a, L s_b, c1 / 2 -> c1 / 4;
    Y_1 = conv3x3(u) + P u, in 2 groups, Y_2 = cat(Q l, l); y = b_1 Y_1 + b_2 Y_2, b the softmax over the two of their
    means, channel by channel; with joint over all 2 c1 means.
    "SCConv: Spatial and Channel Reconstruction Convolution for Feature Redundancy".
    """

    def __init__(self, c1, groups=4, fusion="pairwise"):
        super().__init__()
        if fusion not in ("pairwise", "joint"):
            raise ValueError(f"ScConv: fusion={fusion} is unknown")
        if c1 % 8:
            raise ValueError(f"ScConv: 8 must divide the {c1} channels")
        if c1 % groups:
            raise ValueError(f"ScConv: groups={groups} must divide the {c1} channels")
        quarter = c1 // 4
        self.fusion = fusion
        self.norm = nn.GroupNorm(groups, c1)
        self.upper = nn.Conv2d(c1 // 2, quarter, 1, bias=False)
        self.lower = nn.Conv2d(c1 // 2, quarter, 1, bias=False)
        self.group_conv = nn.Conv2d(quarter, c1, 3, padding=1, groups=2)
        self.point_conv = nn.Conv2d(quarter, c1, 1, bias=False)
        self.cheap_conv = nn.Conv2d(quarter, c1 - quarter, 1, bias=False)

    def forward(self, x):
        upper, lower = self.reconstruct(x).chunk(2, 1)
        upper, lower = self.upper(upper), self.lower(lower)
        first = self.group_conv(upper) + self.point_conv(upper)
        second = torch.cat((self.cheap_conv(lower), lower), 1)
        means = torch.stack((first.mean((2, 3)), second.mean((2, 3))), 1)
        if self.fusion == "joint":
            means = means.flatten(1)
        shares = means.softmax(1).to(first.dtype).reshape(-1, 2, first.shape[1], 1, 1)
        return first * shares[:, 0] + second * shares[:, 1]

    def reconstruct(self, x):
        weight = self.norm.weight / self.norm.weight.sum()
        informative = self.norm(x) * weight[:, None, None]
        little = x * informative.sigmoid().to(x.dtype)
        # The sigmoid is above 0.5 where its argument is positive.
        one = torch.where(informative > 0, x, little)
        two = torch.where(informative > 0, torch.zeros_like(x), little)
        one_a, one_b = one.chunk(2, 1)
        two_a, two_b = two.chunk(2, 1)
        return torch.cat((one_a + two_b, one_b + two_a), 1)
