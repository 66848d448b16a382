"""A checkout as runs of text that know who wrote them: what any command must make of it, told without a diff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stack_insertions import inserted

ORIGINAL, USER = 0, -1


@dataclass(frozen=True)
class Piece:
    """A run of text; `tag` is `ORIGINAL`, `USER`, or the number of the insertion that it is a part of."""

    text: bytes
    tag: int


Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Made:
    """A step: its key, each file before and after it (None for no file), and its insertions' texts by number."""

    key: tuple[str, str]
    files: Mapping[str, tuple[Pieces | None, Pieces]]
    runs: Mapping[int, bytes]


@dataclass(frozen=True)
class Model:
    """The files of a checkout and the steps that it holds, in their order."""

    files: Mapping[str, Pieces]
    steps: tuple[Made, ...] = ()

    @property
    def runs(self) -> dict[int, bytes]:
        return {number: text for step in self.steps for number, text in step.runs.items()}

    def contents(self) -> dict[str, bytes]:
        return {path: joined(pieces) for path, pieces in self.files.items()}

    def with_file(self, path: str, pieces: Pieces | None) -> Model:
        files = {**self.files, path: pieces}
        return replace(self, files={name: one for name, one in files.items() if one is not None})


class RefusedError(Exception):
    """A revert that must be refused: an edit stands in what goes."""


def joined(pieces: Iterable[Piece]) -> bytes:
    return b"".join(piece.text for piece in pieces)


def reverted(model: Model, needed: frozenset[tuple[str, str]]) -> tuple[Model, bool]:
    """Take out the steps that nobody needs, the last first.

    Returns:
        The model, and whether a refusal is right too: an edit that is undone by now stands in what a later step found.
    """
    steps: list[Made | None] = list(model.steps)
    doubtful = False
    for number in reversed(range(len(steps))):
        step = steps[number]
        if step is None or step.key in needed:
            continue
        for later in range(number + 1, len(steps)):
            other = steps[later]
            if other is not None:
                sides = [side for path in step.files if path in other.files for side in other.files[path]]
                doubtful |= any(side is not None and damaged(side, step.runs) for side in sides)
                files = {path: _without_both(path, step, sides) for path, sides in other.files.items()}
                steps[later] = replace(other, files=files)
        for path, (before, after) in step.files.items():
            model = model.with_file(path, _undone(model.files.get(path), before, after, step))
        steps[number] = None
    return replace(model, steps=tuple(step for step in steps if step is not None)), doubtful


def _without_both(path: str, step: Made, sides: tuple[Pieces | None, Pieces]) -> tuple[Pieces | None, Pieces]:
    before, after = sides
    if path not in step.files:
        return sides
    return None if before is None else without(before, step.runs), without(after, step.runs)


def _undone(now: Pieces | None, before: Pieces | None, after: Pieces, step: Made) -> Pieces | None:
    if before is None:
        if now is not None and joined(now) != joined(after):
            raise RefusedError
        return None
    if now is None or damaged(now, step.runs):
        raise RefusedError
    return without(now, step.runs)


def damaged(pieces: Pieces, runs: Mapping[int, bytes]) -> bool:
    """Tell whether one of the insertions is there, but not as it was written."""
    for number, text in runs.items():
        at = [index for index, piece in enumerate(pieces) if piece.tag == number]
        if at and joined(pieces[at[0] : at[-1] + 1]) != text:
            return True
    return False


def without(pieces: Pieces, runs: Iterable[int]) -> Pieces:
    return tuple(piece for piece in pieces if piece.tag not in set(runs))


def state_of(model: Model, number: int, path: str) -> str:
    """Tell the state of a file in the eyes of a step."""
    now = model.files.get(path)
    history = [(index, *one.files[path]) for index, one in enumerate(model.steps) if path in one.files]
    first = history[0][1]
    if now is None:
        return "reverted" if first is None else "missing"
    for index, _, after in reversed(history):
        if joined(now) == joined(after):
            return "intact" if index >= number else "reverted"
    if first is not None and not {piece.tag for piece in now} & set(model.steps[number].runs):
        return "reverted"
    return "edited"


class Learner:
    """Tells what a step inserted from a file's bytes before and after it, and numbers the insertions."""

    def __init__(self) -> None:
        self.last = 0

    def learn(self, model: Model, key: tuple[str, str], changes: Mapping[str, tuple[bytes | None, bytes]]) -> Model:
        """Give the model after a step, of which each change must begin with what the model has and only insert."""
        files: dict[str, tuple[Pieces | None, Pieces]] = {}
        runs: dict[int, bytes] = {}
        for path, (before, after) in changes.items():
            pieces = model.files.get(path)
            assert before == (None if pieces is None else joined(pieces)), f"{key}: not the {path} that was there"
            spans = [(0, len(after))] if before is None else inserted(before, after, key[1].encode())
            now: list[Piece] = []
            old, end = list(pieces or ()), 0
            for first, last in spans:
                kept, old = cut(old, first - end)
                self.last += 1
                runs[self.last] = after[first:last]
                now += [*kept, Piece(after[first:last], self.last)]
                end = last
            files[path] = pieces, (*now, *old)
            assert joined(files[path][1]) == after
            model = model.with_file(path, files[path][1])
        return replace(model, steps=(*model.steps, Made(key, files, runs)))


def cut(pieces: Sequence[Piece], offset: int) -> tuple[list[Piece], list[Piece]]:
    """Cut pieces in two at an offset."""
    left: list[Piece] = []
    rest = list(pieces)
    while rest and offset >= len(rest[0].text):
        offset -= len(rest[0].text)
        left.append(rest.pop(0))
    if offset and rest:
        first = rest.pop(0)
        left.append(replace(first, text=first.text[:offset]))
        rest.insert(0, replace(first, text=first.text[offset:]))
    return left, rest
