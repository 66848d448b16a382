"""C2f with FasterNet blocks."""

import torch
from torch import nn


class C2fFaster(nn.Module):
    """C2f whose bottlenecks are FasterNet blocks.

    y = cv2(cat(a, b, B(b), B(B(b)), ...)), cat(a, b) = cv1(x), B(x) = x + W2 SiLU(BN(W1 cat(conv3(x[:p]), x[p:]))).
    The block: "Run, Don't Walk: Chasing Higher FLOPS for Faster Neural Networks", arXiv:2303.03667.
    """

    def __init__(self, c1, c2, n, divide=4, ratio=2):
        super().__init__()
        if divide < 1:
            raise ValueError(f"C2fFaster: divide={divide} is less than 1")
        hidden = max(c2 // 2, 1)
        self.part = max(hidden // divide, 1)
        self.cv1 = self._conv(c1, 2 * hidden)
        self.cv2 = self._conv((2 + n) * hidden, c2)
        self.m = nn.ModuleList()
        for _ in range(n):
            block = nn.ModuleDict()
            block["partial"] = nn.Conv2d(self.part, self.part, 3, padding=1, bias=False)
            block["enter"] = nn.Conv2d(hidden, ratio * hidden, 1, bias=False)
            block["norm"] = nn.BatchNorm2d(ratio * hidden)
            block["leave"] = nn.Conv2d(ratio * hidden, hidden, 1, bias=False)
            self.m.append(block)
        self.act = nn.SiLU()

    @staticmethod
    def _conv(c1, c2):
        """Give a 1 x 1 convolution with the names that its parts have in C2f."""
        block = nn.Sequential()
        block.add_module("conv", nn.Conv2d(c1, c2, 1, bias=False))
        block.add_module("bn", nn.BatchNorm2d(c2))
        block.add_module("act", nn.SiLU())
        return block

    def forward(self, x):
        parts = list(self.cv1(x).chunk(2, 1))
        for block in self.m:
            y = parts[-1]
            mixed = torch.cat([block["partial"](y[:, : self.part]), y[:, self.part :]], 1)
            parts.append(y + block["leave"](self.act(block["norm"](block["enter"](mixed)))))
        return self.cv2(torch.cat(parts, 1))
