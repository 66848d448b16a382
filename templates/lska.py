"""Large Separable Kernel Attention."""

from torch import nn


class LSKA(nn.Module):
    """Large Separable Kernel Attention: multiplies the input by what depth-wise strips gather from a wide area.

    y = x * (W F4 F3 F2 F1 x): F1 1 x m, F2 m x 1, F3 1 x n and F4 n x 1 depth-wise, the last two with dilation d,
    W 1 x 1; kernel: m, n, d are 7: 3, 3, 2; 11: 3, 5, 2; 23: 5, 7, 3; 35: 5, 11, 3; 41: 5, 13, 3; 53: 5, 17, 3.
    When wrapped, x + P2 (u * (W F4 F3 F2 F1 u)), u = gelu(P1 x), P1 and P2 1 x 1.
    "Large Separable Kernel Attention: Rethinking the Large Kernel Attention Design in CNN", arXiv:2309.01439.
    """

    def __init__(self, c1, kernel=7, wrapped=False):
        super().__init__()
        sizes = {7: (3, 3, 2), 11: (3, 5, 2), 23: (5, 7, 3), 35: (5, 11, 3), 41: (5, 13, 3), 53: (5, 17, 3)}
        if kernel not in sizes:
            raise ValueError(f"LSKA: kernel={kernel} is none of 7, 11, 23, 35, 41 and 53")
        near, far, dilation = sizes[kernel]
        pad = dilation * (far // 2)
        self.gate = nn.Sequential(
            nn.Conv2d(c1, c1, (1, near), padding=(0, near // 2), groups=c1),
            nn.Conv2d(c1, c1, (near, 1), padding=(near // 2, 0), groups=c1),
            nn.Conv2d(c1, c1, (1, far), padding=(0, pad), dilation=dilation, groups=c1),
            nn.Conv2d(c1, c1, (far, 1), padding=(pad, 0), dilation=dilation, groups=c1),
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
