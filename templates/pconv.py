"""Partial convolution of FasterNet."""

import torch
from torch import nn


class PConv(nn.Module):
    """Partial convolution: 3 x 3 on the first part of the channels, the others as they are.

    y = cat(conv3(x[:p]), x[p:]) on the channels, p = c1 // divide.
    "Run, Don't Walk: Chasing Higher FLOPS for Faster Neural Networks", arXiv:2303.03667.
    """

    def __init__(self, c1, divide=4):
        super().__init__()
        if divide < 1:
            raise ValueError(f"PConv: divide={divide} is less than 1")
        self.part = max(c1 // divide, 1)
        self.conv = nn.Conv2d(self.part, self.part, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([self.conv(x[:, : self.part]), x[:, self.part :]], 1)
