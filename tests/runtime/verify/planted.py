"""Faulty modules, each with the checks that must find it, and what they must say."""

from __future__ import annotations

from dataclasses import dataclass

from tiny import FORWARD, INIT, gate


@dataclass(frozen=True)
class Plant:
    """A faulty class `Gate(c)` for the new row.

    Args:
        code: the class; `torch`, `nn` and the checkout's own `Conv` are in scope.
        fails: the check that finds it, and the words of its detail.
        also: checks in which the same fault shows of necessity.
        real: the check that finds it in ultralytics 8.4, where that is another one; "" where it can't be planted.
        needs_half: whether it shows only where torch can run the model in float16.
    """

    code: str
    fails: str
    words: tuple[str, ...]
    also: tuple[str, ...] = ()
    real: str | None = None
    needs_half: bool = False


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
        also=("rectangle",),
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
    ),
    "float32 constant": Plant(
        gate("return self.fc(x) * torch.ones(1, x.shape[1], 1, 1, device=x.device)"),
        "amp",
        ("RuntimeError",),
    ),
    "overflow in half precision": Plant(
        gate("return x * self.fc((x + 300).pow(2).mean((2, 3), keepdim=True) / 9e4).sigmoid()"),
        "amp",
        ("half precision",),
        needs_half=True,
    ),
    "kept feature map": Plant(gate("self.kept = self.fc(x)\nreturn self.kept"), "deepcopy", ("deepcopy",)),
    "part that fuse takes away": Plant(
        gate("return self.cv.bn(self.cv.conv(x))", "self.cv = Conv(c, c)"), "fuse", ("bn",)
    ),
    "state outside the state_dict": Plant(
        gate("return self.fc(x) * self.scale", INIT + "\nself.scale = torch.rand(1).item()"), "state_dict", ("state",)
    ),
    "function that can't be pickled": Plant(
        gate("return x * self.act(self.fc(x))", INIT + "\nself.act = lambda t: t.sigmoid()"), "state_dict", ("pickle",)
    ),
}
