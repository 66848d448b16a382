"""Omni-Dimensional Dynamic Convolution."""

import math

import torch
from torch import nn


class ODConv(nn.Module):
    """Omni-dimensional dynamic convolution of stride 2: a kernel for each image, gated in all its dimensions.

    y = SiLU(BN(f * conv(c * x; sum over n of w_n (s * W_n)))), c, f, s = sigmoid(fc(h)) for input channels, output
    channels and taps, w = softmax(fc(h)) over the experts, h = relu(norm(fc(mean(x)))).
    "Omni-Dimensional Dynamic Convolution", arXiv:2209.07947.
    """

    def __init__(self, c1, c2, kernel=3, experts=4, reduction=16, pooled_norm="layer"):
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"ODConv: kernel={kernel} is not odd")
        if experts < 1:
            raise ValueError(f"ODConv: experts={experts} is less than 1")
        if pooled_norm not in ("layer", "batch"):
            raise ValueError(f"ODConv: pooled_norm={pooled_norm} is unknown")
        self.kernel, self.experts = kernel, experts
        hidden = max(c1 // reduction, 16)
        norm = nn.LayerNorm(hidden) if pooled_norm == "layer" else nn.BatchNorm1d(hidden)
        self.hidden = nn.Sequential(nn.Linear(c1, hidden, bias=False), norm, nn.ReLU())
        self.of_input = nn.Linear(hidden, c1)
        self.of_output = nn.Linear(hidden, c2)
        self.of_taps = nn.Linear(hidden, kernel**2) if kernel > 1 else None
        self.of_experts = nn.Linear(hidden, experts) if experts > 1 else None
        for gate in (self.hidden[0], self.of_input, self.of_output, self.of_taps, self.of_experts):
            if gate is not None:
                nn.init.kaiming_normal_(gate.weight, mode="fan_out", nonlinearity="relu")
                if gate.bias is not None:
                    nn.init.zeros_(gate.bias)
        # Only its weight is used: the kernels of all experts, one below another.
        self.kernels = nn.Conv2d(c1, experts * c2, kernel, bias=False)
        nn.init.normal_(self.kernels.weight, std=math.sqrt(2 / (c2 * kernel**2)))
        self.norm = nn.BatchNorm2d(c2)
        self.act = nn.SiLU()

    def forward(self, x):
        b, c, h, w = x.shape
        h, w = (h + 1) // 2, (w + 1) // 2
        taps = self.kernel**2
        hidden = self.hidden(x.mean((2, 3)))
        weight = self.kernels.weight.reshape(1, self.experts, -1, c * taps)
        if self.of_experts is None:
            weight = weight[:, 0]
        else:
            share = self.of_experts(hidden).softmax(1)
            weight = (share.reshape(b, self.experts, 1, 1) * weight).sum(1)
        if self.of_taps is not None:
            share = self.of_taps(hidden).sigmoid().reshape(b, 1, 1, taps)
            weight = (weight.reshape(-1, weight.shape[1], c, taps) * share).flatten(2)
        reach = self.kernel // 2
        x = x * self.of_input(hidden).sigmoid()[:, :, None, None]
        x = nn.functional.pad(x, (reach, reach + 1, reach, reach + 1))[:, :, : 2 * (h + reach), : 2 * (w + reach)]
        x = x.reshape(b, c, h + reach, 2, w + reach, 2)
        # The windows as columns, by slices of any size.
        windows = [
            x[:, :, row // 2 : row // 2 + h, row % 2, column // 2 : column // 2 + w, column % 2]
            for row in range(self.kernel)
            for column in range(self.kernel)
        ]
        y = torch.matmul(weight.to(x.dtype), torch.stack(windows, 2).reshape(b, c * taps, h * w))
        y = y.reshape(b, -1, h, w) * self.of_output(hidden).sigmoid()[:, :, None, None]
        return self.act(self.norm(y))
