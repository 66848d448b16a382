"""Receptive-Field Attention Convolution."""

from torch import nn


class RFAConv(nn.Module):
    """Receptive-field attention convolution of stride 2: each window's values are weighted by a softmax over them.

    y = SiLU(BN(conv(f * softmax(a)))), f = relu(BN(grouped conv(x))) of kernel x kernel values for each window and
    channel, a = grouped conv1(mean of the window), the softmax over the values of a window.
    "RFAConv: Innovating Spatial Attention and Standard Convolutional Operation", arXiv:2304.03198.
    """

    def __init__(self, c1, c2, kernel=3):
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"RFAConv: kernel={kernel} is not odd")
        wide = c1 * kernel**2
        self.kernel = kernel
        self.generate = nn.Sequential(
            nn.Conv2d(c1, wide, kernel, stride=2, padding=kernel // 2, groups=c1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
        )
        self.pool = nn.AvgPool2d(kernel, stride=2, padding=kernel // 2)
        self.attend = nn.Conv2d(c1, wide, 1, groups=c1, bias=False)
        self.conv = nn.Conv2d(wide, c2, 1, bias=False)
        self.norm = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        values = self.generate(x)
        b, wide, h, w = values.shape
        taps = self.kernel**2
        share = self.attend(self.pool(x)).reshape(b, wide // taps, taps, h, w).softmax(2).to(x.dtype)
        return self.act(self.norm(self.conv(values * share.reshape(b, wide, h, w))))
