"""Which classes a request needs that stand for classes of the checkout: one for each base and what goes into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import END, INSIDE, REPLACE

_NONE: Mapping[str, object] = {}


@dataclass(frozen=True)
class Part:
    """What a recipe gives a base row.

    Attributes:
        recipe: the recipe.
        settings: its hyper-parameters.
        place: `replace`, for the row's module, or `inside`, for a module within it.
        at_end: whether that stands at the block's end.
        text: the selector, as the user wrote it.
    """

    recipe: Recipe
    settings: Mapping[str, object]
    place: str
    at_end: bool
    text: str

    @property
    def key(self) -> tuple[str, str, bool]:
        """What tells it from the other parts of a request, in which a recipe has one set of hyper-parameters."""
        return self.recipe.name, self.place, self.at_end

    @property
    def changed(self) -> str:
        """The hyper-parameters that are not the defaults, as a part of a class's name: `_kernel5`, `_bias`."""
        return "".join(
            _setting(name, self.settings[name])
            for name, default in self.recipe.defaults.items()
            if self.settings.get(name, default) != default
        )

    @property
    def end(self) -> str:
        """Where it stands, as a part of a class's name: `_end`; empty where that need not be said."""
        return f"_{END}" if self.at_end else ""


def _setting(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"_{name}" if value else f"_no_{name}"
    text = format_value(value).replace("-", "m").replace(".", "p")
    return f"_{name}{text}"


@dataclass(frozen=True)
class Wanted:
    """A class that stands for another, and the rows of the base model that get it.

    Attributes:
        base: the class that it stands for, as the rows name it.
        parts: what goes into it, in the order of the request; of `replace` it is one.
        rows: the rows.
    """

    base: str
    parts: tuple[Part, ...]
    rows: tuple[int, ...]

    @property
    def place(self) -> str:
        """`replace` or `inside`."""
        return self.parts[0].place

    def names(self) -> list[str]:
        """Give names for it, the best first: `SPDConv`, `SPDConv_kernel5`; `C2f_SE`, `C2f_SE_reduction8`."""
        base = self.base.rpartition(".")[2]
        if self.place == REPLACE:
            (part,) = self.parts
            own = part.recipe.class_name + part.changed
            names = [own, f"{own}_{base}"]
        else:
            inner = (f"_{one.recipe.class_name}{one.end}{one.changed}" for one in self.parts)
            names = [base + "".join(inner)]
        return [*names, *(f"{names[-1]}_{number}" for number in range(2, 100))]

    @property
    def module(self) -> str:
        """The name for a module of its own that holds a class of the best name."""
        stems = [f"{one.recipe.name.replace('-', '_')}{one.end}{one.changed.lower()}" for one in self.parts]
        if self.place == INSIDE:
            stems.insert(0, self.base.rpartition(".")[2].lower())
        return "_".join(stems)


def wanted_classes(base: ModelYaml, parts: Sequence[tuple[Part, Sequence[int]]]) -> tuple[Wanted, ...]:
    """Put the parts of each row together, and the rows that need the same class.

    Args:
        base: the base model.
        parts: each part of a request with the rows that its selector means, in the order of the request.

    Raises:
        PatcherError: `usage`, when a row would get two modules in its stead, or one in its stead and one within it.
    """
    by_row: dict[int, dict[tuple[str, str, bool], Part]] = {}
    for part, rows in parts:
        for row in rows:
            by_row.setdefault(row, {}).setdefault(part.key, part)
    rows_of: dict[tuple[object, ...], list[int]] = {}
    for row, its in sorted(by_row.items()):
        _refuse_conflict(base, row, list(its.values()))
        rows_of.setdefault((base.rows[row].module, *its), []).append(row)
    return tuple(
        Wanted(base.rows[rows[0]].module, tuple(by_row[rows[0]].values()), tuple(rows)) for rows in rows_of.values()
    )


def _refuse_conflict(base: ModelYaml, number: int, parts: Sequence[Part]) -> None:
    if len(parts) == 1 or all(part.place == INSIDE for part in parts):
        return
    row, first = base.rows[number], next(part for part in parts if part.place == REPLACE)
    other = next(part for part in parts if part is not first)
    both = f"{first.recipe.name}@{first.text} and {other.recipe.name}@{other.text}"
    raise PatcherError(
        "usage",
        f"{both} would change the same row, {row.index} ({row.module})",
        path=base.path,
        line=row.line,
        help="A row has one module: name other rows for one of them, by number, index or level.",
    )
