"""Write a variant of a checkout's own block, with modules in it or at its end: a class that inherits from the block's.

Modules stand where the block's own classes let them in, behind an activation or as one more of a `nn.Sequential`, and
not in hooks or in classes that are put in the layers' stead: what fuses, copies, saves, traces or compares classes
then needs to know nothing of them, and every tensor of the block keeps its name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.blocks.slots import class_width
from yolo_patcher.model.blocks.source import assigned, methods, ways
from yolo_patcher.model.blocks.trace import Called, alternatives, trace
from yolo_patcher.model.blocks.units import Unit, units_of
from yolo_patcher.plan.code.templates import render_template
from yolo_patcher.recipe.class_code import ClassCode, Import
from yolo_patcher.recipe.class_rules import python_names
from yolo_patcher.signature import Signature

_NN = Import("from torch import nn", "nn", "torch.nn")


@dataclass(frozen=True)
class Inner:
    """A module of a variant.

    Attributes:
        class_name: its class's name in the checkout.
        signature: what it takes and gives.
        settings: the hyper-parameters that are not the defaults.
        at_end: whether it stands behind the block's output, and not in the block's innermost residual units.
    """

    class_name: str
    signature: Signature
    settings: Mapping[str, object]
    at_end: bool = False

    def call(self) -> str:
        """Give the call that makes it for a map of `width` channels."""
        arguments = ["width"] * (2 if self.signature.channels == "argument" else 1)
        arguments += [str(self.signature.least_repeats)] * (self.signature.repeats == "taken")
        arguments += [f"{name}={value!r}" for name, value in self.settings.items()]
        return f"{self.class_name}({', '.join(arguments)})"


@dataclass(frozen=True)
class Variant:
    """A variant of a block.

    Attributes:
        code: its class, under a name as people write it, `C2f_SE`; it imports only what it takes from torch.
        needs: the classes of the checkout that it names, the block's first.
    """

    code: ClassCode
    needs: tuple[Definition, ...]


def against_inner(site: Site, base: str, signature: Signature, *, at_end: bool) -> str:
    """Give what is against a module in a block, in words that follow `what`; empty where nothing is.

    Args:
        site: the checkout's parts.
        base: the block's class, as model YAMLs name it.
        signature: the module's.
        at_end: whether it shall stand behind the block's output.
    """
    if signature.inputs != "one" or signature.level or signature.channels not in ("input", "argument"):
        return "can take inside only what keeps the size and the channels of one map"
    block = block_of(site, base)
    if block is None:
        return "is no class of the checkout, so it can have no variant"
    if at_end:
        return "" if class_width(block) else "gives channels that can't be told from its class"
    units, reasons = units_of(block)
    if reasons:
        return f"can take nothing inside: {reasons[0]}"
    return "" if units else "has no unit inside that adds its input to what its convolutions make of it"


def variant_of(site: Site, base: str, inner: Sequence[Inner]) -> Variant:
    """Write the variant of a block.

    Args:
        site: the checkout's parts.
        base: the block's class, as model YAMLs name it.
        inner: the modules, in the order in which they stand one behind the other.

    Raises:
        PatcherError: `usage`, with the reason, where the block can't take a module.
    """
    for one in inner:
        reason = against_inner(site, base, one.signature, at_end=one.at_end)
        if reason:
            help = "" if one.at_end else f"inside:{base}:end puts a module behind the block's output."
            raise PatcherError("usage", f"{base} {reason}", help=help)
    block = block_of(site, base)
    assert block is not None
    within, behind = [one for one in inner if not one.at_end], [one for one in inner if one.at_end]
    units = units_of(block)[0] if within else ()
    is_own = [unit.definition.node for unit in units] == [block.node]
    text = render_template(
        "variant.py.j2",
        class_name="_".join((base, *(one.class_name for one in inner))),
        base=block.name,
        about=f"{base} with {' and '.join(_about(units, within, behind, is_own=is_own))}",
        own=_unit(units[0], "self") if is_own else None,
        units=[_unit(unit, "unit") for unit in units],
        end=_end(block) if behind else None,
        within=[one.call() for one in within],
        behind=[one.call() for one in behind],
    ).rstrip("\n")
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.ClassDef)
    needs = {one.node: one for one in (block, *(unit.definition for unit in units))}
    imports = (_NN,) if "nn.Sequential" in text else ()
    return Variant(ClassCode(imports, text, node, python_names(text)), tuple(needs.values()))


def block_of(site: Site, name: str) -> Definition | None:
    """Give the class of the checkout that model YAMLs mean by a name; None where there is none."""
    found = site.parse_model.file.find(name)
    return found if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef) else None


def _about(units: Sequence[Unit], within: Sequence[Inner], behind: Sequence[Inner], *, is_own: bool) -> Iterator[str]:
    """Say in words what stands where."""
    if within:
        *first, last = [unit.definition.name for unit in units]
        each = "" if is_own else f" in each {', '.join(first)}{' and ' if first else ''}{last}"
        yield f"{_listed(within)} behind the last convolution{each}"
    if behind:
        yield f"{_listed(behind)} at its end"


def _listed(inner: Sequence[Inner]) -> str:
    return " and ".join(one.class_name for one in inner)


def _unit(unit: Unit, name: str) -> dict[str, object]:
    """Give what the template needs of a unit, whose object has a name there."""
    width = unit.slot.width.replace("{}", name)
    return {"name": unit.definition.name, "path": unit.slot.path, "extends": unit.slot.extends, "width": width}


def _end(block: Definition) -> dict[str, object]:
    taken = {*methods(block), *assigned(block)}
    free = ("attention", *(f"attention{number}" for number in range(2, 100)))
    width = class_width(block)
    assert width is not None
    return {
        "width": width.replace("{}", "self"),
        "attribute": next(name for name in free if name not in taken),
        "ways": _own_ways(block),
    }


def _own_ways(block: Definition) -> list[str]:
    """Give the methods by which a block is called, without those that hand over to another of them."""
    names = ways(block)
    own = []
    for name, (_, method) in names.items():
        ends = [one for value in trace(method).returned for one in alternatives(value)]
        if not ends or not all(isinstance(end, Called) and end.name in names for end in ends):
            own.append(name)
    return sorted(own, key=lambda name: (name != "forward", name))
