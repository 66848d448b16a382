"""Copy a checkout's source files to a folder of their own, with a plan's contents in place: what verify runs on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import STATE_FOLDER
from yolo_patcher.errors import PatcherError

_SUFFIXES = (".py", ".yaml", ".yml", ".txt", ".json", ".toml", ".cfg", ".pyi")
_LARGEST = 2**20
_SKIPPED = frozenset(
    {"__pycache__", "node_modules", "runs", "datasets", "wandb", "weights", "build", "dist", "site-packages"}
)


@contextmanager
def staged(site: Site, contents: Mapping[str, bytes | None]) -> Iterator[Path]:
    """Give a temporary copy of the checkout's Python and configuration files.

    Args:
        site: the checkout's parts; of a package, only the topmost folder is copied.
        contents: the bytes of files that differ from the snapshot's, None for those that shall not be there.

    Raises:
        PatcherError: `io`, when the copy can't be made.
    """
    root = site.snapshot.root
    try:
        folder = Path(tempfile.mkdtemp(prefix="yolo-patcher-"))
    except OSError as error:
        raise PatcherError("io", f"no folder for the staged copy: {error.strerror}") from error
    try:
        try:
            for relative in _sources(root, site.folder.split("/", 1)[0]):
                _copy(root / relative, folder / relative)
            for path, content in {**site.snapshot.overlay, **contents}.items():
                if path.startswith(f"{STATE_FOLDER}/"):
                    continue
                if content is None:
                    (folder / path).unlink(missing_ok=True)
                else:
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    (folder / path).write_bytes(content)
        except OSError as error:
            raise PatcherError(
                "io", f"the staged copy can't be made: {error.strerror}", path=str(error.filename)
            ) from error
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sources(root: Path, folder: str) -> Iterator[str]:
    """Walk the source files; folders that hold an environment, data or runs are left out."""
    for directory, folders, names in os.walk(root / folder):
        here = Path(directory)
        folders[:] = [
            name
            for name in folders
            if name not in _SKIPPED and not name.startswith(".") and not (here / name / "pyvenv.cfg").exists()
        ]
        relative = here.relative_to(root)
        for name in names:
            if name.endswith(_SUFFIXES) and (here / name).stat().st_size <= _LARGEST:
                yield str(relative / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
