"""What is wrong with how Python will be started, and what to do about it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from yolo_patcher.runtime.doctor.target import Target
from yolo_patcher.runtime.doctor.ways import Way


@dataclass(frozen=True)
class Finding:
    """Something that a user should know.

    Attributes:
        code: what it is: `other-tree`, `shadowed`, `pythonpath`, `not-found`, `not-asked`, `other-python`, `torch`,
            `cuda` or `state`.
        message: one sentence without a closing full stop.
        help: what to do.
        fails: whether what runs is not the checkout.
    """

    code: str
    message: str
    help: str = ""
    fails: bool = False

    def as_json(self) -> dict[str, object]:
        """Give the finding for the JSON document."""
        return {"code": self.code, "message": self.message, "help": self.help, "fails": self.fails}


def import_findings(target: Target, facts: Mapping[str, Any], ways: Sequence[Way]) -> Iterator[Finding]:
    """Tell what is wrong with the imports: one finding for all ways that find the same thing."""
    groups: dict[tuple[object, ...], list[Way]] = {}
    for way in ways:
        if way.status != "ok":
            about = way.detail if way.status == "unknown" else way.python
            key = (way.status, way.module, way.location, way.source, way.fails, about)
            groups.setdefault(key, []).append(way)
    for group in groups.values():
        found = _finding(target, facts, group)
        if found is not None:
            yield found


def _finding(target: Target, facts: Mapping[str, Any], group: Sequence[Way]) -> Finding | None:
    way = group[0]
    where = _listed([one.label for one in group])
    if way.status == "unknown":
        return Finding("not-asked", f"what {where} imports is not known: {way.detail}", "Look at that script.")
    if target.original and not way.fails:
        return None
    if way.status == "none":
        return _not_found(target, facts, way, where)
    ours = f"this checkout{f' ({target.version})' if target.version else ''}"
    if way.status == "empty":
        return _empty(target, facts, way, where)
    what = f"{way.module}{f' {way.version}' if way.version else ''} in {Path(str(way.location)).parent}"
    message = f"{where}: {what} is imported, not {ours}"
    if way.source == "first":
        help = f"Rename {way.location}: it hides the package, however that is installed."
        return Finding("shadowed", message, help, way.fails)
    if way.source == "pythonpath":
        folder = Path(str(way.location)).parent
        help = f"Take {folder} out of PYTHONPATH, which comes before everything that is installed."
        return Finding("pythonpath", message, help, way.fails)
    return Finding("other-tree", message + _run_by(facts, way), _install_for(target, facts, way), way.fails)


def _run_by(facts: Mapping[str, Any], way: Way) -> str:
    return "" if way.python == facts["executable"] else f"; {way.python} runs it, not the Python that was asked"


def _not_found(target: Target, facts: Mapping[str, Any], way: Way, where: str) -> Finding:
    message = f"{where}: {way.module} is not found{f' ({way.trouble})' if way.trouble else ''}"
    gone = [folder for folder in map(_editable, facts["installed"]) if folder is not None and not folder.is_dir()]
    if gone:
        message += f"; it was installed from {gone[0]}, which is not there any more"
    if way.name == "python-checkout" and facts["safe_path"]:
        why = "PYTHONSAFEPATH" if os.environ.get("PYTHONSAFEPATH") else "an option"
        message += f"; {why} keeps the current folder off the path"
    return Finding("not-found", message + _run_by(facts, way), _install_for(target, facts, way), way.fails)


def _empty(target: Target, facts: Mapping[str, Any], way: Way, where: str) -> Finding:
    message = f"{where}: {way.module} is the folder {way.location}, which holds no package"
    if way.behind is None:
        return Finding("shadowed", message, _install(target, facts, hidden=True), way.fails)
    help = f"It hides the installed {way.behind}. Rename the folder, or install so that a path file names the checkout:"
    return Finding("shadowed", message, f"{help}\n{_install(target, facts, hidden=True)}", way.fails)


def _install_for(target: Target, facts: Mapping[str, Any], way: Way) -> str:
    """Say how to have the checkout imported in the Python of a way, which may be that of a script from elsewhere."""
    if way.python == facts["executable"]:
        return _install(target, facts)
    there = _install(target, {"executable": way.python, "pip": way.pip, "installed": []})
    bin_folder = Path(facts["executable"]).parent
    if not (bin_folder / str(target.script)).exists():
        return there
    return f"{there}\nOr put {bin_folder} first on PATH (activate that environment), to have its {target.script}."


def _install(target: Target, facts: Mapping[str, Any], hidden: bool = False) -> str:
    """Say how to have the checkout imported everywhere.

    Args:
        target: the checkout.
        facts: what the Python said.
        hidden: whether a folder without `__init__.py` hides what the finder of an editable installation offers, which
            Python asks last; a path file is read early.
    """
    root, python = shlex.quote(str(target.root)), shlex.quote(str(facts["executable"]))
    if target.is_installed:
        return f"{target.root} belongs to another Python: name that one with --python, or patch what this one imports."
    if not target.is_project:
        return (
            f"export PYTHONPATH={root}\nWithout it only `python -c`, `python -m` in that folder and scripts that lie in"
            " it find it: of any other script its own folder counts, not the one where it is started."
        )
    options = " --config-settings editable_mode=compat" if hidden else ""
    if facts["pip"]:
        install = f"cd {root} && {python} -m pip install -e .{options}"
        here = any(_editable(record) == target.root for record in facts["installed"])
        again = f"{python} -m pip uninstall {target.distribution}   # until none is left\n"
        return again + install if here and not hidden else install
    return f"cd {root} && uv pip install --python {python} -e .{options}"


def _editable(record: Mapping[str, Any]) -> Path | None:
    """Give the folder that an editable installation was made from."""
    return Path(unquote(urlsplit(record["editable"]).path)).resolve() if record["editable"] else None


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def torch_findings(torch: Mapping[str, Any], python: str) -> Iterator[Finding]:
    """Tell what is wrong with torch."""
    if torch["error"] == "not installed":
        yield Finding("torch", f"{python} has no torch", "Name the Python that you train with: --python PATH.")
    elif torch["error"]:
        yield Finding("torch", f"torch can't be imported in {python}: {torch['error']}", "Install torch again there.")
    elif torch["why"]:
        yield Finding("cuda", f"CUDA: {torch['why']}", "See that driver, device and build of torch fit each other.")
    elif not torch["available"] and (torch["cuda"] or torch["rocm"]):
        hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
        why = f"; CUDA_VISIBLE_DEVICES={hidden}" if hidden is not None else ""
        yield Finding("cuda", f"torch is built for a GPU and finds none{why}", "Without one it runs on the CPU.")
    elif not torch["available"] and Path("/proc/driver/nvidia").exists():
        yield Finding("cuda", "this machine has an NVIDIA driver, and torch is built for the CPU alone",
                      "Install a build of torch for CUDA to use the GPU.")  # fmt: skip
