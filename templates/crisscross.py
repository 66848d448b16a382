"""Criss-cross attention (CCNet)."""

import torch
from torch import nn


class CrissCrossAttention(nn.Module):
    """Criss-cross attention: adds to each position what similar positions of its row and column hold.

    y = x + a sum_j softmax_j(q . k_j) v_j, j over the H + W - 1 positions of the row and column, q, k and v 1 x 1
    convolutions, q and k: c1 -> h, h = c1 // reduction; a starts at 0, so y = x at first. It is applied
    recurrence times with the same weights: twice reaches every position.
    "CCNet: Criss-Cross Attention for Semantic Segmentation", arXiv:1811.11721.
    """

    def __init__(self, c1, reduction=8, recurrence=2):
        super().__init__()
        hidden = max(c1 // reduction, 1)
        self.recurrence = recurrence
        self.query = nn.Conv2d(c1, hidden, 1)
        self.key = nn.Conv2d(c1, hidden, 1)
        self.value = nn.Conv2d(c1, c1, 1)
        # A plain module holds the factor, by a name that every trainer knows and none decays.
        self.factor = nn.Module()
        self.factor.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        for _ in range(self.recurrence):
            added = self.attend(x)
            x = x + added * self.factor.bias.to(added.dtype)
        return x

    def attend(self, x):
        query, key, value = self.query(x), self.key(x), self.value(x)
        height = x.shape[2]
        # The logits are not scaled, and would leave the range of float16.
        wide = torch.promote_types(query.dtype, torch.float32)
        query, key = query.to(wide), key.to(wide)
        columns = query.permute(0, 3, 2, 1).matmul(key.permute(0, 3, 1, 2))
        rows = query.permute(0, 2, 3, 1).matmul(key.permute(0, 2, 1, 3))
        # A position stands in its row and in its column, and may count once.
        place = torch.arange(height, device=x.device)
        columns = columns.masked_fill(place.unsqueeze(0) == place.unsqueeze(1), float("-inf"))
        weights = torch.cat((columns.transpose(1, 2), rows), 3).softmax(3).to(value.dtype)
        columns, rows = weights[..., :height], weights[..., height:]
        down = columns.transpose(1, 2).matmul(value.permute(0, 3, 2, 1))
        across = rows.matmul(value.permute(0, 2, 3, 1))
        return down.permute(0, 3, 2, 1) + across.permute(0, 3, 1, 2)
