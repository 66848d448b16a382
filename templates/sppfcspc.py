"""Cross-stage partial SPPF."""

import torch
from torch import nn


class SPPFCSPC(nn.Module):
    """SPPCSPC of YOLOv7 with chained poolings: a pyramid of poolings beside a path around it.

    y = cv7(cat(cv6(cv5(cat(a, m(a), m(m(a)), m(m(m(a)))))), cv2(x))), a = cv4(cv3(cv1(x))), m a max-pooling of
    pool x pool, cv SiLU(BN(conv)), cv3 and cv6 of 3 x 3, the others of 1 x 1.
    "YOLOv7: Trainable bag-of-freebies sets new state-of-the-art for real-time object detectors", arXiv:2207.02696.
    """

    def __init__(self, c1, c2, pool=5):
        super().__init__()
        if pool < 1 or pool % 2 == 0:
            raise ValueError(f"SPPFCSPC: pool={pool} is not odd, so the pooled map would not have the same size")
        self.cv1 = self._conv(c1, c2, 1)
        self.cv2 = self._conv(c1, c2, 1)
        self.cv3 = self._conv(c2, c2, 3)
        self.cv4 = self._conv(c2, c2, 1)
        self.pool = nn.MaxPool2d(pool, stride=1, padding=pool // 2)
        self.cv5 = self._conv(4 * c2, c2, 1)
        self.cv6 = self._conv(c2, c2, 3)
        self.cv7 = self._conv(2 * c2, c2, 1)

    @staticmethod
    def _conv(c1, c2, kernel):
        """Give a convolution with the names that its parts have in SPPCSPC."""
        block = nn.Sequential()
        block.add_module("conv", nn.Conv2d(c1, c2, kernel, padding=kernel // 2, bias=False))
        block.add_module("bn", nn.BatchNorm2d(c2))
        block.add_module("act", nn.SiLU())
        return block

    def forward(self, x):
        pooled = [self.cv4(self.cv3(self.cv1(x)))]
        for _ in range(3):
            pooled.append(self.pool(pooled[-1]))
        deep = self.cv6(self.cv5(torch.cat(pooled, 1)))
        return self.cv7(torch.cat([deep, self.cv2(x)], 1))
