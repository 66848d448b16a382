"""Simplified SPPF."""

import torch
from torch import nn


class SimSPPF(nn.Module):
    """Simplified SPPF: three chained poolings side by side, with ReLU.

    y = cv2(cat(t, m(t), m(m(t)), m(m(m(t))))), t = cv1(x), m a max-pooling of pool x pool, cv relu(BN(conv1)).
    "YOLOv6: A Single-Stage Object Detection Framework for Industrial Applications", arXiv:2209.02976.
    """

    def __init__(self, c1, c2, pool=5):
        super().__init__()
        if pool < 1 or pool % 2 == 0:
            raise ValueError(f"SimSPPF: pool={pool} is not odd, so the pooled map would not have the same size")
        hidden = max(c1 // 2, 1)
        self.cv1 = self._conv(c1, hidden)
        self.cv2 = self._conv(4 * hidden, c2)
        self.pool = nn.MaxPool2d(pool, stride=1, padding=pool // 2)

    @staticmethod
    def _conv(c1, c2):
        """Give a 1 x 1 convolution with the names that its parts have in SPPF."""
        block = nn.Sequential()
        block.add_module("conv", nn.Conv2d(c1, c2, 1, bias=False))
        block.add_module("bn", nn.BatchNorm2d(c2))
        block.add_module("act", nn.ReLU())
        return block

    def forward(self, x):
        pooled = [self.cv1(x)]
        for _ in range(3):
            pooled.append(self.pool(pooled[-1]))
        return self.cv2(torch.cat(pooled, 1))
