"""Self-calibrated convolution (SCNet)."""

from torch import nn


class SelfCalibratedConv(nn.Module):
    """Self-calibrated convolution: a 3 x 3 convolution whose output is gated by a view at a lower resolution.

    y = B4(B3(x) * sigmoid(x + up(B2(mean over rate x rate of x)))), B: 3 x 3 convolution without bias, then BN;
    up: to the size of x, by the nearest position.
    "Improving Convolutional Networks with Self-Calibrated Convolutions".
    """

    def __init__(self, c1, rate=4):
        super().__init__()
        self.pool = nn.AvgPool2d(rate, rate)
        self.coarse = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, bias=False), nn.BatchNorm2d(c1))
        self.fine = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, bias=False), nn.BatchNorm2d(c1))
        self.leave = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, bias=False), nn.BatchNorm2d(c1))

    def forward(self, x):
        coarse = nn.functional.interpolate(self.coarse(self.pool(x)), size=x.shape[2:], mode="nearest")
        return self.leave(self.fine(x) * (x + coarse).sigmoid())
