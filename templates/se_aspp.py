"""Atrous Spatial Pyramid Pooling with Squeeze-and-Excitation."""

import torch
from torch import nn


class SEASPP(nn.Module):
    """Atrous spatial pyramid pooling whose branches are scaled by a squeeze-and-excitation.

    y = relu(BN(conv(u * g))), g = sigmoid(W2 relu(W1 mean(u))), u = cat(b0, b1, b2, b3, p), b a 1 x 1 convolution and
    three of 3 x 3 with the dilations 6, 12 and 18, each with BN and relu, p = relu(conv(mean(x))) at every position.
    ASPP: "Rethinking Atrous Convolution for Semantic Image Segmentation", arXiv:1706.05587.
    """

    def __init__(self, c1, c2, rate=1, reduction=16, narrow=1):
        super().__init__()
        each = max(c2 // narrow, 1)
        hidden = max(5 * each // reduction, 1)
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(c1, each, kernel, padding=dilation * (kernel // 2), dilation=dilation),
                nn.BatchNorm2d(each),
                nn.ReLU(),
            )
            for kernel, dilation in ((1, 1), (3, 6 * rate), (3, 12 * rate), (3, 18 * rate))
        )
        # A normalisation of a 1 x 1 map cannot train on a single image.
        self.pooled = nn.Sequential(nn.Conv2d(c1, each, 1), nn.ReLU())
        self.squeeze = nn.Conv2d(5 * each, hidden, 1)
        self.act = nn.ReLU()
        self.excite = nn.Conv2d(hidden, 5 * each, 1)
        self.project = nn.Sequential(nn.Conv2d(5 * each, c2, 1), nn.BatchNorm2d(c2), nn.ReLU())

    def forward(self, x):
        maps = [branch(x) for branch in self.branches]
        mean = self.pooled(x.mean((2, 3), keepdim=True))
        u = torch.cat([*maps, mean.expand(-1, -1, x.shape[2], x.shape[3])], 1)
        gate = self.excite(self.act(self.squeeze(u.mean((2, 3), keepdim=True))))
        return self.project(u * gate.sigmoid())
