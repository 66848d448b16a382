"""Insert rows into the text of a model YAML: only the new rows, the shifted indices and index comments change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from yolo_patcher.checkout.text import dominant_newline, insert_at, with_newline
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml, Row, Section, read_model_yaml
from yolo_patcher.plan.renumber import NewRow, Renumbering, edges, planned_edges, renumber
from yolo_patcher.recipe.selector import FINAL

_NONE: Mapping[int, str] = {}
_INDEX_COMMENT = re.compile(r"#[ \t]*(\d+)(?=$|[ \t(:,.\-])", re.MULTILINE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_REST_OF_LINE = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r|\n|$)")


def patched_model(
    model: ModelYaml,
    new_rows: Sequence[NewRow],
    header: str = "",
    *,
    relative: bool = False,
    modules: Mapping[int, str] = _NONE,
) -> ModelYaml:
    """Give the model with new rows, and other modules in some rows, in its text.

    Args:
        model: the base model.
        new_rows: the rows; several on one line stand in the order given.
        header: a comment for the first line, without `#`; none when empty.
        relative: whether the new rows shall say what they read by its distance only, as old `parse_model`s need.
        modules: the rows of the base whose module becomes another, with its name.

    Raises:
        PatcherError: `internal`, when the new text's graph is not the base's graph plus the new rows; `model`, when the
            name of a row's module can't be edited in place.
    """
    numbers = renumber(model, new_rows)
    newline = dominant_newline(model.source.text)
    edits = [*_shifted_sources(model, numbers), *_shifted_comments(model, numbers)]
    edits += [_renamed(model, model.rows[index], name) for index, name in sorted(modules.items())]
    gap = _gap(model)
    behind: dict[int, list[tuple[str, str]]] = {}
    before_final: list[tuple[str, str]] = []
    for index, new in sorted(zip(numbers.inserted, new_rows, strict=True), key=lambda pair: pair[0]):
        final = new.place.readers == FINAL
        reads = numbers.before(new.place, index)
        first_of_final = final and numbers.chains[new.place][0] == index
        here = before_final if final else behind.setdefault(new.place.reads, [])
        here.append(_render(new, reads if first_of_final and not relative else reads - index, index))
    for base, rendered in sorted(behind.items()):
        edits += _after(model, model.rows[base], rendered, newline, gap)
    if before_final:
        edits += _before_final(model, before_final, newline, gap)
    text = insert_at(model.source.text, edits)
    if header:
        text = with_newline(f"# {header}\n", newline) + text
    return _proven(model, new_rows, numbers, text, modules)


def _renamed(model: ModelYaml, row: Row, name: str) -> tuple[int, int, str]:
    """Give the edit that puts another module's name into a row, within the quotes where there are some."""
    start, end = row.module_span
    written = model.source.text[start:end]
    if row.span[0] <= start and end <= row.span[1]:
        if written == row.module:
            return start, end, name
        if written in (f"'{row.module}'", f'"{row.module}"'):
            return start + 1, end - 1, name
    raise PatcherError(
        "model",
        f"row {row.index} has an alias, an anchor, a tag or an escape in its module, which can't be edited in place",
        path=model.path,
        line=row.line,
        help=f"Write {row.module} there as a plain word.",
    )


def _shifted_sources(model: ModelYaml, numbers: Renumbering) -> list[tuple[int, int, str]]:
    edits = []
    for row in model.rows:
        here = numbers.rows[row.index]
        for source, written, span in zip(row.sources, row.written, row.from_spans, strict=True):
            target = numbers.read(source, row, model.final)
            value = target if written >= 0 else target - here
            if value != written:
                edits.append((*span, str(value)))
    return edits


def _shifted_comments(model: ModelYaml, numbers: Renumbering) -> list[tuple[int, int, str]]:
    """Give the edits of comments that name their own row's index; one that names another was wrong before."""
    text = model.source.text
    edits = []
    for row in model.rows:
        rest = re.compile(r"[^\r\n]*").match(text, row.span[1])
        comment = _INDEX_COMMENT.search(text, row.span[1], rest.end()) if rest else None
        other = text.find("[", row.span[1], comment.start()) if comment else -1
        if comment and other < 0 and int(comment[1]) == row.index and numbers.rows[row.index] != row.index:
            edits.append((comment.start(1), comment.end(1), str(numbers.rows[row.index])))
    return edits


def _render(new: NewRow, reads: int, index: int) -> tuple[str, str]:
    """Give a row's text and its comment, both without the separators around them."""
    args = ", ".join(repr(value) for value in new.args)
    return f"[{reads}, 1, {new.module}, [{args}]]", f"# {index}" + (f" {new.comment}" if new.comment else "")


def _gap(model: ModelYaml) -> str:
    """Give the white space that most rows have before their comment."""
    found = Counter(
        match[1]
        for row in model.rows
        if (match := re.compile(r",?([ \t]+)#").match(model.source.text, row.span[1])) is not None
    )
    return found.most_common(1)[0][0] if found else "  "


def _after(
    model: ModelYaml, row: Row, rendered: Sequence[tuple[str, str]], newline: str, gap: str
) -> list[tuple[int, int, str]]:
    section, text = model.section_of(row.index), model.source.text
    end = row.span[1]
    if not section.flow:
        indent = _indent(text, row, section)
        lines = [f"{indent}- {entry}{gap}{comment}" for entry, comment in rendered]
        return [_new_lines(text, _rest_of_line(text, end), lines, newline)]
    comma = _comma(text, end)
    edits = [] if comma is not None else [(end, end, ",")]
    start = end if comma is None else comma + 1
    rest = _rest_of_line(text, start)
    closes = comma is None or (row.index == section.rows[-1] and _closes(text, start))
    if rest < 0:
        joined = ", ".join(entry for entry, _ in rendered)
        return [(start, start, f"{'' if comma is not None else ','} {joined}{'' if comma is None else ','}")]
    indent = _indent(text, row, section)
    lines = []
    for number, (entry, comment) in enumerate(rendered):
        last = number == len(rendered) - 1 and comma is None and closes
        lines.append(f"{indent}{entry}{'' if last else ','}{gap}{comment}")
    return [*edits, _new_lines(text, rest, lines, newline)]


def _new_lines(text: str, end: int, lines: Sequence[str], newline: str) -> tuple[int, int, str]:
    """Give the edit that puts lines below the one that ends at an offset; that one keeps its own newline."""
    below = _NEWLINE.match(text, end)
    if below is None:
        return end, end, "".join(f"{newline}{line}" for line in lines)
    return below.end(), below.end(), "".join(f"{line}{newline}" for line in lines)


def _before_final(
    model: ModelYaml, rendered: Sequence[tuple[str, str]], newline: str, gap: str
) -> list[tuple[int, int, str]]:
    row, section = model.final, model.section_of(model.final.index)
    text, start = model.source.text, row.span[0]
    if section.flow:
        before = text[_line_start(text, start) : start]
        indent = _indent(text, row, section)
        if before.strip(" \t") in ("", "["):
            return [(start, start, "".join(f"{entry},{gap}{comment}{newline}{indent}" for entry, comment in rendered))]
        return [(start, start, "".join(f"{entry}, " for entry, _ in rendered))]
    begin = _line_start(text, start)
    indent = _indent(text, row, section)
    return [(begin, begin, "".join(f"{indent}- {entry}{gap}{comment}{newline}" for entry, comment in rendered))]


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _indent(text: str, row: Row, section: Section) -> str:
    """Give the white space in front of a section's rows."""
    before = text[_line_start(text, row.span[0]) : row.span[0]]
    return before if section.flow and not before.strip(" \t") else " " * section.column


def _rest_of_line(text: str, offset: int) -> int:
    """Give where the line ends when nothing but a comment follows, else -1."""
    match = _REST_OF_LINE.match(text, offset)
    return match.end() if match else -1


def _comma(text: str, offset: int) -> int | None:
    """Give where the comma behind a flow row stands, over white space and comments, or None when there is none."""
    match = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*").match(text, offset)
    position = match.end() if match else offset
    return position if text[position : position + 1] == "," else None


def _closes(text: str, offset: int) -> bool:
    match = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*").match(text, offset)
    return match is not None and text[match.end() : match.end() + 1] == "]"


def _proven(
    model: ModelYaml, new_rows: Sequence[NewRow], numbers: Renumbering, text: str, modules: Mapping[int, str]
) -> ModelYaml:
    """Read the new text again, compare its graph with the base's plus the new nodes, and give it."""
    patched = read_model_yaml(model.source.with_text(text))
    inserted = set(numbers.inserted)
    kept = [row for row in patched.rows if row.index not in inserted]
    same = len(kept) == len(model.rows) and all(
        (old.section, old.repeats, modules.get(old.index, old.module), old.args)
        == (new.section, new.repeats, new.module, new.args)
        for old, new in zip(model.rows, kept, strict=True)
    )
    if not same or edges(patched) != planned_edges(model, new_rows, numbers):
        raise PatcherError(
            "internal", "the generated YAML does not have the planned graph, so nothing was written", path=model.path
        )
    return patched
