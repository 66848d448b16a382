"""Made-up classes of the kinds that model YAMLs name, and levels of models that name no others."""

from __future__ import annotations

from collections.abc import Mapping

from yolo_patcher.checkout.definitions import PythonFile
from yolo_patcher.checkout.parse_model import recognise_parse_model
from yolo_patcher.checkout.text import decode_python
from yolo_patcher.model.levels import Levels, tell_levels
from yolo_patcher.model.modules import steps
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import scales
from yolo_patcher.model.shapes.effect import Classes
from yolo_patcher.model.vocabulary import Vocabulary
from yolo_patcher.signature import Signatures

HEADER = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"

CLASSES = """
def half(k):
    return k // 2 if isinstance(k, int) else [one // 2 for one in k]


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1, p=None):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, half(k) if p is None else p)

    def forward(self, x):
        return self.conv(x)


class RepConv(nn.Module):
    def __init__(self, c1, c2, k=3, s=1):
        super().__init__()
        self.ways = nn.ModuleList([Conv(c1, c2, k, s), Conv(c1, c2, 1, s)])

    def forward(self, x):
        return sum(way(x) for way in self.ways)


class Block(nn.Module):
    def __init__(self, c1, c2, *rest):
        super().__init__()
        self.way = nn.Sequential(Conv(c1, c2), Conv(c2, c2, 3))

    def forward(self, x):
        return self.way(x)


class C3(Block):
    pass


class C2f(Block):
    pass


class C2fAttn(Block):
    pass


class BottleneckCSP(Block):
    pass


class SPPCSPC(Block):
    pass


class SPPF(nn.Module):
    def __init__(self, c1, c2, k=5):
        super().__init__()
        self.conv = Conv(c1, c2)
        self.pool = nn.MaxPool2d(k, 1, k // 2)

    def forward(self, x):
        return self.pool(self.conv(x))


class MP(nn.Module):
    def __init__(self, k=2):
        super().__init__()
        self.pool = nn.MaxPool2d(k, k)

    def forward(self, x):
        return self.pool(x)


class Focus(nn.Module):
    def __init__(self, c1, c2, k=1):
        super().__init__()
        self.conv = Conv(4 * c1, c2, k)

    def forward(self, x):
        return self.conv(torch.cat((x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]), 1))


class ReOrg(nn.Module):
    def forward(self, x):
        return torch.cat([x[..., i::2, j::2] for j in range(2) for i in range(2)], 1)


class ADown(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.strided = Conv(c1 // 2, c2 // 2, 3, 2, 1)
        self.pointwise = Conv(c1 // 2, c2 // 2)

    def forward(self, x):
        one, other = F.avg_pool2d(x, 2, 1, 0, False, True).chunk(2, 1)
        return torch.cat((self.strided(one), self.pointwise(F.max_pool2d(other, 3, 2, 1))), 1)


class HGStem(nn.Module):
    def __init__(self, c1, cm, c2):
        super().__init__()
        self.first, self.second, self.last = Conv(c1, cm, 3, 2), Conv(cm, cm, 2, 1, 0), Conv(2 * cm, c2, 3, 2)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=1, padding=0, ceil_mode=True)

    def forward(self, x):
        x = F.pad(self.first(x), [0, 1, 0, 1])
        return self.last(torch.cat([self.second(x), self.pool(x)], dim=1))


class ResNetLayer(nn.Module):
    def __init__(self, c1, c2, s=1, is_first=False, n=1):
        super().__init__()
        self.is_first = is_first
        if is_first:
            self.layer = nn.Sequential(Conv(c1, c2, 7, 2, 3), nn.MaxPool2d(kernel_size=3, stride=2, padding=1))
        else:
            blocks = [Conv(c1, c2, 3, s)]
            blocks.extend([Conv(c2, c2, 3) for _ in range(n - 1)])
            self.layer = nn.Sequential(*blocks)

    def forward(self, x):
        return self.layer(x)


class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        return torch.cat(x, self.d)


class Shortcut(nn.Module):
    def forward(self, x):
        return x[0] + x[1]


class CBLinear(nn.Module):
    def __init__(self, c1, c2s):
        super().__init__()
        self.c2s = c2s
        self.conv = nn.Conv2d(c1, sum(c2s), 1)

    def forward(self, x):
        return self.conv(x).split(self.c2s, dim=1)


class CBFuse(nn.Module):
    def __init__(self, places):
        super().__init__()
        self.places = places

    def forward(self, x):
        wanted = x[-1].shape[2:]
        others = [F.interpolate(one[self.places[i]], size=wanted) for i, one in enumerate(x[:-1])]
        return torch.sum(torch.stack(others + x[-1:]), dim=0)


class HyperACE(nn.Module):
    def __init__(self, c1, c2=None):
        super().__init__()
        self.down, self.up = nn.AvgPool2d(2, 2), nn.Upsample(scale_factor=2)
        self.conv = Conv(c1, c2)

    def forward(self, x):
        return self.conv(torch.cat([self.down(x[0]), x[1], self.up(x[2])], 1))


class Zoom_cat(nn.Module):
    def forward(self, x):
        large, middle, small = x
        size = middle.shape[2:]
        return torch.cat([F.adaptive_max_pool2d(large, size), middle, F.interpolate(small, size)], 1)
"""
_SCALED = "Conv, RepConv, C3, C2f, C2fAttn, BottleneckCSP, SPPCSPC, SPPF, Focus, ADown, nn.ConvTranspose2d"
PARSE_MODEL = f"""
def parse_model(d, ch):
    gd, gw = d["depth_multiple"], d["width_multiple"]
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        n = max(round(n * gd), 1) if n > 1 else n
        if m in ({_SCALED}):
            c1, c2 = ch[f], args[0]
            args = [c1, c2, *args[1:]]
            if m in (C3, C2f, BottleneckCSP):
                args.insert(2, n)
                n = 1
        elif m is CBLinear:
            c1, c2 = ch[f], args[0]
            args = [c1, c2, *args[1:]]
        elif m is HGStem:
            c2 = args[1]
            args = [ch[f], *args]
        elif m is ResNetLayer:
            c2 = args[1]
        elif m is HyperACE:
            c2 = args[0]
            args = [ch[f[1]], c2]
        elif m in (Concat, Zoom_cat):
            c2 = sum(ch[x] for x in f)
        elif m in (CBFuse, Shortcut):
            c2 = ch[f[-1]]
        elif m is Detect:
            args.append([ch[x] for x in f])
        else:
            c2 = ch[f]
        ch.append(c2)
"""


def classes_in(text: str = CLASSES) -> Classes:
    """Give the classes of a file's text."""
    return Classes(PythonFile(decode_python("models/common.py", f"{HEADER}{text}".encode())))


def vocabulary(text: str = CLASSES, parse_model: str = PARSE_MODEL, signatures: Signatures | None = None) -> Vocabulary:
    """Give the vocabulary of a checkout of which only classes and `parse_model` are made up."""
    read = recognise_parse_model(decode_python("models/yolo.py", parse_model.encode()))
    return Vocabulary(read, frozenset(), False, signatures or {}, classes_in(text))


MADE_UP = vocabulary()


def told_of(model: ModelYaml, known: Vocabulary = MADE_UP, *, strict: bool = True) -> Levels:
    """Tell the levels of a model."""
    size = next(iter(scales(model).values()))
    return tell_levels(model, steps(model, known, size), strict=strict)


def levels(model: ModelYaml, known: Vocabulary = MADE_UP) -> Mapping[int, int | None]:
    """Give each row's level; None where it can't be told."""
    return told_of(model, known).level
