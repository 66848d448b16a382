"""Convolutional Block Attention Module."""

import torch
from torch import nn


class CBAM(nn.Module):
    """Convolutional Block Attention Module: a gate per channel, then a gate per position.

    u = x * sigmoid(M(mean(x)) + M(max(x))), M: W2 relu(W1 z), c1 -> h -> c1, h = max(c1 // reduction, min_hidden);
    y = u * sigmoid(BN(conv([max_c u, mean_c u]))), the convolution kernel x kernel, 2 -> 1; without spatial, y = u.
    The form released has biases in M and starts the BN's weight at 0; the form paper has neither, and a convolution
    with a bias in place of the BN.
    "CBAM: Convolutional Block Attention Module", arXiv:1807.06521.
    """

    def __init__(self, c1, reduction=16, kernel=7, min_hidden=1, spatial=True, form="released"):
        super().__init__()
        if form not in ("released", "paper"):
            raise ValueError(f"CBAM: form={form} is unknown")
        if kernel % 2 == 0:
            raise ValueError(f"CBAM: kernel={kernel} is even, so the gate would not have the size of the input")
        released = form == "released"
        hidden = max(c1 // reduction, min_hidden, 1)
        squeeze, excite = nn.Linear(c1, hidden, bias=released), nn.Linear(hidden, c1, bias=released)
        conv = nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=not released)
        norm = nn.BatchNorm2d(1, momentum=0.01)
        if released:
            for parameter in (squeeze.bias, excite.bias, norm.weight):
                nn.init.zeros_(parameter)
        self.channel = nn.Sequential(squeeze, nn.ReLU(), excite)
        self.spatial = (nn.Sequential(conv, norm) if released else nn.Sequential(conv)) if spatial else None

    def largest(self, x, dim):
        """Give the maximum along a dimension: in training by the form with the faster backward pass."""
        return x.max(dim, keepdim=True)[0] if self.training else x.amax(dim, keepdim=True)

    def forward(self, x):
        # Means and maxima over the dimensions have a deterministic backward pass; adaptive pooling modules may not.
        gate = self.channel(torch.stack([x.mean((2, 3)), self.largest(x.flatten(2), 2).squeeze(2)])).sum(0)
        x = x * gate.sigmoid().unsqueeze(2).unsqueeze(3)
        if self.spatial is None:
            return x
        gate = self.spatial(torch.cat([self.largest(x, 1), x.mean(1, keepdim=True)], 1))
        return x * gate.sigmoid()
