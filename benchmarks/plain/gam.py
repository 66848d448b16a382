"""Global attention in `nn` layers: a linear layer at every position on the permuted map, then two convolutions."""

from torch import nn


class Plain(nn.Module):
    """Rate 4, kernels of 7 x 7."""

    def __init__(self, c1, rate=4):
        super().__init__()
        self.channel = nn.Sequential(nn.Linear(c1, c1 // rate), nn.ReLU(inplace=True), nn.Linear(c1 // rate, c1))
        self.spatial = nn.Sequential(
            nn.Conv2d(c1, c1 // rate, 7, padding=3),
            nn.BatchNorm2d(c1 // rate),
            nn.ReLU(inplace=True),
            nn.Conv2d(c1 // rate, c1, 7, padding=3),
            nn.BatchNorm2d(c1),
        )

    def forward(self, x):
        b, c, h, w = x.shape
        gate = self.channel(x.permute(0, 2, 3, 1).view(b, -1, c)).view(b, h, w, c).permute(0, 3, 1, 2)
        x = x * gate.sigmoid()
        return x * self.spatial(x).sigmoid()
