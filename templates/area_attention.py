"""Area Attention (YOLOv12)."""

import torch
from torch import nn


class AreaAttention(nn.Module):
    """Area Attention: self-attention within stripes of the map, and a depth-wise convolution for the positions.

    y = P (softmax(q k^T / sqrt(d)) v + D v): q, k, v and P 1 x 1 convolutions with BN, D depth-wise 5 x 5 with BN;
    the map, read row by row, is cut into `area` stripes of equal length, the last one shorter where need be;
    heads of d = head_dim channels, or more where that does not divide c1.
    "YOLOv12: Attention-Centric Real-Time Object Detectors", arXiv:2502.12524.
    """

    def __init__(self, c1, area=4, head_dim=32):
        super().__init__()
        heads = max(c1 // head_dim, 1)
        while c1 % heads:
            heads -= 1
        self.heads = heads
        self.area = area

        def conv(c2, kernel=1, groups=1):
            return nn.Sequential(
                nn.Conv2d(c1, c2, kernel, padding=kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(c2)
            )

        self.query_key = conv(2 * c1)
        self.value = conv(c1)
        self.position = conv(c1, 5, c1)
        self.project = conv(c1)

    def forward(self, x):
        b, c, h, w = x.shape
        value = self.value(x)
        query, key = self.query_key(x).chunk(2, 1)
        query = query.flatten(2) * (c // self.heads) ** -0.5
        attended = self.attend(query, key.flatten(2), value.flatten(2)).reshape(b, c, h, w)
        return self.project(attended + self.position(value))

    def attend(self, query, key, value):
        b, c, size = value.shape
        # While it is traced, the size is a tensor, and no branch may stand on its value.
        uneven = self.area > 1 and (torch.is_tensor(size) or size % self.area != 0)
        if uneven:
            # Joined on, since old exporters pad by constants alone.
            pad = value.new_zeros(b, c, (self.area - size % self.area) % self.area)
            query, key, value = (torch.cat([one, pad.to(one.dtype)], 2) for one in (query, key, value))
        shape = (b, self.heads, c // self.heads, self.area, -1)
        query, key, value = (one.reshape(shape).transpose(2, 3) for one in (query, key, value))
        logits = query.transpose(3, 4).matmul(key)
        if uneven:
            # No stripe may end up without a key, so what is padded gets a finite logit, whose share rounds to 0.
            padded = torch.arange(logits.shape[4] * self.area, device=value.device) >= size
            logits = logits.masked_fill(padded.reshape(self.area, 1, -1), -1e4)
        attended = value.matmul(logits.softmax(4).transpose(3, 4))
        return attended.transpose(2, 3).reshape(b, c, -1)[:, :, :size]
