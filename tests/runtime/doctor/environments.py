"""Real virtual environments, with packages as pip leaves them, and what really happens when they are used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from synthetic import write_checkout

# As pip writes it.
_SCRIPT = """\
#!{python}
# -*- coding: utf-8 -*-
import re
import sys
from {package}.cfg import entrypoint
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(entrypoint())
"""
# Stands in for the command line of the package: says which one was imported.
_ENTRY = """\
import sys


def entrypoint():
    print(sys.modules[__name__.split(".")[0]].__file__)
"""
# What ultralytics has a worker run; from about 8.4.150 with the trainer's path.
_WORKER = "import {module}; print({module}.__file__)"
_CARRYING = """
def generate_ddp_file(trainer):
    content = f"sys.path = {sys.path!r}"
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def install(self, root: Path, package: str = "ultralytics", version: str = "8.1.0", script: str = "yolo") -> None:
        """Copy a checkout's package in, as pip does with a wheel."""
        shutil.copytree(root / package, self.site_packages / package)
        self.record(package, version)
        self.script(script, package)

    def record(self, package: str, version: str, source: Path | None = None) -> None:
        record = self.site_packages / f"{package}-{version}.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        if source is not None:
            (record / "direct_url.json").write_text(
                f'{{"dir_info": {{"editable": true}}, "url": "{source.resolve().as_uri()}"}}'
            )

    def script(self, name: str, package: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(_SCRIPT.format(python=self.python, package=package))
        file.chmod(0o755)

    def install_editable(self, root: Path, package: str = "ultralytics", script: str = "yolo") -> None:
        """Name a checkout in a path file, as pip does with `setup.py develop` and in the mode `compat`."""
        (self.site_packages / f"__editable__.{package}-8.2.0.pth").write_text(f"{root}\n")
        self.record(package, "8.2.0", root)
        self.script(script, package)


def make_environment(folder: Path, *, pip: bool = False) -> Environment:
    venv.create(folder, with_pip=pip, symlinks=True)
    return Environment(folder)


def write_tree(root: Path, version: str = "8.2.0", *, layout: str = "ultralytics-list", carries: bool = False) -> Path:
    """Write a checkout whose package can be imported and has a command line that says which one it is."""
    write_checkout(root, layout)
    package = root / ("yolov5" if layout == "yolov5-package" else "ultralytics")
    if package.is_dir():
        (package / "__init__.py").write_text(f'__version__ = "{version}"\n')
        (package / "cfg").mkdir(exist_ok=True)
        (package / "cfg" / "__init__.py").write_text(_ENTRY)
    if carries:
        (package / "utils" / "dist.py").write_text(_CARRYING)
    return root


def really(command: list[str | Path], cwd: Path) -> str | None:
    """Run something that prints the file of the package that it imported; None when the import failed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, timeout=600)
    assert ended.returncode in (0, 1)
    if ended.returncode:
        assert b"ModuleNotFoundError" in ended.stderr or b"AttributeError" in ended.stderr, ended.stderr
    return ended.stdout.decode().strip() if ended.returncode == 0 else None


def what_happens(way: str, python: Path, cwd: Path, module: str, home: Path, carries: bool) -> str | None:
    """Start a way for real, and give the file that is imported; a folder without a package has the file `None`."""
    code = _WORKER.format(module=module)
    if way.startswith("python-"):
        return really([python, "-c", code], cwd)
    if way.startswith("ddp"):
        file = home / ".config" / "Ultralytics" / "DDP" / "_temp_0.py"
        if module == "ultralytics":
            file.parent.mkdir(parents=True, exist_ok=True)
            trainer = "import sys; print(f'import sys; sys.path = {sys.path!r}')" if carries else "print()"
            file.write_text(f"{really([python, '-c', trainer], cwd)}\n{code}\n")
        else:
            file = cwd / (module if module == "yolov5" else "") / "train.py"
            file.write_text(f"{code}\n")
        return really([python, file], cwd)
    return really([way.rsplit("-", 1)[0]], cwd)
