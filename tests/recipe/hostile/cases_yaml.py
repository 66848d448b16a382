"""YAML that multiplies, nests, constructs, repeats, or is no text."""

from __future__ import annotations

import os
from pathlib import Path

from hostile_case import RECIPE, SING, Case, in_recipe

LAUGHS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9 if n else ['lol'] * 9)}]\n" for n in range(9))
APPLY = "!!python/object/apply:os.system ['touch canary']"
GIGABYTE = 2**30


def _replaced_by_fifo(folder: Path) -> None:
    (folder / "mine.yaml").unlink()
    os.mkfifo(folder / "mine.yaml")


def _replaced_by_folder(folder: Path) -> None:
    (folder / "mine.yaml").unlink()
    (folder / "mine.yaml").mkdir()


def _link_to(target: str) -> Case:
    def prepare(folder: Path) -> None:
        (folder / "mine.yaml").unlink()
        (folder / "mine.yaml").symlink_to(target)

    part = "not YAML" if target == "mine.py" else "regular file"
    return Case(f"link to {target}", part, 1, prepare=prepare, limited=True)


def _huge(folder: Path) -> None:
    os.truncate(folder / "mine.yaml", GIGABYTE)


YAML = [
    Case("billion laughs", "anchors", 1, recipe=LAUGHS + RECIPE, limited=True),
    in_recipe("alias to itself", "[a note]", "&a [*a]", 18, "anchors", limited=True),
    in_recipe("anchor alone", "title: My gate", "title: &t My gate", 3, "anchors"),
    in_recipe("merge key", "name: mine", "<<: {name: mine}", 1, "must be text"),
    in_recipe("merge key in a mapping", "{type: bool,", "{<<: {type: bool},", 12, "must be text"),
    Case("10,000 lists deep", "nested too deeply", 1, recipe="[" * 10_000, limited=True),
    Case("10,000 mappings deep", "nested too deeply", 1, recipe="{a: " * 10_000, limited=True),
    Case("10,000 keys of keys deep", "nested too deeply", 1, recipe="? " * 10_000, limited=True),
    in_recipe("deep in a note", "[a note]", "[[[[[[[[[[[[a note]]]]]]]]]]]]", 18, "nested too deeply"),
    in_recipe("apply a function", "title: My gate", f"title: {APPLY}", 3, "tags"),
    in_recipe("new object", "title: My gate", "title: !!python/object/new:os.system [touch canary]", 3, "tags"),
    in_recipe("a Python name", "title: My gate", "title: !!python/name:os.system ''", 3, "tags"),
    in_recipe("a Python module", "[a note]", "[!!python/module:antigravity '']", 18, "tags"),
    in_recipe("a tag in a key", "kind: channel gate", f"? {APPLY}\n: channel gate", 6, "tags"),
    in_recipe("custom tag", "title: My gate", "title: !include /etc/passwd", 3, "tags"),
    in_recipe("whole tag", "title: My gate", "title: !<tag:yaml.org,2002:python/name:os.system> x", 3, "tags"),
    Case(
        "tag directive",
        "tags",
        5,
        recipe="%TAG !p! tag:yaml.org,2002:python/\n---\n"
        + RECIPE.replace("title: My gate", "title: !p!name:os.system x"),
    ),
    in_recipe("binary", "title: My gate", "title: !!binary TXkgZ2F0ZQ==", 3, "tags"),
    in_recipe("set", "[a note]", "!!set {a note}", 18, "tags"),
    in_recipe("twice at the top", "kind: channel gate", "kind: a\nkind: b", 7, "kind stands here twice"),
    in_recipe("twice in paper", 'title: "A paper"', "title: A, title: B", 10, "paper.title stands here twice"),
    in_recipe("two hyper-parameters", "  rate:", "  bias:", 13, "hyperparameters.bias stands here twice"),
    in_recipe("twice in one", "default: false", "default: false, default: true", 12, "stands here twice"),
    in_recipe("twice in sizes", "sizes: {", "sizes: {h: C, ", 15, "sizes.h stands here twice"),
    in_recipe("twice in a rule", "{when: h < 999", "{when: C > 1, when: h < 999", 17, "stands here twice"),
    in_recipe("twice, once quoted", "kind: channel gate", "kind: a\n'kind': b", 7, "kind stands here twice"),
    in_recipe("unknown key", "notes:", f"run: {SING}\nnotes:", 18, "unknown key run"),
    in_recipe("unknown key of a hyper-parameter", "default: 4", "default: 4, eval: 1", 13, "unknown key"),
    in_recipe("list as a key", "notes:", "[notes]:", 18, "must be text"),
    in_recipe("integer of 5,000 digits", "version: 1", "version: " + "9" * 5000, 2, "must be an integer", limited=True),
    in_recipe("hexadecimal", "version: 1", "version: 0xFFFFFFFFFFFFFFFFFF", 2, "must be an integer"),
    in_recipe("octal", "version: 1", "version: 017", 2, "must be an integer"),
    in_recipe("base 60", "default: 4", "default: 1:30", 13, "must be an integer"),
    in_recipe("underscores", "default: 4", "default: 1_0", 13, "must be an integer"),
    in_recipe("infinite", "type: int, default: 4", "type: float, default: .inf", 13, "must be a number"),
    in_recipe("not a number", "type: int, default: 4", "type: float, default: .nan", 13, "must be a number"),
    in_recipe("exponent of 400", "type: int, default: 4", "type: float, default: 1e400", 13, "must be a number"),
    in_recipe("timestamp", "title: My gate", "title: 2001-12-14", 3, "must be text"),
    in_recipe("null", "title: My gate", "title: ~", 3, "must be text"),
    in_recipe("two documents", "version: 1", "---\nversion: 1", 2, "not YAML"),
    Case("only binary", "not UTF-8", 2, recipe=bytes(range(256)) * 10),
    Case("an ELF file", "not YAML", 1, recipe=b"\x7fELF\x02\x01\x01" + bytes(64)),
    Case("UTF-16", "not UTF-8", 1, recipe=RECIPE.encode("utf-16")),
    Case("UTF-16 without mark", "not YAML", 1, recipe=RECIPE.encode("utf-16-le")),
    in_recipe("no UTF-8", "title: My gate", "title: My g\udce4te", 3, "not UTF-8"),
    in_recipe("NUL", "title: My gate", "title: My\0gate", 3, "not YAML"),
    in_recipe("escape sequence", "title: My gate", "title: My \x1b[2Jgate", 3, "not YAML"),
    in_recipe("a mark inside", "title: My gate", "title: My\ufeffgate", 3, "control characters"),
    Case("empty", "empty", 1, recipe=b""),
    Case("a Python file", "must be a mapping", 1, recipe=f"{SING}\n"),
    Case("1 GiB of nothing", "larger than", 1, prepare=_huge, limited=True),
    Case("FIFO", "regular file", 1, prepare=_replaced_by_fifo, limited=True),
    Case("FIFO, by its own path", "regular file", 1, prepare=_replaced_by_fifo, limited=True, given="mine.yaml"),
    Case("FIFO, applied by path", "regular file", 1, prepare=_replaced_by_fifo, limited=True, asked="./mine.yaml"),
    Case("folder", "regular file", 1, prepare=_replaced_by_folder),
    _link_to("/dev/zero"),
    _link_to("absent.yaml"),
    _link_to("mine.yaml"),
    _link_to("mine.py"),
]
