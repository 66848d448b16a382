"""Find what patches left in a checkout whose state does not name them: generated model YAMLs, and marker comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.marker import Header, branch_markers, read_header, stand_in_markers
from yolo_patcher.checkout.places import Place, parse_model_places
from yolo_patcher.checkout.root import PLACES
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.state import State

_INSIDE = tuple(f"*/{place}" for place in PLACES)


@dataclass(frozen=True)
class Generated:
    """A model YAML whose first line says which request it was made for."""

    path: str
    header: Header

    @property
    def id(self) -> str:
        """The name of the patch that made it."""
        return self.header.patch_id

    @property
    def base(self) -> str:
        """The path of the model that the request is for, which lies beside."""
        return str(PurePosixPath(self.path).with_name(PurePosixPath(self.header.model).name or "?"))


def generated_models(snapshot: Snapshot, paths: Sequence[str]) -> tuple[Generated, ...]:
    """Give those of some YAML files that a patch made, in the files' order."""
    headers = [(path, read_header(snapshot.read(path) or b"")) for path in paths]
    return tuple(Generated(path, header) for path, header in headers if header)


def recorded_ids(state: State) -> frozenset[str]:
    """Give the patches whose steps the state has; a copy of a model that one of them made is the user's own file."""
    steps = {step.key for step in state.steps}
    return frozenset(one.id for one in state.patches if ("model", one.patch.model) in steps)


def shows_unrecorded(checkout: Checkout, state: State) -> bool:
    """Tell, by bytes alone, whether a checkout shows a patch that its state has no steps for.

    Args:
        checkout: the checkout, which need not be recognised.
        state: what the checkout's state says.
    """
    classes = {step.name for step in state.steps if step.kind == "class"}
    recorded, snapshot = recorded_ids(state), checkout.snapshot
    for place in _places(checkout):
        content = snapshot.read(place.path) or b""
        if any(name not in classes for name in (*branch_markers(content), *stand_in_markers(content))):
            return True
        models = [file for folder in place.model_folders for file in snapshot.files(folder, (".yaml", ".yml"))]
        if any(one.id not in recorded for one in generated_models(snapshot, models)):
            return True
    return False


def _places(checkout: Checkout) -> list[Place]:
    """Give the files in the usual places, whether they still define `parse_model` or not, and those that do."""
    patterns = [f"{checkout.package}/{place}" for place in PLACES] if checkout.package else [*PLACES, *_INSIDE]
    paths = [path.relative_to(checkout.root) for pattern in patterns for path in checkout.root.glob(pattern)]
    usual = [Place(path.as_posix(), "/".join(path.parts[:-2])) for path in paths]
    return list(dict.fromkeys([*usual, *parse_model_places(checkout.snapshot, checkout.package)]))
