"""Ask checkouts of ultralytics what they make of the names of generated YAMLs, for every recipe, position and model.

`python -m benchmarks.survey.names [--every] CHECKOUT...` copies each checkout and asks for a position of each kind, or
for every position that a model has (minutes for a checkout).
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from yolo_patcher.checkout.dialects import Dialect, recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.model.choose import model_files, read_model
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.request import Insertion, Request
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.selector import parse_selector

SCRIPT = Path(__file__).resolve().parents[2] / "tests" / "oracles" / "names_live.py"
KINDS = (
    "head", "head:p5", "backbone", "backbone:p4", "neck:p3,p4", "after:6", "before:19", "after:C3x", "after:C3x[-1]",
    "after:C2f[0]", "before:SPPF[-2]", "after:nn.Upsample:p4", "before:Segment",
)  # fmt: skip
"""One position or more of each kind, with the module names that have caught out a version's rules."""

Positions = Callable[[ModelYaml], Sequence[str]]


@dataclass(frozen=True)
class Name:
    """One generated YAML: its path, what loads it, the scale in that, the base's name and the final row's module."""

    path: str
    load: str
    scale: str
    base: str
    final: str


def one_of_each_kind(model: ModelYaml) -> Sequence[str]:
    """Give the positions of `KINDS`, whether the model has them or not: names do not depend on it."""
    return KINDS


def every_position(model: ModelYaml) -> Sequence[str]:
    """Give every position of a model: the named ones at each level, each row, and each module, first and last."""
    at = ["", *(f":p{level}" for level in range(2, 7)), ":p3,p4", ":p4,p5", ":p3,p4,p5"]
    modules = sorted({row.module for row in model.rows})
    rows = [str(row.index) for row in model.rows]
    rows += [module + pick for module in modules for pick in ("", "[0]", "[-1]")]
    return [place + one for place in ("head", "backbone", "neck") for one in at] + [
        f"{place}:{row}" for place in ("after", "before") for row in rows
    ]


def names(dialect: Dialect, site: Site, positions: Positions) -> Iterator[list[Name]]:
    """Give, for each stock model, its names under every recipe and position, with one of its scales after the other."""
    for path in model_files(site):
        if b"\nbackbone:" not in (site.snapshot.read(path) or b""):
            continue
        model = read_model(site, path)
        turn = itertools.cycle(scales(model))
        yield [
            Name(
                made := Request((Insertion(recipe, {}, (parse_selector(position),)),)).output_path(path),
                dialect.load_name(site, made, scale := next(turn)),
                scale,
                dialect.load_name(site, path, scale),
                model.final.module,
            )
            for recipe in all_recipes()
            for position in positions(model)
        ]


def ask(root: Path, batches: Sequence[Sequence[Name]], folder: Path) -> list[dict[str, Any]]:
    """Give, for each batch, what the checkout makes of its names and their bases' while all its files are in place.

    A file holds its own name and the final row, which is all that the rules look at.

    Args:
        root: a checkout that may be written to.
        batches: the names that are there at the same time.
        folder: an empty folder to run in.
    """
    request = [
        {
            "files": {
                str(root / name.path): json.dumps(
                    {"marked": PurePosixPath(name.path).name, "head": [[-1, 1, name.final, []]]}
                )
                for name in batch
            },
            "names": sorted({name.load for name in batch} | {name.base for name in batch}),
        }
        for batch in batches
    ]
    ended = subprocess.run(
        # Compiled files would be among what each look-up walks through.
        [sys.executable, "-B", str(SCRIPT), str(root)],
        input=json.dumps(request).encode(),
        capture_output=True,
        cwd=folder,
        timeout=3600,
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr.decode()[-3000:])
    answers: list[dict[str, Any]] = json.loads(ended.stdout)
    return answers


def wrong(batch: Sequence[Name], answers: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong with a batch's answers, one sentence for each name."""
    files: dict[str, str] = {}
    for name in batch:
        answer, base, file = answers[name.load], answers[name.base], PurePosixPath(name.path).name
        if files.setdefault(name.load, name.path) != name.path:
            yield f"{name.load} is the name of {files[name.load]} and of {name.path}"
        elif not isinstance(answer, list) or not isinstance(base, list):
            yield f"{name.load} or its base {name.base} does not load: {answer}, {base}"
        elif answer[0] != file or base[0]:
            yield f"{name.load} loads {answer[0]}, not {file}; its base loads {base[0] or 'itself'}"
        elif answer[1:] != base[1:]:
            yield f"{name.load} has the scale and tasks {answer[1:]}, its base {base[1:]}"
        elif answer[1] is not None and answer[1] != _scale_in(name):
            yield f"{name.load} has the scale {answer[1]!r}, not {_scale_in(name)!r}"
        elif name.load != file and not _scale_in(name):
            yield f"{name.load} has a letter that is no scale"


def _scale_in(name: Name) -> str:
    """Give the scale that a name must hold: none but n, s, m, l or x behind a YOLO's number is one, in any version."""
    numbered = re.match(r"yolo(e-)?v?\d+", PurePosixPath(name.path).name)
    stated = re.match(r"yolo(e-)?v?\d+([nslmx])", PurePosixPath(name.path).name)
    if stated:
        return stated[2]
    return name.scale if numbered and name.scale in tuple("nslmx") else ""


def main(checkouts: Sequence[str], positions: Positions) -> int:
    """Ask each checkout for the positions of each model, and print counts and what is wrong."""
    found, without = 0, shutil.ignore_patterns("__pycache__")
    for checkout in checkouts:
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="yolo-patcher-names-") as temporary:
            root = Path(shutil.copytree(checkout, Path(temporary) / "copy", ignore=without))
            (Path(temporary) / "empty").mkdir()
            dialect, site = recognise(Snapshot(root))
            batches = list(names(dialect, site, positions))
            answers = ask(root, batches, Path(temporary) / "empty")
        problems = [one for batch, its_own in zip(batches, answers, strict=True) for one in wrong(batch, its_own)]
        asked, seconds = sum(map(len, batches)), time.monotonic() - start
        print(f"{checkout}: {len(batches)} models, {asked} names, {len(problems)} wrong, {seconds:.0f} s", flush=True)
        print("".join(f"  {one}\n" for one in problems[:20]), end="", flush=True)
        found += len(problems)
    return found


if __name__ == "__main__":
    wanted = [argument for argument in sys.argv[1:] if argument != "--every"]
    sys.exit(bool(main(wanted, one_of_each_kind if wanted == sys.argv[1:] else every_position)))
