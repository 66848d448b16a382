"""Frequency Channel Attention (FcaNet)."""

import math

import torch
from torch import nn


class FcaLayer(nn.Module):
    """Frequency Channel Attention: a channel gate from one cosine frequency of each channel in place of its mean.

    y = x * sigmoid(W2 relu(W1 z)), z_c = sum over i, j < 7 of p_cij f(i, u) f(j, v), p the means of x in 7 x 7 cells,
    f(i, u) = cos(pi u (i + 1/2) / 7) / sqrt(7), times sqrt(2) where u > 0; W1: c1 -> h, W2: h -> c1,
    h = c1 // reduction; each (u, v) of the first frequencies has an equal part of the channels.
    "FcaNet: Frequency Channel Attention Networks", arXiv:2012.11879.
    """

    def __init__(self, c1, reduction=16, frequencies=16):
        super().__init__()
        down = (0, 0, 6, 0, 0, 1, 1, 4, 5, 1, 3, 0, 0, 0, 3, 2)
        right = (0, 1, 0, 5, 2, 0, 2, 0, 0, 6, 0, 4, 6, 3, 5, 2)
        if not 1 <= frequencies <= len(down):
            raise ValueError(f"FcaLayer: frequencies={frequencies} is not 1 to {len(down)}")
        while c1 % frequencies:
            frequencies -= 1
        # Whole numbers, which a change of precision leaves as they are.
        self.register_buffer("down", torch.tensor(down[:frequencies]), persistent=False)
        self.register_buffer("right", torch.tensor(right[:frequencies]), persistent=False)
        hidden = max(c1 // reduction, 1)
        self.squeeze = nn.Linear(c1, hidden, bias=False)
        self.act = nn.ReLU()
        self.excite = nn.Linear(hidden, c1, bias=False)

    def forward(self, x):
        b, c, h, w = x.shape
        dtype = torch.promote_types(x.dtype, torch.float32)
        down, right = self.basis(self.down, h, dtype), self.basis(self.right, w, dtype)
        basis = (down.unsqueeze(2) * right.unsqueeze(1)).to(x.dtype).reshape(-1, 1, h * w)
        # A product with one vector is slow as a matrix product.
        z = (x.reshape(b, down.shape[0], -1, h * w) * basis).sum(3).reshape(b, c)
        gate = self.excite(self.act(self.squeeze(z))).sigmoid()
        return x * gate[:, :, None, None]

    def basis(self, frequency, size, dtype):
        """Give for each frequency what each of `size` rows counts: a cosine over 7 cells of rows that they average."""
        cell = torch.arange(7, device=frequency.device, dtype=dtype).unsqueeze(1)
        row = torch.arange(size, device=frequency.device, dtype=dtype)
        # Cell i averages the rows from floor(i * size / 7) to ceil((i + 1) * size / 7) - 1, as adaptive pooling does.
        inside = ((7 * row < (cell + 1) * size) & (7 * (row + 1) > cell * size)).to(dtype)
        frequency = frequency.to(dtype).unsqueeze(1)
        cosine = (frequency * (cell.t() + 0.5) * (math.pi / 7)).cos() * ((1 + (frequency > 0).to(dtype)) / 7).sqrt()
        return (cosine.unsqueeze(2) * (inside / inside.sum(1, keepdim=True))).sum(1)
