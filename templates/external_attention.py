"""External attention."""

import math

import torch
from torch import nn


class ExternalAttention(nn.Module):
    """External attention: each position is matched with a memory of keys, and answered from a memory of values.

    A = softmax_p(Mk u), Mk: c1 -> units; E(u) = Mv (A / sum_units A), Mv: units -> c1.
    The published block: y = relu(x + BN(W2 E(W1 x + b))); bare: y = E(x).
    "Beyond Self-attention: External Attention using Two Linear Layers for Visual Tasks", arXiv:2105.02358.
    """

    def __init__(self, c1, units=64, form="published"):
        super().__init__()
        if form not in ("published", "bare"):
            raise ValueError(f"ExternalAttention: form={form} is unknown")
        self.form = form
        self.key = nn.Conv2d(c1, units, 1, bias=False)
        self.value = nn.Conv2d(units, c1, 1, bias=False)
        if form == "published":
            self.enter = nn.Linear(c1, c1)
            self.leave = nn.Conv2d(c1, c1, 1, bias=False)
            self.norm = nn.BatchNorm2d(c1)
            self.act = nn.ReLU()
            for layer in (self.enter, self.key, self.value, self.leave):
                nn.init.normal_(layer.weight, 0, math.sqrt(2 / layer.weight.shape[0]))

    def forward(self, x):
        if self.form == "bare":
            return self.recall(x, self.key.weight, self.value.weight)
        # Nothing stands between the two layers on either side, so they are multiplied first: the products have the
        # size of the memory, and no map of all channels is computed in between.
        key, enter = self.key.weight.flatten(1), self.enter.weight
        leave, value = self.leave.weight.flatten(1), self.value.weight.flatten(1)
        key, bias, value = key.matmul(enter), key.matmul(self.enter.bias), leave.matmul(value)
        y = self.recall(x, key[:, :, None, None], value[:, :, None, None], bias)
        return self.act(x + self.norm(y))

    def recall(self, x, key, value, bias=None):
        logits = nn.functional.conv2d(x, key, bias)
        # In float16 a position that no unit attends to would divide by 0.
        wide = torch.promote_types(logits.dtype, torch.float32)
        attention = logits.to(wide).flatten(2).softmax(2)
        attention = attention / (1e-9 + attention.sum(1, keepdim=True))
        return nn.functional.conv2d(attention.to(logits.dtype).reshape(logits.shape), value)
