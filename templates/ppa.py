"""Parallelized Patch-Aware Attention."""

import math

import torch
from torch import nn


class PPA(nn.Module):
    """Parallelized patch-aware attention: convolutions beside the attention of patches of 2 x 2 and 4 x 4, and gates.

    y = relu(BN(dropout(z * sigmoid(conv7(mean_c z, max_c z))))), z = u * sigmoid(conv1d(mean(u))), u = c1 + c2 + c3 +
    s + LGA2(s) + LGA4(s), s = BN(conv1(x)), c1, c2, c3 chained relu(BN(conv3)); LGA: patch descriptors t, t =
    W2 LN(W1 t), t * softmax(t) * clip(cos(t, prompt), 0, 1) times a free matrix, interpolated, conv1.
    "HCF-Net: Hierarchical Context Fusion Network for Infrared Small Object Detection", arXiv:2403.10778.
    """

    def __init__(self, c1, c2, descriptor="paper", dropout=0.1):
        super().__init__()
        if descriptor not in ("paper", "released"):
            raise ValueError(f"PPA: descriptor={descriptor} is unknown")
        if c2 % 2:
            raise ValueError(f"PPA takes half of its {c2} channels, which are odd")
        if descriptor == "released" and c2 % 16:
            raise ValueError(f"PPA: descriptor=released takes 16 blocks of its channels, which {c2} are not")
        if not 0 <= dropout < 1:
            raise ValueError(f"PPA: dropout={dropout} is not from 0 to below 1")
        self.released = descriptor == "released"
        self.skip = nn.Sequential(nn.Conv2d(c1, c2, 1), nn.BatchNorm2d(c2))
        self.c1 = self._conv(c1, c2)
        self.c2 = self._conv(c2, c2)
        self.c3 = self._conv(c2, c2)
        self.lga2 = self._attention(2, c2)
        self.lga4 = self._attention(4, c2)
        kernel = int(abs((math.log(c2, 2) + 1) / 2))
        kernel += 1 - kernel % 2
        self.eca = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.spatial = nn.Conv2d(2, 1, 7, padding=3)
        self.dropout = nn.Dropout2d(dropout)
        self.norm = nn.BatchNorm2d(c2)
        self.act = nn.ReLU()

    @staticmethod
    def _conv(c1, c2):
        return nn.Sequential(nn.Conv2d(c1, c2, 3, padding=1), nn.BatchNorm2d(c2), nn.ReLU())

    @staticmethod
    def _attention(patch, channels):
        parts = nn.ModuleDict()
        parts["enter"] = nn.Linear(patch * patch, channels // 2)
        parts["norm"] = nn.LayerNorm(channels // 2)
        parts["leave"] = nn.Linear(channels // 2, channels)
        parts["prompt"] = nn.Linear(channels, 1, bias=False)
        parts["mix"] = nn.Linear(channels, channels, bias=False)
        parts["conv"] = nn.Conv2d(channels, channels, 1)
        nn.init.normal_(parts["prompt"].weight)
        nn.init.eye_(parts["mix"].weight)
        return parts

    def _lga(self, parts, patch, x):
        """Attend to whole patches, and spread what they give over the map."""
        b, c, h, w = x.shape
        n, m = h // patch, w // patch
        if torch.jit.is_tracing() or h < patch or w < patch:
            # A smaller map is filled up to a patch; of a larger map the zeros are cut off again.
            x = nn.functional.pad(x, (0, patch - 1, 0, patch - 1))
            n, m = n + (n == 0), m + (m == 0)
        tiles = x[:, :, : n * patch, : m * patch].reshape(b, c, n, patch, m, patch)
        if self.released:
            t = tiles.mean((3, 5)).reshape(b, patch * patch, c // (patch * patch), n, m).mean(2).permute(0, 2, 3, 1)
        else:
            t = tiles.mean(1).permute(0, 1, 3, 2, 4).reshape(b, n, m, patch * patch)
        t = parts["leave"](parts["norm"](parts["enter"](t)))
        # Squares and the smallest divisor do not fit half precision.
        t = t.to(torch.promote_types(t.dtype, torch.float32))
        t = t * t.softmax(-1)
        prompt = nn.functional.normalize(parts["prompt"].weight.to(t.dtype), dim=-1)
        alike = (nn.functional.normalize(t, dim=-1) * prompt[0]).sum(-1, keepdim=True)
        t = parts["mix"]((t * alike.clamp(0, 1)).to(x.dtype))
        # An interpolation of rows that sum to 1 and a 1 x 1 convolution may change places.
        y = parts["conv"](t.permute(0, 3, 1, 2))
        return self._spread(n, h, y).matmul(y).matmul(self._spread(m, w, y).t())

    @staticmethod
    def _spread(few, many, like):
        """Give the matrix that interpolates linearly from a few positions to many, without aligned ends."""
        target = torch.arange(many, dtype=torch.float32, device=like.device)
        source = torch.arange(few, dtype=torch.float32, device=like.device)
        place = ((target + 0.5) * few / many - 0.5).clamp(min=0)
        place = torch.min(place, source[-1])
        return (1 - (place[:, None] - source).abs()).clamp(min=0).to(like.dtype)

    def forward(self, x):
        s = self.skip(x)
        y = self.c1(x)
        total = s + y + self._lga(self.lga2, 2, s) + self._lga(self.lga4, 4, s)
        y = self.c2(y)
        total = total + y
        total = total + self.c3(y)
        gate = self.eca(total.mean((2, 3)).unsqueeze(1)).sigmoid()
        total = total * gate.transpose(1, 2).unsqueeze(-1)
        gate = self.spatial(torch.cat([total.mean(1, keepdim=True), total.amax(1, keepdim=True)], 1))
        return self.act(self.norm(self.dropout(total * gate.sigmoid())))
