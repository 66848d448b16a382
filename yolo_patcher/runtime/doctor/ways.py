"""The ways in which a checkout's users start Python, and what each of them imports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_patcher.runtime.doctor.asking import NoAnswerError, Question, ask
from yolo_patcher.runtime.doctor.scripts import Script, find_scripts
from yolo_patcher.runtime.doctor.target import Target

HERE, HOME = "in the checkout's folder", "in the home folder"


@dataclass(frozen=True)
class Way:
    """One way to start Python, and one module's import there.

    Attributes:
        name: `python-checkout`, `python-home`, `ddp-checkout`, or a console script's name and the same ends.
        label: the way in words.
        cwd: the folder where it is started.
        module: the module.
        status: `ok`, `other`, `empty` or `none`, as `Target.judge` says; `unknown` where nobody could be asked.
        path: the file that is imported, or the folder where that has none.
        location: the package's folder, or the file of a module that is none.
        version: the version that the file states.
        python: the Python that was asked.
        pip: whether that has pip.
        source: how it is found: `first` (a script's or the working folder), `pythonpath`, `path` or `finder`.
        behind: the package that an editable installation offers, and a folder without `__init__.py` hides.
        decides: whether another tree here is a failure.
        detail: what else there is to say of the way.
        trouble: what a finder of imports failed with.
    """

    name: str
    label: str
    cwd: Path
    module: str
    status: str
    path: str | None = None
    location: str | None = None
    version: str | None = None
    python: str | None = None
    pip: bool = False
    source: str = ""
    behind: str | None = None
    decides: bool = True
    detail: str = ""
    trouble: str = ""

    @property
    def fails(self) -> bool:
        """Whether something else would run where the checkout should."""
        if not self.decides:
            return False
        hidden = self.status == "empty" and self.behind is not None
        return self.status == "other" or hidden or (self.name == "python-checkout" and self.status != "ok")

    def as_json(self) -> dict[str, object]:
        """Give the way for the JSON document."""
        return {
            "way": self.name, "cwd": str(self.cwd), "module": self.module, "path": self.path, "version": self.version,
            "python": self.python, "status": self.status, "decides": self.decides,
            "detail": self.trouble or self.detail,
        }  # fmt: skip


@dataclass(frozen=True)
class _Start:
    """A way before it is asked; what they mean stands in `Way` and `Question`."""

    name: str
    label: str
    cwd: Path
    command: tuple[str, ...]
    first: Path | None = None
    path: tuple[str, ...] | None = None
    decides: bool = True
    detail: str = ""


def ways_here(target: Target, python: str) -> tuple[dict[str, Any], tuple[Way, ...]]:
    """Ask about Python in the checkout's folder, and give all that it said.

    Raises:
        NoAnswerError: when it is no Python.
    """
    return _asked(_Start("python-checkout", f"python {HERE}", target.root, (python,)), target)


def other_ways(target: Target, python: str, facts: dict[str, Any], here: Way, home: Path, named: bool) -> Iterator[Way]:
    """Ask about all other ways, in the order in which they are shown.

    Args:
        target: the checkout.
        python: the Python.
        facts: what it said in the checkout's folder.
        here: the import there.
        home: the home folder.
        named: whether the user named the Python; then a script of another one, on PATH, is not meant.
    """
    at_home = home.is_dir() and home.resolve() != target.root
    if at_home:
        yield from _ways(_Start("python-home", f"python {HOME}", home, (python,), decides=not target.original), target)
    places = [("checkout", HERE, target.root), *([("home", HOME, home)] if at_home else [])]
    scripts = find_scripts(target.script, facts["scripts"]) if target.script else ()
    for script in scripts:
        for end, where, cwd in places:
            yield from _script_ways(script, len(scripts) > 1, end, where, cwd, target, named)
    yield from _ways(_worker(target, python, facts, here, home), target)


def _script_ways(
    script: Script, several: bool, end: str, where: str, cwd: Path, target: Target, named: bool
) -> Iterator[Way]:
    name = script.path.name
    label = f"{script.path if several else name} {where}"
    foreign = several and script.on_path
    start = _Start(
        f"{name}-{end}", label, cwd, script.command, script.folder, decides=not (foreign and named),
        detail=f"{script.path}, run by {script.command[0]}" if script.command else f"{script.path}: {script.trouble}",
    )  # fmt: skip
    if not script.command:
        yield Way(start.name, label, cwd, target.module, "unknown", decides=start.decides, detail=start.detail)
        return
    yield from _ways(start, target)


def _worker(target: Target, python: str, facts: dict[str, Any], here: Way, home: Path) -> _Start:
    """Give how a worker of `torch.distributed.run` starts, in a training begun in the checkout's folder.

    ultralytics has it run a file that it writes below the folder of its settings; from about 8.4.150 that file takes
    over all of the trainer's `sys.path` (`generate_ddp_file` in `utils/dist.py`). YOLOv5 has it run `train.py`.
    """
    if target.module == "ultralytics":
        tree = Path(here.location) if here.location else target.location(target.module)
        settings = os.environ.get("YOLO_CONFIG_DIR") or str(home / ".config" / "Ultralytics")
        first = Path(settings) / "DDP"
        carried = _hands_on_its_path(tree)
        detail = "its file takes over the trainer's sys.path" if carried else f"its file lies in {first}"
    else:
        first = target.root if target.original else target.location(target.module)
        carried, detail = False, f"it runs {first / 'train.py'}"
    path = tuple(facts["path"]) if carried else None
    label = f"DDP worker of a training {HERE}"
    return _Start("ddp-checkout", label, target.root, (python,), first, path, detail=detail)


def _hands_on_its_path(tree: Path) -> bool:
    for place in ("utils/dist.py", "yolo/utils/dist.py"):
        try:
            return b"sys.path = {" in (tree / place).read_bytes()
        except OSError:
            continue
    return False


def _ways(start: _Start, target: Target) -> tuple[Way, ...]:
    """Ask; a Python that does not answer is told of in the ways."""
    try:
        return _asked(start, target)[1]
    except NoAnswerError as error:
        detail = f"{start.detail or start.command[0]}: {error}"
        return (
            Way(start.name, start.label, start.cwd, target.module, "unknown", decides=start.decides, detail=detail),
        )


def _asked(start: _Start, target: Target) -> tuple[dict[str, Any], tuple[Way, ...]]:
    question = Question(target.modules, target.distribution, start.first, start.path)
    facts = ask(start.command, question, start.cwd)
    return facts, tuple(_way(start, target, module, facts) for module in target.modules)


def _way(start: _Start, target: Target, module: str, facts: dict[str, Any]) -> Way:
    found = facts["modules"][module]
    return Way(
        start.name,
        start.label,
        start.cwd,
        module,
        target.judge(module, found),
        found["file"] or found["location"],
        found["location"],
        found["version"],
        facts["executable"],
        facts["pip"],
        _source(start, facts, found["location"]),
        found["behind"],
        start.decides,
        start.detail,
        found["error"],
    )


def _source(start: _Start, facts: dict[str, Any], location: str | None) -> str:
    if location is None:
        return ""
    folder = Path(location).parent
    if facts["first"] is not None and folder == Path(facts["first"]):
        return "first"
    named = os.environ.get("PYTHONPATH", "")
    if named and folder in [Path(start.cwd, entry) for entry in named.split(os.pathsep)]:
        return "pythonpath"
    return "path" if folder in [Path(start.cwd, entry) for entry in facts["path"]] else "finder"
