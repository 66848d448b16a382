"""Partial convolution (FasterNet)."""

import torch
from torch import nn


class PConv(nn.Module):
    """Partial convolution: a 3 x 3 convolution on some of the channels, the others pass.

    y = cat(conv(x_1), x_2), x_1 the first p = c1 // divide channels, without bias.
    "Run, Don't Walk: Chasing Higher FLOPS for Faster Neural Networks", arXiv:2303.03667.
    """

    def __init__(self, c1, divide=4):
        super().__init__()
        part = max(c1 // divide, 1)
        self.sizes = (part, c1 - part)
        self.partial = nn.Conv2d(part, part, 3, padding=1, bias=False)

    def forward(self, x):
        first, rest = x.split(self.sizes, 1)
        return torch.cat((self.partial(first), rest), 1)
