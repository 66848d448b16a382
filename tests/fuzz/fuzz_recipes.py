"""Mutations of recipes: the catalogue's YAML and classes, under a name of their own."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from fuzz_bytes import ANY
from fuzz_places import replace
from fuzz_tokens import PYTHON
from fuzz_yaml import SCALARS

from yolo_patcher.recipe.folders import recipes_folder, templates_folder

_VALUE = re.compile(rb"(?<=: )[^\n{}]+|(?<=[\[{,]) ?[^\n,{}\[\]]+(?=[,}\]])")
_EXPRESSIONS = (
    b"9**9**9", b"C // 0", b"C % 0", b"2 ** 16 ** 2", b"C ** -1", b"C ** 16", b"max(C)", b"max()", b"C.real",
    b"C if C else 1", b"__import__('os')", b"-" * 400 + b"C", b"(" * 200 + b"C" + b")" * 200, b"C" * 499, b"'C'",
    b"1e308 * 10", b"C and", b"h", b"1e999", b"{C}", b"{{C}}", b"{", b"}", b"{C!r}", b"{C:>9999999}", b"not C",
    b"C < C < C", b"C == C", b"9" * 490, b"0x10", b"C @ C", b"[C]", b"lambda: C", b"C := 1", b"C is C", b"'\\d'",
    b"1 if", b"-C", b"~C", b"C << 60", b"1_0", b"0777", b"1is C",
)  # fmt: skip


def value(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put an odd value, or an odd expression, in the place of one."""
    found = list(_VALUE.finditer(content))
    if not found:
        return content, "no value to change"
    one = random.choice(found)
    new = random.choice(SCALARS) if random.random() < 0.5 else random.choice(_EXPRESSIONS)
    if random.random() < 0.5 and not new.startswith((b"'", b'"')):
        new = b'"%s"' % new.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return content[: one.start()] + new + content[one.end() :], f"{one[0][:30]!r} is {new[:40]!r}"


def mutate_recipe(random: Random, folder: Path) -> tuple[list[str], list[str]]:
    """Write a mutated recipe and its class to a folder.

    Returns:
        The arguments that ask for it, and what was done, in words.
    """
    source = random.choice(sorted(recipes_folder().glob("*.yaml")))
    text = source.read_bytes()
    template = re.search(rb"^template: (\S+)", text, re.MULTILINE)
    assert template is not None
    code = (templates_folder() / template[1].decode()).read_bytes()
    text = re.sub(rb"^aliases:\n(?:  - .*\n)+", b"", text, flags=re.MULTILINE)
    text = re.sub(rb"^name: .*", b"name: mine", text, flags=re.MULTILINE)
    text = re.sub(rb"^template: .*", b"template: mine.py", text, flags=re.MULTILINE)
    said = []
    for _ in range(random.choice((1, 1, 2))):
        if random.random() < 0.5:
            text, words = random.choice((*ANY, value, value, value, value, value, value, value))(random, text, code)
            said.append(f"{source.name}: {words}")
        else:
            code, words = random.choice((*ANY, *PYTHON))(random, code, text)
            said.append(f"{template[1].decode()}: {words}")
    folder.mkdir()
    (folder / "mine.yaml").write_bytes(text)
    (folder / "mine.py").write_bytes(code)
    if random.random() < 0.05:
        said.append(replace(random, folder, random.choice(("mine.yaml", "mine.py"))))
    if random.random() < 0.5:
        return [str(folder / "mine.yaml")], said
    return ["mine", "--recipe", str(folder if random.random() < 0.7 else folder / "mine.yaml")], said
