"""Efficient Multi-scale Attention."""

import torch
from torch import nn


class EMA(nn.Module):
    """Efficient Multi-scale Attention: a gate per position and group, from two branches that weigh each other.

    In each of g groups of c = c1 // g channels, all with the same weights: u = GN(x * sigmoid(W mean_w(x) + b) *
    sigmoid(W mean_h(x) + b)), W: c -> c, GN with c groups; t = conv(x), 3 x 3;
    y = x * sigmoid(softmax(mean(u)) t + softmax(mean(t)) u), softmax over the c channels.
    g = factor, or the largest divisor of c1 below it.
    "Efficient Multi-Scale Attention Module with Cross-Spatial Learning", arXiv:2305.13563.
    """

    def __init__(self, c1, factor=32):
        super().__init__()
        self.groups = max(one for one in range(1, factor + 1) if c1 % one == 0)
        c = c1 // self.groups
        self.conv1 = nn.Conv2d(c, c, 1)
        self.norm = nn.GroupNorm(c, c)
        self.conv3 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        b, _, h, w = x.shape
        c = self.norm.num_groups
        z = x.reshape(b * self.groups, c, h, w)
        across = self.conv1(z.mean(3, keepdim=True)).sigmoid()
        down = self.conv1(z.mean(2, keepdim=True)).sigmoid()
        # nn.GroupNorm refuses a single value, the batch and the map being 1, which is its bias as well; under autocast
        # the normalisation takes the precision of its weights.
        u = (z * across * down).to(self.norm.weight.dtype)
        u = torch.group_norm(u, c, self.norm.weight, self.norm.bias, self.norm.eps).flatten(2)
        t = self.conv3(z).flatten(2)
        # Each channel is normalised over its map, so its mean is the normalisation's bias.
        of_u = self.norm.bias.softmax(0).reshape(1, 1, c)
        of_t = t.mean(2).softmax(1).unsqueeze(1)
        gate = of_u.matmul(t) + of_t.matmul(u)
        return (z * gate.reshape(b * self.groups, 1, h, w).sigmoid()).reshape(x.shape)
