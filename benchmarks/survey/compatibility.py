"""Write docs/compatibility.md from real runs: plan on every stock model of many versions, build and verify on some.

`python -m benchmarks.survey.compatibility [--modules] [FOLDER]`; the wheels are kept in FOLDER: a second run fetches
nothing. With --modules, every module of the catalogue is built in the models that are built, not `se` alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from benchmarks.survey.modules import plan_modules
from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model, model_files
from yolo_patcher.plan.plan import Plan, plan_patch
from yolo_patcher.plan.request import Request
from yolo_patcher.runtime.staging import staged
from yolo_patcher.runtime.verify.results import Case, Row
from yolo_patcher.runtime.verify.run import run_probe

ULTRALYTICS = [
    "8.0.0",
    "8.0.3",
    "8.0.6",
    "8.0.35",
    "8.0.50",
    "8.0.65",
    "8.0.80",
    "8.0.90",
    "8.0.95",
    "8.0.100",
    "8.0.115",
    "8.0.130",
    "8.0.150",
    "8.0.170",
    "8.0.190",
    "8.0.210",
    "8.0.230",
    "8.1.0",
    "8.1.10",
    "8.1.20",
    "8.1.30",
    "8.1.47",
    "8.2.0",
    "8.2.25",
    "8.2.50",
    "8.2.75",
    "8.2.103",
    "8.3.0",
    "8.3.25",
    "8.3.50",
    "8.3.75",
    "8.3.100",
    "8.3.125",
    "8.3.150",
    "8.3.175",
    "8.3.200",
    "8.3.225",
    "8.3.253",
    "8.4.0",
    "8.4.30",
    "8.4.60",
    "8.4.90",
    "8.4.120",
    "8.4.150",
    "8.4.190",
]
YOLOV5 = ["4.0.14", "5.0.10", "6.0.7", "6.2.3", "7.0.14"]
POSITIONS = ("head", "backbone", "neck")
BUILT = ("yolov5s", "yolov8", "yolov8n", "yolov8-seg", "yolo11", "yolo12", "yolo26")
RECIPE = "se"
INTRODUCTION = """\
# Compatibility

Written by `make compatibility` from real runs: the recipe `se` is planned at `head`, `backbone` and `neck` of every
stock model YAML of each version, and the plans of the models {built} (where they ship, smallest scale) are built and
verified with all checks, in the lean environment. {modules}
Refused means that the model has no such place, and the message says why; nothing was written then. Failing is what
should not be.
"""


@dataclass
class Version:
    """What came of one version."""

    name: str
    dialect: str = ""
    models: int = 0
    planned: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    failing: list[tuple[str, str, str]] = field(default_factory=list)
    passed: int = 0
    modules: int = 0
    """Patches of several modules each that were built and passed."""


WITH_MODULES = """\
Every module that keeps its input's shape is built in those models, several in each, at `head`, `head:p5`, `backbone`
and `neck` in turn; the column of modules counts these models."""


def main(folder: Path, modules: bool) -> None:
    """Try all versions and print the document."""
    names = [f"ultralytics-{one}" for one in ULTRALYTICS] + [f"yolov5-{one}" for one in YOLOV5]
    versions = []
    for name in names:
        versions.append(one := try_version(name, fetch(name, folder), modules))
        print(f"{name}: {one.models} models, {one.passed} built, {len(one.failing)} failing", file=sys.stderr)
    print("\n".join(document(versions, modules)))


def fetch(name: str, folder: Path) -> Path:
    """Download and unpack a wheel."""
    target = folder / name
    if not target.exists():
        requirement = "{}=={}".format(*name.rsplit("-", 1))
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*command, "--ignore-requires-python", "--dest", fresh, requirement], check=True)
            (wheel,) = Path(fresh).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(target)
    return target


def try_version(name: str, root: Path, modules: bool = False) -> Version:
    """Plan every model at every position, and verify the plans of some models, with every module where asked for."""
    result = Version(name)
    checkout = Checkout(Snapshot(root))
    site, result.dialect = checkout.site, checkout.dialect.NAME
    to_build: list[Plan] = []
    built: list[Path] = []
    for path in model_files(site):
        if b"backbone:" not in (site.snapshot.read(path) or b""):
            continue
        result.models += 1
        stands = PurePosixPath(path).stem in BUILT and "/hub/" not in path
        built += [root / path] if stands else []
        for position in POSITIONS:
            try:
                plan = plan_one(checkout, root / path, position)
            except PatcherError as error:
                kind = result.refused if error.kind in ("usage", "model") else result.failing
                kind.append((path, position, error.message))
                continue
            result.planned[position] += 1
            if stands:
                to_build.append(plan)
    contents = {change.path: change.after for plan in to_build for change in plan.changes}
    for plan, problem in verified(site, to_build, contents):
        if problem:
            result.failing.append((plan.patch.base, plan.patch.positions[0], problem))
        else:
            result.passed += 1
    if modules:
        plans, written, refused = plan_modules(checkout, built)
        result.refused += refused
        for plan, problem in verified(site, plans, written):
            if problem:
                result.failing.append((plan.patch.base, " ".join(plan.patch.recipes), problem))
            else:
                result.modules += 1
    return result


def plan_one(checkout: Checkout, model: Path, position: str) -> Plan:
    """Plan one recipe at one position of one model."""
    return plan_patch(
        checkout, choose_model(checkout.site, str(model), None), Request.from_words([f"{RECIPE}@{position}"])
    )


def verified(site: Site, plans: Sequence[Plan], contents: Mapping[str, bytes | None]) -> Iterator[tuple[Plan, str]]:
    """Verify plans in one process on one staged copy, and give each with what is wrong, empty for nothing.

    Args:
        site: the checkout.
        plans: the plans.
        contents: what all of them write, by path.
    """
    with staged(site, contents) as copy:
        root = copy.root
        cases = [
            Case(
                str(root / plan.base_load) if "/" in plan.base_load else plan.base_load,
                str(root / plan.patch.load) if "/" in plan.patch.load else plan.patch.load,
                plan.model.final.module,
                tuple(Row(row.sources, row.module, row.index in plan.patch.rows) for row in plan.model.rows),
            )
            for plan in plans
        ]
        answers = run_probe(root, site.module, cases, python=None, device="cpu", timeout=300)
    for plan, answer in zip(plans, answers, strict=True):
        yield plan, "; ".join(f"{check.name}: {check.detail}" for check in answer.failures)


def document(versions: list[Version], modules: bool = False) -> Iterator[str]:
    """Write the tables."""
    yield INTRODUCTION.format(
        built=", ".join(f"`{one}`" for one in BUILT), modules=WITH_MODULES if modules else ""
    ).replace(". \n", ".\n")
    title = " modules |" if modules else ""
    yield f"| version | dialect | models | head | backbone | neck | refused | built and passed |{title} failing |"
    yield "|---|---|---|---|---|---|---|---|---|" + ("---|" if modules else "")
    for one in versions:
        planned = " | ".join(str(one.planned[position]) for position in POSITIONS)
        yield f"| {one.name.replace('-', ' ')} | {one.dialect} | {one.models} | {planned} | {len(one.refused)} | " + (
            f"{one.passed} | {f'{one.modules} | ' if modules else ''}{len(one.failing)} |"
        )
    for title, attribute in (("Refused", "refused"), ("Failing", "failing")):
        found: dict[tuple[str, str, str], list[str]] = {}
        for one in versions:
            for path, position, message in getattr(one, attribute):
                found.setdefault((PurePosixPath(path).name, position, message), []).append(one.name)
        yield ""
        yield f"## {title}"
        yield ""
        if not found:
            yield "None."
            continue
        yield "| model | position | versions | message |"
        yield "|---|---|---|---|"
        for (model, position, message), names in sorted(found.items()):
            span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]} ({len(names)})"
            yield f"| {model} | {position} | {span} | {message.replace('|', '/')} |"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        folders = [word for word in sys.argv[1:] if word != "--modules"]
        main(Path(folders[0]) if folders else Path(temporary), "--modules" in sys.argv)
