"""Double attention (A2-Nets)."""

from torch import nn


class DoubleAttention(nn.Module):
    """Double attention: gathers descriptors from all positions, and gives each position the mixture that it asks for.

    G = sum_p A_p softmax_p(B)_p, z_p = G softmax_n(V_p), y = x + W z; A = Wa x: c1 -> h, B = Wb x and V = Wv x:
    c1 -> n, W: h -> c1, 1 x 1 convolutions with bias, h = n = channels, or max(c1 // reduction, 1) with channels=0;
    without residual, y = W z.
    "A^2-Nets: Double Attention Networks", arXiv:1810.11579.
    """

    def __init__(self, c1, reduction=4, channels=0, residual=True):
        super().__init__()
        hidden = channels or max(c1 // reduction, 1)
        self.residual = residual
        self.feature = nn.Conv2d(c1, hidden, 1)
        self.gather = nn.Conv2d(c1, hidden, 1)
        self.distribute = nn.Conv2d(c1, hidden, 1)
        self.reconstruct = nn.Conv2d(hidden, c1, 1)

    def forward(self, x):
        maps = self.gather(x).flatten(2).softmax(2)
        vectors = self.distribute(x).flatten(2).softmax(1)
        # Both softmaxes sum to 1, so the first and the last convolution, biases included, can be applied to the
        # gathered descriptors instead of to all positions, at less cost.
        descriptors = x.flatten(2).matmul(maps.transpose(1, 2)).unsqueeze(3)
        descriptors = self.reconstruct(self.feature(descriptors)).squeeze(3)
        y = descriptors.matmul(vectors).reshape(x.shape)
        return x + y if self.residual else y
