"""Global Attention Mechanism."""

from torch import nn


class GAM(nn.Module):
    """Global Attention Mechanism: a gate per channel and position, first from the channels, then from the neighbours.

    u = x * sigmoid(W2 relu(W1 x)), y = u * sigmoid(BN(conv(relu(BN(conv(u)))))), W1 and W2 at every position,
    both convolutions kernel x kernel, c1 -> h and h -> c1, h = c1 // rate; with groups > 1 they are grouped and
    the channels of the second gate shuffled; without channel_sigmoid, u = x * (W2 relu(W1 x)).
    "Global Attention Mechanism: Retain Information to Enhance Channel-Spatial Interactions", arXiv:2112.05561.
    """

    def __init__(self, c1, rate=4, kernel=7, groups=1, channel_sigmoid=True):
        super().__init__()
        hidden = max(c1 // rate, 1)
        if kernel % 2 == 0:
            raise ValueError(f"GAM: kernel={kernel} is even, so the gate would not have the size of the input")
        if c1 % groups or hidden % groups:
            raise ValueError(
                f"GAM: groups={groups} must divide both the {c1} channels and the {hidden} hidden channels"
            )
        self.channel_sigmoid = channel_sigmoid
        self.groups = groups
        self.channel = nn.Sequential(nn.Conv2d(c1, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, c1, 1))
        self.spatial = nn.Sequential(
            nn.Conv2d(c1, hidden, kernel, padding=kernel // 2, groups=groups),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, c1, kernel, padding=kernel // 2, groups=groups),
            nn.BatchNorm2d(c1),
        )

    def forward(self, x):
        gate = self.channel(x)
        x = x * (gate.sigmoid() if self.channel_sigmoid else gate)
        gate = self.spatial(x)
        if self.groups > 1:
            # Without the shuffle a channel's gate would be computed from its own group alone.
            b, c, h, w = gate.shape
            gate = gate.reshape(b, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(b, c, h, w)
        return x * gate.sigmoid()
