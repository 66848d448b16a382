"""Global context block (GCNet)."""

from torch import nn


class GCBlock(nn.Module):
    """Global context block: adds to all positions what two layers make of one context vector, pooled from all of them.

    c = sum_p softmax_p(k(x)) x_p, k: a 1 x 1 convolution to one channel, or c = mean(x) with pooling "average";
    T(c) = W2 relu(LN(W1 c)), W1: c1 -> h, W2: h -> c1, h = max(c1 // reduction, min_hidden), W2 starts at 0;
    y = x + T(c) with fusion "add", x * sigmoid(T(c)) with "multiply", x * sigmoid(T'(c)) + T(c) with "both".
    "GCNet: Non-local Networks Meet Squeeze-Excitation Networks and Beyond", arXiv:1904.11492.
    """

    def __init__(self, c1, reduction=16, min_hidden=2, pooling="attention", fusion="add"):
        super().__init__()
        if pooling not in ("attention", "average"):
            raise ValueError(f"GCBlock: pooling={pooling} is unknown")
        if fusion not in ("add", "multiply", "both"):
            raise ValueError(f"GCBlock: fusion={fusion} is unknown")
        hidden = max(c1 // reduction, min_hidden, 2)
        self.key = self.multiply = self.add = None
        if pooling == "attention":
            self.key = nn.Conv2d(c1, 1, 1)
            nn.init.kaiming_normal_(self.key.weight)
        if fusion != "add":
            self.multiply = self.transform(c1, hidden)
        if fusion != "multiply":
            self.add = self.transform(c1, hidden)

    def transform(self, channels, hidden):
        """Build the two layers that turn the context vector into what is added, or into a gate."""
        last = nn.Linear(hidden, channels)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        return nn.Sequential(nn.Linear(channels, hidden), nn.LayerNorm(hidden), nn.ReLU(), last)

    def transformed(self, layers, context):
        """Apply the two layers; under autocast the normalisation takes the precision of its weights."""
        squeeze, norm, act, excite = layers
        y = norm(squeeze(context).to(norm.weight.dtype))
        return excite(act(y)).unsqueeze(2).unsqueeze(3)

    def forward(self, x):
        if self.key is None:
            context = x.mean((2, 3))
        else:
            weights = self.key(x).flatten(2).softmax(2)
            context = x.flatten(2).matmul(weights.transpose(1, 2)).squeeze(2)
        y = x
        if self.multiply is not None:
            y = y * self.transformed(self.multiply, context).sigmoid()
        if self.add is not None:
            y = y + self.transformed(self.add, context)
        return y
