"""Real checkouts, patched by hand, pass every check: with torch alone, and in a complete environment."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import PINNED, YOLOV5
from conftest import COMPLETE_PYTHON
from patching import check_passes

Fresh = Callable[..., Path]
LAYOUTS = [(name, "package") for name in PINNED] + [(name, "original") for name in YOLOV5]
# What these versions import and a complete environment of a distribution has not.
ABSENT = {
    "yolov5-7.0.14": ("ultralytics",),
    "ultralytics-8.0.0": ("hydra", "thop"),
    "ultralytics-8.0.100": ("thop",),
    "ultralytics-8.1.0": ("hub_sdk",),
}
pytestmark = [pytest.mark.checkout, pytest.mark.slow]


@functools.cache
def installed(package: str) -> bool:
    """Tell whether the complete environment has a package."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    return subprocess.run([COMPLETE_PYTHON, "-c", code], cwd="/").returncode == 0


@pytest.mark.torch
@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_with_this_python(name: str, layout: str, fresh: Fresh) -> None:
    check_passes(fresh(name, layout), sys.executable)


@pytest.mark.complete
@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_with_complete_python(name: str, layout: str, fresh: Fresh) -> None:
    """The same verdict as with torch alone, and no stand-in but for what that environment lacks as well."""
    stubbed = set(check_passes(fresh(name, layout), COMPLETE_PYTHON))
    assert not {package for package in stubbed if installed(package)}
    assert stubbed >= {package for package in ABSENT.get(name, ()) if not installed(package)}
