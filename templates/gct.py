"""Gated channel transformation."""

import torch
from torch import nn


class GCT(nn.Module):
    """Gated channel transformation: channels compete or cooperate by their norms.

    y = x * (1 + tanh(g e / sqrt(mean_c(e^2) + 1e-5) + b)), e = a sqrt(sum_p x^2 + 1e-5); with l1norm
    e = a sum_p |x| and g e / (mean_c(|e|) + 1e-5); a starts at 1, g and b at 0, so y = x at first.
    "Gated Channel Transformation for Visual Recognition", arXiv:1909.11519.
    """

    def __init__(self, c1, norm="l2norm"):
        super().__init__()
        if norm not in ("l2norm", "l1norm"):
            raise ValueError(f"GCT: norm={norm} is unknown")
        self.norm = norm
        # Plain modules hold the parameters, by names that every trainer knows.
        self.embed = nn.Module()
        self.embed.weight = nn.Parameter(torch.ones(c1))
        self.gate = nn.Module()
        self.gate.weight = nn.Parameter(torch.zeros(c1))
        self.gate.bias = nn.Parameter(torch.zeros(c1))

    def forward(self, x):
        # Sums over all positions, and their squares, leave the range of float16.
        wide = torch.promote_types(x.dtype, torch.float32)
        if self.norm == "l2norm":
            size = x.norm(dim=(2, 3)).to(wide)
            size = self.embed.weight.to(wide) * (size * size + 1e-5).sqrt()
            share = size / ((size * size).mean(1, keepdim=True) + 1e-5).sqrt()
        else:
            size = self.embed.weight.to(wide) * x.abs().sum((2, 3), dtype=wide)
            share = size / (size.abs().mean(1, keepdim=True) + 1e-5)
        gate = 1 + (self.gate.weight.to(wide) * share + self.gate.bias.to(wide)).tanh()
        return x * gate.to(x.dtype)[:, :, None, None]
