"""VoV-GSCSP."""

import torch
from torch import nn


class VoVGSCSP(nn.Module):
    """VoV-GSCSP: a cross-stage block of GSConv bottlenecks, in place of a block of the neck.

    y = cv3(cat(cv2(x), GSBottleneck^n(cv1(x)))), cv1, cv2, cv3 of 1 x 1; GSBottleneck(x) = GSConv3(GSConv1(x)) +
    BN(conv1(x)), the activations of GSConv3 left out; GSConv: cat(t[0::2], t[1::2]), t = cat(a, depthwise 5 x 5(a)).
    "Slim-neck by GSConv: A lightweight-design for real-time detector architectures", arXiv:2206.02424.
    """

    def __init__(self, c1, c2, n):
        super().__init__()
        if c2 % 4:
            raise ValueError(
                f"VoVGSCSP makes a quarter of its {c2} channels by each convolution of a GSConv, and 4 does not divide"
                " them"
            )
        half = c2 // 2
        self.cv1 = nn.Sequential(nn.Conv2d(c1, half, 1, bias=False), nn.BatchNorm2d(half), nn.SiLU())
        self.cv2 = nn.Sequential(nn.Conv2d(c1, half, 1, bias=False), nn.BatchNorm2d(half), nn.SiLU())
        self.cv3 = nn.Sequential(nn.Conv2d(2 * half, c2, 1, bias=False), nn.BatchNorm2d(c2), nn.SiLU())
        self.inner = nn.ModuleList()
        for _ in range(n):
            unit = nn.ModuleDict()
            unit["first"] = self._gsconv(half, 1)
            unit["second"] = self._gsconv(half, 3)
            unit["short"] = nn.Sequential(nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half))
            self.inner.append(unit)
        self.act = nn.SiLU()

    @staticmethod
    def _gsconv(channels, kernel):
        half = channels // 2
        parts = nn.ModuleDict()
        parts["conv1"] = nn.Conv2d(channels, half, kernel, padding=kernel // 2, bias=False)
        parts["norm1"] = nn.BatchNorm2d(half)
        parts["conv2"] = nn.Conv2d(half, half, 5, padding=2, groups=half, bias=False)
        parts["norm2"] = nn.BatchNorm2d(half)
        return parts

    def _run(self, parts, x, active):
        """Run a GSConv."""
        dense = parts["norm1"](parts["conv1"](x))
        dense = self.act(dense) if active else dense
        deep = parts["norm2"](parts["conv2"](dense))
        both = torch.cat([dense, self.act(deep) if active else deep], 1)
        b, c, h, w = both.shape
        return both.reshape(b, c // 2, 2, h, w).transpose(1, 2).reshape(b, c, h, w)

    def forward(self, x):
        y = self.cv1(x)
        for unit in self.inner:
            y = self._run(unit["second"], self._run(unit["first"], y, True), False) + unit["short"](y)
        return self.cv3(torch.cat([self.cv2(x), y], 1))
