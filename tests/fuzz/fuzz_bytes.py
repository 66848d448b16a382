"""Mutations of any file's bytes: bytes, lines, newlines, encodings, and splices of two files."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, bytes, bytes], tuple[bytes, str]]
"""From a generator, a file and another file to the mutated file, and what was done in words."""

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_ODD = (
    b"\0", b"\xff", b"\x80", b"\xc3", b"\xed\xa0\x80", b"\x0c", b"\x0b", b"\x1a", b"\x1b[31m", b"\x7f", b"\r", b"\t",
    b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xf0\x9f\x9a\x80", b"\\", b"'", b'"', b'"""', b"#", b"%", b"{%",
    b"{{", b"\\N{", b"'\\d'", b"1if 1else 2", b"() is 1",
)  # fmt: skip
_COOKIES = (
    b"utf-8", b"latin-1", b"gbk", b"ascii", b"utf-16", b"utf-7", b"rot13", b"zlib", b"idna", b"punycode", b"undefined",
    b"unicode_escape", b"raw_unicode_escape", b"mbcs", b"iso2022_jp", b"cp037", b"no-such", b"x" * 300,
)  # fmt: skip


def flip(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Change one bit."""
    if not content:
        return content, "an empty file as it was"
    at, bit = random.randrange(len(content)), random.randrange(8)
    changed = bytes([content[at] ^ 1 << bit])
    return content[:at] + changed + content[at + 1 :], f"bit {bit} of byte {at} flipped"


def insert(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Insert something odd, or bytes at random."""
    at = random.randrange(len(content) + 1)
    new = random.choice(_ODD) if random.random() < 0.8 else random.randbytes(random.randint(1, 8))
    return content[:at] + new + content[at:], f"{new!r} inserted at byte {at}"


def delete(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Take some bytes out."""
    at = random.randrange(len(content) + 1)
    count = random.choice((1, 1, 2, 5, 30))
    return content[:at] + content[at + count :], f"{count} bytes deleted at {at}"


def truncate(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Cut the file off."""
    at = random.choice((0, random.randrange(len(content) + 1), random.randrange(len(content) + 1)))
    return content[:at], f"truncated to {at} bytes"


def lines(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Duplicate, delete, swap, indent, join or repeat lines."""
    found = _LINE.findall(content)
    if not found:
        return content, "an empty file as it was"
    at, other = random.randrange(len(found)), random.randrange(len(found))
    what = random.choice(("duplicated", "deleted", "swapped", "moved", "indented", "outdented", "joined", "repeated"))
    line = found[at]
    if what == "duplicated":
        found.insert(at, line)
    elif what == "deleted":
        del found[at : at + random.choice((1, 1, 1, 3))]
    elif what == "swapped":
        found[at], found[other] = found[other], found[at]
    elif what == "moved":
        found.insert(other, found.pop(at))
    elif what == "indented":
        found[at] = random.choice((b" ", b"    ", b"\t", b"  \t", b"\x0c")) + line
    elif what == "outdented":
        found[at] = line[random.choice((1, 2, 4)) :]
    elif what == "joined":
        found[at] = line.rstrip(b"\r\n") + random.choice((b" ", b"", b"; ", b" \\\n"))
    else:
        found[at] = line * random.choice((2, 20, 500))
    return b"".join(found), f"line {at + 1} {what}" + (
        f" with line {other + 1}" if what in ("swapped", "moved") else ""
    )


def newlines(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Write some or all newlines otherwise."""
    new = random.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"\x0b", b"\n\r"))
    share = random.choice((0.05, 0.5, 1.0))
    mixed = re.sub(rb"\r\n|\r|\n", lambda one: new if random.random() < share else one[0], content)
    return mixed, f"{share:.0%} of the newlines are {new!r}"


def encoding(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Give the file another encoding, or only say that it has one."""
    how = random.choice(("cookie", "cookie", "bom", "utf-16", "utf-32", "bom inside"))
    if how == "cookie":
        cookie = random.choice(_COOKIES)
        return b"# -*- coding: %s -*-\n%s" % (cookie, content), f"the cookie {cookie[:20].decode()}"
    if how == "bom":
        return b"\xef\xbb\xbf" * random.choice((1, 2)) + content, "a byte order mark"
    if how == "bom inside":
        at = random.randrange(len(content) + 1)
        return content[:at] + b"\xef\xbb\xbf" + content[at:], f"a byte order mark at byte {at}"
    return content.decode("latin-1").encode(how), f"written as {how}"


def splice(random: Random, content: bytes, other: bytes) -> tuple[bytes, str]:
    """Begin with one file and end with another, or put a piece of the other in."""
    at, start = random.randrange(len(content) + 1), random.randrange(len(other) + 1)
    if random.random() < 0.5:
        return content[:at] + other[start:], f"cut at byte {at}, then another file from its byte {start}"
    count = random.randint(1, 400)
    return content[:at] + other[start : start + count] + content[at:], f"{count} bytes of another file at byte {at}"


def replaced(random: Random, content: bytes, other: bytes) -> tuple[bytes, str]:
    """Put something else in the file's place."""
    new = random.choice(
        (b"", b"\n", b"\0" * 100, other, content + content, b" " * 100_000, b"\xff" * 50, b"\xef\xbb\xbf")
    )
    return new, f"replaced by {len(new)} bytes ({new[:10]!r} ...)"


ANY: tuple[Mutation, ...] = (flip, flip, insert, insert, delete, truncate, lines, lines, lines, newlines, encoding)
ANY = (*ANY, splice, replaced)
"""The mutations of a file of any kind."""
