from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest
from synthetic import write_checkout

from yolo_patcher.runtime.python import training_python


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)


def environment(folder: Path, *packages: str) -> Path:
    venv.create(folder, symlinks=True)
    for name in packages:
        (folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages" / name).mkdir()
    return folder


def test_the_python_is_the_first_with_torch_that_the_user_may_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_checkout(tmp_path / "checkout")
    (root / "torch").mkdir()
    monkeypatch.chdir(root)
    assert training_python("python3", root).program == "python3"
    assert training_python(None, root).program == sys.executable
    own = environment(root / ".venv")
    assert training_python(None, root).program == sys.executable
    (own / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages" / "torch").mkdir()
    assert training_python(None, root).program == str(own / "bin/python")
    for name in ("CONDA_PREFIX", "VIRTUAL_ENV"):
        bare, active = environment(tmp_path / f"{name}0"), environment(tmp_path / name, "torch")
        monkeypatch.setenv(name, str(bare))
        assert training_python(None, root).program != str(bare / "bin/python")
        monkeypatch.setenv(name, str(active))
        found = training_python(None, root)
        assert (found.program, found.why) == (str(active / "bin/python"), "the active environment's")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "nowhere"))
    assert training_python(None, root).why == "the active environment's"
    monkeypatch.delenv("CONDA_PREFIX")
    assert "checkout" in training_python(None, root).why
    # Where it is ours that is active there is nothing to choose.
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    assert "checkout" in training_python(None, root).why
