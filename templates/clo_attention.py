"""CloAttention (CloFormer)."""

import torch
from torch import nn


class CloAttention(nn.Module):
    """CloAttention: some heads weigh their neighbourhood by its context, the others attend to a pooled map.

    Local heads: q, k, v = dw(W x), dw: depthwise kernel x kernel, o = tanh(W2 silu(W1 (q * k)) / sqrt(d)) * v;
    the others: o_i = sum_j softmax_j(q_i . k_j / sqrt(d)) v_j, k and v from means over window x window;
    y = Wo cat(o), d = c1 / heads, all 1 x 1 convolutions with bias.
    "Rethinking Local Perception in Lightweight Vision Transformer", arXiv:2303.17803.
    """

    def __init__(self, c1, heads=8, local_heads=4, kernel=5, window=4):
        super().__init__()
        if c1 % heads:
            raise ValueError(f"CloAttention: heads={heads} must divide the {c1} channels")
        if not 0 < local_heads < heads:
            raise ValueError(f"CloAttention: local_heads={local_heads} must be at least 1, and below heads={heads}")
        if kernel % 2 == 0:
            raise ValueError(f"CloAttention: kernel={kernel} is even, so the maps would not have the size of the input")
        self.heads = heads - local_heads
        self.factor = (c1 // heads) ** -0.5
        near = c1 // heads * local_heads
        far = c1 - near
        self.local = nn.Sequential(
            nn.Conv2d(c1, 3 * near, 1), nn.Conv2d(3 * near, 3 * near, kernel, padding=kernel // 2, groups=3 * near)
        )
        self.context = nn.Sequential(nn.Conv2d(near, near, 1), nn.SiLU(), nn.Conv2d(near, near, 1))
        self.query = nn.Conv2d(c1, far, 1)
        # Windows that the edge cuts off are means of what they hold, so any size of map will do.
        self.pool = nn.AvgPool2d(window, window, ceil_mode=True, count_include_pad=False)
        self.key_value = nn.Conv2d(c1, 2 * far, 1)
        self.project = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        return self.project(torch.cat((self.near(x), self.far(x)), 1))

    def near(self, x):
        query, key, value = self.local(x).chunk(3, 1)
        return (self.context(query * key) * self.factor).tanh() * value

    def far(self, x):
        query = self.query(x).flatten(2)
        b, c, n = query.shape
        query = query.reshape(b, self.heads, c // self.heads, n).transpose(2, 3)
        key, value = self.key_value(self.pool(x)).flatten(2).reshape(b, 2, self.heads, c // self.heads, -1).unbind(1)
        # Scaled before the product, which in float16 could leave the range nevertheless.
        wide = torch.promote_types(query.dtype, torch.float32)
        weights = (query.to(wide) * self.factor).matmul(key.to(wide)).softmax(3).to(value.dtype)
        y = value.matmul(weights.transpose(2, 3))
        return y.reshape(b, c, x.shape[2], x.shape[3])
