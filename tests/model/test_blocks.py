"""Residual units as the source of classes says them, and where modules can stand in them."""

from __future__ import annotations

import textwrap

from yolo_patcher.checkout.definitions import Definition, PythonFile
from yolo_patcher.checkout.text import SourceText
from yolo_patcher.model.blocks.slots import class_width
from yolo_patcher.model.blocks.units import units_of

CONV = """
    import torch
    from torch import nn
    import torch.nn.functional as F

    class Conv(nn.Module):
        def __init__(self, c1, c2, k=1, act=True):
            super().__init__()
            self.conv = nn.Conv2d(c1, c2, k, bias=False)
            self.bn = nn.BatchNorm2d(c2)
            self.act = nn.SiLU() if act is True else (act if isinstance(act, nn.Module) else nn.Identity())

        def forward(self, x):
            return self.act(self.bn(self.conv(x)))

        def forward_fuse(self, x):
            return self.act(self.conv(x))
"""


def block(code: str, name: str = "Block", conv: str = CONV) -> Definition:
    """Give a class of a file that holds a host's Conv and more code."""
    text = textwrap.dedent(conv) + textwrap.dedent(code)
    found = PythonFile(SourceText("block.py", text, "utf-8", False, "\n")).find(name)
    assert isinstance(found, Definition)
    return found


def check_units(code: str, expected: dict[str, tuple[str, str]], conv: str = CONV) -> None:
    """Assert which units a block has, with the slot of each and its width, and that all take a module."""
    units, reasons = units_of(block(code, conv=conv))
    assert {unit.definition.name: (unit.slot.path, unit.slot.width) for unit in units} == expected
    assert reasons == ()


def check_none(code: str, *words: str, conv: str = CONV) -> None:
    """Assert that a block takes no module, and that the reasons hold some words."""
    units, reasons = units_of(block(code, conv=conv))
    assert all(any(word in reason for reason in reasons) for word in words)
    assert bool(reasons) == bool(words)
    assert words or not units


def unit(forward: str, init: str = "self.cv1 = Conv(c, c)\nself.cv2 = Conv(c, c)", name: str = "Block") -> str:
    """Give the code of a class with two layers and a forward."""
    body, steps = (textwrap.indent(lines, "        ") for lines in (init, forward))
    return f"""
class {name}(nn.Module):
    def __init__(self, c, add=True, last=Conv):
        super().__init__()
{body}
        self.add = add

    def forward(self, x):
{steps}
"""


CV2 = {"Block": ("cv2.act", "{}.cv2.conv.out_channels")}


def test_an_addition_is_found_however_it_is_written() -> None:
    for forward in (
        "return x + self.cv2(self.cv1(x))",
        "return x + self.cv2(self.cv1(x)) if self.add else self.cv2(self.cv1(x))",
        "y = self.cv2(self.cv1(x))\nreturn y + x if self.add else y",
        "identity = x\nout = self.cv1(x)\nout = self.cv2(out)\nout += identity\nreturn F.relu(out)",
        "y = self.cv1(x)\ny = self.cv2(y)\nif self.add:\n    y = y + x\nreturn y",
        "y = [x]\ny.append(self.cv1(x))\nreturn x + self.cv2(torch.cat(y, 1))",
    ):
        check_units(unit(forward), CV2)


def test_what_adds_no_input_is_no_unit() -> None:
    for forward in (
        "return self.cv2(self.cv1(x))",
        "return self.cv1(x) + self.cv2(x)",
        "v = self.cv1(x).view(1)\nreturn v + self.cv2(self.cv1(x)).flatten()",
        "return torch.cat((x, self.cv2(x)), 1)",
        "return x + self.add",
    ):
        check_none(unit(forward))


def test_the_last_of_two_additions_counts() -> None:
    check_units(unit("x = x + self.cv1(x)\nreturn x + self.cv2(x)"), CV2)


def test_a_module_stands_before_what_only_follows_the_last_convolution() -> None:
    init = "self.cv1 = Conv(c, c)\nself.cv2 = Conv(c, c)\nself.drop = nn.Dropout(0.1)"
    check_units(unit("return x + self.drop(self.cv2(self.cv1(x)))", init), CV2)


def test_a_sequential_takes_one_more() -> None:
    for made in (
        "self.cv2 = nn.Sequential(Conv(c, c), Conv(c, c))",
        "layers = [Conv(c, c), Conv(c, c)]\nself.cv2 = nn.Sequential(*layers)",
        "self.cv2 = nn.Sequential(*[Conv(c, c) for _ in range(2)])",
    ):
        init = f"self.cv1 = Conv(c, c)\n{made}"
        check_units(unit("return x + self.cv2(self.cv1(x))", init), {"Block": ("cv2", "{}.cv2[-1].conv.out_channels")})


def test_a_layer_that_lets_nothing_stand_behind_it_is_named() -> None:
    for made, named in (
        ("self.cv2 = nn.Conv2d(c, c, 1)", "Block.cv2, which its addition takes, is nn.Conv2d"),
        ("self.cv2 = nn.Linear(c, c)", "nn.Linear"),
        ("self.cv2 = last(c, c)", "is last:"),
        ("self.cv2 = Conv(c, c) if c > 3 else nn.Conv2d(c, c, 1)", "Conv, nn.Conv2d"),
    ):
        init = f"self.cv1 = Conv(c, c)\n{made}"
        check_none(unit("return x + self.cv2(self.cv1(x))", init), named)


def test_a_convolution_needs_its_activation_last_in_every_way_through_it() -> None:
    other = CONV.replace("return self.act(self.conv(x))", "return self.conv(x)")
    check_none(unit("return x + self.cv2(self.cv1(x))"), "Conv", conv=other)
    norm_last = CONV.replace("self.act(self.bn(self.conv(x)))", "self.bn(self.act(self.conv(x)))")
    check_none(unit("return x + self.cv2(self.cv1(x))"), "Conv", conv=norm_last)


def test_an_activation_with_tensors_of_its_own_is_left_alone() -> None:
    other = CONV.replace("nn.SiLU()", "nn.PReLU()")
    check_none(unit("return x + self.cv2(self.cv1(x))"), "Conv", conv=other)


def test_the_innermost_units_of_a_block_count_even_where_the_block_adds_its_input_too() -> None:
    inner = unit("return x + self.cv2(self.cv1(x))", name="Unit")
    outer = """
    class Block(nn.Module):
        def __init__(self, c, n=1):
            super().__init__()
            self.cv1 = Conv(c, c)
            self.m = nn.ModuleList(nn.Sequential(Unit(c), Unit(c)) for _ in range(n))

        def forward(self, x):
            return x + self.cv1(x)
    """
    check_units(inner + textwrap.dedent(outer), {"Unit": CV2["Block"]})


def test_what_a_subclass_builds_instead_counts() -> None:
    code = unit("return x + self.cv2(self.cv1(x))", name="Unit") + unit(
        "return x + self.cv1(self.cv2(x))", name="OtherUnit"
    )
    for assigned in ("self.m = OtherUnit(c)", "unit = OtherUnit\n        self.m = nn.Sequential(unit(c))"):
        derived = f"""
class Base(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.m = Unit(c)

    def forward(self, x):
        return self.m(x)


class Block(Base):
    def __init__(self, c):
        super().__init__(c)
        {assigned}
"""
        check_units(code + derived, {"OtherUnit": ("cv1.act", "{}.cv1.conv.out_channels")})


def test_a_subclass_with_another_last_convolution_stands_in_front_of_its_base() -> None:
    code = (
        unit("return x + self.cv2(self.cv1(x))", name="Unit")
        + """
class Deeper(Unit):
    def __init__(self, c):
        super().__init__(c)
        self.cv2 = nn.Sequential(Conv(c, c))


class Alike(Unit):
    pass


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.m = nn.ModuleList([Unit(c), Deeper(c), Alike(c)])

    def forward(self, x):
        return x
"""
    )
    units, _ = units_of(block(code))
    assert [(one.definition.name, one.slot.path) for one in units] == [("Deeper", "cv2"), ("Unit", "cv2.act")]


def test_a_subclass_of_a_unit_that_adds_nothing_is_refused() -> None:
    code = (
        unit("return x + self.cv2(self.cv1(x))", name="Unit")
        + """
class Bare(Unit):
    def forward(self, x):
        return self.cv2(self.cv1(x))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.m = nn.ModuleList([Unit(c), Bare(c)])
"""
    )
    assert units_of(block(code))[1] == ("Bare inherits from a residual unit and adds nothing",)


def test_the_width_of_two_halves_is_their_sum() -> None:
    halves = unit("y = self.cv1(x)\nreturn torch.cat((y, self.cv2(y)), 1)")
    assert class_width(block(halves)) == "{}.cv1.conv.out_channels + {}.cv2.conv.out_channels"


def test_a_width_that_hangs_on_the_arguments_is_not_told() -> None:
    init = "self.cv1 = Conv(c, c)\nself.cv2 = Conv(c, c) if c > 3 else nn.Identity()"
    assert class_width(block(unit("return self.cv2(self.cv1(x))", init))) is None
    assert class_width(block(unit("return x.flatten()"))) is None
