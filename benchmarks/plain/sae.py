"""Squeeze-aggregated Excitation in `nn` layers: each branch a linear layer of its own, then joined."""

import torch
from torch import nn


class Plain(nn.Module):
    """Four branches of width C / 32 behind one pooling."""

    def __init__(self, c1, reduction=32, cardinality=4):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.branches = nn.ModuleList(
            nn.Sequential(nn.Linear(c1, c1 // reduction, bias=False), nn.ReLU(inplace=True)) for _ in range(cardinality)
        )
        self.excite = nn.Sequential(nn.Linear(c1 // reduction * cardinality, c1, bias=False), nn.Sigmoid())

    def forward(self, x):
        b, c, _, _ = x.size()
        z = self.pool(x).view(b, c)
        gate = self.excite(torch.cat([branch(z) for branch in self.branches], dim=1)).view(b, c, 1, 1)
        return x * gate.expand_as(x)
