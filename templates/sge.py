"""Spatial Group-wise Enhance."""

import torch
from torch import nn


class SGE(nn.Module):
    """Spatial Group-wise Enhance: gates each position of a group of channels by its likeness to the group's mean.

    y = x * sigmoid(a t + b), t = (s - mean(s)) / (std(s) + 1e-5), s_p = sum over the group of x_cp * mean(x_c),
    mean and std (unbiased) over all positions p, one a and b for each group; at first a = 0 and b = 1.
    Where groups do not divide c1, the largest smaller number is taken that does.
    "Spatial Group-wise Enhance: Improving Semantic Feature Learning in Convolutional Networks", arXiv:1905.09646.
    """

    def __init__(self, c1, groups=64):
        super().__init__()
        while c1 % groups:
            groups -= 1
        self.groups = groups
        # A factor and a summand for each group: a depth-wise convolution of 1 x 1.
        self.affine = nn.Conv2d(groups, groups, 1, groups=groups)
        nn.init.zeros_(self.affine.weight)
        nn.init.ones_(self.affine.bias)

    def forward(self, x):
        b, c, h, w = x.shape
        groups = x.reshape(b, self.groups, c // self.groups, h * w)
        mean = groups.mean(3, keepdim=True).to(torch.promote_types(x.dtype, torch.float32))
        # t does not depend on the scale of s, apart from the 1e-5; unscaled, s leaves the range of half precision.
        peak = mean.abs().amax(2, keepdim=True).clamp(min=1e-12) * (c // self.groups)
        s = (mean / peak).to(x.dtype).transpose(2, 3).matmul(groups).to(mean.dtype)
        t = s - s.mean(3, keepdim=True)
        # A single position has no deviation: 0 / 1 and not 0 / 0.
        variance = t.square().sum(3, keepdim=True) / (h * w - 1 + (h * w == 1))
        t = t / (variance.sqrt() + 1e-5 / peak)
        gate = self.affine(t.to(x.dtype).reshape(b, self.groups, h, w)).sigmoid()
        return (groups * gate.reshape(b, self.groups, 1, h * w)).reshape(b, c, h, w)
