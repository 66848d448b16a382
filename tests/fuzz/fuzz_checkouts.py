"""The checkouts that are mutated, as contents by path: made-up ones, cuts of real ones, patched ones."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from checkouts import PINNED, checkout  # noqa: E402
from fuzz_capture import capture  # noqa: E402
from synthetic import FORMS, LAYOUTS, write_checkout  # noqa: E402

Files = Mapping[str, bytes]

_RECIPES = (("se@head",), ("sae@neck", "gam@backbone"), ("se@head", "se@after:3"), ("sae@head:p4", "se@neck"))
_KEPT = ("nn/tasks.py", "nn/modules/", "nn/modules.py", "models/yolo.py", "models/common.py", "models/experimental.py")
_MODELS = ("yolov8.yaml", "yolov8n.yaml", "yolo11.yaml", "yolov5s.yaml", "yolov8-seg.yaml", "yolov5s-seg.yaml")


def write(files: Files, root: Path) -> None:
    """Write files to a folder."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def read(root: Path) -> Files:
    """Read all plain files of a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def made_up(random: Random) -> tuple[Files, str]:
    """Give a made-up checkout and what it is called; most are in the plain form."""
    layout = random.choice(LAYOUTS)
    form = random.choice(tuple(FORMS)) if random.random() < 0.4 else "plain"
    return _made_up(layout, form), f"{layout} {form}"


@functools.cache
def _made_up(layout: str, form: str) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        return read(write_checkout(Path(folder), layout, FORMS[form]))


def patched(random: Random) -> tuple[Files, Files, str]:
    """Give a made-up checkout before and after one or more patches, and what it is called."""
    layout, words = random.choice(LAYOUTS), random.choice(_RECIPES)
    before, after = _patched(layout, words)
    return before, after, f"{layout} with {' '.join(words)}"


@functools.cache
def _patched(layout: str, words: tuple[str, ...]) -> tuple[Files, Files]:
    with tempfile.TemporaryDirectory() as folder:
        root = write_checkout(Path(folder), layout)
        before = read(root)
        # The last one stacks on what the others left.
        for word in words:
            ended = capture(["apply", word, "--no-verify", "--repo", folder])
            if ended.code:
                raise RuntimeError(ended.stderr)
        ended = capture(["status", "--export", "--repo", folder])
        return before, read(root)


def real(random: Random) -> tuple[Files, str]:
    """Give what matters of a real checkout that the cache has; a made-up one where it has none."""
    cache = Path(os.environ.get("YOLO_PATCHER_CACHE") or Path.home() / ".cache" / "yolo-patcher" / "wheels")
    names = [name for name, sha256 in PINNED.items() if (cache / f"{name}-{sha256[:12]}.whl").exists()]
    if not names:
        return made_up(random)
    name = random.choice(names)
    return _real(name), name


@functools.cache
def _real(name: str) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        package = name.split("-", 1)[0]
        files = read(checkout(name, Path(folder)))
    keep = tuple(f"{package}/{path}" for path in _KEPT)
    named = {path: content for path, content in files.items() if path.startswith(keep)}
    models = {path: content for path, content in files.items() if path.endswith(_MODELS)}
    return {**named, **models, f"{package}/__init__.py": files[f"{package}/__init__.py"]}
