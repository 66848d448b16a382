"""Contextual Transformer."""

import torch
from torch import nn


class CoTAttention(nn.Module):
    """Contextual Transformer: a static context K from 3 x 3, a dynamic one D from weights that K and x ask for.

    K = relu(BN(conv3 x)), A = GN(E2 relu(BN(E1 cat(x, K)))): at each position c1 / 8 kernels of 3 x 3,
    D = silu(BN(sum of A * BN(V x) over 3 x 3)), channel c with kernel c mod (c1 / 8),
    y = a D + (1 - a) K, a = softmax over both of W2 relu(BN(W1 mean(D + K))), W1: c1 -> max(c1 / 2, 32).
    In the form pooled, y = K + softmax over all positions of A * BN(V x), A = E2 relu(BN(E1 cat(x, K))).
    "Contextual Transformer Networks for Visual Recognition", arXiv:2107.12292.
    """

    def __init__(self, c1, form="paper"):
        super().__init__()
        if form not in ("paper", "pooled"):
            raise ValueError(f"CoTAttention: form={form} is unknown")
        if c1 % 8:
            raise ValueError(f"CoTAttention: {c1} channels are no multiple of 8")
        self.form = form
        self.key = nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, groups=4, bias=False), nn.BatchNorm2d(c1), nn.ReLU())
        self.value = nn.Sequential(nn.Conv2d(c1, c1, 1, bias=False), nn.BatchNorm2d(c1))
        self.embed = nn.Sequential(nn.Conv2d(2 * c1, c1 // 2, 1, bias=False), nn.BatchNorm2d(c1 // 2), nn.ReLU())
        if form == "pooled":
            self.logits = nn.Conv2d(c1 // 2, 9 * c1, 1)
        else:
            self.kernels = nn.Conv2d(c1 // 2, 9 * c1 // 8, 1)
            self.kernels_norm = nn.GroupNorm(c1 // 8, 9 * c1 // 8)
            self.norm = nn.BatchNorm2d(c1)
            self.act = nn.SiLU()
            hidden = max(c1 // 2, 32)
            self.squeeze = nn.Linear(c1, hidden)
            self.squeezed = nn.BatchNorm1d(hidden)
            self.relu = nn.ReLU()
            self.excite = nn.Linear(hidden, 2 * c1)

    def forward(self, x):
        key = self.key(x)
        asked = self.embed(torch.cat([x, key], 1))
        if self.form == "pooled":
            return key + self.shares(asked) * self.value(x)
        local = self.act(self.norm(self.local(asked, self.value(x))))
        hidden = self.relu(self.normalised(self.squeeze((local + key).mean((2, 3)))))
        # A softmax over two is a sigmoid of their difference.
        logits = self.excite(hidden).reshape(x.shape[0], -1, 2)
        share = (logits[:, :, 0] - logits[:, :, 1]).sigmoid()[:, :, None, None]
        return key + share * (local - key)

    def local(self, asked, value):
        b, c, h, w = value.shape
        norm = self.kernels_norm
        # The module itself branches on the size, of which a tracer warns. Under autocast the normalisation takes the
        # precision of its weights.
        kernels = self.kernels(asked).to(norm.weight.dtype)
        kernels = torch.group_norm(kernels, norm.num_groups, norm.weight, norm.bias, norm.eps)
        kernels = kernels.to(value.dtype).reshape(b, 1, c // 8, 9, h, w)
        value = nn.functional.pad(value, (1, 1, 1, 1)).reshape(b, 8, c // 8, h + 2, w + 2)
        # Tap by tap: all nine neighbours of each position at once would take nine times the memory.
        total = kernels[:, :, :, 0] * value[..., :h, :w]
        for tap in range(1, 9):
            top, left = tap // 3, tap % 3
            total = total + kernels[:, :, :, tap] * value[..., top : top + h, left : left + w]
        return total.reshape(b, c, h, w)

    def shares(self, asked):
        # The layer's own numbers: an exporter knows them while it traces, and the shapes of tensors not.
        hidden, channels = self.logits.in_channels, self.logits.out_channels // 9
        # A mean over the nine logits of a channel is a mean over their weights.
        weight = self.logits.weight.reshape(channels, 9, hidden, 1, 1).mean(1)
        bias = self.logits.bias.reshape(channels, 9).mean(1)
        logits = nn.functional.conv2d(asked, weight, bias)
        return logits.flatten(2).softmax(2).reshape(logits.shape)

    def normalised(self, z):
        norm = self.squeezed
        if self.training and z.shape[0] == 1:
            # A single value has no deviation.
            statistics = norm.running_mean, norm.running_var
            return nn.functional.batch_norm(z, *statistics, norm.weight, norm.bias, False, 0.0, norm.eps)
        return norm(z)
