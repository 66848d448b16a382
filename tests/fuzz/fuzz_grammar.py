"""A grammar of templates: of pieces that do nothing on import and pieces that act, some of them damaged then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from fuzz_bytes import ANY
from fuzz_tokens import PYTHON

_ACTS = (
    "print()", "open('canary', 'w')", "exec('1')", "eval('1')", "exit()", "quit()", "exit", "print", "globals()",
    "quit", "__import__('this')", "setattr(nn, 'Conv2d', None)", "nn.Module()", "torch.os.getcwd()",
    "type('A', (), {})", "open", "torch.sys.modules['ctypes'].cdll['libc.so.6']", "torch.ctypes.cdll['libc.so.6']",
    "torch.hub.os.system('true')", "(lambda: print())()", "[print() for _ in 'a']", "f'{print()}'", "(y := print())",
    "torch.sys.exit()", "vars()", "torch.ones(1)", "nn.ReLU()", "torch.onnx", "torch._dynamo",
    "nn.__dict__.update(ReLU=1)", "F.relu(torch.ones(1))", "int('1')", "dict(a=1)", "'a'.upper()", "super()",
    "breakpoint", "print | print", "nn.Module | print", "torch.manual_seed(0)", "torch.set_num_threads(1)",
    "math.sqrt(4)", "next(iter([1]))", "{**nn.__dict__}", "[*'ab']", "torch.Tensor[0]", "typing.NamedTuple('A', [])",
    "typing.re", "torch.classes.a", "torch.ops.a.b", "'%s' % nn.Module", "1 if print() else 2", "not nn.Module",
    "-nn.Module", "nn.Module == nn.Module", "nn.Module[print()]", "9 ** 9", "__builtins__", "__name__", "__file__",
    "SE", "Conv", "x", "torch.nn.modules.module.warnings", "(yield)", "lambda: 1",
)  # fmt: skip
_CONSTANTS = (
    "1", "0.5", "-3", "+2", "True", "None", "'text'", '"text"', "b'x'", "...", "1j", "-1e-6", "()", "[]", "{}", "'é'",
    "'''a'''", "r'\\d'", "'a' 'b'", "0x10", "(1)", "-0",
)  # fmt: skip
_NAMES = (
    "nn.ReLU", "nn.SiLU", "nn.Module", "torch.nn.GELU", "F.relu", "F.silu", "nn.functional.gelu", "torch.float32",
    "nn", "math.pi", "math.inf", "torch.bool", "torch.nn.functional.mish", "nn.Absent", "F.absent", "torch.absent",
    "math.e",
)  # fmt: skip
_TYPES = (
    "int", "float", "bool", "str", "None", "object", "tuple", "list", "nn.Module", "torch.Tensor", "Tensor", "Any",
    "typing.Any", "nn.Conv2d", "torch.device", "'Tensor'", "'SE'", "'int | None'", "torch.Size", "nn.Parameter",
    "type", "dict", "torch.dtype", "bytes", "'nn.Module'", "typing.Sequence", "List",
)  # fmt: skip
_GENERIC = (
    "Optional", "List", "Sequence", "Tuple", "typing.Optional", "typing.Set", "list", "set", "tuple", "type", "Type",
    "Iterable",
)  # fmt: skip
_IMPORTS = (
    "import torch", "import torch.nn", "import torch.nn as nn", "from torch import nn", "import math",
    "import typing", "from torch.nn import functional as F", "import torch.nn.functional as F",
    "from torch import Tensor", "from typing import Any", "from typing import Optional", "from typing import List",
    "from typing import Sequence", "from typing import Tuple", "from typing import Callable",
    "from typing import Dict", "from typing import Union", "from typing import Iterable", "from typing import Type",
    "from typing import Literal", "from typing import cast",
)  # fmt: skip
_ACTING_IMPORTS = (
    "import os", "import ctypes", "import this", "import torch.utils.model_dump.__main__", "from torch import os",
    "import torch.utils.bottleneck.__main__", "import torch.utils.cpp_extension as F", "from torch.nn import *",
    "from torch import hub as nn", "from torch import *", "import torch.hub", "import math as os", "import torch, os",
    "from torch import sys as math", "from typing import re", "import torch.distributed.run as torch",
    "from torch import compile as property", "from builtins import print as property", "from torch import ctypes",
    "import torch.testing", "from torch.utils import data as F", "from math import sqrt", "from typing import *",
    "import antigravity", "from . import nn", "from torch import classes as List",
    "from __future__ import annotations", "from torch.nn import Module as int", "import torch.nn.functional.relu",
    "import torch.Tensor as Tensor",
)  # fmt: skip
_BASES = (
    "nn.Module", "nn.Module", "nn.Module", "torch.nn.Module", "nn.Sequential", "nn.Conv2d", "nn.ModuleList",
    "nn.Identity", "",
)  # fmt: skip
_ACTING_BASES = (
    "torch.serialization.Enum", "nn.Module, nn.Sequential", "nn.Module, nn.Module",
    "torch.jit.ScriptModule", "nn.Parameter", "typing.NamedTuple", "typing.Generic",
    "object", "torch.autograd.Function", "print()", "nn.Module, metaclass=print", "typing.Protocol",
    "torch.types.Enum", "type", "nn.Module, x=print()", "*[nn.Module]", "nn.Module if print() else 1",
    "torch.distributions.Distribution", "Exception", "typing.List[int]", "Optional[int]", "torch.Tensor",
    "nn.LazyConv2d", "dict", "torch.utils.data.Dataset[int]",
)  # fmt: skip
_SPECIAL = (
    "__init_subclass__", "__class_getitem__", "__set_name__", "__prepare__", "__mro_entries__", "__slots__",
    "__module__", "__qualname__", "__classcell__", "__annotations__", "__annotate__", "__dict__", "__call__",
    "__len__", "__getattr__", "__class__", "__getattribute__", "__del__", "__new__", "__reduce__", "__doc__",
    "__eq__", "__hash__", "__init__",
)  # fmt: skip
_REBOUND = (
    "property",
    "staticmethod",
    "classmethod",
    "int",
    "list",
    "nn",
    "torch",
    "Optional",
    "F",
    "ｐｒｏｐｅｒｔｙ",
)
_STATEMENTS = (
    "print()", "for property in (print,): pass", "import os as property", "del print", "global property",
    "assert print()", "with open('canary', 'w') as property: pass",
    "try: print()\n    except Exception as property: pass", "x += 1", "class Inner: pass", "class property: pass",
    "async def f(self): pass", "if print(): pass", "while print(): break", "a, b = print, 1",
    "nn.Conv2d.forward = None", "nn.x = 1", "exec('1')", "raise SystemExit", "'late text'", "[0][0] = 1",
    "match print():\n        case _: pass", "x = y = print", "lambda: 1", "f'{print()}'", "return", "yield",
)  # fmt: skip
_BODIES = (
    "pass", "return x", "import os", "open('canary', 'w')", "return exit()",
    "global property\n        property = print", "return super(SE, self).forward(x)", "print(SE, SE)",
    'return f"{SE} {x}"', "return [y for y in x]", '"""Text."""', "return (lambda y=print(): y)()",
    "y = '''\n    text\n'''\n        return y", 'return "\'", \'"\', "a"', "return x \\\n",
    "def inner(y=print()): pass", "return nn.ReLU()(x)", "return torch.sys", "x = 1; y = 2; return x",
    "return x  # \\", "if x:\n            return 1\n        return 2", 'return f"""\n{SE}\n  é {SE}"""',
    "return {'a': \"b\"}",
)  # fmt: skip

Make = Callable[[Random, float, int], str]


def template(random: Random) -> bytes:
    """Make a template: of inert pieces alone, with few that act, or with many; some are damaged then."""
    acting = random.choice((0, 0, 0, 0, 0.02, 0.02, 0.2))
    imports = [_import(random, acting) for _ in range(random.randrange(4))]
    if random.random() < 0.97:
        imports = [*("import math", "import torch", "import typing", "from torch import nn"), *_IMPORTS[6:17], *imports]
    base = random.choice(_ACTING_BASES if random.random() < acting else _BASES)
    items = [random.choice((_method, _method, _value))(random, acting, 0) for _ in range(random.randint(1, 4))]
    if random.random() < acting:
        items.insert(random.randrange(len(items) + 1), _rebinding(random, acting))
    doc = '"""Squeeze."""\n\n' if random.random() < 0.8 else ""
    text = "\n".join(imports) + f'\n\n\nclass SE({base}):\n    """Text."""\n\n' + "\n".join(items)
    content = (doc + text).encode()
    for _ in range(random.choice((0, 0, 0, 0, 0, 1, 2))):
        content, _words = random.choice((*ANY, *PYTHON))(random, content, content)
    return content


def _import(random: Random, acting: float) -> str:
    return random.choice(_ACTING_IMPORTS if random.random() < acting else _IMPORTS)


def _rebinding(random: Random, acting: float) -> str:
    name = random.choice(_REBOUND)
    bound = random.choice((
        f"    {name} = {random.choice(_ACTS)}",
        f"    {name} = nn.Sequential",
        f"    {name}: int = 1",
        f"    def {name}(self, *a):\n        print()",
        f"    {random.choice(_STATEMENTS)}",
    ))  # fmt: skip
    return f"{bound}\n\n    @{name}\n    def later(self, x: {name} = 1, y: {name}[0] = {name}): pass\n"


def _value(random: Random, acting: float, _: int) -> str:
    if random.random() < acting:
        return f"    {random.choice(_STATEMENTS)}\n"
    name = random.choice(("x", "y", "act", "size", "_version", "__constants__"))
    typed = f": {_annotation(random, acting, 0)}" if random.random() < 0.5 else ""
    return f"    {name}{typed} = {_expression(random, acting, 0)}\n"


def _method(random: Random, acting: float, _: int) -> str:
    name = random.choice(_SPECIAL if random.random() < acting else ("forward", "__init__", "f", "type", "g", "__len__"))
    lines = []
    if random.random() < 0.2 + acting:
        decorator = random.choice((*_ACTS, "property.setter", "nn.Module", "torch.jit.script", "typing.overload"))
        lines.append(f"    @{decorator}" if random.random() < acting else f"    @{random.choice(_REBOUND[:3])}")
    arguments = ["self", "x", *(_argument(random, acting, number) for number in range(random.randrange(3)))]
    if random.random() < 0.1:
        arguments.append(f"*rest: {_annotation(random, acting, 0)}")
    result = f" -> {_annotation(random, acting, 0)}" if random.random() < 0.3 else ""
    lines.append(f"    def {name}({', '.join(arguments)}){result}:")
    lines += (f"        {random.choice(_BODIES)}" for _ in range(random.randint(1, 2)))
    return "\n".join(lines) + "\n"


def _argument(random: Random, acting: float, number: int) -> str:
    return f"x{number}: {_annotation(random, acting, 0)} = {_expression(random, acting, 0)}"


def _expression(random: Random, acting: float, depth: int) -> str:
    if random.random() < acting:
        return random.choice(_ACTS)
    if random.random() < 0.75 or depth > 2:
        return random.choice(_CONSTANTS if random.random() < 0.75 else _NAMES[:8] if acting == 0 else _NAMES)
    items = [_expression(random, acting, depth + 1) for _ in range(random.randint(1, 3))]
    keyed = [f"{random.choice(_CONSTANTS[:9])}: {item}" for item in items]
    return random.choice((f"({', '.join(items)},)", f"[{', '.join(items)}]", f"{{{', '.join(keyed)}}}"))


def _annotation(random: Random, acting: float, depth: int) -> str:
    if random.random() < acting:
        return random.choice(_ACTS)
    if random.random() < 0.6 or depth > 2:
        return random.choice(_TYPES)
    inner = [_annotation(random, acting, depth + 1) for _ in range(2)]
    return random.choice(_shapes(random, inner))


def _shapes(random: Random, inner: Sequence[str]) -> Sequence[str]:
    first, second = inner
    return (
        f"{random.choice(_GENERIC)}[{first}]", f"{random.choice(_GENERIC)}[{first}]", f"{first} | {second}",
        f"{first} | None",
        f"Dict[{first}, {second}]", f"dict[{first}, {second}]", f"Union[{first}, {second}]", f"tuple[{first}, ...]",
        f"Callable[[{first}], {second}]", f"Callable[..., {first}]", "Tuple[()]", f"Tuple[{first}, {second}]",
    )  # fmt: skip
