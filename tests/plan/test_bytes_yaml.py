"""Model YAMLs in any bytes: all but the new rows and the shifted numbers stays, or the file is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from byte_checks import check_not_planned, check_roundtrip
from byte_forms import Write, ending, ends
from synthetic import BLOCK, BOM, FLOW, contents, plan, write_checkout

from yolo_patcher.errors import PatcherError

MODELS = {"yolov5-list": "models/yolov5s.yaml", "ultralytics-list": "ultralytics/cfg/models/v8/yolov8.yaml"}
TEXTS = {"yolov5-list": FLOW, "ultralytics-list": BLOCK}


def put(root: Path, layout: str, content: bytes) -> Path:
    write_checkout(root, layout)
    (root / MODELS[layout]).write_bytes(content)
    return root


def before(text: str) -> Write:
    return lambda whole: (text + whole).encode()


SUPPORTED: dict[str, Write] = {
    "lone returns": ends("\r"),
    "all newlines": ends("\n", "\r\n", "\r"),
    "comments end in lone returns": lambda text: re.sub(r"(#.*)\n", r"\1\r", text).encode(),
    "byte order mark and directive": lambda text: BOM + b"%YAML 1.1\n---\n" + text.encode(),
    "document start": before("---\n"),
    "document start behind a comment": before("# notes\n--- # here\n"),
    "document end": ending("\n...\n"),
    "document end, comment, no newline": ending("\n... # end"),
    "start and end with CRLF": lambda text: f"---\n{text}...\n".replace("\n", "\r\n").encode(),
    "YAML 1.2": before("%YAML 1.2\n---\n"),
    "TAG": before("%TAG ! tag:x,2000:\n---\n"),
    "tabs before comments": lambda text: re.sub(r"(?<=\S) +#", "\t#", text).encode(),
    "tabs behind values": lambda text: re.sub(r"^(nc:.*\d)", "\\1\t", text, flags=re.MULTILINE).encode(),
    "trailing spaces": lambda text: text.replace("\n", "   \n").encode(),
    "nothing behind the last row": lambda text: re.sub(r" +# Detect\(P3, P4\)\n", "", text).rstrip().encode(),
    "beyond ASCII": lambda text: text.replace("# ", "# 注意力 🚀 é ").encode(),
}


@pytest.mark.quick(layout=("ultralytics-list",), write=tuple(SUPPORTED.values())[::3])
@pytest.mark.parametrize("layout", MODELS)
@pytest.mark.parametrize("write", SUPPORTED.values(), ids=SUPPORTED)
def test_kept(tmp_path: Path, layout: str, write: Write) -> None:
    content = write(TEXTS[layout])
    planned = check_roundtrip(put(tmp_path, layout, content), layout, ["se"])
    assert planned.patch.base == MODELS[layout]
    patched = contents(tmp_path)[planned.patch.model]
    # The loader of later ultralytics, which takes tabs that the slower one refuses.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    old, new = yaml.load(content, loader), yaml.load(patched, loader)
    assert {**new, "backbone": 0, "head": 0} == {**old, "backbone": 0, "head": 0}


def swap(old: str, new: str) -> Write:
    def write(text: str) -> bytes:
        assert old in text
        return text.replace(old, new, 1).encode()

    return write


MARKER = "at which YAML begins a line and editors do not"
ALIAS = "has an alias, an anchor, a tag or quotes in its from"
UTF8 = "Convert the file to UTF-8"

REFUSED: dict[str, tuple[Write, str, str]] = {
    "GBK": (lambda text: text.replace("# A tiny", "# 注意力").encode("gbk"), "not valid utf-8", UTF8),
    "latin-1": (lambda text: text.replace("# A tiny", "# é").encode("latin-1"), "not valid utf-8", UTF8),
    "UTF-16": (lambda text: text.encode("utf-16"), "the file is UTF-16", UTF8),
    "NUL": (swap("# A", "# \0"), "special characters are not allowed: U+0000", "Take the character out"),
    "form feed": (swap("\nhead:", "\n\x0c\nhead:"), "special characters are not allowed: U+000C", "Take the character"),
    "vertical tab": (swap("# A", "# \x0b"), "special characters are not allowed: U+000B", "Take the character out"),
    "NEL in a comment": (swap("# 9 ", "# 9\x85 # "), f"U+0085, {MARKER}", "Take the character out"),
    "NEL behind a row": (swap("\n\n", "\x85\n"), f"U+0085, {MARKER}", "Take the character out"),
    "line separator": (swap("# A", "# \u2028#"), f"U+2028, {MARKER}", "Take the character out"),
    "two byte order marks": (lambda text: BOM * 2 + text.encode(), f"U+FEFF, {MARKER}", "Take the character out"),
    "anchor": (swap("[[9, 12]", "[[&a 9, 12]"), f"row 13 {ALIAS}", "A row is"),
    "alias": (
        lambda text: swap("[-1, 3]", "[-1, &a 3]")(swap("[-1, 6]", "[-1, *a]")(text).decode()),
        ALIAS,
        "A row is",
    ),
    "alias of a list": (
        lambda text: swap("[[-1, 3]", "[&a [-1, 3]")(swap("[[-1, 6]", "[*a")(text).decode()),
        f"row 11 {ALIAS}",
        "A row is",
    ),
    "alias of a value outside": (lambda text: b"x: &a 6\n" + swap("[-1, 6]", "[-1, *a]")(text), f"row 11 {ALIAS}", ""),
    "tag": (swap("[-1, 6]", "[-1, !!int '6']"), f"row 11 {ALIAS}", "A row is"),
    "two documents": (ending("\n---\nx: 1\n"), "the file is not valid YAML", ""),
    "tabs for indent": (swap("\nhead:\n  ", "\nhead:\n\t"), "the file is not valid YAML", ""),
}


@pytest.mark.parametrize("layout", MODELS)
@pytest.mark.parametrize(("write", "message", "help"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, layout: str, write: Write, message: str, help: str) -> None:
    root = put(tmp_path, layout, write(TEXTS[layout]))
    check_not_planned(root, "model", message, help, MODELS[layout])


def test_a_number_in_another_notation_is_replaced_as_a_whole(tmp_path: Path) -> None:
    root = put(tmp_path, "ultralytics-list", swap("[-1, 6]", "[-1, 0x6]")(BLOCK))
    planned = plan(root, "se", positions=["after:0"])
    assert b"  - [[-1, 7], 1, Concat, [1]] # cat head P4\n" in planned.model.source.encode()


def test_a_refusal_names_the_line(tmp_path: Path) -> None:
    for content in (swap("# 6", "# \x856")(BLOCK), swap("# 6", "# 注\xff")(BLOCK).replace("ÿ".encode(), b"\xff")):
        root = put(tmp_path, "ultralytics-list", content)
        with pytest.raises(PatcherError) as caught:
            plan(root, "se", model=MODELS["ultralytics-list"])
        assert caught.value.line == BLOCK[: BLOCK.index("# 6")].count("\n") + 1
