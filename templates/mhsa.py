"""Multi-head self-attention (BoTNet)."""

from torch import nn


class MHSA(nn.Module):
    """Multi-head self-attention over all positions of a map, as BoTNet's, without a table of positions.

    o = v softmax(q' k / sqrt(d)) in each of h heads of d = c1 / h channels, q, k and v 1 x 1 convolutions of x with
    bias, y = o; with position, y = o + conv(v), depthwise 3 x 3 with bias.
    h = heads, or the largest divisor of c1 below that leaves each head 8 channels.
    "Bottleneck Transformers for Visual Recognition", arXiv:2101.11605.
    """

    def __init__(self, c1, heads=4, position=False):
        super().__init__()
        most = min(heads, max(c1 // 8, 1))
        self.heads = max(one for one in range(1, most + 1) if c1 % one == 0)
        self.qkv = nn.Conv2d(c1, 3 * c1, 1)
        self.position = nn.Conv2d(c1, c1, 3, padding=1, groups=c1) if position else None

    def forward(self, x):
        b, c, h, w = x.shape
        each = c // self.heads
        q, k, v = self.qkv(x).chunk(3, 1)
        # Scaled before the product, which half precision would otherwise overflow earlier.
        q = (q * each**-0.5).reshape(b * self.heads, each, h * w)
        attention = q.transpose(1, 2).matmul(k.reshape(b * self.heads, each, h * w)).softmax(2)
        y = v.reshape(b * self.heads, each, h * w).matmul(attention.transpose(1, 2)).reshape(b, c, h, w)
        return y if self.position is None else y + self.position(v)
