"""The graph of a model: which row reads which, and the stages of its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yolo_patcher.model.rows import IMAGE, ModelYaml

Edge = tuple[int, int]
"""`(source, reader)`; the source may be `IMAGE`."""


def readers(model: ModelYaml) -> dict[int, list[int]]:
    """Give, for each row (and `IMAGE`), the rows that read it."""
    found: dict[int, list[int]] = {index: [] for index in range(IMAGE, len(model.rows))}
    for row in model.rows:
        for source in row.sources:
            found[source].append(row.index)
    return found


def fusions(model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the head's rows that join paths of two levels, as a Concat of an upsampled and a lateral map does.

    Two inputs have the same path when they come through the same changes of level from the same row or fusion; so
    neither the inner Concats of an ELAN nor the two ways of a pooled and a strided convolution count.
    """
    numbers: dict[object, int] = {}
    paths = {IMAGE: numbers.setdefault("image", 0)}
    found = []
    for row in model.rows:
        came = [paths[source] for source in row.sources]
        joined = len(set(came)) > 1
        if joined and level[row.index] is not None and row.index >= model.backbone_length:
            found.append(row.index)
        path = numbers.setdefault(("join", row.index), len(numbers)) if joined or not came else came[0]
        if level[row.index] is None:
            path = numbers.setdefault(("unknown", row.index), len(numbers))
        elif row.sources and level[row.index] != level[row.sources[0]]:
            path = numbers.setdefault((level[row.index], path), len(numbers))
        paths[row.index] = path
    return [index for index in found if index != model.final.index]


def stage_ends(model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the last row of each stage that a fusion of the head begins."""
    read = readers(model)
    return [_stage_end(model, start, level, read) for start in fusions(model, level)]


def stage_end(model: ModelYaml, start: int, level: Mapping[int, int | None]) -> int:
    """Give the last row of the stage that a fusion begins: up to the next change of level or the final row.

    It is the last row that all ways out of the stage go through: in YOLOv7 the Conv behind an ELAN that only narrows
    the way to the next Upsample is not what the other readers see.
    """
    return _stage_end(model, start, level, readers(model))


def _stage_end(model: ModelYaml, start: int, level: Mapping[int, int | None], read: Mapping[int, list[int]]) -> int:
    rows = _stage(model, start, level)
    # Rows of the same level may follow far behind, as the last Conv in front of Detect: the stage goes on there only
    # when no row before the gap ends it.
    gaps = [place for place, row in enumerate(rows) if place and row != rows[place - 1] + 1]
    for length in (*gaps, len(rows)):
        end = _last_common(_read(rows[:length], read), read)
        if end != start:
            return end
    return start


def _stage(model: ModelYaml, start: int, level: Mapping[int, int | None]) -> list[int]:
    """Give a fusion and the rows of its level that read nothing but these."""
    inside = {start}
    for row in model.rows[start + 1 : -1]:
        if row.sources and inside.issuperset(row.sources) and level[row.index] == level[start]:
            inside.add(row.index)
    return sorted(inside)


def _read(rows: Sequence[int], read: Mapping[int, list[int]]) -> list[int]:
    """Give rows without the last that no row reads, as where `from: []` means the outputs of YOLOv5 v1.0."""
    last = max((place for place, row in enumerate(rows) if read[row]), default=0)
    return list(rows[: last + 1])


def _last_common(rows: Sequence[int], read: Mapping[int, list[int]]) -> int:
    """Give the last row that all ways from the first row out of them go through.

    A row in the middle that is read from outside as well, as an auxiliary output of YOLOv7-E6E reads one of the two
    branches that a Shortcut adds, is no way out: another way passes it and meets it again.
    """
    inside = frozenset(rows)
    leads: dict[int, bool] = {}
    for row in reversed(rows):
        leads[row] = any(reader not in inside or leads[reader] for reader in read[row])
    edges = [(row, reader) for row in rows for reader in read[row] if reader in inside and leads[reader]]

    def is_passed(row: int) -> bool:
        return any(before < row < reader for before, reader in edges)

    goes_on = {row for row, _ in edges}
    outs = [row for row in rows if any(reader not in inside for reader in read[row])]
    first = min((row for row in outs if row not in goes_on or not is_passed(row)), default=rows[0])
    return max((row for row in rows if row <= first and leads[row] and not is_passed(row)), default=rows[0])
