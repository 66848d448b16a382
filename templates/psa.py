"""Partial Self-Attention (YOLOv10)."""

import torch
from torch import nn


class PartialSelfAttention(nn.Module):
    """Partial Self-Attention: self-attention and a feed-forward part for half the channels, the rest pass by.

    a, b = halves of F1 x; b = b + P (softmax(q k^T / sqrt(d / 2)) v + D v); b = b + G2 G1 b; y = F2 cat(a, b):
    all 1 x 1 convolutions with BN, F1, F2 and G1 with SiLU, G1 to twice the channels; D depth-wise 3 x 3 with BN;
    heads of d = head_dim channels, or more where that does not divide; q and k have half of them.
    "YOLOv10: Real-Time End-to-End Object Detection", arXiv:2405.14458.
    """

    def __init__(self, c1, head_dim=64):
        super().__init__()
        if c1 % 4:
            raise ValueError(f"PartialSelfAttention: {c1} channels are no multiple of 4")
        half = c1 // 2
        heads = max(half // head_dim, 1)
        # Of half the half, so that queries and keys have half of a head's channels.
        while half // 2 % heads:
            heads -= 1
        self.heads = heads

        def conv(c_in, c_out, act=True, kernel=1, groups=1):
            layers = [
                nn.Conv2d(c_in, c_out, kernel, padding=kernel // 2, groups=groups, bias=False),
                nn.BatchNorm2d(c_out),
            ]
            return nn.Sequential(*layers, nn.SiLU()) if act else nn.Sequential(*layers)

        self.enter = conv(c1, c1)
        self.query_key_value = conv(half, 2 * half, act=False)
        self.position = conv(half, half, act=False, kernel=3, groups=half)
        self.project = conv(half, half, act=False)
        self.feed = nn.Sequential(conv(half, 2 * half), conv(2 * half, half, act=False))
        self.leave = conv(c1, c1)

    def forward(self, x):
        a, b = self.enter(x).chunk(2, 1)
        b = b + self.attend(b)
        b = b + self.feed(b)
        return self.leave(torch.cat([a, b], 1))

    def attend(self, x):
        b, c, h, w = x.shape
        d = c // self.heads
        heads = self.query_key_value(x).reshape(b, self.heads, 2 * d, h * w)
        query, key, value = heads.split([d // 2, d // 2, d], 2)
        weights = (query * (d // 2) ** -0.5).transpose(2, 3).matmul(key).softmax(3)
        attended = value.matmul(weights.transpose(2, 3)).reshape(b, c, h, w)
        return self.project(attended + self.position(value.reshape(b, c, h, w)))
