"""Focal modulation (FocalNet)."""

from torch import nn


class FocalModulation(nn.Module):
    """Focal modulation: multiplies each position by a gated sum of its surroundings, from near to the whole map.

    q, z_0, g = W x, c1 -> 2 c1 + levels + 1; z_l = gelu(dw_l(z_(l-1))), dw_l: depthwise, of the size
    window + factor (l - 1); the last z = gelu(mean(z_levels)); y = Wo (q * (Wh sum_l g_l z_l));
    with normalize the sum is divided by levels + 1.
    "Focal Modulation Networks", arXiv:2203.11926.
    """

    def __init__(self, c1, window=3, levels=2, factor=2, normalize=False):
        super().__init__()
        kernels = [window + factor * level for level in range(levels)]
        if not all(kernel % 2 for kernel in kernels):
            raise ValueError(
                f"FocalModulation: window={window} and factor={factor} give an even kernel, so the maps would not have "
                "the size of the input"
            )
        self.sizes = (c1, c1, levels + 1)
        self.share = 1 / (levels + 1) if normalize else 1.0
        self.enter = nn.Conv2d(c1, 2 * c1 + levels + 1, 1)
        self.focal = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(c1, c1, kernel, padding=kernel // 2, groups=c1, bias=False), nn.GELU())
                for kernel in kernels
            ]
        )
        self.act = nn.GELU()
        self.modulate = nn.Conv2d(c1, c1, 1)
        self.project = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        query, context, gates = self.enter(x).split(self.sizes, 1)
        gates = gates * self.share
        total = 0
        for level, focal in enumerate(self.focal):
            context = focal(context)
            total = total + context * gates[:, level : level + 1]
        total = total + self.act(context.mean((2, 3), keepdim=True)) * gates[:, -1:]
        return self.project(query * self.modulate(total))
