"""Efficient Channel Attention."""

from torch import nn


class ECA(nn.Module):
    """Efficient Channel Attention: scales each channel by a gate computed from the means of its neighbours in order.

    y = x * sigmoid(conv(z)), z = mean(x) as a sequence of c1 numbers, one kernel of size k, zeros beyond the ends;
    k = kernel, or with kernel=0 as the paper takes it from the channels: (log2(c1) + 1) / 2 rounded down, and made odd
    by adding 1.
    "ECA-Net: Efficient Channel Attention for Deep Convolutional Neural Networks", arXiv:1910.03151.
    """

    def __init__(self, c1, kernel=0):
        super().__init__()
        if kernel and kernel % 2 == 0:
            raise ValueError(f"ECA: kernel={kernel} is even, so the gate would not have a value for each channel")
        # The number of binary digits is log2(c1) + 1, rounded down.
        kernel = kernel or (c1.bit_length() // 2) | 1
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)

    def forward(self, x):
        # A mean over the dimensions has a deterministic backward pass; adaptive pooling modules may not.
        gate = self.conv(x.mean((2, 3)).unsqueeze(1))
        return x * gate.sigmoid().transpose(1, 2).unsqueeze(3)
