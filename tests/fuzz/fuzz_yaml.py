"""Mutations of a model YAML: rows, indices, scales, and what YAML has that a model never needs."""

from __future__ import annotations

import re
from random import Random

_ROW = re.compile(rb"(?<=\[)(\[[-\d, ]*\]|-?\d+), *(\d+), *([\w.]+), *(\[[^\]\n]*\])(?=\])")
_INTEGER = re.compile(rb"(?<![\w.])-?\d+(?![\w.])")
_KEY = re.compile(rb"^(\w+):[^\n\r]*", re.MULTILINE)
SCALARS = (
    b"0", b"-1", b"-2", b"-1000", b"1000", b"2147483648", b"9" * 30, b"9" * 400, b"9" * 5000, b"-" + b"9" * 400, b"1.5",
    b"-1.0", b"1e3", b"1e400", b".nan", b".inf", b"-.inf", b"true", b"no", b"null", b"~", b"", b"''", b'"6"', b"x",
    b"0x1F", b"0o17", b"017", b"1_000", b"1:30", b"2020-01-01", b"2020-01-01T00:00:00Z", b"!!str 6", b"!!int '6'",
    b"!!binary aGk=", b"!!set {a}", b"!!omap [a: 1]", b"!!python/object/apply:os.getcwd []", b"!local 6", b"! 6",
    b"&x 6", b"*x", b"*bomb", b"*self", b"[6]", b"[[6]]", b"[]", b"{}", b"{a: 6}", b"? 6", b"<<", b"=", b"@", b"`",
    b"%", b"|", b">", b"- 6", b"[6", b"6]", b"6, 6", b"\xe2\x80\xa8", b"\xc2\x85", b"\xf0\x9f\x9a\x80", b"'\\ud800'",
    b'"\\ud800"', b'"\\0"', b'"\\e[31m"', b"nc", b"None", b"nn.Upsample", b"torch.nn.Conv2d", b"os.system",
    b"__import__('os')", b"A" * 5000, b"[" * 30 + b"]" * 30, b"[" * 300 + b"]" * 300, b"[" * 10_000 + b"]" * 10_000,
    b"{a: " * 40 + b"6" + b"}" * 40, b"#", b" # x", b"!!float 6", b"!!null ''", b"!!timestamp 2020-01-01",
)  # fmt: skip
_SCALES = (
    b"{}", b"[]", b"null", b"n", b"{n: []}", b"{n: [0.5]}", b"{n: [0, 0, 0]}", b"{n: [-1, -1, -1]}",
    b"{n: [.nan, .nan, .nan]}", b"{n: [.inf, .inf, .inf]}", b"{n: [a, b, c]}", b"{n: [0.5, 1e308, 1e308]}",
    b"{n: [9999999999999999999999999, 99999999999999999999, 3]}", b"{n: [1, %s, 3]}" % (b"9" * 400), b"{n: null}",
    b"{n: {0: 1, 1: 2, 2: 3}}", b"{n: 'abc'}", b"{n: '123'}", b"{1: [1, 1, 1]}", b"{null: [1, 1, 1]}",
    b"{true: [1, 1, 1]}", b"{'': [1, 1, 1]}", b"{[1]: [1, 1, 1]}", b"{n: [1, 1, 1], n: [2, 2, 2]}",
    b"{n: [1, 1, null]}", b"{nn: [1, 1, 1]}", b"{'a/b': [1, 1, 1]}", b"{\xf0\x9f\x9a\x80: [1, 1, 1]}",
    b"{n: [true, false, 1]}", b"{n: [1e-320, 1e-320, 5]}", b"{'%s': [1, 1, 1]}" % (b"n" * 3000),
    b"{n: [1, 0.001, 1], '\\n': [1, 1, 1]}",
)  # fmt: skip
_EXTRAS = (
    b"bomb: &bomb [1]\n", b"self: &self [*self]\n", b"x: &x 6\n", b"<<: {nc: 5}\n", b"<<: [1]\n", b"<<: 1\n", b"---\n",
    b"...\n", b"%YAML 1.2\n---\n", b"%YAML 9.9\n---\n", b"%TAG ! tag:x,2000:\n---\n", b"backbone: []\n", b"head: []\n",
    b"nc: 5\nnc: 6\n", b"? [a]\n: 1\n", b"? {a: 1}\n: 1\n", b"1: 2\n", b"null: 1\n", b"\ttab: 1\n", b"a: b: c\n",
    b"- 1\n", b"\xe6\xb3\xa8: 1\n", b"scale: n\n", b"scales: 5\n", b"activation: nn.ReLU()\n", b"ch: 6\n",
    b"anchors: 3\n", b"anchors: [[1, 2]]\n", b"anchors: [1]\n", b"anchors: []\n", b"anchors: {}\n",
    b"anchors: %s\n" % (b"9" * 400), b"channel_multiple: 0\n", b"channel_multiple: x\n", b"max_channels: -5\n",
    b"? a\n", b"!!map {a: 1}\n", b"# x\n" * 2000,
)  # fmt: skip


def _bomb() -> bytes:
    lists = [b"bomb0: &bomb0 [1, 1]\n"]
    for level in range(1, 40):
        name, before = (b"bomb" if level == 39 else b"bomb%d" % level), b"*bomb%d" % (level - 1)
        lists.append(b"%s: &%s [%s, %s]\n" % (name, name, before, before))
    return b"".join(lists)


def scalar(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put an odd value in the place of an integer, a module or an argument of a row."""
    rows = list(_ROW.finditer(content))
    if not rows:
        return content, "no row to change"
    row, part = random.choice(rows), random.choice((1, 1, 2, 3, 4, 5))
    start, end = row.span(min(part, 4))
    if part in (1, 5):
        inside = list(_INTEGER.finditer(content, start, end))
        if inside:
            start, end = random.choice(inside).span()
    new = random.choice(SCALARS)
    extra = b""
    if new in (b"*bomb", b"*self", b"*x"):
        extra = {b"*bomb": _bomb(), b"*self": b"self: &self [*self]\n", b"*x": b"x: &x 6\n"}[new]
    said = f"{content[start:end]!r} of a row is {new[:30]!r} ({len(new)} bytes)"
    return extra + content[:start] + new + content[end:], said


def number(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put a nearby number in the place of one: such a model is often still a model."""
    found = list(_INTEGER.finditer(content))
    if not found:
        return content, "no number to change"
    one = random.choice(found)
    new = b"%d" % (int(one[0]) + random.choice((-20, -5, -1, 1, 2, 7, 64)))
    return content[: one.start()] + new + content[one.end() :], f"{one[0].decode()} at {one.start()} is {new.decode()}"


def row(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Make a row too short, too long, another one's double, nothing at all, or one of very many."""
    rows = list(_ROW.finditer(content))
    if not rows:
        return content, "no row to change"
    one = random.choice(rows)
    parts = [part or b"" for part in one.groups()]
    what = random.choice(("short", "long", "shuffled", "empty", "doubled", "other", "many"))
    if what == "short":
        parts = parts[: random.randrange(4)]
    elif what == "long":
        parts += [b"1"] * random.choice((1, 3, 1000))
    elif what == "shuffled":
        random.shuffle(parts)
    elif what == "empty":
        parts = []
    elif what == "other":
        parts = list(random.choice(rows).groups())
    new = b", ".join(parts)
    if what == "doubled":
        new = b"%s], [%s" % (one[0], one[0])
    elif what == "many":
        new = b"], [".join([b"-1, 1, Conv, [16, 3, 1]"] * random.choice((50, 1500)))
        if b"\n  - [" in content:
            new = new.replace(b"], [", b"]\n  - [")
    return content[: one.start()] + new + content[one.end() :], f"a row is {what}: {new[:40]!r}"


def key(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Give a key of the file another value, or another name."""
    found = list(_KEY.finditer(content))
    if not found:
        return content, "no key to change"
    one = random.choice(found)
    if random.random() < 0.25:
        new = random.choice((b"backbone", b"head", b"nc", b"scales", b"x", b"<<", b"'backbone'", b"&a head"))
        return content[: one.start()] + new + content[one.end(1) :], f"the key {one[1].decode()} is {new.decode()}"
    new = b"%s: %s" % (one[1], random.choice(SCALARS))
    return content[: one.start()] + new + content[one.end() :], f"{one[0][:20]!r} is {new[:40]!r}"


def odd_scales(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Give the model odd scales, or odd multiples."""
    what = random.choice((b"scales", b"scales", b"depth_multiple", b"width_multiple", b"nc"))
    new = b"%s: %s\n" % (what, random.choice(_SCALES if what == b"scales" else SCALARS))
    without = re.sub(rb"^%s:.*\r?\n(?:[ \t]+\w+: \[.*\r?\n)*" % what, b"", content, flags=re.MULTILINE)
    return new + without, f"{new[:60]!r}"


def extra(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put another key, document or directive in."""
    new = random.choice(_EXTRAS)
    if random.random() < 0.5:
        return new + content, f"{new[:40]!r} in front"
    return content + (b"" if content.endswith(b"\n") else b"\n") + new, f"{new[:40]!r} at the end"


YAML = (scalar, scalar, scalar, scalar, number, number, row, row, key, odd_scales, odd_scales, extra)
"""The mutations of a model YAML."""
