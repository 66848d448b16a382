"""Squeeze-and-Excitation."""

from torch import nn


class SE(nn.Module):
    """Squeeze-and-Excitation: scales each channel by a gate computed from the global means of all channels.

    y = x * sigmoid(W2 relu(W1 mean(x))), W1: c1 -> h, W2: h -> c1, h = max(c1 // reduction, min_hidden).
    "Squeeze-and-Excitation Networks", arXiv:1709.01507.
    """

    def __init__(self, c1, reduction=16, min_hidden=1, bias=False):
        super().__init__()
        hidden = max(c1 // reduction, min_hidden, 1)
        self.squeeze = nn.Conv2d(c1, hidden, 1, bias=bias)
        self.act = nn.ReLU()
        self.excite = nn.Conv2d(hidden, c1, 1, bias=bias)

    def forward(self, x):
        # A mean over the dimensions has a deterministic backward pass; adaptive pooling modules may not.
        gate = x.mean((2, 3), keepdim=True)
        gate = self.excite(self.act(self.squeeze(gate)))
        return x * gate.sigmoid()
