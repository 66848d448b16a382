"""Channel Prior Convolutional Attention."""

import torch
from torch import nn


class CPCA(nn.Module):
    """Channel Prior Convolutional Attention: a channel gate, then a gate from strips of three lengths.

    p = gelu(W x), q = p * (sigmoid(M mean(p)) + sigmoid(M max(p))), M two layers, c1 -> c1 // reduction -> c1,
    t = D q, y = W (W (t + sum_k Dk t) * q): D depth-wise 5 x 5, Dk depth-wise 1 x k, then k x 1, k = 7, 11 and 21.
    "Channel Prior Convolutional Attention for Medical Image Segmentation", arXiv:2306.05196.
    """

    def __init__(self, c1, reduction=4):
        super().__init__()
        hidden = max(c1 // reduction, 1)
        self.mix = nn.Conv2d(c1, c1, 1)
        self.act = nn.GELU()
        self.squeeze = nn.Conv2d(c1, hidden, 1)
        self.relu = nn.ReLU()
        self.excite = nn.Conv2d(hidden, c1, 1)
        self.near = nn.Conv2d(c1, c1, 5, padding=2, groups=c1)
        self.strips = nn.ModuleList(
            [
                nn.Sequential(
                    nn.Conv2d(c1, c1, (1, length), padding=(0, length // 2), groups=c1),
                    nn.Conv2d(c1, c1, (length, 1), padding=(length // 2, 0), groups=c1),
                )
                for length in (7, 11, 21)
            ]
        )

    def forward(self, x):
        x = self.act(self.mix(x))
        # Both pooled vectors side by side, so that the shared layers run once.
        pooled = torch.cat([x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)], 3)
        x = x * self.excite(self.relu(self.squeeze(pooled))).sigmoid().sum(3, keepdim=True)
        near = self.near(x)
        context = near
        for strip in self.strips:
            context = context + strip(near)
        return self.mix(self.mix(context) * x)
