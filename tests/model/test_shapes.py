"""What modules do to the size of a map, read from made-up classes of the shapes that repositories write."""

from __future__ import annotations

import pytest
from made_up import CLASSES, classes_in

from yolo_patcher.model.shapes.effect import Effect

KEPT, DOWN, DOWN_TWICE, UP = (Effect(0, change, False) for change in (0, 1, 2, -1))
JOIN = Effect(0, 0, True)

# One class called `Mine` each: what it stands for, its text, what it is made with, and what it does.
READ = {
    "a wrapper around a convolution": (
        """
class Mine(nn.Module):
    default_act = nn.SiLU()

    def __init__(self, c1, c2, k=1, s=1, p=None, g=1, d=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, pad(k, p, d), groups=g, dilation=d, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = self.default_act if act is True else act if isinstance(act, nn.Module) else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


def pad(k, p=None, d=1):
    if d > 1:
        k = d * (k - 1) + 1 if isinstance(k, int) else [d * (x - 1) + 1 for x in k]
    if p is None:
        p = k // 2 if isinstance(k, int) else [x // 2 for x in k]
    return p
""",
        [3, 8, 3, 2],
        DOWN,
    ),
    "two paths that go down alike": (
        """
class Mine(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv1, self.cv2, self.mp = Conv(c1, c2, 3, 2), Conv(c1, c2), nn.MaxPool2d(kernel_size=2, stride=2)

    def forward(self, x):
        return torch.cat((self.cv1(x), self.cv2(self.mp(x))), dim=1)
""",
        [8, 8],
        DOWN,
    ),
    "a split into scales, each with a convolution, in a loop": (
        """
class Part(nn.Module):
    def __init__(self, c1, c2, scale=4):
        super().__init__()
        width = c2 // scale
        self.width, self.nums = width, 1 if scale == 1 else scale - 1
        self.conv1 = nn.Conv2d(c1, width * scale, kernel_size=1, bias=False)
        convs = []
        for i in range(self.nums):
            convs.append(nn.Conv2d(width, width, kernel_size=3, stride=1, padding=1))
        self.convs = nn.ModuleList(convs)

    def forward(self, x):
        out = self.conv1(x)
        spx = torch.split(out, self.width, 1)
        for i in range(self.nums):
            sp = spx[i] if i == 0 else sp + spx[i]
            sp = self.convs[i](sp)
            if i == 0:
                out = sp
            else:
                out = torch.cat((out, sp), 1)
        return torch.cat((out, spx[self.nums]), 1) + x


class Mine(nn.Module):
    def __init__(self, c1, c2, n=1, e=0.5):
        super().__init__()
        c_ = int(c2 * e)
        self.cv1, self.cv2, self.cv3 = Conv(c1, c_), Conv(c1, c_), Conv(2 * c_, c2)
        self.m = nn.Sequential(*(Part(c_, c_) for _ in range(n)))

    def forward(self, x):
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), 1))
""",
        [16, 32, 2],
        KEPT,
    ),
    "blocks that a parameter names, with branches that may not be there": (
        """
def conv_bn(c1, c2, k, s, p):
    result = nn.Sequential()
    result.add_module("conv", nn.Conv2d(in_channels=c1, out_channels=c2, kernel_size=k, stride=s, padding=p))
    result.add_module("bn", nn.BatchNorm2d(num_features=c2))
    return result


class Rep(nn.Module):
    def __init__(self, c1, c2, stride=1, deploy=False):
        super().__init__()
        self.act = nn.ReLU()
        if deploy:
            self.merged = nn.Conv2d(c1, c2, 3, stride, 1)
        else:
            self.identity = nn.BatchNorm2d(c1) if c1 == c2 and stride == 1 else None
            self.dense, self.pointwise = conv_bn(c1, c2, 3, stride, 1), conv_bn(c1, c2, 1, stride, 0)

    def forward(self, inputs):
        if hasattr(self, "merged"):
            return self.act(self.merged(inputs))
        if self.identity is None:
            added = 0
        else:
            added = self.identity(inputs)
        return self.act(self.dense(inputs) + self.pointwise(inputs) + added)


class Mine(nn.Module):
    def __init__(self, c1, c2, n=1, block=Rep):
        super().__init__()
        self.first = block(c1, c2)
        self.rest = nn.Sequential(*(block(c2, c2) for _ in range(n - 1))) if n > 1 else None

    def forward(self, x):
        x = self.first(x)
        if self.rest is not None:
            x = self.rest(x)
        return x
""",
        [8, 16, 3],
        KEPT,
    ),
    "a part of the channels": (
        """
class Mine(nn.Module):
    def __init__(self, first, last):
        super().__init__()
        self.first, self.last = first, last

    def forward(self, x):
        return x[..., self.first:self.last, :, :]
""",
        [0, 3],
        KEPT,
    ),
    "channels weighed by a number each": (
        """
class Mine(nn.Module):
    def __init__(self, c1):
        super().__init__()
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Sequential(nn.Linear(c1, 4), nn.ReLU(), nn.Linear(4, c1))

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.fc(self.pool(x).view(b, c)).sigmoid().view(b, c, 1, 1)
        return x * y.expand_as(x)
""",
        [8],
        KEPT,
    ),
    "a wavelet by slices": (
        """
class Mine(nn.Module):
    def forward(self, x):
        x01, x02 = x[:, :, 0::2, :] / 2, x[:, :, 1::2, :] / 2
        x1, x2, x3, x4 = x01[:, :, :, 0::2], x02[:, :, :, 0::2], x01[:, :, :, 1::2], x02[:, :, :, 1::2]
        return torch.cat((x1 + x2 + x3 + x4, -x1 - x2 + x3 + x4, -x1 + x2 - x3 + x4, x1 - x2 - x3 + x4), 1)
""",
        [],
        DOWN,
    ),
    "a wavelet by a function of autograd": (
        """
class Transform(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.shape = x.shape
        return F.conv2d(x, weight.expand(8, -1, -1, -1), stride=2, groups=8)


class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("weight", torch.zeros(1, 1, 2, 2))

    def forward(self, x):
        return Transform.apply(x, self.weight)
""",
        [],
        DOWN,
    ),
    "a convolution and a pooling": (
        """
class Mine(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(c1, c2, kernel_size=3, stride=2, padding=1, bias=False), nn.ReLU(True))
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)

    def forward(self, x):
        return self.maxpool(self.conv(x))
""",
        [3, 8],
        DOWN_TWICE,
    ),
    "attention over all places": (
        """
class Mine(nn.Module):
    def __init__(self, dim, heads=8):
        super().__init__()
        self.heads, self.key = heads, dim // heads // 2
        self.qkv, self.proj, self.pe = Conv(dim, 2 * dim), Conv(dim, dim), Conv(dim, dim, 3)

    def forward(self, x):
        B, C, H, W = x.shape
        N = H * W
        q, k, v = self.qkv(x).view(B, self.heads, -1, N).split([self.key, self.key, 2 * self.key], dim=2)
        attn = ((q.transpose(-2, -1) @ k) * self.key**-0.5).softmax(dim=-1)
        x = (v @ attn.transpose(-2, -1)).view(B, C, H, W) + self.pe(v.reshape(B, C, H, W))
        return self.proj(x)
""",
        [64],
        KEPT,
    ),
    "a transformer": (
        """
class Mine(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attn, self.fc = nn.MultiheadAttention(c, 4, batch_first=True), nn.Linear(c, c)

    def forward(self, x):
        c, h, w = x.shape[1:]
        y = x.flatten(2).permute(0, 2, 1)
        y = y + self.attn(y, y, value=y)[0]
        return self.fc(y).permute(0, 2, 1).view([-1, c, h, w]).contiguous()
""",
        [64],
        KEPT,
    ),
    "both axes apart, joined and split again": (
        """
class Mine(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.pool_h, self.pool_w = nn.AdaptiveAvgPool2d((None, 1)), nn.AdaptiveAvgPool2d((1, None))
        self.conv = nn.Conv2d(c, c, 1)

    def forward(self, x):
        n, c, h, w = x.size()
        y = self.conv(torch.cat([self.pool_h(x), self.pool_w(x).permute(0, 1, 3, 2)], dim=2))
        x_h, x_w = torch.split(y, [h, w], dim=2)
        return x * x_w.permute(0, 1, 3, 2).sigmoid() * x_h.sigmoid()
""",
        [8],
        KEPT,
    ),
    "a class by its base's layer": (
        """
class Pool(nn.MaxPool2d):
    def __init__(self, k):
        super().__init__(k, stride=k)


class Mine(nn.Sequential):
    def __init__(self, c):
        super().__init__(Pool(2), nn.Conv2d(c, c, 1))
""",
        [8],
        DOWN,
    ),
    "pixels to channels and back": (
        """
class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.ways = nn.ModuleDict()
        self.down, self.up = nn.PixelUnshuffle(2), nn.PixelShuffle(2)

    def forward(self, x):
        return self.up(self.up(self.down(x)))
""",
        [],
        UP,
    ),
    "space to depth by views": (
        """
class Mine(nn.Module):
    def __init__(self, gain=2):
        super().__init__()
        self.gain = gain

    def forward(self, x):
        b, c, h, w = x.size()
        s = self.gain
        x = x.view(b, c, h // s, s, w // s, s)
        x = x.permute(0, 3, 5, 1, 2, 4).contiguous()
        return x.view(b, c * s * s, h // s, w // s)
""",
        [],
        DOWN,
    ),
    "a flag that is not known, where both ways keep the size": (
        """
import secret


class Mine(nn.Module):
    def __init__(self, c):
        super().__init__()
        if secret.FAST:
            self.conv = nn.Conv2d(c, c, 1)
        else:
            self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        if secret.FAST:
            x = x.relu()
        return self.conv(x) * secret.weigh(x)
""",
        [8],
        KEPT,
    ),
    "what is handed over beside the map": (
        """
class Mine(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = Conv(c, c)

    def forward(self, x, guide):
        bs, _, h, w = x.shape
        aw = torch.einsum("bmchw,bnmc->bmhwn", x, guide).view(bs, 1, h, w)
        return self.conv(x) * aw
""",
        [8],
        KEPT,
    ),
}
JOINS = {
    "a weighted sum": (
        """
class Mine(nn.Module):
    def __init__(self, length):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(length, dtype=torch.float32), requires_grad=True)
        self.swish, self.epsilon = nn.SiLU(), 0.0001

    def forward(self, x):
        weights = self.weight / (torch.sum(self.swish(self.weight), dim=0) + self.epsilon)
        weighted = [weights[i] * x[i] for i in range(len(x))]
        return torch.sum(torch.stack(weighted, dim=0), dim=0)
""",
        [2],
    ),
    "a gate between two": (
        """
class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.tensor(0.0))

    def forward(self, x):
        return x[0] + self.gate * x[1]
""",
        [],
    ),
    "halves that are put together": (
        """
class Mine(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        x1, x2 = [], []
        for xi in x:
            xi1, xi2 = xi.chunk(2, self.d)
            x1.append(xi1)
            x2.append(xi2)
        return torch.cat(x1 + x2, self.d)
""",
        [],
    ),
}
# Bodies of `forward`, and of `__init__` in front of them, of which nothing can be said.
UNREAD = {
    "a size of its own": ("pass", "return F.interpolate(x, size=(40, 40))"),
    "one number a channel": ("pass", "return x.mean((2, 3), keepdim=True)"),
    "sides changed": ("pass", "return x.transpose(2, 3)"),
    "sides changed by an order": ("pass", "return x.permute(0, 1, 3, 2)"),
    "no map": ("pass", "return x.flatten(2)"),
    "other strides for the sides": ("self.m = nn.Conv2d(8, 8, 3, (2, 1), 1)", "return self.m(x)"),
    "a third": ("self.m = nn.Conv2d(8, 8, 3, 3, 1)", "return self.m(x)"),
    "a stride from elsewhere": ("self.m = nn.Conv2d(8, 8, 3, secret(), 1)", "return self.m(x)"),
    "a layer that is changed": ("self.m = nn.Conv2d(8, 8, 1)\n        self.m.stride = (2, 2)", "return self.m(x)"),
    "one of two ways": ("pass", "return x if secret() else F.max_pool2d(x, 2)"),
    "two ends": ("pass", "if secret():\n            return x\n        return F.max_pool2d(x, 2)"),
    "a loop of unknown length": ("pass", "while secret():\n            x = F.max_pool2d(x, 2)\n        return x"),
    "a loop over what is unknown": ("pass", "for _ in secret():\n            x = F.max_pool2d(x, 2)\n        return x"),
    "no end": ("pass", "return self.forward(x)"),
    "very many steps": ("pass", "for a in range(256):\n            x = sum(x for b in range(256))\n        return x"),
    "nothing but an error": ("raise ValueError", "return x"),
    "a function of a library": ("pass", "return secret(x)"),
    "a generator": ("pass", "yield x"),
    "maps that do not fit": ("pass", "return x + F.max_pool2d(x, 2)"),
    "an object that is not made": ("self.m = Conv(8, 8, 1, 1, 0, wrong=2)", "return self.m(x)"),
    "a list that a library may change": ("self.m = [nn.Identity()]\n        self.m.sort()", "return self.m[0](x)"),
    "python that is run": ("exec('self.m = 1')", "return eval('x')"),
}  # fmt: skip


# What would take long, or all memory, if it were done; with `k` and `x` in sight.
BOMBS = [
    "for _ in range(200):\n            k = k * k",
    "for _ in range(200):\n            k = k << 100",
    "k = 9 ** 9 ** 9",
    "k = [k]\n        for _ in range(200):\n            k = k + k",
    "k = [k]\n        for _ in range(200):\n            k.extend(k)",
    "k = 'k'\n        for _ in range(200):\n            k = k + k",
    "k = 'k'\n        for _ in range(200):\n            k = f'{k}{k}'",
    "k = 'k' * 10**10",
    "k = [0] * 10**10",
    "k = range(10**10)",
    "k = x.chunk(10**10, 1)",
    "k = torch.zeros(1, 10**10).split(1, 1)",
    "for _ in range(200):\n            x = x.repeat(1, x.shape[1], 1, x.shape[3])",
    "k = [[[[a for a in range(200)] for b in range(200)] for c in range(200)] for d in range(200)]",
    "k = (lambda f: f(f))(lambda f: f(f))",
    f"k = {'(' * 80}k{')' * 80}{' + k' * 900}",
    f"k = {'-' * 900}k",
    "".join(f"if secret({n}):\n            x = x\n        " for n in range(40)),
]  # fmt: skip


def effect(
    text: str, args: list[object], inputs: int = 1, listed: bool = False, repeats: int | None = 1
) -> Effect | None:
    return classes_in(CLASSES + "\n" + text).effect("Mine", args, repeats, [True] * inputs, listed)


@pytest.mark.parametrize("name", READ)
def test_what_a_class_does_is_read(name: str) -> None:
    text, args, found = READ[name]
    assert effect(text, list(args)) == found


@pytest.mark.parametrize("inputs", [2, 4])
@pytest.mark.parametrize("name", JOINS)
def test_what_puts_maps_together_needs_one_level(name: str, inputs: int) -> None:
    text, args = JOINS[name]
    if name == "a gate between two" or inputs == 2:
        inputs = 2
    elif args:
        args = [inputs]
    assert effect(text, list(args), inputs, True) == JOIN


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_understood_has_no_effect(name: str) -> None:
    first, body = UNREAD[name]
    text = f"""
from library import secret


class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        {first}

    def forward(self, x):
        {body}
"""
    assert effect(text, []) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return F.interpolate(x[0], x[2].shape[2:]) + x[2]", Effect(2, 0, False)),
        ("a, b, c = x\n        return F.interpolate(b, scale_factor=2)", Effect(1, -1, False)),
        ("return torch.cat([F.max_pool2d(x[0], 4), F.max_pool2d(x[1], 2), x[2]], 1)", Effect(2, 0, False)),
        ("return torch.cat([x[0], F.max_pool2d(x[1], 2), F.max_pool2d(x[2], 4)], 1)", Effect(0, 0, False)),
        ("return torch.cat([F.max_pool2d(one, 2) for one in x], 1)", Effect(0, 1, True)),
        ("return [x[0], x[1]]", Effect(0, None, False)),
        ("return x[1].chunk(2, 1)", Effect(0, None, False)),
    ],
)
def test_inputs_of_several_levels(body: str, found: Effect) -> None:
    text = f"class Mine(nn.Module):\n    def forward(self, x):\n        {body}\n"
    assert effect(text, [], 3, True) == found


@pytest.mark.parametrize("body", BOMBS, ids=range(len(BOMBS)))
def test_what_would_take_long_is_given_up(body: str) -> None:
    text = f"""
from library import secret


class Mine(nn.Module):
    def forward(self, x):
        k = 3
        {body}
        return x.flatten(2)
"""
    assert effect(text, []) is None


def test_very_many_objects_are_not_made() -> None:
    text = "class Mine(nn.Module):\n    def forward(self, x):\n        return x\n"
    assert effect(text, [], repeats=10**10) == KEPT


def test_objects_behind_each_other() -> None:
    pool = "class Mine(nn.Module):\n    def forward(self, x):\n        return F.max_pool2d(x, 2)\n"
    assert [effect(pool, [], repeats=repeats) for repeats in (1, 2, None)] == [DOWN, DOWN_TWICE, None]
    kept = pool.replace("F.max_pool2d(x, 2)", "x")
    assert [effect(kept, [], repeats=repeats) for repeats in (1, 2, None)] == [KEPT, KEPT, KEPT]


@pytest.mark.parametrize(
    ("module", "args", "found"),
    [
        ("nn.Conv2d", [3, 8, 3, 2, 1], DOWN),
        ("nn.MaxPool2d", [2, 1, 0], KEPT),
        ("nn.ZeroPad2d", [[0, 1, 0, 1]], KEPT),
        ("nn.Upsample", ["None", 2, "nearest"], UP),
        ("torch.nn.Upsample", [None, 2], UP),
        ("nn.ConvTranspose2d", [8, 8, 2, 2, 0], UP),
        ("nn.AvgPool2d", [2], DOWN),
        ("nn.Identity", [], KEPT),
        ("nn.AdaptiveAvgPool2d", [1], None),
        ("nn.NoSuchLayer", [], None),
        ("torchvision.ops.DeformConv2d", [8, 8, 3], None),
    ],
)
def test_layers_of_torch_itself(module: str, args: list[object], found: Effect | None) -> None:
    assert classes_in("").effect(module, args, 1, [True], False) == found
