"""BiFPN weighted sum."""

import torch
from torch import nn


class BiFPNAdd(nn.Module):
    """BiFPN's fast normalised fusion: the sum of its inputs, each scaled by a learned share.

    y = v1 x1 + v2 x2 + ..., v = relu(w) / (sum(relu(w)) + epsilon).
    "EfficientDet: Scalable and Efficient Object Detection", arXiv:1911.09070.
    """

    def __init__(self, c1, epsilon=0.0001):
        super().__init__()
        if len(c1) < 2:
            raise ValueError(f"BiFPNAdd joins two maps or more, and has {len(c1)}")
        if len(set(c1)) > 1:
            raise ValueError(f"BiFPNAdd adds maps of equal channels, and has {c1}")
        if epsilon <= 0:
            raise ValueError(f"BiFPNAdd: epsilon={epsilon} is not positive")
        self.epsilon = epsilon
        self.fusion = nn.Module()
        # Hosts keep what is called bias from weight decay.
        self.fusion.bias = nn.Parameter(torch.ones(len(c1)))

    def forward(self, x):
        weight = self.fusion.bias.relu()
        share = weight / (weight.sum() + self.epsilon)
        y = x[0] * share[0]
        for number in range(1, len(x)):
            y = y + x[number] * share[number]
        return y
