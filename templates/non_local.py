"""Non-local block."""

import torch
from torch import nn


class NonLocal(nn.Module):
    """Non-local block, embedded Gaussian form: adds to each position a mean of all, weighted by similarity.

    y = x + BN(W sum_j softmax_j(q_i . k_j) g_j), q, k and g 1 x 1 convolutions c1 -> h, W: h -> c1,
    h = c1 // reduction; scaled divides the logits by sqrt(c1); the weight of BN starts at 0, so y = x at first.
    "Non-local Neural Networks", arXiv:1711.07971.
    """

    def __init__(self, c1, reduction=2, scaled=False):
        super().__init__()
        hidden = max(c1 // reduction, 1)
        self.factor = c1**-0.5 if scaled else 1.0
        self.query = nn.Conv2d(c1, hidden, 1)
        self.key = nn.Conv2d(c1, hidden, 1)
        self.value = nn.Conv2d(c1, hidden, 1)
        self.project = nn.Conv2d(hidden, c1, 1)
        self.norm = nn.BatchNorm2d(c1)
        for conv in (self.query, self.key, self.value, self.project):
            nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        query, key, value = self.query(x).flatten(2), self.key(x).flatten(2), self.value(x).flatten(2)
        # Logits that are not scaled leave the range of float16.
        wide = torch.promote_types(query.dtype, torch.float32)
        query, key = query.to(wide) * self.factor, key.to(wide)
        weights = query.transpose(1, 2).matmul(key).softmax(2).to(value.dtype)
        context = value.matmul(weights.transpose(1, 2))
        context = context.reshape(x.shape[0], -1, x.shape[2], x.shape[3])
        return x + self.norm(self.project(context))
