"""Efficient Local Attention."""

import torch
from torch import nn


class ELA(nn.Module):
    """Efficient Local Attention: one gate for each row and one for each column of each channel.

    y = x * a(means of rows) * a(means of columns), a(z) = sigmoid(GN(conv(z))): one convolution along the axis,
    without bias, and one normalisation for both. Variants, by kernel, channels per group and groups of GN:
    tiny 5, 1, 32; base 7, 1, 16; small 5, 8, 16; large 7, 8, 16. Numbers that do not divide c1 are made smaller.
    "ELA: Efficient Local Attention for Deep Convolutional Neural Networks", arXiv:2403.01123.
    """

    def __init__(self, c1, variant="base"):
        super().__init__()
        variants = {"tiny": (5, 1, 32), "base": (7, 1, 16), "small": (5, 8, 16), "large": (7, 8, 16)}
        if variant not in variants:
            raise ValueError(f"ELA: variant={variant} is unknown")
        kernel, each, groups = variants[variant]
        while c1 % each:
            each -= 1
        while c1 % groups:
            groups -= 1
        self.conv = nn.Conv1d(c1, c1, kernel, padding=kernel // 2, groups=c1 // each, bias=False)
        self.norm = nn.GroupNorm(groups, c1)

    def forward(self, x):
        rows = self.gate(x.mean(3)).unsqueeze(3)
        columns = self.gate(x.mean(2)).unsqueeze(2)
        return x * rows.to(x.dtype) * columns.to(x.dtype)

    def gate(self, z):
        norm = self.norm
        # The module itself branches on the size: it refuses a single value, and a tracer warns of it. Under autocast
        # the normalisation takes the precision of its weights.
        z = self.conv(z).to(norm.weight.dtype)
        return torch.group_norm(z, norm.num_groups, norm.weight, norm.bias, norm.eps).sigmoid()
