"""S2 attention (S2-MLPv2)."""

import torch
from torch import nn


class S2Attention(nn.Module):
    """S2 attention: two maps shifted by a position in four directions and an unshifted one, mixed channel by channel.

    u_1, u_2, u_3 = W x, c1 -> 3 c1; u_1 shifts its quarters down, up, right and left, u_2 right, left, down and up, the
    edge keeping its values; a = V2 gelu(V1 sum_k mean(u_k)), c1 -> c1 -> 3 c1; y = Wo sum_k softmax_k(a)_k * u_k.
    "S^2-MLPv2: Improved Spatial-Shift MLP Architecture for Vision", arXiv:2108.01072.
    """

    def __init__(self, c1):
        super().__init__()
        if c1 % 4:
            raise ValueError(f"S2Attention: 4 must divide the {c1} channels")
        self.expand = nn.Conv2d(c1, 3 * c1, 1)
        self.squeeze = nn.Linear(c1, c1, bias=False)
        self.act = nn.GELU()
        self.excite = nn.Linear(c1, 3 * c1, bias=False)
        self.project = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        first, second, third = self.expand(x).chunk(3, 1)
        first, second = self.shift(first, 2, 3), self.shift(second, 3, 2)
        pooled = first.mean((2, 3)) + second.mean((2, 3)) + third.mean((2, 3))
        weights = self.excite(self.act(self.squeeze(pooled)))
        weights = weights.reshape(x.shape[0], 3, -1, 1, 1).softmax(1).to(first.dtype)
        return self.project(first * weights[:, 0] + second * weights[:, 1] + third * weights[:, 2])

    def shift(self, x, one, two):
        """Shift the quarters of the channels forth and back along one dimension, then forth and back along another."""
        first, second, third, fourth = x.chunk(4, 1)
        return torch.cat(
            (self.forth(first, one), self.back(second, one), self.forth(third, two), self.back(fourth, two)), 1
        )

    def forth(self, x, dim):
        return torch.cat((x.narrow(dim, 0, 1), x.narrow(dim, 0, x.shape[dim] - 1)), dim)

    def back(self, x, dim):
        last = x.shape[dim] - 1
        return torch.cat((x.narrow(dim, 1, last), x.narrow(dim, last, 1)), dim)
