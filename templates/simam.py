"""SimAM."""

import torch
from torch import nn


class SimAM(nn.Module):
    """SimAM: scales each value by a gate that is the larger, the more the value differs from its channel's mean.

    y = x * sigmoid((x - m)^2 / (4 (v + e_lambda)) + 1/2), m and v the mean and variance of a channel's map of N
    values, v with N - 1 in its denominator. There are no parameters, so c1 is only there as every module has it.
    "SimAM: A Simple, Parameter-Free Attention Module for Convolutional Neural Networks".
    """

    def __init__(self, c1, e_lambda=1e-4):
        super().__init__()
        if not e_lambda > 0:
            raise ValueError(f"SimAM: e_lambda cannot be {e_lambda}, for a constant map would be divided by 0")
        self.e_lambda = e_lambda

    def forward(self, x):
        count = x.shape[2] * x.shape[3]
        # Squares of half precision's larger values are beyond its range.
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        squares = (wide - wide.mean((2, 3), keepdim=True)).square()
        # A map of one value has no spread; the comparison keeps its denominator at 1.
        variance = squares.sum((2, 3), keepdim=True) / (count - 1 + (count == 1))
        gate = (squares * (0.25 / (variance + self.e_lambda))).add_(0.5).sigmoid_()
        return x * gate.to(x.dtype)
