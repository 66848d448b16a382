"""Context Anchor Attention (PKINet)."""

from torch import nn


class CAA(nn.Module):
    """Context Anchor Attention: a gate from a local mean that two depth-wise strips spread along rows and columns.

    y = x * sigmoid(W2 Dk W1 avgpool(x)): a mean of 7 x 7, W1 and W2 1 x 1, Dk depth-wise 1 x k, then k x 1,
    k = kernel; in the form released, W1 and W2 have no bias and BN and SiLU behind them.
    "Poly Kernel Inception Network for Remote Sensing Detection", arXiv:2403.06258.
    """

    def __init__(self, c1, kernel=11, form="paper"):
        super().__init__()
        if form not in ("paper", "released"):
            raise ValueError(f"CAA: form={form} is unknown")
        if kernel % 2 == 0:
            raise ValueError(f"CAA: kernel={kernel} is even, so the gate would not have the size of the input")
        plain = form == "paper"

        def pointwise():
            conv = nn.Conv2d(c1, c1, 1, bias=plain)
            return conv if plain else nn.Sequential(conv, nn.BatchNorm2d(c1), nn.SiLU())

        # Along rows, then along columns, a mean of 7 x 7 takes 14 sums in place of 49.
        self.pool = nn.Sequential(nn.AvgPool2d((1, 7), 1, (0, 3)), nn.AvgPool2d((7, 1), 1, (3, 0)))
        self.enter = pointwise()
        self.across = nn.Conv2d(c1, c1, (1, kernel), padding=(0, kernel // 2), groups=c1)
        self.down = nn.Conv2d(c1, c1, (kernel, 1), padding=(kernel // 2, 0), groups=c1)
        self.leave = pointwise()

    def forward(self, x):
        gate = self.down(self.across(self.enter(self.pool(x))))
        return x * self.leave(gate).sigmoid()
