"""Selective Kernel."""

from torch import nn


class SK(nn.Module):
    """Selective Kernel: two convolutions of different reach, mixed channel by channel as the global means ask for.

    U_m = relu(BN(conv_m(x))), 3 x 3 in g groups, the m-th of `branches` with a dilation of m; z = mean(sum_m U_m),
    s = relu(BN(W z)), y = sum_m softmax_m(A_m s) * U_m, W: c1 -> h, A_m: h -> c1, h = max(c1 // reduction, min_hidden).
    g = groups, or the largest divisor of c1 below it; no layer has a bias.
    "Selective Kernel Networks", arXiv:1903.06586.
    """

    def __init__(self, c1, branches=2, groups=32, reduction=16, min_hidden=32):
        super().__init__()
        groups = max(one for one in range(1, groups + 1) if c1 % one == 0)
        hidden = max(c1 // reduction, min_hidden, 1)
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(c1, c1, 3, padding=dilation, dilation=dilation, groups=groups, bias=False),
                nn.BatchNorm2d(c1),
                nn.ReLU(),
            )
            for dilation in range(1, branches + 1)
        )
        self.squeeze = nn.Linear(c1, hidden, bias=False)
        self.norm = nn.BatchNorm2d(hidden)
        self.act = nn.ReLU()
        self.select = nn.Linear(hidden, branches * c1, bias=False)

    def normalise(self, z):
        """Normalise the squeezed means; a single image has no spread, so it takes the running statistics."""
        if self.training and z.shape[0] == 1:
            norm = self.norm
            return nn.functional.batch_norm(
                z, norm.running_mean, norm.running_var, norm.weight, norm.bias, False, 0.0, norm.eps
            )
        return self.norm(z)

    def forward(self, x):
        maps = [branch(x) for branch in self.branches]
        # A mean over the dimensions has a deterministic backward pass; adaptive pooling modules may not.
        z = sum([each.mean((2, 3)) for each in maps])
        z = self.act(self.normalise(self.squeeze(z).unsqueeze(2).unsqueeze(3))).flatten(1)
        shares = self.select(z).reshape(-1, len(maps), x.shape[1], 1, 1).softmax(1)
        y = maps[0] * shares[:, 0]
        for number in range(1, len(maps)):
            y = y + maps[number] * shares[:, number]
        return y
