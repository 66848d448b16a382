"""Only `commit` and `runtime` write, and only `runtime` starts processes: said by the program's text."""

from __future__ import annotations

from pathlib import Path

import pytest
from effects import effects

import yolo_patcher

PACKAGE = Path(yolo_patcher.__file__).parent
MAY = {"write": ("commit", "runtime"), "process": ("runtime",)}

ALLOWED = {
    ("api.py", "importlib.import_module"): "the types of values, from a fixed table, when they are asked for",
    ("cli/streams.py", "os.open"): "the null device, in the place of a stream that is closed or can't be written",
    ("commit/signals.py", "signal.raise_signal"): "this process is told what it was asked while a commit was under way",
}
"""What is done elsewhere, each with its reason."""


def done_elsewhere() -> dict[tuple[str, str], int]:
    """Give the effects in files that may not have them, each with a line."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE)
        for effect in effects(file.read_text(encoding="utf-8")):
            if path.parts[0] not in MAY[effect.kind]:
                found[path.as_posix(), effect.call] = effect.line
    return found


def test_only_commit_and_runtime_write_and_only_runtime_starts_processes() -> None:
    assert {where: line for where, line in done_elsewhere().items() if where not in ALLOWED} == {}


@pytest.mark.slow
def test_every_exception_is_still_needed() -> None:
    assert set(ALLOWED) <= set(done_elsewhere())


def check_caught(text: str, *calls: str) -> None:
    """Check which effects a text has."""
    assert [effect.call for effect in effects(text)] == list(calls)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("import os\nos.remove(path)", "os.remove"),
        ("import os as system\nsystem.replace(a, b)", "os.replace"),
        ("from os import unlink as gone\ngone(path)", "os.unlink"),
        ("import os\nfor each in map(os.rmdir, paths): pass", "os.rmdir"),
        ("import os\nos.open(path, os.O_WRONLY | os.O_CREAT)", "os.open"),
        ("import os\nos.open(path, flags)", "os.open"),
        ("import os\nopener = os.open", "os.open"),
        ("import os\nos.fdopen(handle, 'wb')", "os.fdopen"),
        ("import os\nos.execvp(program, words)", "os.execvp"),
        ("import os\nos.spawnl(mode, program)", "os.spawnl"),
        ("import os\nos.killpg(group, number)", "os.killpg"),
        ("import os\ngetattr(os, 'system')(line)", "os.system"),
        ("import os\ngetattr(os, name)(path)", "getattr(os)"),
        ("from os import *", "os.*"),
        ("open(path, 'w')", "open"),
        ("open(path, mode='r+')", "open"),
        ("open(path, mode)", "open"),
        ("open(*words)", "open"),
        ("open(path, **words)", "open"),
        ("write = open", "open"),
        ("import io\nio.open(path, 'ab')", "io.open"),
        ("import zipfile\nzipfile.ZipFile(path, 'w')", "zipfile.ZipFile"),
        ("path.open('xb')", ".open"),
        ("path.open(mode=mode)", ".open"),
        ("from pathlib import Path\nPath.open(path, 'w')", ".open"),
        ("import pathlib\npathlib.Path(name).write_text(text)", ".write_text"),
        ("from pathlib import Path\n(Path(folder) / name).write_bytes(content)", ".write_bytes"),
        ("from pathlib import Path\nlist(map(Path.unlink, paths))", ".unlink"),
        ("path.replace(target)", ".replace"),
        ("from pathlib import Path\nPath.replace(path, target)", ".replace"),
        ("move = path.replace", ".replace"),
        ("path.parent.mkdir(parents=True, exist_ok=True)", ".mkdir"),
        ("path.symlink_to(target)", ".symlink_to"),
        ("stream.truncate(0)", ".truncate"),
        ("import shutil\nshutil.rmtree(folder)", "shutil.rmtree"),
        ("from shutil import copyfile\ncopyfile(a, b)", "shutil.copyfile"),
        ("import tempfile\nwith tempfile.TemporaryDirectory() as folder: pass", "tempfile.TemporaryDirectory"),
        ("import subprocess\nsubprocess.run(words)", "subprocess.run"),
        ("from subprocess import Popen as Process\nProcess(words)", "subprocess.Popen"),
        ("from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor()",
         "concurrent.futures.ProcessPoolExecutor"),
        ("from multiprocessing import Pool\nPool(2)", "multiprocessing.Pool"),
        ("import signal\nsignal.raise_signal(2)", "signal.raise_signal"),
        ("process.terminate()", ".terminate"),
        ("import sys\nsys.stdout.truncate(0)", ".truncate"),
        ("def late():\n    import os\n    os.mkdir(path)", "os.mkdir"),
        ("import importlib\nimportlib.import_module(name)", "importlib.import_module"),
        ("exec(text)", "exec"),
    ],
)  # fmt: skip
def test_a_planted_effect_is_caught(text: str, call: str) -> None:
    check_caught(text, call)


@pytest.mark.parametrize(
    "text",
    [
        "text.replace('a', 'b')",
        "text.replace(old, new, 1)",
        "from dataclasses import replace\nreplace(plan, state=state)",
        "import dataclasses\ndataclasses.replace(plan)",
        "moment.replace(tzinfo=None)",
        "open(path)",
        "open(path, 'rb')",
        "open(path, encoding='utf-8')",
        "path.open()",
        "path.open('rb')",
        "path.open(mode='r', encoding='utf-8')",
        "import os\nos.open(path, os.O_RDONLY)",
        "import os\ngetattr(os, 'O_NOFOLLOW', 0)",
        "import os\nos.walk(root), os.stat(path), os.path.realpath(path), os.environ.get(name)",
        "import shutil\nshutil.which(name), shutil.get_terminal_size().columns",
        "import signal\nsignal.signal(signal.SIGINT, handler)",
        "names.remove(name), rows.insert(0, row)",
        "import sys\nsys.stdout.write(text)",
        "import zipfile\nzipfile.ZipFile(path)",
        "path.read_text(encoding='utf-8'), path.exists(), path.iterdir()",
        "def rename(row): return row\nrename(row)",
        "from yolo_patcher.plan.renumber import rename\nrename(row)",
        "import re\nre.compile(pattern)",
        "'os.remove(path)'  # open(path, 'w')",
    ],
)
def test_what_only_reads_is_let_be(text: str) -> None:
    check_caught(text)
