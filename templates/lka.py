"""Large Kernel Attention (VAN)."""

from torch import nn


class LKA(nn.Module):
    """Large Kernel Attention: multiplies the input by what two depth-wise convolutions gather from 23 x 23.

    y = x * (W D7 D5 x): D5 depth-wise 5 x 5, D7 depth-wise 7 x 7 with dilation 3, W 1 x 1.
    When wrapped, x + P2 (u * (W D7 D5 u)), u = gelu(P1 x), P1 and P2 1 x 1.
    "Visual Attention Network", arXiv:2202.09741.
    """

    def __init__(self, c1, wrapped=False):
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv2d(c1, c1, 5, padding=2, groups=c1),
            nn.Conv2d(c1, c1, 7, padding=9, dilation=3, groups=c1),
            nn.Conv2d(c1, c1, 1),
        )
        self.wrapped = wrapped
        if wrapped:
            self.enter = nn.Conv2d(c1, c1, 1)
            self.act = nn.GELU()
            self.leave = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        if not self.wrapped:
            return x * self.gate(x)
        u = self.act(self.enter(x))
        return x + self.leave(u * self.gate(u))
