"""What a commit does to a checkout, as a value: its files, its state, and what must be kept to go back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import FileChange
from yolo_patcher.commit.state import State, home_of, state_change


@dataclass(frozen=True)
class Transition:
    """The way from one state of a checkout to the next.

    Attributes:
        changes: the files that change; the state's own comes last.
        keep: contents that the new state names and that no file of `changes` has.
    """

    changes: tuple[FileChange, ...]
    keep: tuple[bytes, ...]


def transition(
    snapshot: Snapshot, changes: Sequence[FileChange], state: State, keep: Iterable[bytes | None] = ()
) -> Transition:
    """Give the way to a state of a checkout.

    Args:
        snapshot: the checkout as it was read.
        changes: the files that change, without the state's.
        state: what the checkout holds afterwards.
        keep: contents that the state names; they are stored beside those of `changes`.
    """
    last = state_change(snapshot, replace(state, home=home_of(snapshot.root)))
    every = [*changes, last]
    return Transition(
        tuple(one for one in every if one.before != one.after),
        tuple({content for content in keep if content is not None}),
    )
