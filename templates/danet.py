"""Dual attention (DANet)."""

import torch
from torch import nn


class DualAttention(nn.Module):
    """Dual attention: adds to each position what similar positions hold, and to each channel what unlike channels hold.

    y = x + a P + b C, a and b start at 0, so y = x at first; P_i = sum_j softmax_j(q_i . k_j) v_j over the positions,
    q, k and v 1 x 1 convolutions, q and k: c1 -> h, h = c1 // reduction; C = softmax(max(E) - E) x, E = x x^T,
    over the channels; either branch alone on request.
    "Dual Attention Network for Scene Segmentation", arXiv:1809.02983.
    """

    def __init__(self, c1, reduction=8, branches="both"):
        super().__init__()
        if branches not in ("both", "position", "channel"):
            raise ValueError(f"DualAttention: branches={branches} is unknown")
        hidden = max(c1 // reduction, 1)
        self.branches = branches
        # A plain module holds the factor, by a name that every trainer knows and none decays.
        if branches != "channel":
            self.query = nn.Conv2d(c1, hidden, 1)
            self.key = nn.Conv2d(c1, hidden, 1)
            self.value = nn.Conv2d(c1, c1, 1)
            self.position_factor = nn.Module()
            self.position_factor.bias = nn.Parameter(torch.zeros(1))
        if branches != "position":
            self.channel_factor = nn.Module()
            self.channel_factor.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        y = x
        if self.branches != "channel":
            added = self.from_positions(x)
            y = y + added * self.position_factor.bias.to(added.dtype)
        if self.branches != "position":
            added = self.from_channels(x)
            y = y + added * self.channel_factor.bias.to(added.dtype)
        return y

    def from_positions(self, x):
        query, key, value = self.query(x).flatten(2), self.key(x).flatten(2), self.value(x).flatten(2)
        # The logits are not scaled, and would leave the range of float16.
        wide = torch.promote_types(query.dtype, torch.float32)
        weights = query.to(wide).transpose(1, 2).matmul(key.to(wide)).softmax(2)
        return value.matmul(weights.to(value.dtype).transpose(1, 2)).reshape(x.shape)

    def from_channels(self, x):
        features = x.flatten(2)
        # A sum over all positions leaves the range of float16 soon, under autocast as well.
        wide = features.to(torch.promote_types(features.dtype, torch.float32))
        if hasattr(torch, "autocast"):
            exactly = torch.autocast("cuda" if x.is_cuda else "cpu", enabled=False)
        else:
            exactly = torch.cuda.amp.autocast(enabled=False)
        with exactly:
            # The largest value of a row, which the paper subtracts from, cancels out in the softmax.
            weights = (-wide.matmul(wide.transpose(1, 2))).softmax(2)
        return weights.to(x.dtype).matmul(features).reshape(x.shape)
