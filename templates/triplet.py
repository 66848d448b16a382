"""Triplet attention."""

import torch
from torch import nn


class TripletAttention(nn.Module):
    """Triplet attention: the mean of three gated inputs, each gate computed from the map that pools one dimension away.

    y = x * (g_h + g_w + g_c) / 3, g_d = sigmoid(BN(conv([max_d x, mean_d x]))), one convolution each, kernel x kernel,
    2 -> 1, without bias; the maps are (c1, width) for g_h, (height, c1) for g_w and (height, width) for g_c.
    Without spatial, y = x * (g_h + g_w) / 2. No parameter depends on c1.
    "Rotate to Attend: Convolutional Triplet Attention Module", arXiv:2010.03045.
    """

    def __init__(self, c1, kernel=7, spatial=True):
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"TripletAttention: kernel={kernel} is even, so a gate would not have the size of its map")
        self.gates = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(1, momentum=0.01))
            for _ in range(3 if spatial else 2)
        )

    def largest(self, x, dim):
        """Give the maximum along a dimension: in training by the form with the faster backward pass."""
        return x.max(dim, keepdim=True)[0] if self.training else x.amax(dim, keepdim=True)

    def forward(self, x):
        # Gates are computed on maps that are pooled, and x is never transposed: the product with each is the same.
        across = torch.cat([self.largest(x, 2), x.mean(2, keepdim=True)], 2).transpose(1, 2)
        down = torch.cat([self.largest(x, 3), x.mean(3, keepdim=True)], 3).permute(0, 3, 2, 1)
        share = 1 / len(self.gates)
        gate = self.gates[0](across).sigmoid().transpose(1, 2) * share
        gate = gate + self.gates[1](down).sigmoid().permute(0, 3, 2, 1) * share
        if len(self.gates) == 3:
            pooled = torch.cat([self.largest(x, 1), x.mean(1, keepdim=True)], 1)
            gate = gate + self.gates[2](pooled).sigmoid() * share
        return x * gate
