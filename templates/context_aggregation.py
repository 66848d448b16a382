"""Context aggregation (CATNet)."""

from torch import nn


class ContextAggregation(nn.Module):
    """Context aggregation: adds one context vector, pooled from all positions, wherever a spatial gate asks for it.

    y = x + Wm(sum_p softmax_p(Wk x) (Wv x)_p) * sigmoid(Wa x), all 1 x 1 convolutions with bias,
    Wa and Wk: c1 -> 1, Wv: c1 -> h, Wm: h -> c1, h = c1 // reduction; Wm starts at 0, so y = x at first.
    "Learning to Aggregate Multi-Scale Context for Instance Segmentation in Remote Sensing Images", arXiv:2111.11057.
    """

    def __init__(self, c1, reduction=1):
        super().__init__()
        hidden = max(c1 // reduction, 1)
        self.gate = nn.Conv2d(c1, 1, 1)
        self.key = nn.Conv2d(c1, 1, 1)
        self.value = nn.Conv2d(c1, hidden, 1)
        self.project = nn.Conv2d(hidden, c1, 1)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)
        for conv in (self.gate, self.key, self.value):
            nn.init.kaiming_uniform_(conv.weight, a=1)

    def forward(self, x):
        weights = self.key(x).flatten(2).softmax(2)
        # The weights sum to 1, so pooling before the value convolution equals pooling after it, and costs far less.
        context = x.flatten(2).matmul(weights.transpose(1, 2)).unsqueeze(3)
        return x + self.project(self.value(context)) * self.gate(x).sigmoid()
