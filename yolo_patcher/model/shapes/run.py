"""Run a class of the checkout on shapes: make an object of it, and call it on maps."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial

from yolo_patcher.checkout.definitions import Definition, Elsewhere, PythonFile
from yolo_patcher.model.shapes.expressions import Frame
from yolo_patcher.model.shapes.functions import OPERATIONS, is_layer, layer_call, torch_call
from yolo_patcher.model.shapes.python import BUILTINS, ELSEWHERE, FAILURES, is_plain, items_of, list_method
from yolo_patcher.model.shapes.statements import Statements
from yolo_patcher.model.shapes.tensors import viewed
from yolo_patcher.model.shapes.values import (
    UNKNOWN,
    CannotTell,
    Either,
    Function,
    Instance,
    Layer,
    Layers,
    Method,
    Super,
    Tensor,
    TooLong,
    Unequal,
    either,
)

_DEEPEST = 25
_LISTS = {"torch.nn.Sequential": True, "torch.nn.ModuleList": False, "torch.nn.modules.container.Sequential": True}
_BASE = "the base's own layer"
_ATTENTION = ("MultiheadAttention",)


class Machine(Statements):
    """Run classes; what was made and called once is kept, as most rows of a model are alike."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._members: dict[tuple[Definition, str], tuple[Definition, ast.stmt] | None] = {}
        self._made: dict[tuple[Definition, str, str], Instance] = {}
        self._results: dict[tuple[object, Tensor], object] = {}

    def make(self, file: PythonFile, module: str, args: Sequence[object]) -> object:
        """Make an object of the class that a name means in a file."""
        first, *parts = module.split(".")
        called: object = Elsewhere("torch.nn") if first == "nn" else self.meaning(file, first)
        for part in parts:
            called = self.attribute(called, part)
        return self.call(called, args, {})

    def call_row(self, called: object, args: Sequence[object]) -> object:
        """Call a row's object as the model does, which may hand over more than the maps, as the texts of YOLO-World."""
        found = self._member(called.definition, "forward") if isinstance(called, Instance) else None
        if found is None or not isinstance(found[1], ast.FunctionDef):
            return self.call(called, args, {})
        wanted = found[1].args
        missing = len(wanted.args) - 1 - len(wanted.defaults) - len(args)
        return self.call(called, [*args, *[UNKNOWN] * missing], {})

    def call(
        self, called: object, args: Sequence[object], settings: Mapping[str, object], frame: Frame | None = None
    ) -> object:
        """Give the value of a call."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise TooLong
            return self._call_value(called, args, settings, frame)
        finally:
            self._depth -= 1

    def _call_value(
        self, called: object, args: Sequence[object], settings: Mapping[str, object], frame: Frame | None = None
    ) -> object:
        match called:
            case Definition():
                return self._instance(called, args, settings)
            case Function():
                return self._function(called, args, settings)
            case Instance() | Layers() | Layer():
                return self._forward(called, args, settings)
            case Elsewhere():
                return self._elsewhere(called.name, args, settings, frame)
            case Method():
                return self._method(called.of, called.name, args, settings)
            case Either():
                return either([self.call(one, args, settings, frame) for one in called.options])
            case partial():
                return called(*args, **settings)
        return UNKNOWN

    def _instance(self, definition: Definition, args: Sequence[object], settings: Mapping[str, object]) -> object:
        if not is_plain([*args, *settings.values()]):
            return self._new(definition, args, settings)
        # As text, for 1 and True are equal keys.
        key = (definition, repr(args), repr(settings))
        if key not in self._made:
            self._made[key] = self._new(definition, args, settings)
        return self._made[key]

    def _new(self, definition: Definition, args: Sequence[object], settings: Mapping[str, object]) -> Instance:
        made = Instance(definition)
        found = self._member(definition, "__init__")
        if found is not None:
            owner, node = found
            self._function(Function(owner.file, node, {}, made, owner), args, settings)
        else:
            self._base_layer(made, definition, args, settings)
        return made

    def _base_layer(
        self, made: Instance, definition: Definition, args: Sequence[object], settings: Mapping[str, object]
    ) -> None:
        """Make what a class is by its base, as `class Pool(nn.MaxPool2d)`."""
        for base in self._bases(definition):
            if isinstance(base, Elsewhere) and base.name != "torch.nn.Module":
                made.attributes[_BASE] = self._elsewhere(base.name, args, settings)
            elif isinstance(base, Definition):
                self._base_layer(made, base, args, settings)

    def _bases(self, definition: Definition) -> list[object]:
        assert isinstance(definition.node, ast.ClassDef)
        return [self.value(base, Frame(definition.file, {})) for base in definition.node.bases]

    def _member(self, definition: Definition, name: str) -> tuple[Definition, ast.stmt] | None:
        """Give what a class or its bases define under a name, and which of them."""
        key = (definition, name)
        if key not in self._members:
            self._members[key] = None
            self._members[key] = next(self._found(definition, name), None)
        return self._members[key]

    def _found(self, definition: Definition, name: str) -> Iterator[tuple[Definition, ast.stmt]]:
        assert isinstance(definition.node, ast.ClassDef)
        for statement in reversed(definition.node.body):
            if name in _defined(statement):
                yield definition, statement
        for base in self._bases(definition):
            found = self._member(base, name) if isinstance(base, Definition) else None
            if found is not None:
                yield found

    def attribute(self, owner: object, name: str) -> object:
        """Give an attribute's value."""
        match owner:
            case Instance():
                return self._own(owner, name)
            case Elsewhere():
                return Elsewhere(f"{owner.name}.{name}")
            case Tensor() if name in ("shape", "T", "mT", "data", "ndim"):
                return _of_tensor(owner, name)
            case Super():
                for base in self._bases(owner.owner):
                    found = self._member(base, name) if isinstance(base, Definition) else None
                    if found is not None and isinstance(found[1], ast.FunctionDef):
                        return Function(found[0].file, found[1], {}, owner.of, found[0])
                return Method(owner, name)
            case Definition():
                found = self._member(owner, name)
                if found is None and name == "apply":
                    # A function of torch.autograd is called by its class, with a first argument of torch's own.
                    function = self.attribute(owner, "forward")
                    return partial(self._partial, function, [UNKNOWN], {}, None)
                return self._bound(found, None) if found else UNKNOWN
            case Either():
                return either([self.attribute(one, name) for one in owner.options])
            case Layer():
                return UNKNOWN
        return Method(owner, name)

    def _own(self, owner: Instance, name: str) -> object:
        if name in owner.attributes:
            return owner.attributes[name]
        found = self._member(owner.definition, name)
        if found is not None:
            return self._bound(found, owner)
        return False if name == "training" else Method(owner, name)

    def _bound(self, found: tuple[Definition, ast.stmt], of: Instance | None) -> object:
        owner, statement = found
        if not isinstance(statement, ast.FunctionDef):
            assigned = getattr(statement, "value", None)
            return self.value(assigned, Frame(owner.file, {})) if isinstance(assigned, ast.expr) else UNKNOWN
        marks = [ast.unparse(one) for one in statement.decorator_list]
        if "staticmethod" in marks:
            return Function(owner.file, statement, {})
        function = Function(owner.file, statement, {}, of, owner)
        if "property" in marks:
            return self._function(function, (), {})
        return UNKNOWN if "classmethod" in marks else function

    def _function(self, function: Function, args: Sequence[object], settings: Mapping[str, object]) -> object:
        node = function.node
        if not isinstance(node, ast.FunctionDef | ast.Lambda) or not _is_plain_function(node):
            return UNKNOWN
        frame = Frame(function.file, dict(function.names), function.of, function.owner)
        given = args if function.of is None or isinstance(node, ast.Lambda) else (function.of, *args)
        self._bind(node.args, given, settings, frame)
        if isinstance(node, ast.Lambda):
            return self.value(node.body, frame)
        try:
            end = self.run(node.body, frame)
        except (TooLong, Unequal):
            raise
        except CannotTell:
            # An object that was made in part only is none; what a call gives may be of no matter.
            if node.name == "__init__":
                raise
            return UNKNOWN
        return end.value if end else None

    def _bind(
        self, wanted: ast.arguments, args: Sequence[object], settings: Mapping[str, object], frame: Frame
    ) -> None:
        """Give the parameters of a function their values.

        Raises:
            CannotTell: the arguments do not fit.
        """
        names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
        outside = Frame(frame.file, dict(frame.names))
        defaults: dict[str, ast.expr] = dict(
            zip(names[len(names) - len(wanted.defaults) :], wanted.defaults, strict=True)
        )
        defaults |= {one.arg: value for one, value in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True) if value}
        frame.names.update(zip(names, args, strict=False))
        rest = args[len(names) :]
        if rest and wanted.vararg is None:
            raise CannotTell("too many arguments")
        if wanted.vararg is not None:
            frame.names[wanted.vararg.arg] = tuple(rest)
        left = dict(settings)
        for name in (*names[len(args) :], *(one.arg for one in wanted.kwonlyargs)):
            if name in left:
                frame.names[name] = left.pop(name)
            elif name in defaults:
                frame.names[name] = self.value(defaults[name], outside)
            else:
                raise CannotTell(f"no argument for {name}")
        if wanted.kwarg is not None:
            frame.names[wanted.kwarg.arg] = left
        elif left:
            raise CannotTell("unknown arguments")

    def _forward(
        self, called: Instance | Layers | Layer, args: Sequence[object], settings: Mapping[str, object]
    ) -> object:
        key = (called, args[0]) if len(args) == 1 and isinstance(args[0], Tensor) and not settings else None
        if key is not None and key in self._results:
            return self._results[key]
        result = self._forwarded(called, args, settings)
        if key is not None:
            self._results[key] = result
        return result

    def _forwarded(
        self, called: Instance | Layers | Layer, args: Sequence[object], settings: Mapping[str, object]
    ) -> object:
        if isinstance(called, Layers):
            if not called.called:
                return UNKNOWN
            value = args[0] if args else UNKNOWN
            for item in called.items:
                value = self.call(item, [value], {})
            return value
        if isinstance(called, Layer):
            if called.name in _ATTENTION:
                return (args[0] if args else UNKNOWN, UNKNOWN)
            try:
                return layer_call(called.name, args[0] if args else UNKNOWN, called.args, called.settings)
            except Unequal:
                raise
            except CannotTell:
                return UNKNOWN
        for name in ("forward", "__call__"):
            found = self._member(called.definition, name)
            if name in called.attributes:
                return self.call(called.attributes[name], args, settings)
            if found is not None:
                bound = self._bound(found, called)
                return self.call(bound, args, settings)
        if _BASE in called.attributes:
            return self.call(called.attributes[_BASE], args, settings)
        return UNKNOWN

    def _elsewhere(
        self, name: str, args: Sequence[object], settings: Mapping[str, object], frame: Frame | None = None
    ) -> object:
        last = name.rpartition(".")[2]
        if name in _LISTS:
            return _layers(_LISTS[name], args)
        if is_layer(name):
            return Layer(last, list(args), dict(settings))
        if name.startswith("torch."):
            try:
                return torch_call(last, args, settings)
            except Unequal:
                raise
            except (CannotTell, *FAILURES):
                return UNKNOWN
        if name in ELSEWHERE:
            return ELSEWHERE[name](*args, **settings)
        if name == "functools.partial" and args:
            return partial(self._partial, args[0], args[1:], settings, frame)
        return self._builtin(name, args, frame) if name.startswith("builtins.") else UNKNOWN

    def _partial(
        self,
        called: object,
        first: Sequence[object],
        named: Mapping[str, object],
        frame: Frame | None,
        *args: object,
        **more: object,
    ) -> object:
        return self.call(called, [*first, *args], {**named, **more}, frame)

    def _builtin(self, name: str, args: Sequence[object], frame: Frame | None = None) -> object:
        match name.removeprefix("builtins."), list(args):
            case "super", []:
                return Super(frame.of, frame.owner) if frame and frame.of and frame.owner else UNKNOWN
            case "super", [Definition() as owner, Instance() as of]:
                return Super(of, owner)
            case "isinstance", [value, kind]:
                return self._is_instance(value, kind)
            case "hasattr", [Instance() as of, str() as attribute]:
                return attribute in of.attributes or self._member(of.definition, attribute) is not None
            case "getattr", [of, str() as attribute, *_]:
                return self.attribute(of, attribute)
            case "setattr", [Instance() as of, str() as attribute, value]:
                of.attributes[attribute] = value
                return None
            case "dict", []:
                return {}
            case "map", [called, items]:
                listed = items_of(items)
                return UNKNOWN if listed is None else [self.call(called, [one], {}) for one in listed]
        return UNKNOWN

    def _is_instance(self, value: object, kind: object) -> object:
        if isinstance(kind, tuple):
            answers = [self._is_instance(value, one) for one in kind]
            return True if True in answers else UNKNOWN if UNKNOWN in answers else False
        if value is UNKNOWN or isinstance(value, Either):
            return UNKNOWN
        name = _type_name(kind)
        if name in _TYPES:
            return isinstance(value, _TYPES[name])
        module = isinstance(value, Instance | Layer | Layers)
        if name == "torch.nn.Module":
            return module
        if name == "torch.Tensor":
            return isinstance(value, Tensor)
        if isinstance(kind, Definition) and isinstance(value, Instance):
            return self._descends(value.definition, kind)
        if isinstance(value, Layer) and name.startswith("torch.nn."):
            return value.name == name.rpartition(".")[2] or UNKNOWN
        return UNKNOWN if module else False

    def _descends(self, definition: Definition, kind: Definition) -> bool:
        if definition.node is kind.node:
            return True
        return any(isinstance(base, Definition) and self._descends(base, kind) for base in self._bases(definition))

    def _method(self, of: object, name: str, args: Sequence[object], settings: Mapping[str, object]) -> object:
        match of:
            case Tensor():
                return self._tensor_method(of, name, args, settings)
            case list():
                return list_method(of, name, args)
            case Layers():
                return _layers_method(of, name, args)
            case Instance():
                return _module_method(of, name, args)
            case Super() if name == "__init__":
                self._base_layer(of.of, of.owner, args, settings)
                return None
            case Super() if name in ("forward", "__call__") and _BASE in of.of.attributes:
                return self.call(of.of.attributes[_BASE], args, settings)
            case dict() if name in ("keys", "values", "items", "get"):
                found = getattr(of, name)(*args)
                return found if name == "get" else list(found)
            case str() if name in ("lower", "upper", "startswith", "endswith") and is_plain(list(args)):
                return getattr(of, name)(*args)
        if of is UNKNOWN and name in ("view", "reshape"):
            return viewed(of, args[0] if args and isinstance(args[0], list | tuple) else args)
        return UNKNOWN

    def _tensor_method(self, of: Tensor, name: str, args: Sequence[object], settings: Mapping[str, object]) -> object:
        if name not in OPERATIONS:
            return UNKNOWN
        try:
            return torch_call(name, [of, *args], settings)
        except Unequal:
            raise
        except (CannotTell, *FAILURES):
            return UNKNOWN


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "int": int, "float": float, "str": str, "bool": bool, "list": list, "tuple": tuple, "dict": dict,
}  # fmt: skip


def _type_name(kind: object) -> str:
    if isinstance(kind, Elsewhere):
        return kind.name.removeprefix("builtins.")
    if isinstance(kind, partial):
        return next((name for name, function in BUILTINS.items() if kind.args[0] is function), "")
    return ""


def _defined(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return {name}
    return set()


@lru_cache(maxsize=4096)
def _is_plain_function(node: ast.FunctionDef | ast.Lambda) -> bool:
    """Tell whether a call of a function runs its body: no generator, and no decorator that may do something else."""
    if isinstance(node, ast.Lambda):
        return True
    harmless = ("staticmethod", "property", "torch.", "functools.", "lru_cache", "no_grad")
    if any(not ast.unparse(one).startswith(harmless) for one in node.decorator_list):
        return False
    return not any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node))


def _of_tensor(tensor: Tensor, name: str) -> object:
    if name == "shape":
        return tuple(UNKNOWN if dim is None else dim for dim in tensor.dims)
    if name == "ndim":
        return len(tensor.dims)
    if name == "data" or len(tensor.dims) < 2:
        return tensor
    return Tensor((*tensor.dims[:-2], tensor.dims[-1], tensor.dims[-2]))


def _layers(called: bool, args: Sequence[object]) -> object:
    if len(args) == 1 and isinstance(args[0], dict):
        return Layers(called, list(args[0].values()))
    if called:
        return Layers(True, list(args))
    items = items_of(args[0]) if args else []
    return UNKNOWN if items is None else Layers(False, items)


def _layers_method(of: Layers, name: str, args: Sequence[object]) -> object:
    if name == "add_module" and len(args) == 2:
        of.items.append(args[1])
        return None
    if name in ("children", "values"):
        return list(of.items)
    if name in ("append", "extend", "insert", "pop"):
        return list_method(of.items, name, args)
    return UNKNOWN


def _module_method(of: Instance, name: str, args: Sequence[object]) -> object:
    if name in ("add_module", "register_buffer", "register_parameter", "register_module") and len(args) > 1:
        of.attributes[str(args[0])] = args[1]
        base = of.attributes.get(_BASE)
        if name == "add_module" and isinstance(base, Layers):
            base.items.append(args[1])
        return None
    return of if name in ("eval", "train", "to", "cuda", "float", "half") else UNKNOWN
