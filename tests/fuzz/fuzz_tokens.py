"""Mutations of a Python file's tokens: names, numbers and marks exchanged, and nesting without reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_WORD = re.compile(rb"[A-Za-z_]\w*")
_NUMBER = re.compile(rb"(?<![\w.])\d+(?:\.\d+)?")
_MARK = re.compile(rb"[\[\](){},:.='\"*+<>@-]")
_KEYWORDS = (
    b"if", b"elif", b"else", b"for", b"in", b"is", b"not", b"and", b"or", b"def", b"class", b"return", b"yield",
    b"lambda", b"async", b"await", b"import", b"from", b"as", b"with", b"try", b"except", b"finally", b"match", b"case",
    b"type", b"None", b"True", b"del", b"global", b"nonlocal", b"while", b"break", b"continue", b"pass", b"raise",
    b"assert", b"print", b"exec", b"__all__", b"__debug__", b"parse_model", b"m", b"f", b"ch", b"c2", b"args", b"d",
)  # fmt: skip
NUMBERS = (
    b"0", b"-1", b"00", b"1e999", b"-1e999", b"0x7fffffff", b"9" * 20, b"9" * 400, b"9" * 5000, b"1_000", b"1__0",
    b"0b2", b"1j", b"1.", b".5", b"1e", b"10**10", b"True", b"None", b"2**63",
)  # fmt: skip
_NESTED: tuple[tuple[str, Callable[[int], bytes]], ...] = (
    ("brackets", lambda depth: b"x = " + b"[" * depth + b"]" * depth),
    ("open brackets", lambda depth: b"(" * depth),
    ("negations", lambda depth: b"x = " + b"not " * depth + b"x"),
    ("minus signs", lambda depth: b"x = " + b"-" * depth + b"1"),
    ("attributes", lambda depth: b"x" + b".x" * depth),
    ("subscripts", lambda depth: b"x" + b"[0]" * depth),
    ("calls", lambda depth: b"x" + b"()" * depth),
    ("sums", lambda depth: b"x = 1" + b" + 1" * depth),
    ("powers", lambda depth: b"x = 1" + b" ** 1" * depth),
    ("lambdas", lambda depth: b"x = " + b"lambda: " * depth + b"1"),
    ("conditions", lambda depth: b"x = " + b"1 if x else " * depth + b"1"),
    ("comparisons", lambda depth: b"x = 1" + b" < 1" * depth),
    ("strings", lambda depth: b"x = " + b"'a' " * depth),
    ("elifs", lambda depth: b"if x:\n    pass\n" + b"elif x:\n    pass\n" * depth),
    ("ifs", lambda depth: b"".join(b" " * level + b"if x:\n" for level in range(min(depth, 300)))),
    ("stars", lambda depth: b"x = [" + b"*" * depth + b"x]"),
    ("decorators", lambda depth: b"@x\n" * depth + b"def x(): pass"),
    ("names", lambda depth: b"from x import (" + b"x, " * depth + b"y)"),
)


def exchange_word(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put another name of the file, or a keyword, in the place of one name or of all that are the same."""
    found = list(_WORD.finditer(content))
    if not found:
        return content, "no word to exchange"
    one = random.choice(found)
    new = random.choice(found)[0] if random.random() < 0.6 else random.choice(_KEYWORDS)
    if random.random() < 0.3:
        pattern = rb"(?<!\w)%s(?!\w)" % re.escape(one[0])
        return re.sub(pattern, new, content), f"every {one[0].decode()} is {new.decode()}"
    return content[: one.start()] + new + content[one.end() :], f"{one[0].decode()} at {one.start()} is {new.decode()}"


def exchange_number(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put an odd number in the place of one."""
    found = list(_NUMBER.finditer(content))
    if not found:
        return content, "no number to exchange"
    one, new = random.choice(found), random.choice(NUMBERS)
    return content[: one.start()] + new + content[one.end() :], f"{one[0].decode()} is {new[:20].decode()}"


def marks(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Delete, double, exchange or swap brackets, commas, quotes and colons."""
    found = list(_MARK.finditer(content))
    if len(found) < 2:
        return content, "no mark to exchange"
    number = random.randrange(len(found) - 1)
    one, following = found[number], found[number + 1]
    new = random.choice((b"", one[0] * 2, random.choice(found)[0], random.choice((b"(", b"]", b"{", b"'", b'"', b":"))))
    if random.random() < 0.2:
        between = content[one.end() : following.start()]
        swapped = following[0] + between + one[0]
        return content[: one.start()] + swapped + content[following.end() :], f"two marks at {one.start()} swapped"
    return content[: one.start()] + new + content[one.end() :], f"{one[0]!r} at {one.start()} is {new!r}"


def nest(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put something deep on a line of its own, at the top or inside `parse_model`."""
    name, make = random.choice(_NESTED)
    depth = random.choice((20, 90, 150, 400, 1000, 10_000))
    lines = content.split(b"\n")
    at = random.randrange(len(lines) + 1)
    indent = random.choice((b"", b"    ", b"        "))
    lines.insert(at, indent + make(depth).replace(b"\n", b"\n" + indent))
    return b"\n".join(lines), f"{depth} nested {name} before line {at + 1}"


def literal(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Put something deep, long or warned of in the place of a name."""
    found = list(_WORD.finditer(content))
    if not found:
        return content, "no word to exchange"
    one = random.choice(found)
    new = random.choice(
        (b"'\\d'", b"(1)(2)", b"[1][1, 2]", b"(x is 1)", b"'\\777'", b"f'{x!r:{x}}'", b"(y := 1)", b"*x")
    )
    if random.random() < 0.4:
        depth = random.choice((30, 90, 199, 1000, 10_000))
        new = b"(" * depth + one[0] + b")" * depth
    return content[: one.start()] + new + content[one.end() :], f"{one[0].decode()} at {one.start()} is {new[:20]!r}"


PYTHON = (exchange_word, exchange_word, exchange_word, exchange_number, marks, marks, nest, literal)
"""The mutations of a Python file."""
