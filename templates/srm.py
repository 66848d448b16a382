"""Style-based recalibration module."""

import torch
from torch import nn


class SRM(nn.Module):
    """Style-based recalibration: scales each channel by a gate computed from its own mean and standard deviation.

    y = x * sigmoid(BN(w_1 mean(x) + w_2 sqrt(var(x) + 1e-5))), two weights a channel, the variance over N - 1;
    w starts at 0, so y = x / 2 at first.
    "SRM: A Style-based Recalibration Module for Convolutional Neural Networks", arXiv:1903.10829.
    """

    def __init__(self, c1):
        super().__init__()
        self.style = nn.Conv1d(c1, c1, 2, groups=c1, bias=False)
        self.norm = nn.BatchNorm2d(c1)
        nn.init.zeros_(self.style.weight)

    def forward(self, x):
        mean = x.mean((2, 3), keepdim=True)
        # A norm does not leave the range of float16 where a variance does, and a map of 1 x 1 has a spread of 0.
        wide = torch.promote_types(x.dtype, torch.float32)
        spread = (x - mean).norm(dim=(2, 3)).to(wide)
        count = x.shape[2] * x.shape[3]
        # The last term makes a divisor of 1 of the 0 of a single position.
        spread = (spread * spread / (count - 1 + 1 // count) + 1e-5).sqrt()
        styles = torch.stack((mean.to(x.dtype).flatten(1), spread.to(x.dtype)), 2)
        gate = self.style(styles).unsqueeze(3)
        if self.training and x.shape[0] == 1:
            # There is no variance over a single image; some repositories build their models with that.
            norm = self.norm
            gate = nn.functional.batch_norm(
                gate, norm.running_mean, norm.running_var, norm.weight, norm.bias, False, 0.0, norm.eps
            )
        else:
            gate = self.norm(gate)
        return x * gate.sigmoid()
