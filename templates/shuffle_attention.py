"""Shuffle Attention (SA-Net)."""

import torch
from torch import nn


class ShuffleAttention(nn.Module):
    """Shuffle Attention: in each group of channels, half is gated by its means, half by its normalised values.

    y = shuffle(cat(u * sigmoid(a mean(u) + b), v * sigmoid(c GN(v) + d))), u and v the halves of a group of x,
    GN over each channel alone; all groups share the parameters; the shuffle interleaves the halves of all channels.
    Where groups do not fit, the largest smaller number is taken that divides c1 / 2.
    "SA-Net: Shuffle Attention for Deep Convolutional Neural Networks", arXiv:2102.00240.
    """

    def __init__(self, c1, groups=64, shuffle=True):
        super().__init__()
        if c1 % 2:
            raise ValueError(f"ShuffleAttention: {c1} channels can't be halved")
        while c1 // 2 % groups:
            groups -= 1
        self.groups = groups
        self.shuffle = shuffle
        each = c1 // 2 // groups
        # A number for each channel: depth-wise convolutions of 1 x 1.
        self.channel = nn.Conv2d(each, each, 1, groups=each)
        self.norm = nn.GroupNorm(each, each)
        self.spatial = nn.Conv2d(each, each, 1, groups=each)
        for gate in (self.channel, self.spatial):
            nn.init.zeros_(gate.weight)
            nn.init.ones_(gate.bias)

    def forward(self, x):
        b, c, h, w = x.shape
        half = self.norm.num_groups
        parts = x.reshape(b * self.groups, 2 * half, h, w)
        u, v = parts[:, :half], parts[:, half:]
        # Two affine maps, of the normalisation and of the gate, are one.
        factor = self.spatial.weight.flatten()
        weight, bias = self.norm.weight * factor, torch.addcmul(self.spatial.bias, self.norm.bias, factor)
        # Under autocast the normalisation takes the precision of its weights.
        gate = torch.group_norm(v.to(weight.dtype), half, weight, bias, self.norm.eps)
        # A product costs less than the convolution of a map of one pixel.
        mean = u.mean((2, 3), keepdim=True) * self.channel.weight.transpose(0, 1)
        u = u * (mean + self.channel.bias.reshape(-1, 1, 1)).sigmoid().to(u.dtype)
        y = torch.cat([u, v * gate.sigmoid().to(v.dtype)], 1)
        if self.shuffle:
            y = y.reshape(b, 2, c // 2, h, w).transpose(1, 2)
        return y.reshape(b, c, h, w)
