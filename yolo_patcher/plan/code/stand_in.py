"""Make classes stand for classes of the checkout in all tests of `parse_model`, by three marked lines for each.

    is_C2f_SE = m is C2f_SE  # MARKER
    m = C2f if is_C2f_SE else m  # MARKER
    if m in {...}: ... the chain as it is ...
    m = C2f_SE if is_C2f_SE else m  # MARKER

The lines of each class are its own, so that they come and go independently of those of others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yolo_patcher.checkout.definitions import Elsewhere
from yolo_patcher.checkout.marker import stand_in_flags
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.checkout.stand_ins import plain, stores
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.spans import Edit, line_span
from yolo_patcher.plan.code.stand_in_places import (
    branches_for,
    calls,
    first_test,
    first_use,
    later_tests,
    may_name,
    outside,
)
from yolo_patcher.signature import Signature


@dataclass(frozen=True)
class StandIn:
    """A class that shall stand for another.

    Attributes:
        class_name: its name.
        base: the class that it stands for, as model YAMLs write it: `C2f`, `nn.Upsample`.
        marker: the comment behind each of its lines, without `#`.
        signature: what it takes, and gives, in the row's stead; None where it takes what its base takes.
    """

    class_name: str
    base: str
    marker: str
    signature: Signature | None


def add_stand_ins(parse_model: ParseModel, wanted: Sequence[StandIn]) -> list[Edit]:
    """Give the edits that make classes stand for others; none for a class that stands for its base already.

    What comes later stands outside of what was there: its first lines above, its last line below.

    Raises:
        PatcherError: `checkout`, with the line, when `parse_model` can't be given them: where it makes a module within
            the chain, or names classes in a way of its own; `refused`, when a class stands for another already.
    """
    new = [one for one in wanted if not _stands(parse_model, one)]
    if not new:
        return []
    edits = []
    for before, lines in _placed(parse_model, new):
        start, _ = line_span(parse_model.source, before)
        indent = parse_model.source.text[start : start + before.col_offset].rpartition("\f")[2]
        text = "".join(f"{indent}{line}{parse_model.source.newline}" for line in lines)
        edits.append((start, start, text))
    return edits


def _stands(parse_model: ParseModel, one: StandIn) -> bool:
    standing = parse_model.standings.get(one.class_name)
    if standing is None:
        return False
    expected = plain(one.base)
    if not standing.is_whole:
        # What is left of the lines is told below.
        return False
    if standing.base == parse_model.meant(expected):
        return True
    raise PatcherError(
        "refused",
        f"{one.class_name} stands for {standing.base} already, not for {expected}",
        path=parse_model.path,
        line=parse_model.loop.lineno,
        help="Give the class another name, or take the lines out that name it.",
    )


def _placed(parse_model: ParseModel, new: Sequence[StandIn]) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Give the lines to add, and the statement that each group stands before, in the order of the text."""
    body, m = parse_model.loop.body, parse_model.row[2]
    first, use = first_test(parse_model), first_use(parse_model)
    lines = [_lines(parse_model, one, first, use) for one in new]
    yield body[first], [line for one in reversed(lines) for line in (one.tested, one.taken)]
    yield body[use], [one.put_back for one in lines]
    # What tests the module once it is made takes a class for its base too, if it is built as that is.
    for run in later_tests(parse_model, use):
        its = [one for one in lines if one.again and any(may_name(parse_model, body[at], one.base) for at in run)]
        if not its:
            continue
        begin, end = outside(parse_model, run)
        if end == len(body):
            raise _no_place(parse_model, body[run[0]], its[0].of, f"tests {m} at the end of its loop")
        yield body[begin], [one.taken for one in reversed(its)]
        yield body[end], [one.put_back for one in its]


@dataclass(frozen=True)
class _Lines:
    """The lines of a class.

    Attributes:
        of: the class.
        base: what the chain takes it for.
        tested: keeps whether a row names the class.
        taken: gives its base in its stead.
        put_back: gives the class back.
        again: whether what comes behind takes it for its base too.
    """

    of: StandIn
    base: str
    tested: str
    taken: str
    put_back: str
    again: bool


def _lines(parse_model: ParseModel, one: StandIn, first: int, use: int) -> _Lines:
    base = parse_model.meant(plain(one.base))
    _refuse_ways_of_its_own(parse_model, one, base, first, use)
    m, flag = parse_model.row[2], _flag(parse_model, one)
    return _Lines(
        of=one,
        base=base,
        tested=f"{_tested(parse_model, flag, one)}  # {one.marker}",
        taken=f"{m} = {_base(parse_model, one)} if {flag} else {m}  # {one.marker}",
        put_back=f"{_put_back(parse_model, flag, one)}  # {one.marker}",
        again=one.signature is None,
    )


def _tested(parse_model: ParseModel, flag: str, one: StandIn) -> str:
    """Give the line that keeps whether a row names the class, and its repeats where the class takes them."""
    _, n, m, _ = parse_model.row
    if _takes_repeats(one):
        return f"{flag} = {n} if {m} is {one.class_name} else 0"
    return f"{flag} = {m} is {one.class_name}"


def _put_back(parse_model: ParseModel, flag: str, one: StandIn) -> str:
    """Give the line that gives the row's module back, with its own arguments where the base takes others."""
    f, n, m, args = parse_model.row
    signature = one.signature
    if signature is None:
        return f"{m} = {one.class_name} if {flag} else {m}"
    c2, one_input = parse_model.channels_out, parse_model.channels_in
    every = f"[{_of_each(one_input, f)} for x in {f}]"
    taken = [every if signature.inputs == "many" else one_input]
    taken += [c2] if signature.channels == "argument" else []
    if _takes_repeats(one):
        taken.append(f"max({flag}, {signature.least_repeats})" if signature.least_repeats > 1 else flag)
    targets, values = [m, n, args], [one.class_name, "1", f"[{', '.join(taken)}]"]
    if signature.channels in ("input", "first"):
        targets.append(c2)
        values.append(one_input if signature.channels == "input" else _of_first(one_input, f))
    before = ", ".join(targets)
    return f"{before} = ({', '.join(values)}) if {flag} else ({before})"


def _takes_repeats(one: StandIn) -> bool:
    return one.signature is not None and one.signature.repeats == "taken"


def _of_each(one_input: str, source: str) -> str:
    """Give `ch[x]` of `ch[f]`."""
    return _with_source(one_input, source, ast.Name("x"))


def _of_first(one_input: str, source: str) -> str:
    """Give `ch[f[0]]` of `ch[f]`."""
    return _with_source(one_input, source, ast.Subscript(ast.Name(source), ast.Constant(0)))


def _with_source(one_input: str, source: str, new: ast.expr) -> str:
    class _Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return new if node.id == source else node

    return ast.unparse(_Put().visit(ast.parse(one_input, mode="eval")))


def _flag(parse_model: ParseModel, one: StandIn) -> str:
    """Give the name that keeps whether a row names the class; for its repeats another, which says so."""
    flags = stand_in_flags(one.class_name)
    for node in ast.walk(parse_model.function):
        if isinstance(node, ast.Name) and node.id in flags:
            raise PatcherError(
                "refused",
                f"parse_model uses the name {node.id} already, and the lines of {one.class_name} are not whole",
                path=parse_model.path,
                line=node.lineno,
                help="Revert the patch that brought them, or take the lines out that have this name.",
            )
    return flags[_takes_repeats(one)]


def _base(parse_model: ParseModel, one: StandIn) -> str:
    """Give the base as the file of `parse_model` can name it."""
    base = plain(one.base)
    root, *attributes = base.split(".")
    if not attributes:
        return base
    ways = {"nn": {"nn": "torch.nn", "torch": "torch"}}.get(root, {root: root})
    for name, means in ways.items():
        meaning = parse_model.file.find(name)
        # A class that the chain names so itself shows it where an import does not.
        shown = any(one.startswith(f"{name}.") for one in parse_model.module_names)
        imported = isinstance(meaning, Elsewhere) and meaning.name == means
        if (imported or (shown and meaning is None)) and not stores(parse_model.function, name):
            return base if name == root else f"torch.{base}"
    raise _no_place(parse_model, parse_model.loop, one, f"has no name for {base}: {root} is not imported there")


def _refuse_ways_of_its_own(parse_model: ParseModel, one: StandIn, base: str, first: int, use: int) -> None:
    """Refuse where the class would not be taken for its base, or would be made of it."""
    body, m, n = parse_model.loop.body, parse_model.row[2], parse_model.row[1]
    place = body.index(parse_model.chain)
    if one.class_name in {plain(name) for name in parse_model.module_names}:
        raise _no_place(parse_model, parse_model.chain, one, "has a branch for it already")
    for statement in branches_for(parse_model, base):
        if calls(statement, m):
            raise _no_place(parse_model, statement, one, f"makes {one.base} within the chain")
    for number in (*range(first, place), *range(place + 1, use)):
        if calls(body[number], m):
            raise _no_place(parse_model, body[number], one, "makes modules before all tests are done")
        if _takes_repeats(one) and number < place and stores(body[number], n):
            raise _no_place(parse_model, body[number], one, "scales the repeats below the first test of the module")
    for statement in body[use:]:
        if calls(statement, m) and may_name(parse_model, statement, base):
            raise _no_place(parse_model, statement, one, f"tests for {one.base} where it makes the module")


def _no_place(parse_model: ParseModel, node: ast.expr | ast.stmt, one: StandIn, why: str) -> PatcherError:
    return PatcherError(
        "checkout",
        f"{one.class_name} can't stand for {one.base}: parse_model {why}",
        path=parse_model.path,
        line=node.lineno,
        help="Insert the module as rows of its own instead: `head`, `neck`, `after:N`.",
    )
