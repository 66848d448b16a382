"""Find what patches left in a checkout whose state does not name them: generated model YAMLs, and marker comments."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from yolo_patcher.checkout.marker import branch_markers, read_header
from yolo_patcher.checkout.root import PLACES
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.state import State


@dataclass(frozen=True)
class Generated:
    """A model YAML whose first line says which request it was made for.

    Attributes:
        path: the file.
        id: the patch's name in that line.
        request: the arguments of `apply` in that line, as one text.
    """

    path: str
    id: str
    request: str

    @property
    def base(self) -> str:
        """The path of the model that the request is for, which lies beside."""
        name = PurePosixPath(self.request.rpartition(" --model ")[2].strip()).name
        return str(PurePosixPath(self.path).with_name(name or "?"))

    def arguments(self) -> tuple[list[str], list[str]]:
        """Give the recipes with their positions, and the settings.

        Raises:
            ValueError: a quote is not closed, or an option has no value.
        """
        words = shlex.split(self.request.rpartition(" --model ")[0])
        options = [number for number, word in enumerate(words) if word == "--set"]
        if options and options[-1] + 1 == len(words):
            raise ValueError("--set without a value")
        return words[: options[0]] if options else words, [words[number + 1] for number in options]


def generated_models(snapshot: Snapshot, paths: Sequence[str]) -> tuple[Generated, ...]:
    """Give those of some YAML files that a patch made, in the files' order."""
    headers = [(path, read_header(snapshot.read(path) or b"")) for path in paths]
    return tuple(Generated(path, *header) for path, header in headers if header)


def recorded_ids(state: State) -> frozenset[str]:
    """Give the patches whose steps the state has; a copy of a model that one of them made is the user's own file."""
    steps = {step.key for step in state.steps}
    return frozenset(one.id for one in state.patches if ("model", one.patch.model) in steps)


def shows_unrecorded(snapshot: Snapshot, package: str | None, state: State) -> bool:
    """Tell, by bytes alone, whether a checkout shows a patch that its state has no steps for.

    Args:
        snapshot: the checkout.
        package: the package's folder when the user named it; None to look for it.
        state: what the checkout's state says.
    """
    classes = {step.name for step in state.steps if step.kind == "class"}
    recorded = recorded_ids(state)
    for path in _parse_model_files(snapshot, package):
        markers = branch_markers(snapshot.read(path) or b"")
        if any(name not in classes for name in markers):
            return True
        models = [file for folder in _model_folders(path) for file in snapshot.files(folder, (".yaml", ".yml"))]
        if any(one.id not in recorded for one in generated_models(snapshot, models)):
            return True
    return False


def _parse_model_files(snapshot: Snapshot, package: str | None) -> Iterator[str]:
    for place in PLACES:
        patterns = [place, f"*/{place}"] if package is None else [f"{package}/{place}"]
        for pattern in patterns:
            for path in snapshot.root.glob(pattern):
                yield path.relative_to(snapshot.root).as_posix()


def _model_folders(path: str) -> list[str]:
    """Give the folders where the models lie that a file's `parse_model` reads; the same as `model_files` looks into."""
    folder = str(PurePosixPath(path).parent.parent)
    return ["models", "cfg", "configs"] if folder == "." else [folder]
