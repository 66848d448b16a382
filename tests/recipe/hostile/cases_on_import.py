"""Classes that would act when they are merely imported: by names bound anew, by what torch reaches, by odd endings."""

from __future__ import annotations

from hostile_case import SING, TEMPLATE, Case, in_template

INIT = "    def __init__(self, c1, bias=False, rate=4):\n"
IMPORT = "from torch import nn\n"
METHOD = "def early(self):\n        return 1"


def _body(name: str, code: str, line: int, part: str) -> Case:
    return in_template(name, INIT, f"    {code}\n\n{INIT}", line, part)


def _import(code: str, part: str = "is no import that a template may have") -> Case:
    return in_template(f"import: {code}", IMPORT, f"{IMPORT}{code}\n", 4, part)


def _default(code: str, part: str = "not known to do nothing", imports: str = "import torch") -> Case:
    # One blank line goes for the import, so that the line stays the same.
    text = TEMPLATE.replace(f"{IMPORT}\n", f"{IMPORT}{imports}\n").replace("rate=4", f"rate={code}")
    return Case(f"default: {code}", part, 9, template=text, blamed="mine.py")


def _annotation(code: str, part: str = "not known to do nothing", imports: str = "import torch") -> Case:
    text = TEMPLATE.replace(f"{IMPORT}\n", f"{IMPORT}{imports}\n").replace("rate=4", f"rate: {code} = 4")
    return Case(f"annotation: {code}", part, 9, template=text, blamed="mine.py")


def _base(code: str, imports: str = "import torch", part: str = "a base of the class is no class") -> Case:
    text = TEMPLATE.replace(f"{IMPORT}\n", f"{IMPORT}{imports}\n").replace("(nn.Module)", f"({code})")
    return Case(f"base: {code}, {imports}", part, 6, template=text, blamed="mine.py")


def _decorated(name: str, binding: str, decorator: str = "property") -> Case:
    line = 11 + binding.count("\n")
    return _body(name, f"{binding}\n\n    @{decorator}\n    {METHOD}", line, f"{decorator}, which the class binds anew")


REBOUND = [
    _decorated("property is a method", f"def property(function):\n        {SING}"),
    _decorated("staticmethod is a method", f"def staticmethod(function):\n        {SING}", "staticmethod"),
    _decorated(
        "classmethod is a static method", f"@staticmethod\n    def classmethod(f):\n        {SING}", "classmethod"
    ),
    _decorated("property is a class of torch", "property = nn.Sequential"),
    _decorated("property is annotated", "property: int = 1"),
    _decorated("property is annotated alone", "property: int"),
    _body("property is bound behind it", f"@property\n    {METHOD}\n\n    property = 1", 9, "binds anew"),
    _body("property in a wide letter", f"ｐｒｏｐｅｒｔｙ = 1\n\n    @property\n    {METHOD}", 11, "binds anew"),
    _body("decorated in a wide letter", f"property = 1\n\n    @ｐｒｏｐｅｒｔｙ\n    {METHOD}", 11, "binds anew"),
    _body("classmethod is exit", f"classmethod = exit\n\n    @classmethod\n    {METHOD}", 9, "not known to do nothing"),
    _body("property is print", f"property = print\n\n    @property\n    {METHOD}", 9, "not known to do nothing"),
    _body("property is a relay", f"property = relay = print\n\n    @property\n    {METHOD}", 9, "neither a method"),
    _body("property in a pair", f"property, x = print, 1\n\n    @property\n    {METHOD}", 9, "neither a method"),
    _body(
        "property in a loop", f"for property in (print,): pass\n\n    @property\n    {METHOD}", 9, "neither a method"
    ),
    _body("property by with", "with nn as property: pass", 9, "neither a method"),
    _body("property by except", "try: 1\n    except Exception as property: pass", 9, "neither a method"),
    _body("property by import", "from builtins import print as property", 9, "neither a method"),
    _body("property by global", "global property", 9, "neither a method"),
    _body("property by class", "class property: pass", 9, "neither a method"),
    _body("property by walrus", "x = (property := print)", 9, "is computed when"),
    _body("property by deletion", "del property", 9, "neither a method"),
    _body("property by addition", "property += 1", 9, "neither a method"),
    _body("property by match", "match 1:\n        case property: pass", 9, "neither a method"),
    _import("from torch import print as property", "hide another thing"),
    _import("import torch as classmethod", "hide another thing"),
    _import("from torch import hub as int", "hide another thing"),
    _import("from typing import Any as tuple", "hide another thing"),
    _import("import torch as staticmethod", "hide another thing"),
    _body("type of an annotation is bound", "int = nn.Sequential\n    x: int = 1", 10, "not known to do nothing"),
    _body("nn is bound", "nn = 1\n    x = nn.ReLU", 10, "not known to do nothing"),
    _body("a method is a type", "def list(self): pass\n\n    x: list[int] = 1", 11, "is computed when"),
    _body("a constant is subscripted", "table = {0: 1}\n    x: table[0] = 1", 10, "is computed when"),
    _body("a constant is a default", "size = 1\n\n    def f(self, x=size): pass", 11, "not known to do nothing"),
    _body("decorator of a decorator", f"@property.setter\n    {METHOD}", 9, "a method has a decorator"),
    _body("decorator of torch", f"@nn.Module\n    {METHOD}", 9, "a method has a decorator"),
    _body("decorator that is subscripted", f"@property[0]\n    {METHOD}", 9, "a method has a decorator"),
    _body("decorator that is a lambda", f"@(lambda f: {SING})\n    {METHOD}", 9, "a method has a decorator"),
]

REACHED = [
    _import("import torch.utils.model_dump.__main__"),
    _import("import torch.utils.model_dump as F"),
    _import("import torch.utils.bottleneck.__main__ as nn2"),
    _import("import torch.utils.cpp_extension as Y"),
    _import("import torch.testing"),
    _import("import torch.hub"),
    _import("import torch.distributed.run"),
    _import("import torch.nn.modules"),
    _import("from torch import os"),
    _import("from torch import sys as math"),
    _import("from torch import ctypes"),
    _import("from torch import hub as F"),
    _import("from torch import ones as nn"),
    _import("from torch import compile as torch", "is no import"),
    _import("from torch.nn import Sequential as Optional"),
    _import("from torch.nn.functional import warnings"),
    _import("from torch.utils import data as F"),
    _import("from torch.nn import *", "one name at a time"),
    _import("from typing import *", "one name at a time"),
    _import("from typing import sys as math"),
    _import("from typing import List as Dict"),
    _import("from typing import NamedTuple"),
    _import("from typing import Protocol"),
    _import("import typing.re"),
    _import("import math.os as math"),
    _import("import math as os"),
    _import("import math as Conv"),
    _import("from math import sqrt"),
    _import("import torch as np"),
    _import("from math import log as F"),
    _import("import torch.nn as torch"),
    _import("import torch.Tensor as Tensor"),
    _default("torch.sys.modules['ctypes'].cdll['libevil.so']", "is computed when"),
    _default("torch.ctypes"),
    _default("torch.ctypes.cdll['libevil.so']", "is computed when"),
    _default("torch.os.system"),
    _default("torch.hub"),
    _default("torch.classes.evil"),
    _default("torch.ops.evil.load"),
    _default("torch._dynamo"),
    _default("torch.compiler"),
    _default("torch.onnx"),
    _default("nn.Module.forward"),
    _default("nn.Module.__dict__"),
    _default("nn.ReLU.__subclasses__"),
    _default("nn.Absent"),
    _default("nn"),
    _default("typing.re", imports="import typing"),
    _default("print"),
    _default("__builtins__"),
    _default("__name__"),
    _default("math.__loader__", imports="import math"),
    _default("nn.functional.warnings"),
    _default("[*nn.Module]", "is computed when"),
    _default("{**nn.__dict__}", "is computed when"),
    _default("{nn.ReLU: 1}", "is computed when"),
    _default("{1, 2}", "is computed when"),
    _default("not nn.Module", "is computed when"),
    _default("-nn.Module", "is computed when"),
    _default("-'a'", "is computed when"),
    _default("nn.Module[0]", "is computed when"),
    _default("1 if nn.Module else 2", "is computed when"),
    _default("nn.Module and 1", "is computed when"),
    _default("nn.Module == 1", "is computed when"),
    _default("nn.Module @ 1", "is computed when"),
    _default("(yield)", "does not parse"),
    _default("'%s' % nn.Module", "is computed when"),
    _annotation("torch.sys.modules['ctypes']", "is computed when"),
    _annotation("torch.ctypes.cdll['libevil.so']", "is computed when"),
    _annotation("nn.Module['libevil.so']", "is computed when"),
    _annotation("torch.Tensor[0]", "is computed when"),
    _annotation("dict[print()]", "is computed when"),
    _annotation("dict[int: print]", "is computed when"),
    _annotation("list[int][print()]", "is computed when"),
    _annotation("int | print()", "is computed when"),
    _annotation("int | print"),
    _annotation("int & int", "is computed when"),
    _annotation("None | None", "is computed when"),
    _annotation("'int' | None", "is computed when"),
    _annotation("print"),
    _annotation("MyGate"),
    _annotation("torch.os"),
    _annotation("nn.modules.module.Module"),
    _annotation("torch.jit.ScriptModule"),
    _annotation("Literal[print()]", "is computed when", "from typing import Literal"),
    _annotation("Callable[[print()], int]", "is computed when", "from typing import Callable"),
    _annotation("Any[0]", "is computed when", "from typing import Any"),
    _annotation("typing.re[0]", "is computed when", "import typing"),
    _annotation("'print()'", "a text that names no type"),
    _annotation("list['print()']", "a text that names no type"),
    _annotation("list[\"list['print()']\"]", "a text that names no type"),
    _annotation("'" + "(" * 150 + "int" + ")" * 150 + "'", "a text that names no type"),
    _annotation("f'{print()}'", "is computed when"),
    _annotation("lambda: 1", "is computed when"),
    _annotation("(x := int)", "is computed when"),
    _base("torch.jit.ScriptModule"),
    _base("torch.serialization.Enum"),
    _base("torch.nn.modules.module.Module"),
    _base("torch.nn.utils.parametrize.ParametrizationList"),
    _base("torch.distributions.Distribution"),
    _base("torch.utils.data.Dataset"),
    _base("torch.autograd.Function"),
    _base("torch.Tensor"),
    _base("torch.nn.Parameter"),
    _base("nn.LazyConv2d"),
    _base("nn.DataParallel"),
    _base("nn.Module, torch.types.Enum", part="more than one base"),
    _base("nn.Module, nn.Module", part="more than one base"),
    _base("nn.Module, nn.Sequential", part="more than one base"),
    _base("typing.NamedTuple", "import typing"),
    _base("typing.Generic", "import typing"),
    _base("List", "from typing import List"),
    _base("F.Tensor", "from torch.nn import functional as F"),
    *(
        _body(f"defines {name}", f"def {name}(self, *a): pass", 9, f"defines {name}")
        for name in (
            "__mro_entries__", "__slots__", "__classcell__", "__qualname__", "__annotations__", "__annotate__",
            "__annotate_func__", "__module__", "__dict__", "__instancecheck__", "__subclasshook__", "__class__",
            "__build_class__", "__import__", "__torch_function__", "__abstractmethods__",
        )
    ),
]  # fmt: skip


def _end(name: str, text: str, line: int, part: str, *, limited: bool = False) -> Case:
    return Case(name, part, line, template=text, blamed="mine.py", limited=limited)


ENDS = [
    _end("backslash", TEMPLATE.rstrip("\n") + "\\", 14, "does not parse"),
    _end("backslash and newline", TEMPLATE.rstrip("\n") + " \\\n", 14, "does not parse"),
    _end("backslash and an empty line", TEMPLATE.rstrip("\n") + " \\\n\n", 14, "ends in a backslash"),
    _end("backslash and spaces", TEMPLATE.rstrip("\n") + " \\\n    ", 14, "ends in a backslash"),
    _end("backslash and a comment", TEMPLATE.rstrip("\n") + " \\\n# why\n", 14, "ends in a backslash"),
    _end("backslash on a line of its own", TEMPLATE + "\\\n", 15, "does not parse"),
    _end("open text", TEMPLATE + "        y = 'a", 15, "does not parse"),
    _end("open docstring", TEMPLATE + '        """a', 15, "does not parse"),
    _end("open bracket", TEMPLATE + "        y = (1,\n", 15, "does not parse"),
    _end("form feed at the end", TEMPLATE + "\f", 15, "U+000C"),
    _end("NUL at the end", TEMPLATE + "\0", 15, "U+0000"),
    _end("end of file of MS-DOS", TEMPLATE + "\x1a", 15, "U+001A"),
    _end("mark at the end", TEMPLATE + "\ufeff", 15, "U+FEFF"),
    _end("two marks", "\ufeff\ufeff" + TEMPLATE, 1, "U+FEFF"),
    _end("tab among spaces", TEMPLATE + "\tx = 1\n", 15, "does not parse"),
    _end("a line of a MiB", TEMPLATE + "#" + "x" * 2**20 + "\n", 1, "larger than", limited=True),
    _end("marker behind many signs", TEMPLATE + "#" * 60000 + " yolo-patcher\n", 15, "marker", limited=True),
    _end("parentheses, closed", TEMPLATE + "        y = " + "(" * 9000 + ")" * 9000, 15, "", limited=True),
    _end("conditions", TEMPLATE + "        y = " + "1 if x else " * 4000 + "1", 1, "nested", limited=True),
    _end("lambdas", TEMPLATE + "        y = " + "lambda: " * 7000 + "1", 1, "nested", limited=True),
    _end("walrus in a method", TEMPLATE + "        (y := x)\n", 15, "newer Python"),
    _end("match in a method", TEMPLATE + "        match x:\n            case 1: pass\n", 16, "newer Python"),
    _end("positions alone", TEMPLATE.replace("self, x)", "self, x, /)"), 13, "newer Python"),
    _end("coroutine", TEMPLATE + "\n    async def f(self): pass\n", 16, "neither a method"),
]
