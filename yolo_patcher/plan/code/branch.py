"""Add a branch to `parse_model`'s chain for a class whose output has its input's channels."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from yolo_patcher.checkout.chain import branches
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.plan.code.spans import Edit, line_span, parse_statement, statement_code
from yolo_patcher.plan.code.templates import render_template
from yolo_patcher.signature import Signature

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True)
class Branch:
    """A branch to add.

    Attributes:
        class_name: the class that the branch is for.
        marker: the comment behind its test, without `#`.
        signature: what it takes: one map, whose level it keeps. Channels for its output are those of its input.
    """

    class_name: str
    marker: str
    signature: Signature = field(default_factory=Signature)


def add_branches(parse_model: ParseModel, wanted: Sequence[Branch]) -> list[Edit]:
    """Give the edits that put branches behind the last one that is for a module; none for a class that has one already.

    That is directly before the chain's `else`; some forks have none, and some test other things below.
    """
    new = [branch for branch in wanted if branch.class_name not in parse_model.module_names]
    if not new:
        return []
    around = _around(parse_model)
    text = around.above + "".join(_text(parse_model, branch) for branch in new) + around.below
    start, end = line_span(parse_model.source, parse_model.chain)
    return [(start, end, text.removesuffix(parse_model.source.newline))]


@dataclass(frozen=True)
class _Around:
    """What new branches come between.

    Attributes:
        above: the chain's text as far as the end of the branch that they stand behind.
        below: what is left of it.
        indent: the indent of a branch's body.
        module: a module like the chain's, with a chain of one branch.
        stub: that chain.
    """

    above: str
    below: str
    indent: str
    module: libcst.Module
    stub: libcst.If


# A plan adds branches to the same chain for each of its classes.
@lru_cache(maxsize=2)
def _around(parse_model: ParseModel) -> _Around:
    import libcst

    source, node = parse_model.source, parse_model.chain
    module, chain = parse_statement(source, node)
    assert isinstance(chain, libcst.If)
    last: libcst.If = chain
    for _ in range(_last_of_a_module(parse_model)):
        if not isinstance(last.orelse, libcst.If):
            # An `if` inside `else:`, which is the same as `elif` to the syntax tree.
            break
        last = last.orelse
    ended = chain.deep_replace(last, last.with_changes(orelse=None))
    above = statement_code(source, node, module.deep_replace(chain, ended))  # type: ignore[arg-type]
    below = statement_code(source, node, module)[len(above) :]
    body = libcst.SimpleStatementSuite([libcst.Pass()])
    stub = chain.with_changes(leading_lines=[], test=libcst.Name("m"), body=body, orelse=None)
    alike = module.deep_replace(chain, stub)
    assert isinstance(alike, libcst.Module)
    return _Around(above, below, _body_indent(module, chain), alike, stub)


@lru_cache(maxsize=64)
def _text(parse_model: ParseModel, branch: Branch) -> str:
    """Give the lines of a branch behind others."""
    import libcst

    around = _around(parse_model)
    node = _as_node(parse_model, branch, around.indent, around.module)
    with_branch = around.module.deep_replace(around.stub, around.stub.with_changes(orelse=node))
    assert isinstance(with_branch, libcst.Module)
    return with_branch.code[len(around.module.code) :]


def _last_of_a_module(parse_model: ParseModel) -> int:
    """Give the number of the last branch whose test reads the module."""
    numbers = [
        number
        for number, (test, _) in enumerate(branches(parse_model.chain))
        if test and any(isinstance(node, ast.Name) and node.id == parse_model.row[2] for node in ast.walk(test))
    ]
    return numbers[-1]


def _body_indent(module: libcst.Module, chain: libcst.If) -> str:
    import libcst

    if not isinstance(chain.body, libcst.IndentedBlock):
        return "    "
    return module.default_indent if chain.body.indent is None else chain.body.indent


def _as_node(parse_model: ParseModel, branch: Branch, indent: str, module: libcst.Module) -> libcst.If:
    import libcst

    _, repeats, module_name, args = parse_model.row
    signature = branch.signature
    leading = [parse_model.channels_out] * (2 if signature.channels == "argument" else 1)
    if signature.repeats == "taken":
        least = signature.least_repeats
        leading.append(f"max({repeats}, {least})" if least > 1 else repeats)
    code = render_template(
        "branch.py.j2",
        module=module_name,
        class_name=branch.class_name,
        marker=branch.marker,
        channels_out=parse_model.channels_out,
        channels_in=parse_model.channels_in,
        args=args,
        leading=", ".join(leading),
        once=repeats if signature.repeats == "taken" else "",
    )
    node = libcst.parse_statement(code, config=libcst.PartialParserConfig(default_newline=module.default_newline))
    assert isinstance(node, libcst.If)
    assert isinstance(node.body, libcst.IndentedBlock)
    return node.with_changes(body=node.body.with_changes(indent=indent))
