"""Read a model YAML as rows that know where they stand in the text, so that it can be edited without a dump."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import yaml

from yolo_patcher.checkout.safe_yaml import LOADER, LimitError, check_aliases, check_events, events, is_plain
from yolo_patcher.checkout.text import SourceText, line_of
from yolo_patcher.errors import PatcherError, shown

# libyaml's marks count characters as PyYAML's own do, ten times as fast.
_LONGEST_NAME = 100
_REPAIR = "Repair the file; the repository's own loader can't read it either."
_FOREIGN = re.compile("[\x85\u2028\u2029\ufeff]")

IMAGE = -1
"""The source of a row that reads the image."""


@dataclass(frozen=True)
class Row:
    """One `[from, repeats, module, args]` entry.

    Attributes:
        index: the row's number, counted from 0 across backbone and head.
        section: `backbone` or `head`.
        sources: the rows it reads, as absolute indices in the order of `from`; `IMAGE` for the image. In a row that
            was collected in a `RowError`, those that come before it.
        written: the entries of `from` as written, absolute or relative.
        from_spans: where each entry of `from` stands in the text.
        from_list: whether `from` is written as a list.
        repeats: the repeats as written.
        module: the module's name as written.
        args: the arguments as YAML values.
        span: where the row stands in the text.
        line: its first line, counted from 1.
        module_span: where the module's name stands in the text, with its quotes where it has some.
    """

    index: int
    section: str
    sources: tuple[int, ...]
    written: tuple[int, ...]
    from_spans: tuple[tuple[int, int], ...]
    from_list: bool
    repeats: object
    module: str
    args: tuple[object, ...]
    span: tuple[int, int]
    line: int
    module_span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Section:
    """The list of rows of `backbone` or `head`.

    Attributes:
        name: `backbone` or `head`.
        flow: whether it is written `[[...], [...]]` rather than with a dash per row.
        column: the column at which its rows (or their dashes) begin.
        rows: the indices of its rows.
    """

    name: str
    flow: bool
    column: int
    rows: range


@dataclass(frozen=True, eq=False)
class ModelYaml:
    """A model YAML: its text, its rows and its other keys.

    Attributes:
        source: the file.
        sections: backbone and head.
        rows: all rows in their order; the last is the final row (Detect, Segment, Classify ...).
        values: the document as plain values.
    """

    source: SourceText
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    values: Mapping[str, object]

    @property
    def path(self) -> str:
        """The file's path relative to the checkout."""
        return self.source.path

    @property
    def final(self) -> Row:
        """The last row."""
        return self.rows[-1]

    @property
    def backbone_length(self) -> int:
        """The number of rows in the backbone."""
        return len(self.sections[0].rows)

    def section_of(self, index: int) -> Section:
        """Give the section that holds a row."""
        return next(section for section in self.sections if index in section.rows)


FORWARD = "forward index"
"""The reason of a `RowError` for a row that reads a row behind it, which some checkouts count otherwise."""


class RowError(PatcherError):
    """A row that can't be taken as it stands.

    Args:
        row: the row with what could be read of it; without a module's name where it is no row at all.
        problem: what is wrong, to follow "row 3".
        path: the file.
        reason: as for `PatcherError`.
    """

    def __init__(self, row: Row, problem: str, path: str, reason: str = "") -> None:
        super().__init__(
            "model",
            f"row {row.index} {problem}",
            path=path,
            line=row.line,
            help="A row is [from, repeats, module, args]; from is a row before it, or -1 for the one directly before.",
            reason=reason,
        )
        self.row = row
        self.problem = problem


def read_model_yaml(source: SourceText, errors: list[RowError] | None = None) -> ModelYaml:
    """Parse a model YAML.

    Args:
        source: the file.
        errors: collects what is wrong with single rows; without it, the first such row is an error.

    Raises:
        PatcherError: `model`, with the line, when it is no YAML, has no backbone and head of four-part rows, or a row
            reads a row that does not come before it.
    """
    root, values = _compose(source)
    sections: list[Section] = []
    rows: list[Row] = []
    for name in ("backbone", "head"):
        node = _section_node(root, name, source)
        first = len(rows)
        entries = values[name]
        assert isinstance(entries, list)
        uses = Counter(map(id, node.value))
        for entry_node, entry in zip(node.value, entries, strict=True):
            try:
                rows.append(_row(source, name, len(rows), _span(node)[0], entry_node, entry, uses[id(entry_node)]))
            except RowError as error:
                if errors is None:
                    raise
                errors.append(error)
                rows.append(error.row)
        sections.append(Section(name, bool(node.flow_style), _column(node), range(first, len(rows))))
    if not rows or not sections[1].rows:
        raise PatcherError("model", "the head has no rows", path=source.path)
    return ModelYaml(source, tuple(sections), tuple(rows), values)


def _compose(source: SourceText) -> tuple[yaml.MappingNode, dict[str, object]]:
    def bad(reason: str, line: int | None, help: str = _REPAIR) -> PatcherError:
        return PatcherError("model", f"the file is not valid YAML: {reason}", path=source.path, line=line, help=help)

    foreign = _FOREIGN.search(source.text)
    if foreign:
        raise PatcherError(
            "model",
            f"the file holds the character U+{ord(foreign[0]):04X}, at which YAML begins a line and editors do not",
            path=source.path,
            line=line_of(source.text, foreign.start()),
            help="Take the character out; an editor may not show it.",
        )
    try:
        loader = LOADER(source.text)
        aliases = check_events(events(source.text))
        root = loader.get_single_node()
        if aliases and root is not None:
            check_aliases(root)
        values = loader.construct_document(root) if isinstance(root, yaml.MappingNode) else None
    except LimitError as error:
        raise PatcherError("model", f"the file {error.problem}", path=source.path, line=error.line) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise bad(str(error.problem or error.context), mark.line + 1 if mark else None) from error
    except yaml.reader.ReaderError as error:
        found = yaml.reader.Reader.NON_PRINTABLE.search(source.text)
        code, offset = (f": U+{ord(found[0]):04X}", found.start()) if found else ("", 0)
        reason, remedy = f"special characters are not allowed{code}", "Take the character out."
        raise bad(reason, line_of(source.text, offset), remedy) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise bad(str(error).splitlines()[0], None) from error
    if not isinstance(root, yaml.MappingNode) or not isinstance(values, dict):
        raise PatcherError("model", "a model YAML is a mapping with the keys backbone and head", path=source.path)
    return root, values


def _column(node: yaml.SequenceNode) -> int:
    first = node.value[0] if node.value and node.flow_style else node
    return int(first.start_mark.column)


def _section_node(root: yaml.MappingNode, name: str, source: SourceText) -> yaml.SequenceNode:
    found = [value for key, value in root.value if key.value == name]
    if len(found) != 1:
        problem = "missing" if not found else "given twice"
        raise PatcherError(
            "model",
            f"the key {name} is {problem}",
            path=source.path,
            help="A model YAML lists its rows under backbone and head.",
        )
    if not isinstance(found[0], yaml.SequenceNode):
        raise PatcherError("model", f"{name} is not a list of rows", path=source.path, line=_line(found[0]))
    return found[0]


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _span(node: yaml.Node) -> tuple[int, int]:
    """Give a node's offsets; for a block list, whose end mark is the next token's begin, up to its last leaf's end."""
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return node.start_mark.index, _span(node.value[-1])[1]
    return node.start_mark.index, node.end_mark.index


def _row(source: SourceText, section: str, index: int, begin: int, node: yaml.Node, entry: object, uses: int) -> Row:
    row = Row(index, section, (index - 1,), (-1,), (), False, 1, "", (), _span(node), _line(node))

    def bad(problem: str, reason: str = "") -> RowError:
        return RowError(row, problem, source.path, reason)

    if not isinstance(node, yaml.SequenceNode) or not isinstance(entry, list) or len(entry) != 4:
        raise bad("does not have four parts")
    from_node, _, module_node, _ = node.value
    from_list = isinstance(from_node, yaml.SequenceNode)
    from_nodes = from_node.value if from_list else [from_node]
    written = entry[0] if from_list else [entry[0]]
    if not all(type(value) is int for value in written):
        raise bad(f"reads {shown(entry[0])}, which is no row")
    if not isinstance(entry[2], str) or len(entry[2]) > _LONGEST_NAME:
        raise bad(f"has the module {shown(entry[2])}, which is no name")
    if not isinstance(entry[3], list):
        raise bad(f"has the arguments {shown(entry[3])}, which are no list")
    odd = next((value for value in (entry[1], *entry[3]) if not is_plain(value)), None)
    if odd is not None:
        raise bad(f"has the value {shown(odd)}, which is no number, text or list")
    sources = tuple(value if value >= 0 else index + value for value in written)
    row = replace(
        row,
        sources=tuple(resolved for resolved in sources if IMAGE <= resolved < index),
        written=tuple(written),
        from_spans=tuple(_span(item) for item in from_nodes),
        from_list=from_list,
        repeats=entry[1],
        module=entry[2],
        args=tuple(entry[3]),
        module_span=_span(module_node),
    )
    if row.span[0] < begin or uses > 1:
        raise bad("is a YAML alias, which can't be edited in place")
    for item, (start, end) in zip(from_nodes, row.from_spans, strict=True):
        # What the marks say must be what the text holds, or an edit would hit something else.
        if not row.span[0] <= start <= end <= row.span[1] or source.text[start:end] != item.value:
            raise bad("has an alias, an anchor, a tag or quotes in its from, which can't be edited in place")
    for value, resolved in zip(written, sources, strict=True):
        if resolved >= index:
            raise bad(f"reads row {shown(value)}, which does not come before it", FORWARD)
        if resolved < IMAGE:
            raise bad(f"reads {shown(value)}, which is before the first row")
    return row
