"""Pyramid Squeeze Attention (EPSANet)."""

import math

import torch
from torch import nn


class EPSA(nn.Module):
    """Pyramid Squeeze Attention: four convolutions of growing size, weighed against each other channel by channel.

    F_i = conv(x), c1 -> c1 / 4, kernel 3, 5, 7, 9, groups 1, 4, 8, 16, or what these share with c1 / 4;
    z_i = sigmoid(W2 relu(W1 mean(F_i))), W1: c1 / 4 -> h, W2: h -> c1 / 4, shared by the branches;
    y = cat(F_i * softmax_i(z_i)), h = c1 / 4 // reduction.
    "EPSANet: An Efficient Pyramid Squeeze Attention Block on Convolutional Neural Network", arXiv:2105.14447.
    """

    def __init__(self, c1, reduction=16, min_hidden=1):
        super().__init__()
        if c1 % 4:
            raise ValueError(f"EPSA: 4 must divide the {c1} channels")
        quarter = c1 // 4
        hidden = max(quarter // reduction, min_hidden, 1)
        self.branches = nn.ModuleList(
            [
                nn.Conv2d(c1, quarter, kernel, padding=kernel // 2, groups=math.gcd(groups, quarter), bias=False)
                for kernel, groups in ((3, 1), (5, 4), (7, 8), (9, 16))
            ]
        )
        self.squeeze = nn.Linear(quarter, hidden)
        self.act = nn.ReLU()
        self.excite = nn.Linear(hidden, quarter)

    def forward(self, x):
        y = torch.cat([branch(x) for branch in self.branches], 1)
        z = y.mean((2, 3)).reshape(x.shape[0], 4, -1)
        weights = self.excite(self.act(self.squeeze(z))).sigmoid().softmax(1)
        return y * weights.to(y.dtype).flatten(1)[:, :, None, None]
