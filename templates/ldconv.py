"""Linear Deformable Convolution."""

import torch
from torch import nn


class LDConv(nn.Module):
    """Linear deformable convolution (AKConv) of stride 2: any number of samples, each at a learned position.

    y = SiLU(BN(sum over t of W_t x(2 p + grid_t + offset_t(p)))), bilinear and clamped to the map, offset = conv3(x)
    of stride 2; the grid has rows of round(sqrt(samples)), the last shorter, and begins at the position itself.
    "LDConv: Linear deformable convolution for improving convolutional neural networks", arXiv:2311.11587.
    """

    def __init__(self, c1, c2, samples=5):
        super().__init__()
        if samples < 1:
            raise ValueError(f"LDConv: samples={samples} is less than 1")
        self.samples = samples
        self.across = round(samples**0.5)
        self.offset = nn.Conv2d(c1, 2 * samples, 3, stride=2, padding=1)
        nn.init.zeros_(self.offset.weight)
        self.conv = nn.Conv2d(samples * c1, c2, 1, bias=False)
        self.norm = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        b, c, h, w = x.shape
        offset = self.offset(x)
        # Positions on large maps need more digits than half precision has.
        offset = offset.to(torch.promote_types(offset.dtype, torch.float32))
        taps = torch.arange(self.samples, device=x.device)
        column = (taps % self.across).to(offset.dtype)
        row = (taps - taps % self.across).to(offset.dtype) / self.across
        rows = torch.arange(h, dtype=offset.dtype, device=x.device)
        columns = torch.arange(w, dtype=offset.dtype, device=x.device)
        down = offset[:, : self.samples] + (row[:, None, None] + 2 * rows[: (h + 1) // 2, None])
        right = offset[:, self.samples :] + (column[:, None, None] + 2 * columns[: (w + 1) // 2])
        down = torch.min(down.clamp(min=0), rows[-1])
        right = torch.min(right.clamp(min=0), columns[-1])
        top, left = down.detach().floor(), right.detach().floor()
        to_bottom, to_right = (down - top).to(x.dtype), (right - left).to(x.dtype)
        below, beside = torch.min(top + 1, rows[-1]).long() * w, torch.min(left + 1, columns[-1]).long()
        top, left = top.long() * w, left.long()
        flat = x.flatten(2)
        upper = self._mix(flat, top + left, top + beside, to_right)
        lower = self._mix(flat, below + left, below + beside, to_right)
        y = upper + to_bottom.reshape(b, 1, -1) * (lower - upper)
        n, m = offset.shape[2:]
        y = y.reshape(b, c, self.samples, n, m).transpose(1, 2).reshape(b, self.samples * c, n, m)
        return self.act(self.norm(self.conv(y)))

    def _mix(self, flat, first, second, share):
        """Give the values at two indices of a flattened map, mixed by the share of the second."""
        shape = (flat.shape[0], 1, -1)
        first, second = (
            flat.gather(2, index.reshape(shape).expand(-1, flat.shape[1], -1)) for index in (first, second)
        )
        return first + share.reshape(shape) * (second - first)
