"""Axial attention."""

import torch
from torch import nn


class AxialAttention(nn.Module):
    """Axial attention: self-attention along the columns, and along the rows.

    For each axis, in heads of d = c1 / heads channels: o_i = sum_j softmax_j(q_i . k_j / sqrt(d)) v_j over the
    positions j of the line, q, k and v 1 x 1 convolutions, then a 1 x 1 convolution with bias; y is the sum of both
    axes where parallel, columns and then rows where sequential.
    "Axial Attention in Multidimensional Transformers", arXiv:1912.12180.
    """

    def __init__(self, c1, heads=8, form="parallel"):
        super().__init__()
        if form not in ("parallel", "sequential"):
            raise ValueError(f"AxialAttention: form={form} is unknown")
        self.form = form
        self.heads = max(n for n in range(1, heads + 1) if c1 % n == 0)
        self.columns = nn.Conv2d(c1, 3 * c1, 1, bias=False)
        self.columns_project = nn.Conv2d(c1, c1, 1)
        self.rows = nn.Conv2d(c1, 3 * c1, 1, bias=False)
        self.rows_project = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        # As (batch, heads, channels of a head, the other axis, axis), and back.
        y = self.attend(self.columns(x).transpose(2, 3)).transpose(2, 3)
        y = self.columns_project(y)
        if self.form == "parallel":
            return y + self.rows_project(self.attend(self.rows(x)))
        return self.rows_project(self.attend(self.rows(y)))

    def attend(self, x):
        b, c, lines, length = x.shape
        query, key, value = x.reshape(b, 3, self.heads, c // (3 * self.heads), lines, length).unbind(1)
        query, key, value = query.permute(0, 1, 3, 4, 2), key.permute(0, 1, 3, 2, 4), value.permute(0, 1, 3, 4, 2)
        wide = torch.promote_types(query.dtype, torch.float32)
        query, key = query.to(wide) * (c // (3 * self.heads)) ** -0.5, key.to(wide)
        # A head of few channels has large logits, which half precision would round, under autocast as well.
        if hasattr(torch, "autocast"):
            exactly = torch.autocast("cuda" if x.is_cuda else "cpu", enabled=False)
        else:
            exactly = torch.cuda.amp.autocast(enabled=False)
        with exactly:
            weights = query.matmul(key).softmax(4)
        weights = weights.to(value.dtype)
        return weights.matmul(value).permute(0, 1, 4, 2, 3).reshape(b, c // 3, lines, length)
