"""Files that hold more than a class, and classes that do something when they are imported."""

from __future__ import annotations

import os
from pathlib import Path

from hostile_case import SING, TEMPLATE, Case, in_template

GIGABYTE = 2**30
LAST = "        return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()\n"
HEAD = "class MyGate(nn.Module):"
INIT = "def __init__(self, c1, bias=False, rate=4):"


def _after(name: str, code: str, part: str = "neither import nor class", *, line: int = 15) -> Case:
    return in_template(f"after the class: {name}", LAST, f"{LAST}{code}\n", line, part)


def _before(name: str, code: str, part: str = "neither import nor class") -> Case:
    return in_template(
        f"before the class: {name}", "from torch import nn\n", f"from torch import nn\n{code}\n", 4, part
    )


def _import(code: str, part: str = "from torch, math or typing") -> Case:
    return in_template(f"import: {code}", "from torch import nn\n", f"from torch import nn\n{code}\n", 4, part)


def _level(name: str, code: str, part: str = "neither a method nor a constant") -> Case:
    return in_template(f"in the class: {name}", f"    {INIT}", f"    {code}\n\n    {INIT}", 9, part)


def _header(name: str, code: str, part: str, line: int = 6) -> Case:
    return in_template(f"header: {name}", HEAD, code, line, part)


def _default(name: str, code: str, part: str = "is computed when", *, limited: bool = False) -> Case:
    return in_template(f"default: {name}", "rate=4", f"rate={code}", 9, part, limited=limited)


def _whole(name: str, text: str | bytes, line: int, part: str, *, limited: bool = False) -> Case:
    return Case(name, part, line, template=text, blamed="mine.py", limited=limited)


def _huge(folder: Path) -> None:
    os.truncate(folder / "mine.py", GIGABYTE)


# Lines end at these for `str.splitlines` and not for Python: what is cut out must be what was parsed.
SMUGGLED = f'"""Doc.{chr(0x2028) * 9}\nclass MyGate:\n    {SING}\n{SING}\n\n\n"""\n' + TEMPLATE.split("\n", 2)[2]

FILES = [
    _after("statement", SING),
    _after("dedented out of the class", f"if True:\n    {SING}"),
    _after("function", "def f():\n    pass"),
    _after("assignment", "MyGate = None"),
    _after("docstring", '"""late"""'),
    _after("another class", f"class Other:\n    {SING}", "one class MyGate"),
    _after("the same class", f"class MyGate(nn.Module):\n    {SING}", "one class MyGate"),
    _after("name check", f"if __name__ == '__main__':\n    {SING}"),
    _after("changed torch", f"nn.Conv2d.forward = lambda *a: {SING}"),
    _after("deletion", "del nn"),
    _before("statement", SING),
    _before("try", f"try:\n    {SING}\nexcept Exception:\n    pass"),
    _before("with", f"with {SING}:\n    pass"),
    _before("loop", "while True:\n    pass"),
    _before("type check", f"if False:\n    pass\nelse:\n    {SING}"),
    _import("import os"),
    _import("import subprocess as nn2"),
    _import("import torch, os", "one name at a time"),
    _import("from os import system"),
    _import("from . import mine"),
    _import("from .torch import mine"),
    _import("from torch import *"),
    _import("import torchvision"),
    _import("import torch_evil"),
    _import("from torch import ones as print", "hide another thing"),
    _import("from torch import ones as __name__", "hide another thing"),
    _import("from torch import nn as MyGate", "hide another thing"),
    _whole(
        "future import", TEMPLATE.replace("from torch", "from __future__ import annotations\nfrom torch"), 3, "torch"
    ),
    _whole("two spaces", TEMPLATE.replace("    ", "  "), 7, "not indented by four"),
    _whole("tabs", TEMPLATE.replace("    ", "\t"), 7, "not indented by four"),
    _whole("one space", TEMPLATE.replace("    ", " "), 7, "not indented by four"),
    _whole("no class", '"""Doc."""\n', 1, "one class MyGate"),
    _whole("empty", "", 1, "one class MyGate"),
    _whole("another name", TEMPLATE.replace("MyGate", "Mine"), 6, "one class MyGate"),
    _whole("no Python", "class MyGate(\n", 1, "does not parse"),
    _whole("Python 2", TEMPLATE + "        print 'x'\n", 15, "does not parse"),
    _whole("return in the class", TEMPLATE + "    return 1\n", 15, "does not parse"),
    _whole("lines that are none", SMUGGLED, 1, "control character U+2028"),
    _whole("form feed", TEMPLATE.replace("    def forward", "\f    def forward"), 13, "control character"),
    _whole("override of direction", TEMPLATE.replace("rate=4", "rate=4, a='\u202e'"), 9, "U+202E"),
    _whole("NUL", TEMPLATE.replace("# ", "") + "#\0\n", 15, "U+0000"),
    _whole("forged marker", TEMPLATE + "        # yolo-patcher se-head-000000\n", 15, "marker"),
    _whole("no UTF-8", TEMPLATE.encode() + b"# \xe4\n", 15, "not UTF-8"),
    _whole("other encoding", b"# coding: utf-7\n" + TEMPLATE.encode("utf-16"), 2, "not UTF-8"),
    _whole("binary", bytes(range(256)), 2, "not UTF-8"),
    Case("1 GiB of nothing", "larger than", 1, blamed="mine.py", prepare=_huge, limited=True),
    _whole("parentheses", TEMPLATE + "        x = " + "(" * 9000 + "\n", 15, "", limited=True),
    _whole("signs", TEMPLATE + "        x = " + "-" * 30000 + "1\n", 1, "nested too deeply", limited=True),
    _whole("attributes", TEMPLATE + "        x = x" + ".x" * 300 + "\n", 15, "nested too deeply", limited=True),
    _whole("additions", TEMPLATE + "        x = x" + " + x" * 900 + "\n", 15, "nested too deeply", limited=True),
    _whole("blocks", TEMPLATE + "".join(f"{' ' * (8 + n)}if x:\n" for n in range(99)), 113, "", limited=True),
    _whole("huge integer", TEMPLATE + "        x = 0x" + "f" * 9999 + "\n", 15, "too large", limited=True),
    _whole("huge decimal", TEMPLATE + "        x = " + "9" * 9999 + "\n", 15, "", limited=True),
]

CLASS = [
    _header("decorator", f"@{SING}\n{HEAD}", "decorator", 7),
    _header("plain decorator", f"@print\n{HEAD}", "decorator", 7),
    _header("metaclass", "class MyGate(nn.Module, metaclass=print):", "keyword"),
    _header("keyword", "class MyGate(nn.Module, x=print()):", "keyword"),
    _header("base that is a call", f"class MyGate({SING}):", "a base of the class"),
    _header("base that is chosen", "class MyGate(nn.Module if print() else nn.Module):", "a base of the class"),
    _header("starred base", "class MyGate(*[nn.Module]):", "a base of the class"),
    _header("base of the checkout", "class MyGate(Conv):", "a base of the class"),
    _header("builtin base", "class MyGate(dict):", "a base of the class"),
    _header("look-alike", "class ＭｙＧａｔｅ(nn.Module):", "must begin with"),
    _header("odd spaces", "class  MyGate(nn.Module):", "must begin with"),
    _header("broken line", "class \\\n  MyGate(nn.Module):", "must begin with"),
    _default("call", SING),
    _default("lambda", f"lambda: {SING}"),
    _default("called lambda", f"(lambda: {SING})()"),
    _default("walrus", f"(y := {SING})"),
    _default("comprehension", f"[{SING} for _ in 'a']"),
    _default("f-string", f'f"{{{SING}}}"'),
    _default("power", "9 ** 9 ** 9", limited=True),
    _default("repetition", "'a' * 10 ** 9", limited=True),
    in_template("keyword default", "rate=4", f"*, rate={SING}", 9, "is computed when"),
    in_template("annotation of an argument", "rate=4", f"rate: {SING} = 4", 9, "is computed when"),
    in_template("annotation of the rest", "rate=4", f"rate=4, *rest: {SING}", 9, "is computed when"),
    in_template("annotation of the result", "rate=4):", f"rate=4) -> {SING}:", 9, "is computed when"),
    _level("call", SING),
    _level("exec", f'exec("{SING}")'),
    _level("assert", f"assert {SING}"),
    _level("for", f"for _ in [{SING}]: pass"),
    _level("while", "while True: pass"),
    _level("with", f"with {SING}: pass"),
    _level("if", f"if {SING}: pass"),
    _level("try", f"try: {SING}\n    finally: pass"),
    _level("match", f"match {SING}:\n        case _: pass"),
    _level("import", "import os"),
    _level("deletion", "del print"),
    _level("raise", f"raise {SING}"),
    _level("behind a semicolon", f"x = 1; {SING}"),
    _level("class", f"class Inner:\n        {SING}"),
    _level("coroutine", f"async def f(self, x={SING}): pass"),
    _level("unpacking", f"a, b = {SING}"),
    _level("index", "nn.__dict__['x'] = 1"),
    _level("attribute of torch", "nn.Conv2d.forward = None"),
    _level("walrus", f"(x := {SING})"),
    _level("value that is a call", f"x = {SING}", "the value of x is computed"),
    _level("value that is a lambda", f"x = (lambda: {SING})()", "the value of x is computed"),
    _level("value that is a comprehension", f"x = [{SING} for _ in 'a']", "the value of x is computed"),
    _level("annotation", f"x: {SING}", "an annotation is computed"),
    _level("annotation and value", f"x: int = {SING}", "the value of x is computed"),
    _level("decorated method", f"@{SING}\n    def f(self): pass", "a method has a decorator"),
    _level("plainly decorated method", "@print\n    def f(self): pass", "a method has a decorator"),
    _level("slots", "__slots__ = ('x',)", "sets __slots__"),
    _level("module", "__module__ = 'os'", "sets __module__"),
    _level("__getattr__ by value", "__getattr__ = print", "sets __getattr__"),
    *(_level(name, f"def {name}(self, *a): pass", f"defines {name}") for name in (
        "__init_subclass__", "__class_getitem__", "__set_name__",
    )),
]  # fmt: skip
