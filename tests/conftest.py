"""Fixtures that every test may use: real checkouts, and what this machine has."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from checkouts import checkout, original_layout

# Their assertions shall say what they compared, as those of tests do.
pytest.register_assert_rewrite("byte_checks", "command_line", "refusing")

# Several test workers share the cores: on models as small as these, threads of OpenMP cost a sixth more of their time,
# and far more where they spin while they wait, as they do by default.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# No verdict may hang on how busy the machine is.
settings.register_profile("whole", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("whole"), max_examples=25)
settings.load_profile("whole")

COMPLETE_PYTHON = os.environ.get("YOLO_PATCHER_COMPLETE_PYTHON", "/usr/bin/python3")

# A job in the background may begin with Ctrl-C ignored, and so would every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Checkouts = Callable[..., Path]


@functools.cache
def _has_cuda() -> bool:
    """Tell whether the Python that runs the tests has a torch that can use a CUDA device."""
    code = "import torch, sys; sys.exit(not torch.cuda.is_available())"
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


@functools.cache
def _missing(python: str, package: str) -> bool:
    """Tell whether a Python does not run, or can't import a package."""
    if shutil.which(python) is None:
        return True
    command = [python, "-W", "ignore", "-c", f"import {package}"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, cwd="/").returncode != 0


def pytest_itemcollected(item: pytest.Item) -> None:
    """Leave the cases of a sweep that do not stand for the others to `make test`."""
    quick = item.get_closest_marker("quick")
    if quick is None:
        return
    given = item.callspec.params  # type: ignore[attr-defined]
    for name, values in quick.kwargs.items():
        there = _swept(item, name)
        assert all(value in there for value in values), f"{item.nodeid}: {name} takes no such value: {values}"
        if given[name] not in values:
            item.add_marker(pytest.mark.slow)


def _swept(item: pytest.Item, name: str) -> list[object]:
    """Give the values that a parameter of a test takes."""
    found: list[object] = []
    for names, rows in (mark.args[:2] for mark in item.iter_markers("parametrize")):
        listed = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
        if name in listed:
            sets = [row.values if isinstance(row, type(pytest.param())) else row for row in rows]
            found += sets if len(listed) == 1 else [row[listed.index(name)] for row in sets]
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a device or an environment that this machine lacks."""
    if item.get_closest_marker("torch") and importlib.util.find_spec("torch") is None:
        pytest.skip("this Python has no torch")
    if item.get_closest_marker("cuda") and not _has_cuda():
        pytest.skip("this machine has no CUDA device that torch can use")
    for package in [package for mark in item.iter_markers("complete") for package in ("torch", *mark.args)]:
        if _missing(COMPLETE_PYTHON, package):
            pytest.skip(f"{COMPLETE_PYTHON} has no {package}")


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Checkouts:
    """Give `pristine(name, layout="package")`: a real checkout, unpacked once, that a test must only read.

    `layout="original"` gives a YOLOv5 with `models` and `utils` at its root.
    """
    unpack = {"package": checkout, "original": original_layout}

    @functools.cache
    def get(name: str, layout: str = "package") -> Path:
        return unpack[layout](name, tmp_path_factory.mktemp("checkout", numbered=True) / f"{name}-{layout}")

    return get


@pytest.fixture
def fresh(pristine: Checkouts, tmp_path: Path) -> Checkouts:
    """Give `fresh(name, layout="package")`: a copy of a real checkout that the test may write to."""

    def get(name: str, layout: str = "package") -> Path:
        return Path(shutil.copytree(pristine(name, layout), tmp_path / f"{name}-{layout}"))

    return get
