"""Squeeze-aggregated Excitation (SENetV2)."""

from torch import nn


class SaE(nn.Module):
    """Squeeze-aggregated Excitation: a channel gate whose hidden layer joins several parallel dense branches.

    y = x * sigmoid(W2 cat(relu(W1_1 z), ..., relu(W1_k z))), z = mean(x), W1_j: c1 -> h, W2: k h -> c1,
    k = cardinality, h = max(c1 // reduction, min_hidden); with residual, x is added to y.
    "SENetV2: Aggregated dense layer for channelwise and global representations", arXiv:2311.10807.
    """

    def __init__(self, c1, reduction=32, cardinality=4, min_hidden=1, bias=False, residual=False):
        super().__init__()
        # Parallel branches that read the same input and are concatenated are one layer of their total width.
        hidden = cardinality * max(c1 // reduction, min_hidden, 1)
        self.squeeze = nn.Conv2d(c1, hidden, 1, bias=bias)
        self.act = nn.ReLU()
        self.excite = nn.Conv2d(hidden, c1, 1, bias=bias)
        self.residual = residual

    def forward(self, x):
        # A mean over the dimensions has a deterministic backward pass; adaptive pooling modules may not.
        gate = x.mean((2, 3), keepdim=True)
        gate = self.excite(self.act(self.squeeze(gate)))
        y = x * gate.sigmoid()
        return x + y if self.residual else y
