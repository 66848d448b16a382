"""Bottleneck Attention Module."""

import torch
from torch import nn


class BAM(nn.Module):
    """Bottleneck Attention Module: a gate from the sum of a channel's logit and a position's.

    y = x * (1 + sigmoid(W2 relu(BN(W1 mean(x))) + F4 F3 F2 F1 x)), W1: c1 -> h, W2: h -> c1, F1 1 x 1 to h channels,
    F2 and F3 3 x 3 with a dilation, all three with BN and relu, F4 1 x 1 to one channel; h = c1 // reduction.
    "BAM: Bottleneck Attention Module", arXiv:1807.06514.
    """

    def __init__(self, c1, reduction=16, dilation=4):
        super().__init__()
        hidden = max(c1 // reduction, 1)
        self.squeeze = nn.Linear(c1, hidden)
        self.squeezed = nn.BatchNorm1d(hidden)
        self.relu = nn.ReLU()
        self.excite = nn.Linear(hidden, c1)
        self.spatial = nn.Sequential(
            nn.Conv2d(c1, hidden, 1),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
        )
        self.leave = nn.Conv2d(hidden, 1, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        hidden = self.relu(self.normalised(self.squeeze(x.mean((2, 3)))))
        gate = (self.excite(hidden)[:, :, None, None] + self.leave(self.spatial(x))).sigmoid()
        return torch.addcmul(x, x, gate)

    def normalised(self, z):
        norm = self.squeezed
        if self.training and z.shape[0] == 1:
            # A single value has no deviation.
            statistics = norm.running_mean, norm.running_var
            return nn.functional.batch_norm(z, *statistics, norm.weight, norm.bias, False, 0.0, norm.eps)
        return norm(z)
