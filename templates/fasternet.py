"""FasterNet block."""

import torch
from torch import nn


class FasterNetBlock(nn.Module):
    """FasterNet block: a partial convolution and two of 1 x 1 within a residual.

    y = x + W2 relu(BN(W1 cat(conv3(x[:p]), x[p:]))), p = c1 // divide, W1: c1 -> ratio c1.
    "Run, Don't Walk: Chasing Higher FLOPS for Faster Neural Networks", arXiv:2303.03667.
    """

    def __init__(self, c1, divide=4, ratio=2):
        super().__init__()
        if divide < 1:
            raise ValueError(f"FasterNetBlock: divide={divide} is less than 1")
        self.part = max(c1 // divide, 1)
        self.partial = nn.Conv2d(self.part, self.part, 3, padding=1, bias=False)
        self.enter = nn.Conv2d(c1, ratio * c1, 1, bias=False)
        self.norm = nn.BatchNorm2d(ratio * c1)
        self.act = nn.ReLU()
        self.leave = nn.Conv2d(ratio * c1, c1, 1, bias=False)

    def forward(self, x):
        y = torch.cat([self.partial(x[:, : self.part]), x[:, self.part :]], 1)
        return x + self.leave(self.act(self.norm(self.enter(y))))
