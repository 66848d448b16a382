"""Add a branch to `parse_model`'s chain for a class whose output has its input's channels."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yolo_patcher.checkout.chain import branches
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.plan.code.spans import Edit, parse_statement, replace_statement
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
    import libcst

    new = [branch for branch in wanted if branch.class_name not in parse_model.module_names]
    if not new:
        return []
    module, chain = parse_statement(parse_model.source, parse_model.chain)
    assert isinstance(chain, libcst.If)
    indent = _body_indent(module, chain)
    last: libcst.If = chain
    for _ in range(_last_of_a_module(parse_model)):
        if not isinstance(last.orelse, libcst.If):
            # An `if` inside `else:`, which is the same as `elif` to the syntax tree.
            break
        last = last.orelse
    below: libcst.If | libcst.Else | None = last.orelse
    for branch in reversed(new):
        below = _as_node(parse_model, branch, indent, module).with_changes(orelse=below)
    changed = chain.deep_replace(last, last.with_changes(orelse=below))
    return [replace_statement(parse_model.source, parse_model.chain, module, chain, changed)]


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
