"""What positions mean and what insertions do to a model YAML, worked out from the plain document and the plain text.

Nothing here comes from the product: rows are PyYAML's lists, and the text is lines and regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NEW = "SE"
TAILS = ("SPP", "SPPF", "SPPELAN", "PSA", "C2PSA")
LISTS = ("CBLinear", "ImagePoolingAttn")
_STRIDED = ("Conv", "DWConv", "GhostConv", "SCDown", "Focus", "ResNetLayer", "nn.MaxPool2d")
_ROW = re.compile(r" *(?:- )?(?:\[ *)+?(?P<reads>-?\d+|\[[-\d, ]*\]) *, *\d+, *(?P<module>[A-Za-z_][\w.]*),")
_OWN_NUMBER = re.compile(r"(#[ \t]*)(\d+)(?=$|[ \t\r(:,.\-])")

Node = tuple[str, int]
"""`("base", row)` or `("new", row that it reads)`; rows move, nodes do not."""


@dataclass(frozen=True)
class Stock:
    """A model as plain lists: what each row reads (-1: the image), its module and its stride (0: not known)."""

    reads: list[list[int]]
    modules: list[str]
    strides: list[float]
    backbone: int

    @property
    def final(self) -> int:
        return len(self.modules) - 1

    def level(self, row: int) -> int | None:
        stride = self.strides[row]
        return int(stride).bit_length() - 1 if stride >= 1 else None

    def readers(self, row: int) -> list[int]:
        return [reader for reader, sources in enumerate(self.reads) if row in sources]

    def who_reads(self, row: int, place: str, who: str) -> list[int]:
        """Give the readers of a row that a selector's last word means, or the place where there is none."""
        if who == "next":
            return [reader for reader in self.readers(row) if reader == row + 1]
        only_final = who == "final" or (place == "head" and not who)
        return [reader for reader in self.readers(row) if reader == self.final or not only_final]

    def holds(self, row: int) -> bool:
        """Tell whether a module can stand behind a row."""
        return self.modules[row] not in LISTS and bool(self.readers(row))


@lru_cache(maxsize=4)
def _rows(text: str) -> tuple[list[list[Any]], int]:
    document = yaml.load(text, _LOADER)
    return document["backbone"] + document["head"], len(document["backbone"])


def _absolute(row: list[Any], index: int) -> list[int]:
    written = row[0] if isinstance(row[0], list) else [row[0]]
    return [one if one >= 0 else index + one for one in written]


def stock(text: str) -> Stock:
    rows, backbone = _rows(text)
    reads = [_absolute(row, index) for index, row in enumerate(rows)]
    strides: list[float] = []
    for (_, _, module, args), sources in zip(rows, reads, strict=True):
        strides.append(_stride(module, args, [1 if one < 0 else strides[one] for one in sources]))
    return Stock(reads, [row[2] for row in rows], strides, backbone)


def _stride(module: str, args: list[Any], inputs: list[float]) -> float:
    if module in ("CBFuse", "SemanticSegment"):
        return inputs[-1]
    if module in (*LISTS, "TorchVision") or len(set(inputs)) != 1:
        return 0
    if module in ("nn.Upsample", "nn.ConvTranspose2d"):
        return inputs[0] / int(args[1 if module == "nn.Upsample" else 2])
    if module in ("AConv", "ADown", "MP", "ReOrg"):
        return inputs[0] * 2
    if module == "HGStem" or (module == "ResNetLayer" and args[3:4] == [True]):
        return inputs[0] * 4
    if module not in _STRIDED:
        return inputs[0]
    if module == "nn.MaxPool2d":
        return inputs[0] * int(args[:2][-1])
    return inputs[0] * int(args[2] if len(args) > 2 else 1) * (2 if module == "Focus" else 1)


def meant(
    model: Stock, place: str, row: int | str | None, pick: int | None, levels: Sequence[int], who: str = ""
) -> list[int] | None:
    """Give the rows whose output the modules read, or None where the selector must be refused."""
    named: list[int]
    if place == "head":
        named = sorted(set(model.reads[model.final]))
    elif place == "backbone":
        stages = [one for one in range(model.backbone) if model.modules[one] not in (*TAILS, *LISTS)]
        named = sorted({max(one for one in stages if model.level(one) == level) for level in levels
                        if any(model.level(one) == level for one in stages)}) if levels else stages[-1:]  # fmt: skip
    elif place == "neck":
        named = _neck(model)
    elif isinstance(row, int):
        named = [row] if row <= model.final else []
    else:
        named = [index for index, name in enumerate(model.modules) if row in (name, name.rpartition("nn.")[2])]
        named = named if pick is None else named[pick:][:1] if -len(named) <= pick else []
    if place == "before":
        named = sorted({model.reads[one][0] for one in named if len(model.reads[one]) == 1})
    # Of several rows those that fit are taken.
    rows = [one for one in named if one >= 0 and model.holds(one) and model.who_reads(one, place, who)]
    rows = [one for one in rows if not levels or model.level(one) in levels]
    return rows if rows and {*levels} <= {model.level(one) for one in rows} else None


def edges(model: Stock, rows: Sequence[int], place: str, who: str = "") -> set[tuple[int, int]]:
    """Give the edges that a module behind each of some rows shall take over, as source and reader."""
    return {(row, reader) for row in rows for reader in model.who_reads(row, place, who)}


def _neck(model: Stock) -> list[int]:
    """Give the ends of fusion stages in a head that is a chain of joins, as those of all stock models are."""
    ends = []
    for start in range(model.backbone, model.final):
        if len(model.reads[start]) < 2 or not model.strides[start]:
            continue
        stage = [start]
        for row in range(start + 1, model.final):
            if model.strides[row] != model.strides[start] or not {*model.reads[row]} <= {*stage}:
                break
            stage.append(row)
        while left := [row for row in stage[:-1] if max(model.readers(row)) > stage[-1]]:
            stage = stage[: stage.index(left[0]) + 1]
        ends.append(stage[-1])
    return ends


def graph(text: str) -> list[tuple[Node, list[Node], list[Any]]]:
    """Give each row of a patched text in its order: what it is, what it reads, and its repeats, module and args."""
    rows, _ = _rows(text)
    nodes: list[Node] = []
    found = []
    for index, row in enumerate(rows):
        sources = [nodes[one] if one >= 0 else ("base", -1) for one in _absolute(row, index)]
        base = sum(kind == "base" for kind, _ in nodes)
        nodes.append(("new", sources[0][1]) if row[2] == NEW else ("base", base))
        found.append((nodes[-1], sources, row[1:]))
    return found


def expected(
    text: str, taken: Collection[tuple[int, int]], *, at_the_end: bool
) -> list[tuple[Node, list[Node], list[Any]]]:
    """Give what `graph` must say of the base's text with modules that take over some of its edges.

    Args:
        text: the base's text.
        taken: these edges, as source and reader.
        at_the_end: whether the modules stand before the final row, instead of behind the rows that they read.
    """
    rows, _ = _rows(text)
    found: list[tuple[Node, list[Node], list[Any]]] = []
    places = {source for source, _ in taken}

    def module(row: int) -> tuple[Node, list[Node], list[Any]]:
        return ("new", row), [("base", row)], [1, NEW, []]

    for index, row in enumerate(rows):
        sources = _absolute(row, index)
        if index == len(rows) - 1 and at_the_end:
            found += [module(one) for one in dict.fromkeys(sources) if one in places]
        moved = [("new" if (one, index) in taken else "base", one) for one in sources]
        found.append((("base", index), moved, row[1:]))
        if not at_the_end and index in places:
            found.append(module(index))
    return found


def _row_lines(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    for line in text.splitlines(keepends=True):
        yield line, None if line.lstrip().startswith("#") else _ROW.match(line)


def said_strides(text: str) -> dict[int, int]:
    """Give the strides that the authors wrote behind rows, as 8 in `# 17 (P3/8-small)`."""
    lines = [line[match.end() :] for line, match in _row_lines(text) if match]
    said = {row: re.search(r"#.*\bP\d/(\d+)", rest) for row, rest in enumerate(lines)}
    return {row: int(stride[1]) for row, stride in said.items() if stride}


def misnumbered(text: str) -> set[int]:
    """Give the rows whose comment begins with another row's number, as some of the authors' do."""
    lines = [line[match.end() :] for line, match in _row_lines(text) if match]
    return {row for row, rest in enumerate(lines) if (number := _OWN_NUMBER.search(rest)) and int(number[2]) != row}


def taken_out(text: str, wrong: set[int]) -> str:
    """Take the new rows out of a patched text, line by line, and put the numbers back.

    Args:
        text: a patched text that has every row on a line of its own.
        wrong: the base's `misnumbered` rows, whose comments never move.
    """
    base: dict[int, int] = {-1: -1}
    lines = []
    kept = 0
    for line, match in _row_lines(text):
        if match is None:
            lines.append(line)
            continue
        here = len(base) - 1
        reads = [int(one) for one in re.findall(r"-?\d+", match["reads"])]
        targets = [base[one if one >= 0 else here + one] for one in reads]
        if match["module"] == NEW:
            base[here] = targets[0]
            continue
        base[here] = kept
        kept += 1
        old = iter([str(row if one >= 0 else row - base[here]) for one, row in zip(reads, targets, strict=True)])
        start, end = match.span("reads")
        rest = line[end:]
        number = _OWN_NUMBER.search(rest)
        if number and int(number[2]) == here and base[here] not in wrong:
            rest = rest[: number.start(2)] + str(base[here]) + rest[number.end(2) :]
        lines.append(line[:start] + re.sub(r"-?\d+", lambda _, old=old: next(old), match["reads"]) + rest)
    return "".join(lines)
