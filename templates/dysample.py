"""Learning to upsample by learning to sample."""

import torch
from torch import nn


class DySampler(nn.Module):
    """DySample: doubles a map by sampling it bilinearly at learned positions.

    y = x at the grid of double size + offset, positions clamped to the map; offset = conv(x) / 4, with dyscope
    conv(x) * sigmoid(scope(x)) / 2; with the style shuffle_linear both are taken of pixel_shuffle(x).
    "Learning to Upsample by Learning to Sample", arXiv:2308.15085.
    """

    def __init__(self, c1, groups=4, style="linear_shuffle", dyscope=False):
        super().__init__()
        if style not in ("linear_shuffle", "shuffle_linear"):
            raise ValueError(f"DySampler: style={style} is unknown")
        if groups < 1:
            raise ValueError(f"DySampler: groups={groups} is less than 1")
        self.shuffled = style == "shuffle_linear"
        if self.shuffled and c1 % 4:
            raise ValueError(f"DySampler: style=shuffle_linear needs a multiple of 4 channels, not {c1}")
        self.groups = max(one for one in range(1, min(c1, groups) + 1) if c1 % one == 0)
        self.channels = c1
        wide, out = (c1 // 4, 2 * self.groups) if self.shuffled else (c1, 8 * self.groups)
        self.offset = nn.Conv2d(wide, out, 1)
        nn.init.normal_(self.offset.weight, std=0.001)
        nn.init.zeros_(self.offset.bias)
        self.scope = None
        if dyscope:
            self.scope = nn.Conv2d(wide, out, 1, bias=False)
            nn.init.zeros_(self.scope.weight)

    def forward(self, x):
        b, _, h, w = x.shape
        wide = nn.functional.pixel_shuffle(x, 2) if self.shuffled else x
        offset = self.offset(wide)
        offset = offset / 4 if self.scope is None else offset * self.scope(wide).sigmoid() / 2
        # Positions of large maps need more digits than half precision has.
        offset = offset.to(torch.promote_types(offset.dtype, torch.float32))
        if self.shuffled:
            offset = offset.reshape(b, 2, self.groups, h, 2, w, 2).permute(0, 1, 2, 4, 6, 3, 5)
        else:
            offset = offset.reshape(b, 2, self.groups, 2, 2, h, w)
        rows = torch.arange(h, dtype=offset.dtype, device=x.device)
        columns = torch.arange(w, dtype=offset.dtype, device=x.device)
        phase = torch.arange(2, dtype=offset.dtype, device=x.device) / 2 - 0.25
        across = offset[:, 0] + (columns + phase[:, None, None])
        down = offset[:, 1] + (rows[:, None] + phase[:, None, None, None])
        across = torch.min(across.clamp(min=0), columns[-1])
        down = torch.min(down.clamp(min=0), rows[-1])
        left, top = across.detach().floor(), down.detach().floor()
        right, bottom = torch.min(left + 1, columns[-1]).long(), torch.min(top + 1, rows[-1]).long() * w
        to_right, to_bottom = (across - left).to(x.dtype), (down - top).to(x.dtype)
        left, top = left.long(), top.long() * w
        flat = x.reshape(b * self.groups, self.channels // self.groups, h * w)
        above = self._mix(flat, top + left, top + right, to_right)
        below = self._mix(flat, bottom + left, bottom + right, to_right)
        to_bottom = to_bottom.reshape(b * self.groups, 1, 4 * h * w)
        y = above + to_bottom * (below - above)
        return nn.functional.pixel_shuffle(y.reshape(b, 4 * self.channels, h, w), 2)

    def _mix(self, flat, first, second, share):
        """Give the values at two indices of a flattened map, mixed by the share of the second."""
        shape = (flat.shape[0], 1, -1)
        first, second = (
            flat.gather(2, index.reshape(shape).expand(-1, flat.shape[1], -1)) for index in (first, second)
        )
        return first + share.reshape(shape) * (second - first)
