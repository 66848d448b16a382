"""Insert unshifted rows into every stock model YAML of checkouts, and count what `check` says of each.

`python -m benchmarks.survey.miswirings [--repairs] CHECKOUT...`; `--repairs` also looks for what was meant (slow).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from yolo_patcher.check.repair import find_repair
from yolo_patcher.check.run import all_findings, read_facts
from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.text import SourceText, decode_yaml, insert_at
from yolo_patcher.model.choose import model_files
from yolo_patcher.model.rows import IMAGE, ModelYaml, read_model_yaml
from yolo_patcher.model.vocabulary import Vocabulary, vocabulary_of
from yolo_patcher.recipe.catalogue import find_recipe, signatures

Graph = list[tuple[int, ...]]


@dataclass(frozen=True)
class Stock:
    """A model YAML as its checkout ships it.

    Attributes:
        name: checkout and path.
        model: the model.
        vocabulary: what the checkout says of modules, with the inserted one added.
    """

    name: str
    model: ModelYaml
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Damaged:
    """A stock model with inserted rows.

    Attributes:
        stock: the model.
        source: the damaged text.
        inserted: the inserted rows.
    """

    stock: Stock
    source: SourceText
    inserted: tuple[int, ...]


def stock_models(folders: Sequence[Path], module: str) -> Iterator[Stock]:
    """Give every model YAML of checkouts, with a module that their `parse_model` is taken to know."""
    for folder in folders:
        opened = open_checkout(folder)
        _, site = recognise(opened.snapshot, opened.package)
        known = vocabulary_of(site, signatures())
        known = replace(known, names=known.names | {module})
        for path in model_files(site):
            content = opened.snapshot.require(path)
            if b"backbone:" in content:
                yield Stock(f"{folder.name}/{path}", read_model_yaml(decode_yaml(path, content)), known)


def with_rows(stock: Stock, places: Sequence[int], module: str) -> Damaged:
    """Write rows in front of rows of a stock model, and move no index."""
    text, edits, inserted = stock.model.source.text, [], []
    for number, place in enumerate(sorted(places)):
        row = stock.model.rows[place]
        start = row.span[0]
        begin = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
        behind = ", " if stock.model.section_of(place).flow else f"\n{text[begin:start]}"
        edits.append((start, start, f"[-1, 1, {module}, []]{behind}"))
        inserted.append(place + number)
    return Damaged(stock, stock.model.source.with_text(insert_at(text, edits)), tuple(inserted))


def forget(damaged: Damaged, forgotten: Callable[[int, int], bool]) -> Damaged:
    """Move the absolute indices of a damaged model, except those of `(row, place in from)` that are forgotten."""
    model = read_model_yaml(damaged.source, [])
    moved = [index for index in range(len(model.rows)) if index not in damaged.inserted]
    edits = []
    for row in model.rows:
        for place, (value, span) in enumerate(zip(row.written, row.from_spans, strict=True)):
            if value >= 0 and not forgotten(row.index, place):
                edits.append((*span, str(moved[value])))
    return replace(damaged, source=damaged.source.with_text(insert_at(damaged.source.text, edits)))


def graph_without(model: ModelYaml, inserted: Sequence[int], meant: Mapping[int, tuple[int, ...]]) -> Graph | None:
    """Give what each row reads, with inserted rows passed through; None when an index points nowhere."""
    sources = {}
    for row in model.rows:
        written = meant.get(row.index, row.written)
        sources[row.index] = tuple(value if value >= 0 else row.index + value for value in written)
        if any(not IMAGE <= value < row.index for value in sources[row.index]):
            return None
    kept = [row.index for row in model.rows if row.index not in inserted]

    def original(index: int) -> int:
        while index in inserted:
            (index,) = sources[index]
        return index if index == IMAGE else kept.index(index)

    return [tuple(original(source) for source in sources[index]) for index in kept]


def dead_rows(model: ModelYaml) -> frozenset[int]:
    """Give the rows whose output never reaches the final row."""
    alive = {model.final.index}
    for row in reversed(model.rows):
        if row.index in alive:
            alive.update(row.sources)
    return frozenset(row.index for row in model.rows) - alive


def measure(damaged: Damaged, figures: Counter[str], *, with_repair: bool) -> str | None:
    """Check one damaged model, count the result, and say what is remarkable about it."""
    facts = read_facts(damaged.source, damaged.stock.vocabulary)
    intended = [row.sources for row in damaged.stock.model.rows]
    wrong = graph_without(facts.model, damaged.inserted, {}) != intended
    wrong = wrong or bool(dead_rows(facts.model).intersection(damaged.inserted))
    found = all_findings(facts)
    figures["insertions"] += 1
    figures["changed" if wrong else "unchanged"] += 1
    if not wrong:
        figures["false alarms"] += bool(found)
        return f"false alarm: {found[0].message}" if found else None
    figures["detected"] += bool(found)
    if found and with_repair:
        repair = find_repair(facts)
        figures["repairs looked for"] += 1
        if repair is not None:
            same = graph_without(facts.model, damaged.inserted, repair.meant) == intended
            figures["repaired"] += same
            if not same:
                figures["repaired partly or wrong"] += 1
    return None if found else "not detected"


def one_row(stock: Stock, module: str) -> Iterator[Damaged]:
    """Insert one row at every position."""
    for place in range(len(stock.model.rows)):
        yield with_rows(stock, [place], module)


def two_rows(stock: Stock, module: str) -> Iterator[Damaged]:
    """Insert two rows, one directly behind the other, at every position."""
    for place in range(len(stock.model.rows)):
        yield with_rows(stock, [place, place], module)


def two_rows_apart(stock: Stock, module: str) -> Iterator[Damaged]:
    """Insert two rows at every pair of positions."""
    for places in combinations(range(len(stock.model.rows)), 2):
        yield with_rows(stock, places, module)


def final_moved(stock: Stock, module: str) -> Iterator[Damaged]:
    """Insert one row at every position and move the final row's indices alone."""
    for damaged in one_row(stock, module):
        yield forget(damaged, lambda row, place: row <= len(stock.model.rows) - 1)


def final_forgotten(stock: Stock, module: str) -> Iterator[Damaged]:
    """Insert one row at every position and move all indices but the final row's."""
    for damaged in one_row(stock, module):
        yield forget(damaged, lambda row, place: row == len(stock.model.rows))


def one_forgotten(stock: Stock, module: str) -> Iterator[Damaged]:
    """Insert one row at every position and move all indices but one, for each one."""
    for damaged in one_row(stock, module):
        for row in read_model_yaml(damaged.source, []).rows:
            for place, value in enumerate(row.written):
                if value >= damaged.inserted[0]:
                    yield forget(damaged, lambda index, entry, one=(row.index, place): (index, entry) == one)  # type: ignore[misc]


FAMILIES: Mapping[str, Callable[[Stock, str], Iterator[Damaged]]] = {
    "one row": one_row,
    "two rows": two_rows,
    "two rows apart": two_rows_apart,
    "final row moved alone": final_moved,
    "final row forgotten": final_forgotten,
    "one index forgotten": one_forgotten,
}
"""What is done to a model; the first two to every file, the others to every different graph."""
_EVERY_FILE = ("one row", "two rows")


def main(arguments: Sequence[str]) -> None:
    """Print the figures for checkouts."""
    module = find_recipe("se").class_name
    with_repairs = "--repairs" in arguments
    folders = [Path(argument) for argument in arguments if argument != "--repairs"]
    stock = list(stock_models(folders, module))
    shapes = {tuple((row.written, row.module, str(row.args)) for row in one.model.rows): one for one in stock}
    alarms = [one.name for one in stock if all_findings(read_facts(one.model.source, one.vocabulary))]
    print(f"{len(stock)} stock models ({len(shapes)} different graphs), false alarms: {len(alarms)} {alarms}")
    for title, family in FAMILIES.items():
        figures: Counter[str] = Counter()
        remarks: Counter[str] = Counter()
        distinct = {id(one) for one in shapes.values()}
        for one in stock if title in _EVERY_FILE else shapes.values():
            for damaged in family(one, module):
                repair = with_repairs and id(one) in distinct and title != "two rows apart"
                remark = measure(damaged, figures, with_repair=repair)
                if remark:
                    remarks[f"{one.name} {list(damaged.inserted)}: {remark}"] += 1
        print(f"{title}: {', '.join(f'{name} {count}' for name, count in figures.items())}", flush=True)
        for remark, count in list(remarks.items())[:20]:
            print(f"  {remark}" + (f" ({count} times)" if count > 1 else ""))


if __name__ == "__main__":
    main(sys.argv[1:])
