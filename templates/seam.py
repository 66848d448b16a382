"""SEAM: separated and enhancement attention (YOLO-FaceV2)."""

from torch import nn


class SEAM(nn.Module):
    """Separated and enhancement attention: scales each channel by a factor between 1 and e, from its neighbourhoods.

    u_0 = x, v = u + BN(gelu(dw(u))), u = BN(gelu(W v)), depth times, dw: depthwise 3 x 3, W: c1 -> c1, both with bias;
    y = x * exp(sigmoid(W2 relu(W1 mean(u)))), W1: c1 -> h, W2: h -> c1, h = max(c1 // reduction, min_hidden).
    "YOLO-FaceV2: A Scale and Occlusion Aware Face Detector", arXiv:2208.02019.
    """

    def __init__(self, c1, depth=1, reduction=16, min_hidden=1):
        super().__init__()
        hidden = max(c1 // reduction, min_hidden, 1)
        self.spatial = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(c1, c1, 3, padding=1, groups=c1), nn.GELU(), nn.BatchNorm2d(c1))
                for _ in range(depth)
            ]
        )
        self.channel = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(c1, c1, 1), nn.GELU(), nn.BatchNorm2d(c1)) for _ in range(depth)]
        )
        self.squeeze = nn.Linear(c1, hidden, bias=False)
        self.act = nn.ReLU()
        self.excite = nn.Linear(hidden, c1, bias=False)

    def forward(self, x):
        u = x
        for number, spatial in enumerate(self.spatial):
            u = self.channel[number](u + spatial(u))
        gate = self.excite(self.act(self.squeeze(u.mean((2, 3))))).sigmoid().exp()
        return x * gate.to(x.dtype)[:, :, None, None]
