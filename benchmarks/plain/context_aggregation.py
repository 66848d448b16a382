"""Context aggregation in `nn` layers: four convolutions of 1 x 1, and a product of values with softmaxed keys."""

import torch
from torch import nn


class Plain(nn.Module):
    """Values at every position, pooled by the keys' softmax, projected and gated."""

    def __init__(self, c1):
        super().__init__()
        self.a = nn.Conv2d(c1, 1, 1)
        self.k = nn.Conv2d(c1, 1, 1)
        self.v = nn.Conv2d(c1, c1, 1)
        self.m = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        b, c = x.shape[:2]
        gate = self.a(x).sigmoid()
        key = self.k(x).view(b, 1, -1, 1).softmax(2).view(b, 1, -1, 1)
        value = self.v(x).view(b, 1, c, -1)
        context = self.m(torch.matmul(value, key).view(b, c, 1, 1))
        return x + context * gate
