"""Where a module can stand behind a layer without a change to the layer's class, and how many channels come out of it.

A host's `Conv` ends in its activation, in every way through it, so a module stands behind it as a part of that; a
`nn.Sequential` takes one more. The names of all tensors stay, and so do all classes, which hosts compare.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.definitions import Definition, Elsewhere, Meaning, PythonFile
from yolo_patcher.model.blocks.source import assigned, line_of, meaning_of, options, ways
from yolo_patcher.model.blocks.trace import Called, Joined, Plus, Value, alternatives, trace

_CONVOLUTIONS = frozenset({"Conv1d", "Conv2d", "ConvTranspose2d", "LazyConv2d"})
_NORMS = frozenset({"BatchNorm2d", "SyncBatchNorm"})
_WITHOUT_TENSORS = frozenset({
    *("SiLU", "ReLU", "ReLU6", "LeakyReLU", "Hardswish", "Identity", "GELU", "Mish", "Sigmoid", "ELU", "Hardtanh"),
    *("Dropout", "Dropout2d", "Hardsigmoid", "Softplus", "Tanh", "SELU", "CELU"),
})  # fmt: skip
_DEEPEST = 8


@dataclass(frozen=True)
class Slot:
    """Where a module can stand behind a layer.

    Attributes:
        path: the attribute that takes it, from the object that holds the layer: `cv2.act`, `ffn`.
        extends: whether it is a `nn.Sequential` that takes one more; else it becomes one, with what it was in front.
        width: the layer's output channels, as an expression over the object's attributes, which begin with `{}`.
    """

    path: str
    extends: bool
    width: str


@dataclass(frozen=True)
class Layer:
    """A layer as a constructor makes it: its class, or torch's, and for a `nn.Sequential` what it holds."""

    of: Meaning | None
    call: ast.Call | None
    file: PythonFile
    method: ast.FunctionDef

    @property
    def name(self) -> str:
        """Give the name of its class, or what stands there."""
        if isinstance(self.of, Definition):
            return self.of.name
        if isinstance(self.of, Elsewhere):
            return self.of.name.replace("torch.nn.", "nn.").removeprefix("builtins.")
        return ast.unparse(self.call.func) if self.call else "what can't be told"

    def is_torch(self, names: frozenset[str]) -> bool:
        """Tell whether it is one of some layers of torch."""
        return isinstance(self.of, Elsewhere) and self.of.name.removeprefix("torch.nn.") in names

    @property
    def is_sequential(self) -> bool:
        """Whether it calls what it holds, one behind the other."""
        return isinstance(self.of, Elsewhere) and self.of.name.endswith("nn.Sequential")


def layers(definition: Definition, attribute: str) -> list[Layer]:
    """Give the layers that an attribute of a class may be; none where its constructor does not say it."""
    values = assigned(definition).get(attribute, ())
    return [layer for value in values for layer in _layers(value.file, value.method, value.node)]


def _layers(file: PythonFile, method: ast.FunctionDef, value: ast.expr, depth: int = 0) -> list[Layer]:
    made: list[Layer] = []
    for option in options(value, method):
        if not isinstance(option, ast.Call):
            made.append(Layer(None, None, file, method))
            continue
        for called in options(option.func, method):
            meaning = meaning_of(file, called)
            if isinstance(meaning, Definition) and isinstance(meaning.node, ast.FunctionDef) and depth < _DEEPEST:
                returns = [one.value for one in ast.walk(meaning.node) if isinstance(one, ast.Return) and one.value]
                for returned in returns:
                    made += _layers(meaning.file, meaning.node, returned, depth + 1)
            else:
                made.append(Layer(meaning, option, file, method))
    return made


def slot(definition: Definition, attribute: str) -> Slot | None:
    """Give where a module can stand behind a class's layer; None where it can't, in one of the layers it may be."""
    found = [_slot(layer, attribute) for layer in layers(definition, attribute)]
    first = found[0] if found else None
    return first if all(one == first for one in found) else None


def _slot(layer: Layer, path: str) -> Slot | None:
    width = layer_width(layer, path)
    if width is None:
        return None
    if layer.is_sequential:
        return Slot(path, True, width)
    act = _activation(layer.of) if isinstance(layer.of, Definition) else None
    return Slot(f"{path}.{act}", False, width) if act else None


def _activation(definition: Definition) -> str | None:
    """Give the attribute that a class calls last, in every way through it, where that is an activation."""
    if not isinstance(definition.node, ast.ClassDef) or "forward" not in ways(definition):
        return None
    last: set[str | None] = set()
    for _, method in ways(definition).values():
        for value in trace(method).returned:
            last |= {one.name if isinstance(one, Called) else None for one in alternatives(value)}
    name = last.pop() if len(last) == 1 else None
    return name if name is not None and _is_activation(definition, name) else None


def _is_activation(definition: Definition, attribute: str) -> bool:
    """Tell whether an attribute is a layer without tensors, or what the constructor is given as one."""
    found = layers(definition, attribute)
    known = [one for one in found if one.call is not None]
    return bool(found) and all(one.is_torch(_WITHOUT_TENSORS) for one in known)


def value_width(definition: Definition, value: Value, path: str, depth: int = 0) -> str | None:
    """Give the channels of what a method makes, over attributes of an object at a path; None where they can't be told.

    Args:
        definition: the object's class.
        value: what the method makes.
        path: what leads to the object, with a final dot: `cv2.`, or empty for the object itself.
        depth: how many layers lie around it.
    """
    match value:
        case Called(name=name, of=of):
            found = layers(definition, name)
            if found and _is_activation(definition, name):
                return value_width(definition, of, path, depth)
            if found and all(layer.is_torch(_NORMS) for layer in found):
                before = value_width(definition, of, path, depth)
                if before is not None:
                    return before
            widths = {layer_width(layer, f"{path}{name}", depth + 1) for layer in found}
            return widths.pop() if len(widths) == 1 else None
        case Plus(left=left, right=right):
            return value_width(definition, left, path, depth) or value_width(definition, right, path, depth)
        case Joined(of=parts):
            widths_of = [value_width(definition, part, path, depth) for part in parts]
            return None if None in widths_of else " + ".join(map(str, widths_of))
    for one in alternatives(value):
        if one is not value:
            width = value_width(definition, one, path, depth)
            if width is not None:
                return width
    return None


def layer_width(layer: Layer, path: str, depth: int = 0) -> str | None:
    """Give the output channels of a layer at a path, as an expression; None where they can't be told."""
    if depth > _DEEPEST:
        return None
    if layer.is_torch(_CONVOLUTIONS):
        return f"{{}}.{path}.out_channels"
    if layer.is_torch(_NORMS):
        return f"{{}}.{path}.num_features"
    if layer.is_sequential and layer.call:
        for number, item in enumerate(_from_the_end(layer.call.args, layer.method), 1):
            held = _layers(layer.file, layer.method, item)
            if held and all(one.is_torch(_WITHOUT_TENSORS) for one in held):
                continue
            widths = {layer_width(one, f"{path}[-{number}]", depth + 1) for one in held}
            return widths.pop() if len(widths) == 1 else None
    if isinstance(layer.of, Definition) and isinstance(layer.of.node, ast.ClassDef):
        return class_width(layer.of, f"{path}.", depth)
    return None


def _from_the_end(items: Sequence[ast.expr], method: ast.FunctionDef) -> Iterator[ast.expr]:
    """Give the arguments of a `nn.Sequential` from the last to the first, as far as they are told one by one."""
    for item in reversed(items):
        if not isinstance(item, ast.Starred):
            yield item
            continue
        lists = list(options(item.value, method))
        match lists:
            case [ast.List(elts=inner) | ast.Tuple(elts=inner)]:
                yield from _from_the_end(inner, method)
            case [ast.ListComp(elt=each) | ast.GeneratorExp(elt=each)]:
                yield each
                return
            case _:
                return


def class_width(definition: Definition, path: str = "", depth: int = 0) -> str | None:
    """Give the channels of what a class's `forward` gives, over the attributes of its object at a path."""
    method = ways(definition).get("forward")
    if method is None:
        return None
    for one in line_of(definition):
        if isinstance(one, Elsewhere) and one.name.removeprefix("torch.nn.") in _CONVOLUTIONS:
            return f"{{}}.{path}out_channels"
    for value in trace(method[1]).returned:
        width = value_width(definition, value, path, depth)
        if width is not None:
            return width
    return None
