"""FasterNet block."""

import torch
from torch import nn


class FasterNetBlock(nn.Module):
    """FasterNet block: a convolution on some of the channels, then two layers at each position, and the input added.

    y = x + W2 act(BN(W1 cat(conv(x_1), x_2))), conv: 3 x 3 on the first p = c1 // divide channels, W1: c1 -> ratio c1,
    W2: ratio c1 -> c1, none with bias.
    "Run, Don't Walk: Chasing Higher FLOPS for Faster Neural Networks", arXiv:2303.03667.
    """

    def __init__(self, c1, divide=4, ratio=2, activation="relu"):
        super().__init__()
        if activation not in ("relu", "gelu", "silu"):
            raise ValueError(f"FasterNetBlock: activation={activation} is unknown")
        part = max(c1 // divide, 1)
        self.sizes = (part, c1 - part)
        self.partial = nn.Conv2d(part, part, 3, padding=1, bias=False)
        self.expand = nn.Conv2d(c1, ratio * c1, 1, bias=False)
        self.norm = nn.BatchNorm2d(ratio * c1)
        self.act = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}[activation]()
        self.project = nn.Conv2d(ratio * c1, c1, 1, bias=False)

    def forward(self, x):
        first, rest = x.split(self.sizes, 1)
        y = torch.cat((self.partial(first), rest), 1)
        return x + self.project(self.act(self.norm(self.expand(y))))
