"""ParNet block with Skip-Squeeze-Excitation."""

from torch import nn


class ParNetAttention(nn.Module):
    """ParNet block: a 3 x 3 and a 1 x 1 convolution beside a channel gate on the skip.

    y = silu(BN(conv3 x) + BN(conv1 x) + u * sigmoid(W mean(u))), u = BN(x), W: c1 -> c1, all without bias;
    in the form community, u = x, and all three convolutions have a bias.
    "Non-deep Networks", arXiv:2110.07641.
    """

    def __init__(self, c1, form="released"):
        super().__init__()
        if form not in ("released", "community"):
            raise ValueError(f"ParNetAttention: form={form} is unknown")
        bias = form == "community"
        self.near = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, bias=bias), nn.BatchNorm2d(c1))
        self.point = nn.Sequential(nn.Conv2d(c1, c1, 1, bias=bias), nn.BatchNorm2d(c1))
        self.norm = nn.Identity() if bias else nn.BatchNorm2d(c1)
        self.excite = nn.Linear(c1, c1, bias=bias)
        self.act = nn.SiLU()

    def forward(self, x):
        skip = self.norm(x)
        gate = self.excite(skip.mean((2, 3))).sigmoid()
        return self.act(self.near(x) + self.point(x) + skip * gate[:, :, None, None])
