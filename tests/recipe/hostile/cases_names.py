"""Names and paths: of recipes, templates, classes and hyper-parameters."""

from __future__ import annotations

import os
from pathlib import Path

from hostile_case import RECIPE, TEMPLATE, Case, in_recipe


def _named(name: str, part: str = "name may not be") -> Case:
    return in_recipe(f"name {name[:20]!r}", "name: mine", f"name: {name}", 1, part)


def _template(name: str, part: str = "template may not be") -> Case:
    return in_recipe(f"template {name[:20]!r}", "template: mine.py", f"template: {name}", 5, part)


def _class(name: str, part: str) -> Case:
    template = TEMPLATE.replace("class MyGate", f"class {name}")
    recipe = RECIPE.replace("class: MyGate", f"class: '{name}'")
    return Case(f"class {name[:20]!r}", part, 4, recipe=recipe, template=template)


def _variable(name: str, part: str = "cannot name a value") -> Case:
    return in_recipe(f"hyper-parameter {name[:20]!r}", "  rate: {", f"  {name}: {{", 13, part)


def _linked_out(folder: Path) -> None:
    outside = folder.parent / "elsewhere.py"
    outside.write_text(TEMPLATE)
    (folder / "mine.py").unlink()
    (folder / "mine.py").symlink_to(outside)


def _template_fifo(folder: Path) -> None:
    (folder / "mine.py").unlink()
    os.mkfifo(folder / "mine.py")


def _twin(folder: Path) -> None:
    (folder / "z.yml").write_text(RECIPE.replace("aliases: [my-gate]", "aliases: [MY_GATE]").replace("mine", "yours"))
    (folder / "yours.py").write_text(TEMPLATE)


_FIRST = RECIPE.replace("name: mine", "name: aaa").replace("[my-gate]", "[GAM]")

RECIPE_NAMES = [
    _named("../x"),
    _named("/etc/passwd"),
    _named("con", "name may not be 'con'"),
    _named("lpt1", "name may not be 'lpt1'"),
    _named("nul.yaml"),
    _named("'C:\\x'"),
    _named("'c:x'"),
    _named('""', "one line of text"),
    _named("a" * 300),
    _named("mine@head"),
    _named("Mine"),
    _named("~", "must be text"),
    _named("~root"),
    _named("'-rf'"),
    _named("'.'"),
    _named("a b"),
    _named("'$(touch canary)'"),
    _named('"a\\0b"', "control characters"),
    _named("ｍｉｎｅ"),
    _named("class", "name may not be 'class'"),
    _named("import", "name may not be 'import'"),
    in_recipe("name of the catalogue", "name: mine", "name: sae", 1, "both claim the name 'sae'"),
    in_recipe("alias of the catalogue", "[my-gate]", "[x, SE_Net]", 9, "both claim the name 'SE_Net'"),
    in_recipe("full-width alias", "[my-gate]", "[ｓａｅ]", 9, "both claim the name"),
    Case("first in the alphabet", "both claim the name 'GAM'", 9, recipe=_FIRST),
    Case("two that differ in case", "both claim the name 'MY_GATE'", 9, prepare=_twin, blamed="z.yml"),
    in_recipe("alias as a path", "[my-gate]", "[../../my-gate]", 9, "aliases[0] may not be"),
    in_recipe("paper as a path", "1709.01507", "../../1709", 10, "paper.arxiv may not be"),
]
PATHS = [
    _template("../mine.py"),
    _template("/etc/mine.py"),
    _template("sub/mine.py"),
    _template("'..\\mine.py'"),
    _template("'C:\\mine.py'"),
    _template("'c:mine.py'"),
    _template('"mine\\0.py"', "control characters"),
    _template("con.py", "template may not be 'con.py'"),
    _template("nul.py", "template may not be 'nul.py'"),
    _template("Mine.py"),
    _template("mine.pyc"),
    _template("mine.yaml"),
    _template("~/mine.py"),
    _template("file:///etc/passwd"),
    _template("a" * 300 + ".py"),
    _template("absent.py", "no template absent.py"),
    _template("__init__.py", "no template __init__.py"),
    Case("template linked out of the folder", "link out of its folder", 5, prepare=_linked_out),
    Case("template is a FIFO", "no template mine.py", 5, prepare=_template_fifo, limited=True),
]

CLASSES = [
    _class("nn", "class may not be"),
    _class("torch", "class may not be"),
    _class("math", "class may not be"),
    _class("parse_model", "class may not be"),
    _class("F", "torch"),
    _class("Module", "torch"),
    _class("Tensor", "torch"),
    _class("Conv", "YOLO"),
    _class("Concat", "YOLO"),
    _class("Detect", "YOLO"),
    _class("Segment", "YOLO"),
    _class("DetectionModel", "YOLO"),
    _class("ValueError", "Python's own"),
    _class("Exception", "Python's own"),
    _class("None", "Python's own"),
    _class("True", "Python's own"),
    _class("print", "class may not be"),
    _class("lambda", "class may not be"),
    _class("__class__", "class may not be"),
    _class("_MyGate", "class may not be"),
    _class("My.Gate", "class may not be"),
    _class("My-Gate", "class may not be"),
    _class("My Gate", "class may not be"),
    _class("2MyGate", "class may not be"),
    _class("MyGate(object)", "class may not be"),
    _class("ＭｙＧａｔｅ", "class may not be"),
    _class("МyGate", "class may not be"),
    _class("M" * 300, "class may not be"),
    in_recipe("class with a newline", "class: MyGate", 'class: "MyGate\\nimport os"', 4, "control characters"),
]

VARIABLES = [
    _variable("class"),
    _variable("lambda"),
    _variable("__class__"),
    _variable("_x"),
    _variable("self"),
    _variable("c1"),
    _variable("C"),
    _variable("strict"),
    _variable("parameters"),
    _variable("max"),
    _variable("a.b"),
    _variable("a=b"),
    _variable("a b"),
    _variable("x" * 300),
    _variable("ｒａｔｅ"),
    _variable("1", "must be text"),
    _variable("yes", "must be text"),
]
