"""Write a variant of a checkout's own block, with modules inside it or at its end: a class that inherits from it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.checkout.definitions import Definition
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.blocks.slots import class_width
from yolo_patcher.model.blocks.source import assigned, classes_of, methods, ways
from yolo_patcher.model.blocks.trace import Called, alternatives, trace
from yolo_patcher.model.blocks.units import Unit, units_of
from yolo_patcher.plan.code.lists import dotted
from yolo_patcher.plan.code.templates import render_template
from yolo_patcher.recipe.class_code import ClassCode, Import
from yolo_patcher.recipe.class_rules import python_names
from yolo_patcher.signature import Signature

_TORCH = Import("from torch import nn", "nn", "torch.nn")
# The attributes of every `nn.Module` that a class must leave alone are no words for a module.
_ATTRIBUTE = "attention"


@dataclass(frozen=True)
class Inner:
    """A module that stands in a variant.

    Attributes:
        class_name: its class's name in the checkout.
        signature: what it takes and gives.
        settings: the hyper-parameters that are not the defaults.
    """

    class_name: str
    signature: Signature
    settings: Mapping[str, object]

    def call(self) -> str:
        """Give the call of its class for a map of as many channels as `width` says."""
        arguments = ["width"]
        if self.signature.channels == "argument":
            arguments.append("width")
        if self.signature.repeats == "taken":
            arguments.append(str(self.signature.least_repeats))
        arguments += [f"{name}={value!r}" for name, value in self.settings.items()]
        return f"{self.class_name}({', '.join(arguments)})"


@dataclass(frozen=True)
class Variant:
    """A variant of a block.

    Attributes:
        code: its class, under the name that people give it, `C2f_SE`.
        base: the block's class.
        units: the units that modules stand in; none where they stand at the block's end.
        home: the path of the file that it must go into, with a name that is to be replaced; None for where classes go.
    """

    code: ClassCode
    base: Definition
    units: tuple[Unit, ...]
    needs: tuple[Definition, ...]


def variant_of(site: Site, base: str, inner: Sequence[Inner], *, at_end: bool) -> Variant:
    """Write the variant of a block.

    Args:
        site: the checkout's parts.
        base: the block's class, as model YAMLs name it.
        inner: the modules, in the order in which they stand one behind the other.
        at_end: whether they stand behind the block's output, and not in its innermost residual units.

    Raises:
        PatcherError: `usage`, with the reason, where the block or a module can't take it.
    """
    for one in inner:
        if one.signature.inputs != "one" or one.signature.level or one.signature.channels not in ("input", "argument"):
            raise PatcherError(
                "usage",
                f"{one.class_name} can't stand inside a block: what it gives has not the shape of its one input",
                help="Inside a block stand modules that keep the size and the channels of a map.",
            )
    block = site.parse_model.file.find(base)
    if not isinstance(block, Definition) or not isinstance(block.node, ast.ClassDef):
        raise PatcherError("usage", f"{base} is no class of the checkout, so it can have no variant")
    return _at_end(block, base, inner) if at_end else _inside(block, base, inner)


def _inside(block: Definition, base: str, inner: Sequence[Inner]) -> Variant:
    units, reasons = units_of(block)
    if reasons or not units:
        why = reasons[0] if reasons else "it has no unit that adds its input to what its convolutions make of it"
        raise PatcherError(
            "usage",
            f"nothing can stand inside {base}: {why}",
            help=f"inside:{base}:end puts the module behind the block's output.",
        )
    names = [unit.definition.name for unit in units]
    listed = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    where = "its last convolution, before the addition" if names == [base] else f"the last convolution of each {listed}"
    return _variant(
        block,
        base,
        inner,
        about=f"{base} with {_listed(inner)} behind {where}",
        units=[
            {
                "name": unit.definition.name,
                "path": unit.slot.path,
                "extends": unit.slot.extends,
                "width": unit.slot.width.replace("{}", "unit"),
            }
            for unit in units
        ],
        end=None,
        found=units,
    )


def _at_end(block: Definition, base: str, inner: Sequence[Inner]) -> Variant:
    width = class_width(block)
    if width is None:
        raise PatcherError(
            "usage",
            f"nothing can stand at the end of {base}: the channels of its output can't be told from its class",
            help="after:ROW puts a module behind a row.",
        )
    taken = {*methods(block), *(name for one in classes_of(block) for name in assigned(one))}
    free = (_ATTRIBUTE, *(f"{_ATTRIBUTE}{number}" for number in range(2, 100)))
    return _variant(
        block,
        base,
        inner,
        about=f"{base} with {_listed(inner)} behind its output",
        units=[],
        end={
            "width": width.replace("{}", "self"),
            "attribute": next(name for name in free if name not in taken),
            "ways": _own_ways(block),
        },
        found=(),
    )


def _own_ways(block: Definition) -> list[str]:
    """Give the methods by which a block is called, without those that hand over to another of them."""
    names = ways(block)
    found = []
    for name, (_, method) in names.items():
        ends = [one for value in trace(method).returned for one in alternatives(value)]
        if not ends or not all(isinstance(end, Called) and end.name in names for end in ends):
            found.append(name)
    return sorted(found, key=lambda name: (name != "forward", name))


def _variant(
    block: Definition,
    base: str,
    inner: Sequence[Inner],
    *,
    about: str,
    units: Sequence[Mapping[str, object]],
    end: Mapping[str, object] | None,
    found: tuple[Unit, ...],
) -> Variant:
    text = render_template(
        "variant.py.j2",
        name="_".join((base, *(one.class_name for one in inner))),
        base=base,
        about=about,
        modules=[one.call() for one in inner],
        units=units,
        end=end,
    ).rstrip("\n")
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.ClassDef)
    imports = (_TORCH,) if "nn.Sequential" in text else ()
    needs = tuple(dict.fromkeys((block, *(unit.definition for unit in found))))
    return Variant(ClassCode(imports, text, node, python_names(text)), block, found, needs)


def _listed(inner: Sequence[Inner]) -> str:
    return " and ".join(one.class_name for one in inner)
