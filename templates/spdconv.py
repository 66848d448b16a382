"""Space-to-depth and non-strided convolution."""

import torch
from torch import nn


class SpaceToDepthConv(nn.Module):
    """SPD-Conv: halves a map without loss, by its four phases as channels, and convolves these without a stride.

    y = SiLU(BN(conv(cat(x[0::2, 0::2], x[1::2, 0::2], x[0::2, 1::2], x[1::2, 1::2])))), kernel x kernel, 4 c1 -> c2.
    "No More Strided Convolutions or Pooling: A New CNN Building Block for Low-Resolution Images and Small Objects",
    arXiv:2208.03641.
    """

    def __init__(self, c1, c2, kernel=3):
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"SpaceToDepthConv: kernel={kernel} is not odd, so the map would not have half the size")
        # A tap of the convolution of each phase is a tap of one convolution of twice the size and stride 2.
        self.conv = nn.Conv2d(c1, c2, 2 * kernel, stride=2, padding=2 * (kernel // 2), bias=False)
        self.norm = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        h, w = x.shape[2:]
        if torch.jit.is_tracing() or h % 2 or w % 2:
            # Of an even size no window reaches the added zeros, so an exported graph has them always.
            x = nn.functional.pad(x, (0, 1, 0, 1))
        return self.act(self.norm(self.conv(x)))
