"""BiFPN weighted concatenation."""

import torch
from torch import nn


class BiFPN(nn.Module):
    """BiFPN's fast normalised fusion, with a concatenation: each input is scaled by a learned share.

    y = [v1 x1, v2 x2, ...], v = relu(w) / (sum(relu(w)) + epsilon); with keep_scale, v = n relu(w) / max(sum, epsilon).
    "EfficientDet: Scalable and Efficient Object Detection", arXiv:1911.09070.
    """

    def __init__(self, c1, epsilon=0.0001, keep_scale=False):
        super().__init__()
        if len(c1) < 2:
            raise ValueError(f"BiFPN joins two maps or more, and has {len(c1)}")
        if epsilon <= 0:
            raise ValueError(f"BiFPN: epsilon={epsilon} is not positive")
        self.epsilon = epsilon
        self.keep_scale = keep_scale
        self.fusion = nn.Module()
        # Hosts keep what is called bias from weight decay.
        self.fusion.bias = nn.Parameter(torch.ones(len(c1)))

    def forward(self, x):
        weight = self.fusion.bias.relu()
        if self.keep_scale:
            share = len(x) * weight / weight.sum().clamp(min=self.epsilon)
        else:
            share = weight / (weight.sum() + self.epsilon)
        return torch.cat([one * share[number] for number, one in enumerate(x)], 1)
