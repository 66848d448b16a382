"""Multi-Dilated Channel Refiner."""

import torch
from torch import nn


class MDCR(nn.Module):
    """Multi-dilated channel refiner: four quarters of the channels at four dilations, mixed channel by channel.

    y = relu(BN(conv(z))), z_c = relu(BN(W (b1_c, b2_c, b3_c, b4_c))) for each channel c of a quarter, W: 4 -> 4 and
    shared, b_j = relu(BN(conv3(x_j))), depthwise, at the dilations 1, 6, 12 and 18.
    "HCF-Net: Hierarchical Context Fusion Network for Infrared Small Object Detection", arXiv:2403.10778.
    """

    def __init__(self, c1, c2):
        super().__init__()
        if c1 % 4 or c2 % 4:
            raise ValueError(f"MDCR takes quarters of the channels, and gets {c1} and gives {c2}")
        groups = c1 // 4 if c2 % c1 == 0 else c2 // 4 if c1 % c2 == 0 else 1
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(c1 // 4, c2 // 4, 3, padding=dilation, dilation=dilation, groups=groups),
                nn.BatchNorm2d(c2 // 4),
                nn.ReLU(),
            )
            for dilation in (1, 6, 12, 18)
        )
        self.mix = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU())
        self.project = nn.Sequential(nn.Conv2d(c2, c2, 1), nn.BatchNorm2d(c2), nn.ReLU())

    def forward(self, x):
        quarters = x.chunk(4, 1)
        maps = torch.stack([branch(quarter) for branch, quarter in zip(self.branches, quarters)], 1)
        b, _, c, h, w = maps.shape
        # One convolution over all channels at once, which lie below one another.
        mixed = self.mix(maps.reshape(b, 4, c * h, w)).reshape(b, 4, c, h, w)
        return self.project(mixed.transpose(1, 2).reshape(b, 4 * c, h, w))
