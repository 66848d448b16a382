"""RepVGG Channel-Shuffle One-Shot Aggregation."""

import torch
from torch import nn


class RCSOSA(nn.Module):
    """RCS-OSA: one-shot aggregation of stacks of channel-shuffled RepVGG units, in place of a block.

    y = RepVGG(cat(u, v, w)), u = RepVGG(x), v = SR^m(u), w = SR^m(v), m = n // 2, SR(x) = shuffle(x1, RepVGG(x2)) for
    halves x1 and x2 of the channels; RepVGG(x) = SiLU(BN(conv3(x)) + BN(conv1(x)) + BN(x)), the last where the
    channels are kept; with use_se, squeeze-and-excitation on y.
    "RCS-YOLO: A Fast and High-Accuracy Object Detector for Brain Tumor Detection", arXiv:2307.16412.
    """

    def __init__(self, c1, c2, n, use_se=False):
        super().__init__()
        hidden = max((c1 // 2 + 7) // 8 * 8, 8)
        depth = max(n // 2, 1)
        self.enter = self._unit(c1, hidden)
        self.first = nn.ModuleList(self._unit(hidden // 2, hidden // 2) for _ in range(depth))
        self.second = nn.ModuleList(self._unit(hidden // 2, hidden // 2) for _ in range(depth))
        self.leave = self._unit(3 * hidden, c2)
        self.act = nn.SiLU()
        self.gate = None
        if use_se:
            squeezed = max(c2 // 8, 1)
            self.gate = nn.Sequential(nn.Conv2d(c2, squeezed, 1), nn.ReLU(), nn.Conv2d(squeezed, c2, 1))

    @staticmethod
    def _unit(c1, c2):
        """Give the branches of a RepVGG unit."""
        unit = nn.ModuleDict()
        unit["conv3"] = nn.Conv2d(c1, c2, 3, padding=1, bias=False)
        unit["norm3"] = nn.BatchNorm2d(c2)
        unit["conv1"] = nn.Conv2d(c1, c2, 1, bias=False)
        unit["norm1"] = nn.BatchNorm2d(c2)
        if c1 == c2:
            unit["norm0"] = nn.BatchNorm2d(c2)
        return unit

    def _run(self, unit, x):
        """Run a unit: in evaluation its branches are one convolution, of kernels that are summed."""
        if self.training:
            y = unit["norm3"](unit["conv3"](x)) + unit["norm1"](unit["conv1"](x))
            if "norm0" in unit:
                y = y + unit["norm0"](x)
            return self.act(y)
        scale, bias = self._affine(unit["norm3"])
        kernel = unit["conv3"].weight * scale
        scale, more = self._affine(unit["norm1"])
        centre, bias = unit["conv1"].weight * scale, bias + more
        if "norm0" in unit:
            scale, more = self._affine(unit["norm0"])
            same = torch.eye(unit["norm0"].num_features, dtype=scale.dtype, device=scale.device)
            centre, bias = centre + same[:, :, None, None] * scale, bias + more
        # A product with the centre of 3 x 3 instead of padding: exporters follow the shape of a product.
        spot = torch.eye(9, dtype=kernel.dtype, device=kernel.device)[4].reshape(1, 1, 3, 3)
        return self.act(nn.functional.conv2d(x, kernel + centre * spot, bias, padding=1))

    @staticmethod
    def _affine(norm):
        """Give the factor and the summand that a normalisation is in evaluation."""
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        return scale[:, None, None, None], norm.bias - norm.running_mean * scale

    def _stack(self, units, x):
        for unit in units:
            kept, changed = x.chunk(2, 1)
            # Channels of the two halves alternate.
            x = torch.stack([kept, self._run(unit, changed)], 2).flatten(1, 2)
        return x

    def forward(self, x):
        u = self._run(self.enter, x)
        v = self._stack(self.first, u)
        y = self._run(self.leave, torch.cat([u, v, self._stack(self.second, v)], 1))
        return y if self.gate is None else y * self.gate(y.mean((2, 3), keepdim=True)).sigmoid()
