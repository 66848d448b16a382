"""Content-Aware ReAssembly of FEatures."""

from torch import nn


class CARAFE(nn.Module):
    """Content-aware upsampling: each pixel of the double size is a weighted mean of a window, with predicted weights.

    y[2 h + i, 2 w + j] = sum over a window of kernel_up x kernel_up of K * x[h + dy, w + dx], zero outside of the map,
    K = softmax over the window of encode(compress(x)), for each of the four pixels (i, j).
    "CARAFE: Content-Aware ReAssembly of FEatures", arXiv:1905.02188.
    """

    def __init__(self, c1, compressed=64, kernel_up=5, kernel_encoder=3):
        super().__init__()
        for name, kernel in (("kernel_up", kernel_up), ("kernel_encoder", kernel_encoder)):
            if kernel < 1 or kernel % 2 == 0:
                raise ValueError(f"CARAFE: {name}={kernel} is not odd, so its window has no centre")
        self.kernel = kernel_up
        self.compress = nn.Conv2d(c1, compressed, 1)
        self.encode = nn.Conv2d(compressed, 4 * kernel_up**2, kernel_encoder, padding=kernel_encoder // 2)
        nn.init.xavier_uniform_(self.compress.weight)
        nn.init.normal_(self.encode.weight, std=0.001)
        nn.init.zeros_(self.compress.bias)
        nn.init.zeros_(self.encode.bias)

    def forward(self, x):
        b, _, h, w = x.shape
        kernels = self.encode(self.compress(x)).reshape(b, self.kernel**2, 1, 4, h, w).softmax(1).to(x.dtype)
        around = nn.functional.pad(x, [self.kernel // 2] * 4).unsqueeze(2)
        # The four pixels of a position weigh the same window, so the sum is taken on the small map.
        y = None
        for tap in range(self.kernel**2):
            row, column = tap // self.kernel, tap % self.kernel
            part = around[..., row : row + h, column : column + w] * kernels[:, tap]
            y = part if y is None else y + part
        return nn.functional.pixel_shuffle(y.flatten(1, 2), 2)
