"""What came of carrying a checkpoint over: which tensors were kept, and which a loader by name would have misplaced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CarriedRow:
    """One row of the target.

    Attributes:
        row: its number.
        module: its class.
        source: the number that it has in the checkpoint's model; None for a new one.
        kept: how many tensors came from the checkpoint.
        changed: how many have another shape than there.
        new: how many the checkpoint does not have; they are as the module's initialisation left them.
    """

    row: int
    module: str
    source: int | None
    kept: int
    changed: int
    new: int


@dataclass(frozen=True)
class Carried:
    """A checkpoint that was carried over.

    Attributes:
        source: the path of the model that the checkpoint was made with.
        scale: the scale of both models; empty where files are of one scale.
        target: the path of the model that it fits now.
        load: what the repository's users write to load that model.
        classes: the number of classes; None where the model does not say it.
        tensors: how many tensors the checkpoint has.
        kept: how many of them the new one has.
        new: how many are new.
        changed: the names of those whose shape is another.
        dropped: the names of the checkpoint's tensors that the target has no row or no use for.
        rows: all this by row.
        by_name: how many a loader by name and shape would have taken from the old checkpoint.
        misplaced: the names that it would have loaded from another row's tensors.
        size: the new checkpoint's size in bytes.
        stubbed: modules that the checkout imports and this Python lacks, which had stand-ins.
    """

    source: str
    scale: str
    target: str
    load: str
    classes: int | None
    tensors: int
    kept: int
    new: int
    changed: tuple[str, ...]
    dropped: tuple[str, ...]
    rows: tuple[CarriedRow, ...]
    by_name: int
    misplaced: tuple[str, ...]
    size: int
    stubbed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Give it as the JSON output shows it."""
        return {
            "source": self.source, "scale": self.scale, "target": self.target, "load": self.load, "nc": self.classes,
            "tensors": self.tensors, "kept": self.kept, "new": self.new, "changed": list(self.changed),
            "dropped": list(self.dropped), "by_name": self.by_name, "misplaced": list(self.misplaced),
            "bytes": self.size, "stubbed": list(self.stubbed),
            "rows": [
                {"row": one.row, "module": one.module, "from": one.source, "kept": one.kept, "changed": one.changed,
                 "new": one.new}
                for one in self.rows
            ],
        }  # fmt: skip
