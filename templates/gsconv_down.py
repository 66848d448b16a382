"""GSConv of stride 2."""

import torch
from torch import nn


class SlimGSConvDown(nn.Module):
    """GSConv of stride 2: half of the output by a dense convolution, the other half depthwise from that, shuffled.

    y = cat(t[0::2], t[1::2]) on the channels, t = cat(a, b), a = SiLU(BN(conv(x))), b = SiLU(BN(depthwise 5 x 5(a))).
    "Slim-neck by GSConv: A lightweight-design for real-time detector architectures", arXiv:2206.02424.
    """

    def __init__(self, c1, c2, kernel=3):
        super().__init__()
        if c2 % 2:
            raise ValueError(f"SlimGSConvDown makes half of its {c2} channels by each convolution, which are odd")
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"SlimGSConvDown: kernel={kernel} is not odd")
        half = c2 // 2
        self.dense = nn.Sequential(
            nn.Conv2d(c1, half, kernel, stride=2, padding=kernel // 2, bias=False), nn.BatchNorm2d(half), nn.SiLU()
        )
        self.depthwise = nn.Sequential(
            nn.Conv2d(half, half, 5, padding=2, groups=half, bias=False), nn.BatchNorm2d(half), nn.SiLU()
        )

    def forward(self, x):
        dense = self.dense(x)
        both = torch.cat([dense, self.depthwise(dense)], 1)
        b, c, h, w = both.shape
        return both.reshape(b, c // 2, 2, h, w).transpose(1, 2).reshape(b, c, h, w)
