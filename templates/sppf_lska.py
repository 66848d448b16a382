"""SPPF with Large Separable Kernel Attention."""

import torch
from torch import nn


class SPPFLSKA(nn.Module):
    """SPPF with Large Separable Kernel Attention on what the poolings give, in front of the last convolution.

    y = cv2(u * LSKA(u)), u = cat(t, m(t), m(m(t)), m(m(m(t)))), t = cv1(x), m a max-pooling of pool x pool; LSKA is
    1 x k0, k0 x 1, dilated 1 x k1 and k1 x 1, all depthwise, and 1 x 1.
    "Large Separable Kernel Attention: Rethinking the Large Kernel Attention Design in CNN", arXiv:2309.01439.
    """

    def __init__(self, c1, c2, pool=5, kernel=11, neutral=False):
        super().__init__()
        parts = {7: (3, 3, 2), 11: (3, 5, 2), 23: (5, 7, 3), 35: (5, 11, 3), 41: (5, 13, 3), 53: (5, 17, 3)}
        if kernel not in parts:
            raise ValueError(f"SPPFLSKA: kernel must be 7, 11, 23, 35, 41 or 53, not {kernel}")
        if pool < 1 or pool % 2 == 0:
            raise ValueError(f"SPPFLSKA: pool={pool} is not odd, so the pooled map would not have the same size")
        near, far, dilation = parts[kernel]
        hidden = max(c1 // 2, 1)
        wide = 4 * hidden
        self.cv1 = self._conv(c1, hidden)
        self.pool = nn.MaxPool2d(pool, stride=1, padding=pool // 2)
        self.lska = nn.Sequential(
            self._strip(wide, (1, near), 1),
            self._strip(wide, (near, 1), 1),
            self._strip(wide, (1, far), dilation),
            self._strip(wide, (far, 1), dilation),
            nn.Conv2d(wide, wide, 1),
        )
        self.cv2 = self._conv(wide, c2)
        if neutral:
            nn.init.zeros_(self.lska[4].weight)
            nn.init.ones_(self.lska[4].bias)

    @staticmethod
    def _conv(c1, c2):
        """Give a 1 x 1 convolution with the names that its parts have in SPPF."""
        block = nn.Sequential()
        block.add_module("conv", nn.Conv2d(c1, c2, 1, bias=False))
        block.add_module("bn", nn.BatchNorm2d(c2))
        block.add_module("act", nn.SiLU())
        return block

    @staticmethod
    def _strip(channels, kernel, dilation):
        padding = tuple(size // 2 * dilation for size in kernel)
        return nn.Conv2d(channels, channels, kernel, padding=padding, dilation=dilation, groups=channels)

    def forward(self, x):
        pooled = [self.cv1(x)]
        for _ in range(3):
            pooled.append(self.pool(pooled[-1]))
        wide = torch.cat(pooled, 1)
        return self.cv2(wide * self.lska(wide))
