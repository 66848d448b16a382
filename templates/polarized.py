"""Polarized self-attention."""

import torch
from torch import nn


class PolarizedSelfAttention(nn.Module):
    """Polarized self-attention: a gate per channel and a gate per position, each at half of the channels.

    a = sigmoid(LN(Wz sum_p softmax_p(Wq x) (Wv x)_p)), one factor a channel,
    b = sigmoid(softmax_c(Wq' mean(x)) . Wv' x), one factor a position, Wv, Wq' and Wv': c1 -> c1 // 2,
    y = x * a + x * b where parallel; u = x * a and y = u * b(u) where sequential.
    "Polarized Self-Attention: Towards High-quality Pixel-wise Regression", arXiv:2107.00782.
    """

    def __init__(self, c1, form="parallel"):
        super().__init__()
        if form not in ("parallel", "sequential"):
            raise ValueError(f"PolarizedSelfAttention: form={form} is unknown")
        hidden = max(c1 // 2, 1)
        self.form = form
        self.channel_query = nn.Conv2d(c1, 1, 1)
        self.channel_value = nn.Linear(c1, hidden)
        self.channel_project = nn.Linear(hidden, c1)
        self.channel_norm = nn.LayerNorm(c1)
        self.spatial_query = nn.Linear(c1, hidden)
        self.spatial_value = nn.Linear(c1, hidden)

    def forward(self, x):
        gate = self.channel_gate(x)
        if self.form == "parallel":
            return torch.addcmul(x * gate, x, self.spatial_gate(x))
        x = x * gate
        return x * self.spatial_gate(x)

    def channel_gate(self, x):
        weights = self.channel_query(x).flatten(2).softmax(2).to(x.dtype)
        # The weights sum to 1, so pooling before the value layer equals pooling after it, and costs far less.
        pooled = x.flatten(2).matmul(weights.transpose(1, 2)).squeeze(2)
        gate = self.channel_norm(self.channel_project(self.channel_value(pooled)))
        return gate.sigmoid().to(x.dtype)[:, :, None, None]

    def spatial_gate(self, x):
        query = self.spatial_query(x.mean((2, 3))).softmax(1).to(x.dtype)
        # The query times the value layer is one vector a sample; with it, no map of values is needed.
        vector = query.matmul(self.spatial_value.weight.to(x.dtype)).unsqueeze(1)
        offset = query.matmul(self.spatial_value.bias.to(x.dtype))[:, None, None]
        gate = (vector.matmul(x.flatten(2)) + offset).sigmoid().to(x.dtype)
        return gate.reshape(x.shape[0], 1, x.shape[2], x.shape[3])
