"""What a checkout holds, with and without a record, and what can't be taken out of it with certainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yolo_patcher.commit.state import State
from yolo_patcher.errors import PatcherError


@dataclass(frozen=True)
class Remain:
    """What a patch left and what can't be taken out with certainty.

    Attributes:
        id: the patch's name.
        path: the file.
        line: the line, counted from 1.
        what: what stands there.
        why: why it can't be taken out.
    """

    id: str
    path: str
    line: int
    what: str
    why: str

    def as_json(self) -> dict[str, object]:
        """Give it for the JSON output."""
        return {"id": self.id, "path": self.path, "line": self.line, "what": self.what, "why": self.why}


@dataclass(frozen=True)
class Adopted:
    """What a checkout holds, with and without a record.

    Attributes:
        state: the recorded patches, and those that were proven.
        proven: the names of the patches that have no record.
        known: contents that their steps name, by hash.
        remains: what else is there.
        notes: what is left out of the proof, by the name of the patch.
    """

    state: State
    proven: tuple[str, ...] = ()
    known: Mapping[str, bytes] = field(default_factory=dict)
    remains: tuple[Remain, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def refuse_remains(self, ids: Sequence[str], everything: bool) -> None:
        """Refuse to revert what can't be taken out with certainty: when it is named, or all is, or there is no else.

        Raises:
            PatcherError: `refused`, with every place and why.
        """
        held = [one.id for one in self.state.patches]
        wanted = [one for one in self.remains if one.id in ids and one.id not in held]
        if everything or not (ids or held):
            wanted = [one for one in self.remains if one.id not in held]
        if not wanted:
            return
        first = wanted[0]
        places = "\n".join(f"  {one.path}:{one.line}: {one.what} ({one.why})" for one in wanted)
        others = f"\n`yolo-patcher revert {' '.join(held)}` takes out what is certain." if held and not ids else ""
        raise PatcherError(
            "refused",
            f"{first.id or 'what is there'} can't be taken out with certainty: {first.why}",
            path=first.path,
            line=first.line,
            help=f"Nothing was changed. Take it out by hand:\n{places}{others}",
        )
