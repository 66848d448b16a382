"""Squeeze-and-Excitation in `nn` layers: pooling, two linear layers, a product."""

from torch import nn


class Plain(nn.Module):
    """Equations 2 to 4 of the paper, r = 16."""

    def __init__(self, c1, reduction=16):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(c1, c1 // reduction, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(c1 // reduction, c1, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        gate = self.fc(self.pool(x).view(b, c)).view(b, c, 1, 1)
        return x * gate.expand_as(x)
