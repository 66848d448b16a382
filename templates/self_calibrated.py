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
        self.rate = rate
        self.pool = nn.AvgPool2d(rate, rate)
        self.coarse = nn.Conv2d(c1, c1, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(c1)
        self.fine = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, bias=False), nn.BatchNorm2d(c1))
        self.leave = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, bias=False), nn.BatchNorm2d(c1))

    def forward(self, x):
        height, width = x.shape[2:]
        if height < self.rate or width < self.rate:
            # A map that is smaller than a window is filled up with zeros to be one.
            coarse = nn.functional.pad(x, (0, max(self.rate - width, 0), 0, max(self.rate - height, 0)))
        else:
            coarse = x
        coarse = self.normalised(self.coarse(self.pool(coarse)))
        coarse = nn.functional.interpolate(coarse, size=(height, width), mode="nearest")
        return self.leave(self.fine(x) * (x + coarse).sigmoid())

    def normalised(self, x):
        norm = self.norm
        if self.training and x.numel() == x.shape[1]:
            # A single window has no variance; some repositories build their models with one small image.
            return nn.functional.batch_norm(
                x, norm.running_mean, norm.running_var, norm.weight, norm.bias, False, 0.0, norm.eps
            )
        return norm(x)
