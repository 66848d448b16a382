"""Mixed Local Channel Attention."""

import torch
from torch import nn


class MLCA(nn.Module):
    """Mixed Local Channel Attention: a channel gate for each of local_size x local_size bins, mixed with a global gate.

    L = x pooled to the bins; A = (1 - w) sigmoid(conv_g(mean(L))) + w sigmoid(conv_l(L)), w = local_weight, both
    convolutions along the channels (of all bins one after the other, for L), with a kernel of size k and no bias;
    y = x * (A pooled to the size of x). Pooling takes the mean of the bins that a bin overlaps, in either direction.
    k = kernel, or with kernel=0 as in ECA: (log2(c1) + 1) / 2 rounded down, and made odd by adding 1.
    "Mixed local channel attention for object detection".
    """

    def __init__(self, c1, local_size=5, local_weight=0.5, kernel=0):
        super().__init__()
        if kernel and kernel % 2 == 0:
            raise ValueError(f"MLCA: kernel={kernel} is even, so the gate would not have a value for each channel")
        # The number of binary digits is log2(c1) + 1, rounded down.
        kernel = kernel or (c1.bit_length() // 2) | 1
        self.local_size = local_size
        self.local_weight = local_weight
        self.local_conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.global_conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)

    def overlaps(self, size, x):
        """Tell which of the bins, first dimension, overlap which of as many positions, second dimension."""
        start = torch.arange(self.local_size, device=x.device).unsqueeze(1) * size
        place = torch.arange(size, device=x.device).unsqueeze(0) * self.local_size
        return ((start < place + self.local_size) & (place < start + size)).to(x.dtype)

    def forward(self, x):
        b, c = x.shape[:2]
        size = self.local_size
        rows, columns = self.overlaps(x.shape[2], x), self.overlaps(x.shape[3], x)
        # Adaptive pooling as products: deterministic in the backward pass, and for every size that is exported.
        local = x.matmul((columns / columns.sum(1, keepdim=True)).t())
        local = (rows / rows.sum(1, keepdim=True)).matmul(local).flatten(2)
        gate = self.local_conv(local.transpose(1, 2).reshape(b, 1, size * size * c)).sigmoid()
        gate = gate.reshape(b, size * size, c).transpose(1, 2)
        overall = self.global_conv(local.mean(2).unsqueeze(1)).sigmoid().transpose(1, 2)
        gate = ((1 - self.local_weight) * overall + self.local_weight * gate).reshape(b, c, size, size)
        gate = (rows / rows.sum(0)).t().matmul(gate)
        return x * gate.matmul(columns / columns.sum(0))
