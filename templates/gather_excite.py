"""Gather-Excite (GENet)."""

from torch import nn


class GatherExcite(nn.Module):
    """Gather-Excite: gates each channel by what an area around each position, or the whole map, holds of it.

    y = x * sigmoid(up(M g(x))): g the mean of each channel, of 2 e - 1 pixels a side at every e-th position, or of the
    whole map for e = 0; learned, log2(e) depth-wise 3 x 3 convolutions of stride 2 with BN, relu between them;
    M: c1 -> c1 // reduction -> c1 at each position, with mlp; up to the size of x by nearest neighbours; e = extent.
    "Gather-Excite: Exploiting Feature Context in Convolutional Neural Networks", arXiv:1810.12348.
    """

    def __init__(self, c1, extent=0, learned=False, mlp=True, reduction=16):
        super().__init__()
        if learned and extent not in (2, 4, 8, 16, 32, 64):
            raise ValueError(f"GatherExcite: learned=true needs an extent of 2, 4, 8, 16, 32 or 64, not {extent}")
        self.extent = extent
        self.learned = learned
        if learned:
            steps = extent.bit_length() - 1
            self.convs = nn.ModuleList(
                [nn.Conv2d(c1, c1, 3, stride=2, padding=1, groups=c1, bias=False) for _ in range(steps)]
            )
            self.norms = nn.ModuleList([nn.BatchNorm2d(c1) for _ in range(steps)])
        elif extent:
            self.pool = nn.AvgPool2d(2 * extent - 1, extent, extent - 1, count_include_pad=False)
        self.relu = nn.ReLU()
        self.mlp = None
        if mlp:
            hidden = max(c1 // reduction, 1)
            self.mlp = nn.Sequential(nn.Conv2d(c1, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, c1, 1))

    def forward(self, x):
        gate = self.gather(x) if self.extent else x.mean((2, 3), keepdim=True)
        if self.mlp is not None:
            gate = self.mlp(gate)
        gate = gate.sigmoid()
        if self.extent:
            gate = nn.functional.interpolate(gate, size=x.shape[2:], mode="nearest")
        return x * gate

    def gather(self, x):
        if not self.learned:
            return self.pool(x)
        for number, conv in enumerate(self.convs):
            norm = self.norms[number]
            x = conv(self.relu(x) if number else x)
            if self.training and x.numel() == x.shape[1]:
                # A single value has no deviation.
                statistics = norm.running_mean, norm.running_var
                x = nn.functional.batch_norm(x, *statistics, norm.weight, norm.bias, False, 0.0, norm.eps)
            else:
                x = norm(x)
        return x
