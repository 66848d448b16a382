"""Effective Squeeze-Excitation (CenterMask, VoVNetV2)."""

from torch import nn


class EffectiveSE(nn.Module):
    """Effective Squeeze-Excitation: a channel gate from the means of all channels by one layer, without a bottleneck.

    y = x * hardsigmoid(W mean(x) + b), W: c1 -> c1, hardsigmoid(z) = min(max(z + 3, 0), 6) / 6; or a sigmoid.
    "CenterMask: Real-Time Anchor-Free Instance Segmentation", arXiv:1911.06667.
    """

    def __init__(self, c1, gate="hard_sigmoid"):
        super().__init__()
        if gate not in ("hard_sigmoid", "sigmoid"):
            raise ValueError(f"EffectiveSE: gate={gate} is unknown")
        self.hard = gate == "hard_sigmoid"
        self.excite = nn.Linear(c1, c1)

    def forward(self, x):
        gate = self.excite(x.mean((2, 3)))
        gate = (gate + 3).clamp(0, 6) / 6 if self.hard else gate.sigmoid()
        return x * gate[:, :, None, None]
