"""Coordinate attention."""

import torch
from torch import nn


class CoordAtt(nn.Module):
    """Coordinate attention: scales each position by a gate of its row and a gate of its column, for each channel.

    [f_h, f_w] = hswish(BN(W1 [mean_w(x), mean_h(x)])), y = x * sigmoid(W_h f_h) * sigmoid(W_w f_w), W1: c1 -> h,
    W_h and W_w: h -> c1, all with bias, h = max(c1 // reduction, min_hidden).
    "Coordinate Attention for Efficient Mobile Network Design", arXiv:2103.02907.
    """

    def __init__(self, c1, reduction=32, min_hidden=8):
        super().__init__()
        hidden = max(c1 // reduction, min_hidden, 1)
        self.squeeze = nn.Sequential(nn.Conv2d(c1, hidden, 1), nn.BatchNorm2d(hidden), nn.Hardswish())
        self.rows = nn.Conv2d(hidden, c1, 1)
        self.columns = nn.Conv2d(hidden, c1, 1)

    def forward(self, x):
        # Means over the dimensions have a deterministic backward pass; adaptive pooling modules may not.
        height = x.shape[2]
        lines = torch.cat([x.mean(3), x.mean(2)], 2).unsqueeze(3)
        lines = self.squeeze(lines)
        rows = self.rows(lines[:, :, :height]).sigmoid()
        columns = self.columns(lines[:, :, height:]).sigmoid().transpose(2, 3)
        return x * rows * columns
