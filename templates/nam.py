"""Normalization-based Attention Module."""

from torch import nn


class NAM(nn.Module):
    """Normalization-based Attention Module: gates by a batch normalisation, each channel as strongly as it is weighted.

    y = x * sigmoid(w * BN(x)), w_c = |g_c| / sum(|g|), g the weights of BN.
    "NAM: Normalization-based Attention Module", arXiv:2111.12419.
    """

    def __init__(self, c1):
        super().__init__()
        self.norm = nn.BatchNorm2d(c1)

    def forward(self, x):
        weights = self.norm.weight.abs()
        weights = weights / weights.sum()
        return x * (self.norm(x) * weights[:, None, None].to(x.dtype)).sigmoid()
