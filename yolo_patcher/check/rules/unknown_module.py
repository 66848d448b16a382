"""A module's name that the checkout's `parse_model` can't resolve."""

from __future__ import annotations

from collections.abc import Iterator

from yolo_patcher.check.examples import HEAD, changed
from yolo_patcher.check.facts import Facts
from yolo_patcher.check.finding import Finding

CODE = "YP002"
TITLE = "a module is not known to this checkout"
WHY = """\
`parse_model` looks the name up among what its file imports. A name that is not there ends the building with a KeyError
or a NameError. Names of `torch.nn` are looked up in the torch that is installed, where there is one. A class that a
patch lets stand for another is not made where the patch's lines in `parse_model` are not whole.
"""
WRONG = changed("[-1, 3, C2f, [64]] # 9", "[-1, 3, C2ff, [64]] # 9")
RIGHT = HEAD
_RESTORE = (
    "The lines of yolo-patcher that put it in another's stead are not whole: revert the patch, and apply it again."
)


def find(facts: Facts) -> Iterator[Finding]:
    """Give each row whose module can't be resolved."""
    path = facts.vocabulary.parse_model.path
    for row in facts.rows:
        if row.module in facts.vocabulary.parse_model.broken_stand_ins:
            message = f"row {row.index} names {row.module}, of which {path} makes another class"
            yield Finding(CODE, row.index, row.line, message, _RESTORE)
        elif row.module and not facts.vocabulary.resolves(row.module):
            message = f"row {row.index} names the module {row.module}, which {path} does not know"
            yield Finding(CODE, row.index, row.line, message, _fix(row.module, facts))


def _fix(module: str, facts: Facts) -> str:
    if module in facts.vocabulary.signatures:
        return "It is one of the catalogue's: let `yolo-patcher apply` insert it, class and branch included."
    from difflib import get_close_matches

    known = {*facts.vocabulary.names, *facts.vocabulary.parse_model.module_names}
    near = get_close_matches(module, sorted(known), 3, 0.7)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Correct the name, or define the module and import it in {facts.vocabulary.parse_model.path}."
