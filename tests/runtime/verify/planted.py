"""Faulty modules, each with the checks that must find it, and what they must say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tiny import FORWARD, INIT, gate


@dataclass(frozen=True)
class Plant:
    """A faulty class `Gate(c)` for the new row.

    Args:
        code: the class; `torch`, `nn` and the checkout's own `Conv` are in scope.
        fails: the check that finds it, and the words of its detail.
        also: checks in which the same fault may show as well.
        real: the check that finds it in ultralytics 8.4, where that is another one; "" where it can't be planted.
        needs_half: whether it shows only where torch can run the model in float16.
        warns: whether the check warns and does not fail.
        real_warns: the same in ultralytics 8.4.
        settings: what is asked for beside the class.
        level: the level that is planned for the new row.
    """

    code: str
    fails: str
    words: tuple[str, ...]
    also: tuple[str, ...] = ()
    real: str | None = None
    needs_half: bool = False
    warns: bool = False
    real_warns: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    level: int | None = None


def forward(statement: str, *words: str, check: str = "process", **more: Any) -> Plant:
    """Plant a statement before a sound forward."""
    return Plant(gate(f"{statement}\n{FORWARD}"), check, words, **more)


KEEPING = """

HOST = []
REAL = nn.Conv2d.__init__


def keeping(self, *args, **kwargs):
    REAL(self, *args, **kwargs)
    if self.kernel_size == (3, 3):
        HOST.append(self)


nn.Conv2d.__init__ = keeping
"""
FORGETTING = """
    def __deepcopy__(self, memo):
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__)
        copied.scale = 1.0
        return copied
"""
# Checks that can't begin where no model can be trained.
LOST = ("train", "deepcopy", "deterministic")
PLANTS = {
    "class body that raises": Plant(
        gate().replace("    def __init__", "    width = 1 / 0\n\n    def __init__"),
        "import",
        ("ZeroDivisionError",),
        real="",
    ),
    "constructor that raises": Plant(gate(init="raise ValueError('planted')"), "build", ("ValueError: planted",)),
    "batch norm on a pooled map": Plant(
        gate("return x * self.bn(x.mean((2, 3), keepdim=True)).sigmoid()", "self.bn = nn.BatchNorm2d(c)"),
        "build",
        ("Expected more than 1 value per channel when training",),
        real="train",
    ),
    "host's attribute taken": Plant(gate("self.type = 'mean'\n" + FORWARD), "wiring", ("is mean, planned is Gate",)),
    "NaN at prediction": Plant(
        gate("return x * self.w * (1.0 if self.training else float('nan'))", "self.w = nn.Parameter(torch.ones(1))"),
        "forward",
        ("NaN",),
        also=("rectangle", "size"),
    ),
    "statistics of the batch at prediction": Plant(
        gate("return self.bn(x)", "self.bn = nn.BatchNorm2d(c, track_running_stats=False)"),
        "forward",
        ("other images of its batch",),
    ),
    "in-place edit of its input": Plant(
        gate(
            "return x.mul_(self.w) if not self.training else x * self.w", "self.w = nn.Parameter(torch.full((1,), 2.0))"
        ),
        "forward",
        ("in place", "reads as well"),
    ),
    "fixed size": Plant(
        gate("return x + self.position", "self.position = nn.Parameter(torch.zeros(1, c, 8, 8))"),
        "rectangle",
        ("RuntimeError", "must match"),
        also=("size",),
        real="build",
    ),
    "square maps only": Plant(
        gate("return x + self.fc(x.transpose(2, 3))"), "rectangle", ("RuntimeError", "must match")
    ),
    "unused parameter": Plant(
        gate(init=INIT + "\nself.spare = nn.Linear(c, c)"), "train", ("spare.weight", "no gradient")
    ),
    "adaptive max pooling": Plant(
        gate("return x * self.fc(nn.functional.adaptive_max_pool2d(x, 1)).sigmoid()"),
        "deterministic",
        ("deterministic", "ool2d"),
        real_warns=True,
    ),
    "float32 constant": Plant(
        gate("return self.fc(x) * torch.ones(1, x.shape[1], 1, 1, device=x.device)"),
        "amp",
        ("row ", "float32"),
    ),
    "overflow in half precision": Plant(
        gate("return x * self.fc((x + 300).pow(2).mean((2, 3), keepdim=True) / 9e4).sigmoid()"),
        "amp",
        ("half precision",),
        needs_half=True,
    ),
    "kept feature map": Plant(
        gate("self.kept = self.fc(x)\nreturn self.kept"), "deepcopy", ("graph behind it in kept", "detach()")
    ),
    "part that fuse takes away": Plant(
        gate("return self.cv.bn(self.cv.conv(x))", "self.cv = Conv(c, c)"), "fuse", ("bn",)
    ),
    "state outside the state_dict": Plant(
        gate("return self.fc(x) * self.scale", INIT + "\nself.scale = torch.rand(1).item()"), "state_dict", ("state",)
    ),
    "function that can't be pickled": Plant(
        gate("return x * self.act(self.fc(x))", INIT + "\nself.act = lambda t: t.sigmoid()"), "state_dict", ("pickle",)
    ),
    "argument that lands in another parameter": Plant(
        gate().replace("(self, c)", "(self, c, factor=32)"), "wiring", ("factor=32", "factor=8"), settings={"factor": 8}
    ),
    "level that was believed": Plant(gate(), "levels", ("row 6", "planned at P2", "stride of 8"), level=2, real=""),
    "infinite at prediction": Plant(
        gate("return x / (1.0 if self.training else 0.0)", "pass"), "forward", ("NaN",), also=("rectangle", "size")
    ),
    "dropout at prediction": Plant(
        gate("return self.fc(nn.functional.dropout(x, 0.5, True))"),
        "forward",
        ("another output each time",),
        also=("deepcopy", "fuse", "state_dict"),
    ),
    "mean over the batch": Plant(
        gate("return x * self.fc(x.mean((0, 2, 3), keepdim=True)).sigmoid()"), "forward", ("other images of its batch",)
    ),
    "images of a batch exchanged": Plant(
        gate("return self.fc(x.roll(1, 0))"), "forward", ("other images of its batch",)
    ),
    "in-place edit in training": Plant(
        gate("x = x.mul_(2.0) if self.training and not x.requires_grad else x\n" + FORWARD),
        "forward",
        ("in place", "reads as well"),
    ),
    "height taken for width": Plant(
        gate("b, c, h, w = x.shape\nreturn self.fc(x.reshape(b, c, h, h))"), "rectangle", ("RuntimeError",)
    ),
    "even sides only": Plant(
        gate("return self.fc(nn.functional.pixel_shuffle(nn.functional.pixel_unshuffle(x, 2), 2))"),
        "rectangle",
        ("RuntimeError",),
        also=("size",),
    ),
    "table of positions that is too small": Plant(
        gate(
            "h, w = x.shape[2:]\nreturn self.fc(x + self.table[:, :, :h, :w])",
            INIT + "\nself.table = nn.Parameter(torch.rand(1, c, 40, 40))",
        ),
        "size",
        ("RuntimeError", "must match"),
    ),
    "raises on large maps": forward("assert x.shape[2] < 64, 'planted'", "planted", check="size"),
    "NaN on large maps": Plant(
        gate("return self.fc(x) * (float('nan') if x.shape[2] > 64 else 1.0)"), "size", ("NaN",)
    ),
    "other shape on large maps": Plant(
        gate("x = self.fc(x)\nreturn x[:, :, ::2, ::2] if x.shape[2] > 64 else x"), "size", ("shapes",)
    ),
    "division by the deviation": Plant(
        gate("return self.fc(x) / x.std((2, 3), keepdim=True)"), "size", ("plain image", "NaN"), also=("rectangle",)
    ),
    "division by the norm": Plant(
        gate("return self.fc(x / x.norm(dim=1, keepdim=True))"), "size", ("plain image", "NaN")
    ),
    "maps of one cell": Plant(
        gate("return x * nn.functional.interpolate(self.fc(nn.functional.avg_pool2d(x, 2)), x.shape[2:])"),
        "size",
        ("RuntimeError",),
    ),
    "memory that is quadratic": Plant(
        gate("q = self.fc(x).flatten(2)\nreturn x + (q @ (q.transpose(1, 2) @ q).softmax(2)).view_as(x)"),
        "size",
        ("row ", "square of the number of cells", "MiB"),
        warns=True,
    ),
    "sleep": forward(
        "import time\ntime.sleep(2.0 if x.shape[2] == 80 else 0.0)", "the new rows take", check="size", warns=True
    ),
    "mirrored left to right": Plant(gate("return self.fc(x).flip(3)"), "space", ("left to right",)),
    "mirrored top to bottom": Plant(gate("return self.fc(x).flip(2)"), "space", ("top to bottom",)),
    "turned": Plant(gate("return self.fc(x).rot90(2, (2, 3))"), "space", ("180 degrees",)),
    "height and width swapped": Plant(
        gate("x = self.fc(x)\nreturn x.transpose(2, 3) if x.shape[2] == x.shape[3] else x"), "space", ("transposed",)
    ),
    "quarter turn": Plant(
        gate("x = self.fc(x)\nreturn x.rot90(1, (2, 3)) if x.shape[2] == x.shape[3] else x"), "space", ("turned by",)
    ),
    "rolled": Plant(gate("return self.fc(x).roll(x.shape[2] // 2, 2)"), "space", ("shifted by 8 rows",)),
    "gradients turned off": forward("torch.set_grad_enabled(False)", "gradients are recorded", also=LOST),
    "default type": forward("torch.set_default_dtype(torch.float64)", "default dtype", also=("size", *LOST)),
    "default type in the constructor": Plant(
        gate(init=INIT + "\ntorch.set_default_dtype(torch.float64)"), "build", ("default dtype", "building")
    ),
    "threads": forward("torch.set_num_threads(torch.get_num_threads() + 1)", "number of threads"),
    "seed of torch": forward("torch.manual_seed(0)", "seed of torch"),
    "seed of random": forward("import random\nrandom.seed(0)", "seed of random"),
    "deterministic mode": forward(
        "torch.use_deterministic_algorithms(True, warn_only=True)", "deterministic algorithms"
    ),
    "autocast left on": forward("torch.set_autocast_enabled(True)", "autocast"),
    "anomalies": forward("torch.autograd.set_detect_anomaly(True)", "anomalies"),
    "hooks left behind": forward("self.fc.register_forward_hook(lambda *a: None)", "hooks", also=("state_dict",)),
    "hook on all modules": forward(
        "nn.modules.module.register_module_forward_hook(lambda *a: None)", "hooks that run for every module"
    ),
    "function of torch replaced": forward("nn.functional.relu = nn.functional.silu", "torch.nn.functional.relu"),
    "class of the checkout replaced": forward(
        "Conv.forward = Conv.forward_fuse", "Conv.forward", also=("train", "deepcopy", "state_dict")
    ),
    "warnings silenced": forward("import warnings\nwarnings.simplefilter('ignore')", "filters of warnings"),
    "environment variable": forward("import os\nos.environ['PLANTED'] = '1'", "environment variables"),
    "working directory": forward("import os\nos.chdir('/')", "working directory"),
    "recursion limit": forward("import sys\nsys.setrecursionlimit(12345)", "recursion limit"),
    "thread": forward(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()", "threads"
    ),
    "maps kept in a list": Plant(
        gate("y = self.fc(x)\nself.kept.append(y.detach())\nreturn y", INIT + "\nself.kept = []"),
        "process",
        ("leaves 2 more tensors",),
    ),
    "maps kept on the class": Plant(
        gate("y = self.fc(x)\nKEPT.append(y.detach())\nreturn y") + "\n\nKEPT = []\n", "process", ("more tensors",)
    ),
    "buffer that changes at prediction": Plant(
        gate("self.seen += 1\n" + FORWARD, INIT + "\nself.register_buffer('seen', torch.zeros(1))"),
        "process",
        ("changes its buffer seen",),
    ),
    "weight that changes at prediction": Plant(
        gate("self.w.data.mul_(1.0001)\nreturn x * self.w", "self.w = nn.Parameter(torch.ones(1))"),
        "process",
        ("changes its parameter w",),
        also=("train", "state_dict"),
    ),
    "weights of another row": Plant(
        gate("for conv in HOST: conv.weight.data.mul_(0.5)\n" + FORWARD) + KEEPING,
        "process",
        ("another row",),
        also=("state_dict",),
        real="",
    ),
    "gradient that is infinite": Plant(
        gate("return x * (self.p - self.p.detach()).sqrt() + x * 1", "self.p = nn.Parameter(torch.ones(1))"),
        "train",
        ("parameter p", "not finite"),
        also=("amp",),
    ),
    "gradient of the rows before that is NaN": Plant(
        gate("return self.fc(x) + (x * 0).sqrt()"), "train", ("not finite", "unlike in the unpatched model")
    ),
    "frozen parameter": Plant(
        gate(init=INIT + "\nself.fc.weight.requires_grad_(False)"), "train", ("fc.weight", "frozen")
    ),
    "gradient that is always zero": Plant(
        gate("return self.fc(x) + self.w.round() * 0.1", INIT + "\nself.w = nn.Parameter(torch.rand(1))"),
        "train",
        ("parameter w", "always zero"),
    ),
    "parameter overwritten": Plant(
        gate("self.w.data.fill_(1.0)\nreturn self.fc(x) * self.w", INIT + "\nself.w = nn.Parameter(torch.ones(1))"),
        "train",
        ("parameter w", "overwritten"),
    ),
    "parameter replaced": Plant(
        gate(
            "if self.training: self.w = nn.Parameter(self.w.detach().clone())\nreturn self.fc(x) * self.w",
            INIT + "\nself.w = nn.Parameter(torch.ones(1))",
        ),
        "train",
        ("parameter w", "replaced"),
    ),
    "batch of four": forward(
        "assert not self.training or len(x) < 4, 'planted'",
        "planted",
        check="train",
        also=("deepcopy", "deterministic"),
    ),
    "reflection padding": Plant(
        gate("return self.fc(nn.functional.avg_pool2d(nn.functional.pad(x, (1, 1, 1, 1), mode='reflect'), 3, 1))"),
        "deterministic",
        ("ReflectionPad2d", "padding with zeros", ".py:"),
        also=("size",),
        real_warns=True,
    ),
    "bilinear interpolation": Plant(
        gate(
            "return x + nn.functional.interpolate(self.fc(x), scale_factor=1.0, mode='bilinear', "
            "recompute_scale_factor=True)"
        ),
        "deterministic",
        ("interpolate",),
        real_warns=True,
    ),
    "float32 in half precision": Plant(gate("return self.fc(x).float()"), "amp", ("half precision", "float32")),
    "overflow on real maps": Plant(
        gate("return x * self.fc((x + 1).pow(2).sum((2, 3), keepdim=True) * 100 / 1e5).sigmoid()"),
        "amp",
        ("overflows", "times the side"),
        needs_half=True,
    ),
    "overflow of large values": Plant(
        gate("return self.fc(x) + x.pow(4) / 1e5"),
        "amp",
        ("overflows", "where values reach 16"),
        needs_half=True,
        warns=True,
    ),
    "float32 constant in a convolution": Plant(
        gate(
            "k = torch.full((x.shape[1], 1, 1, 1), 0.5, device=x.device)\n"
            "return self.fc(nn.functional.conv2d(x, k, groups=x.shape[1]))"
        ),
        "amp",
        ("row ", "a float32 tensor meets", "dtype=x.dtype"),
    ),
    "plain tensor": Plant(
        gate("return self.fc(x) * self.scale", INIT + "\nself.scale = torch.full((1, c, 1, 1), 0.5)"),
        "device",
        ("mul", "stays on the CPU", ".py:"),
        also=("amp",),
    ),
    "new tensor on the CPU": Plant(
        gate("return self.fc(x) + torch.zeros(1, x.shape[1], 1, 1, dtype=x.dtype)"),
        "device",
        ("add", "stays on the CPU"),
    ),
    "convolution with a plain tensor": Plant(
        gate(
            "return nn.functional.conv2d(x, self.kernel.to(x.dtype), groups=x.shape[1])",
            "self.kernel = torch.full((c, 1, 1, 1), 0.5)",
        ),
        "device",
        ("conv2d", "stays on the CPU"),
    ),
    "positions on the CPU": Plant(
        gate("p = torch.arange(x.shape[3]).to(x.dtype)\nreturn self.fc(x * p.div(x.shape[3]))"), "device", ("mul",)
    ),
    "copy that forgets": Plant(
        gate("return self.fc(x) * self.scale", INIT + "\nself.scale = 0.5") + FORGETTING,
        "deepcopy",
        ("differs",),
        also=("fuse", "amp", "device"),
        real="",
    ),
    "state in a list": Plant(
        gate("return self.fc(x) * self.scale[0]", INIT + "\nself.scale = [torch.rand(1).item()]"),
        "state_dict",
        ("state",),
    ),
}
