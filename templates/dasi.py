"""Dimension-Aware Selective Integration."""

import torch
from torch import nn


class DASI(nn.Module):
    """Dimension-aware selective integration: a map chooses, value by value, between two neighbours of its size.

    y = relu(BN(conv1(o) + u)), o = sigmoid(u) * l + (1 - sigmoid(u)) * h, u = conv1(x1), l = conv1(x2), h = conv3(x3),
    dilated; of two maps o_i = conv1(cat(u_i, l_i)) for each quarter i of the channels, one convolution for all.
    "HCF-Net: Hierarchical Context Fusion Network for Infrared Small Object Detection", arXiv:2403.10778.
    """

    def __init__(self, c1):
        super().__init__()
        c2 = sum(c1)
        if len(c1) not in (2, 3):
            raise ValueError(f"DASI joins two or three maps, and has {len(c1)}")
        if c2 % 4:
            raise ValueError(f"DASI takes quarters of the {c2} channels of all its maps, which 4 does not divide")
        self.first = nn.Conv2d(c1[0], c2, 1)
        self.second = nn.Conv2d(c1[1], c2, 1)
        if len(c1) == 3:
            self.third = nn.Conv2d(c1[2], c2, 3, padding=2, dilation=2)
        else:
            self.pair = nn.Conv2d(c2 // 2, c2 // 4, 1)
        self.mix = nn.Conv2d(c2, c2, 1)
        self.norm = nn.BatchNorm2d(c2)
        self.act = nn.ReLU()

    def forward(self, x):
        u, low = self.first(x[0]), self.second(x[1])
        if len(x) == 3:
            high = self.third(x[2])
            chosen = high + u.sigmoid() * (low - high)
        else:
            pairs = zip(u.chunk(4, 1), low.chunk(4, 1))
            chosen = torch.cat([self.pair(torch.cat(pair, 1)) for pair in pairs], 1)
        return self.act(self.norm(self.mix(chosen) + u))
