"""The second try of a revert: files that were formatted, or got other newlines, as a whole since the patch.

The patch's code is looked up by its words and not by its bytes. That is weaker, so it must be proven: on the files
without any patch, planning the recorded patches again must give the code that is there today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.marker import branch_markers, class_markers, marked, stand_in_markers
from yolo_patcher.checkout.text import decode_python
from yolo_patcher.commit.state import PatchRecord, State
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.planned import plan_request
from yolo_patcher.revert.export import exported
from yolo_patcher.revert.held import Adopted
from yolo_patcher.revert.merge.code import same_code
from yolo_patcher.revert.merge.formatted import without_insertions
from yolo_patcher.revert.merge.merge import Merged
from yolo_patcher.revert.reapply import recorded_request
from yolo_patcher.revert.revert import RevertPlan, plan_revert, without
from yolo_patcher.revert.undo import undo


def plan_reformatted(
    checkout: Checkout, ids: Sequence[str], everything: bool, adopted: Adopted, more: tuple[Path, ...]
) -> RevertPlan | None:
    """Plan a revert that was refused for an edit where the edit may be formatting alone; None when it is not.

    Args:
        checkout: the checkout.
        ids: the patches to revert.
        everything: revert all of them.
        adopted: what the checkout holds.
        more: recipes beside the catalogue.
    """
    tried = _ByWords()
    try:
        back = plan_revert(checkout.snapshot, ids, everything, adopted=adopted, undone=tried.undo)
        bare = plan_revert(checkout.snapshot, [], True, adopted=adopted, undone=tried.undo)
        stripped = without(checkout, bare)
        today = checkout, adopted.state.patches
        then = without(checkout, back), back.state.patches
        proven = _is_bare(stripped, tried.paths, adopted.state) and all(
            _gives(stripped, patches, there, tried.paths, more) for there, patches in (today, then)
        )
    except PatcherError:
        return None
    if not proven:
        return None
    said = "was formatted since; what the patch put there is gone, the formatting stays."
    notes = [f"{path} {said}" for path in tried.paths]
    return replace(back, notes=(*back.notes, *notes))


@dataclass
class _ByWords:
    """Takes steps out by their bytes, else by their words, and keeps the files that took the latter."""

    paths: dict[str, None] = field(default_factory=dict)

    def undo(self, path: str, name: str, before: bytes | None, after: bytes | None, now: bytes | None) -> Merged:
        exact = undo(name, before, after, now)
        if not exact.conflicts or after is None or now is None:
            return exact
        found = _with_newlines_of(now, name, before, after)
        if found.conflicts and path.endswith(".py"):
            found = _by_words(path, before, after, now) or exact
        if not found.conflicts:
            self.paths[path] = None
        return found if not found.conflicts else exact


def _with_newlines_of(now: bytes, name: str, before: bytes | None, after: bytes) -> Merged:
    newline = b"\r\n" if b"\r\n" in now else b"\n"

    def turned(content: bytes) -> bytes:
        return content.replace(b"\r\n", b"\n").replace(b"\n", newline)

    return undo(name, None if before is None else turned(before), turned(after), now)


def _by_words(path: str, before: bytes | None, after: bytes, now: bytes) -> Merged | None:
    base, ours = _text(path, after), decode_python(path, now)
    if before is None:
        return Merged(None) if same_code(base, ours.text) else None
    rest = without_insertions(base, ours.text, _text(path, before))
    return None if rest is None else Merged(ours.with_text(rest).encode())


def _text(path: str, content: bytes) -> str:
    return decode_python(path, content).text.replace("\r\n", "\n")


def _is_bare(checkout: Checkout, paths: Iterable[str], state: State) -> bool:
    """Tell whether nothing of a patch is left: planning on top of a class that stayed would take it as it is."""
    ours = {one.id for one in state.patches} | {step.name for step in state.steps if step.kind == "class"}
    return not any(
        ours & {*marked(content), *branch_markers(content), *stand_in_markers(content), *class_markers(content)}
        for content in (checkout.snapshot.read(path) or b"" for path in paths)
    )


def _gives(
    bare: Checkout, patches: Sequence[PatchRecord], there: Checkout, paths: Iterable[str], more: tuple[Path, ...]
) -> bool:
    """Tell whether planning patches on the bare checkout gives the code that is there."""
    now, state = bare, State()
    for one in patches:
        planned = plan_request(now, state, recorded_request(exported(one), now.snapshot, more, []), more)
        if planned.plan.patch.id != one.id:
            return False
        now, state = planned.after(), planned.state
    return all(_same(path, now.snapshot.read(path), there.snapshot.read(path)) for path in paths)


def _same(path: str, planned: bytes | None, there: bytes | None) -> bool:
    if planned == there or planned is None or there is None:
        return planned == there
    if path.endswith(".py"):
        return same_code(decode_python(path, planned).text, decode_python(path, there).text)
    return planned.replace(b"\r\n", b"\n") == there.replace(b"\r\n", b"\n")
