"""Run a checkout's own scripts in the complete environment: a home of its own, no network, no online services."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkouts import EXTRAS
from conftest import COMPLETE_PYTHON, Checkouts

SCRIPTS = Path(__file__).parent / "scripts"
# YOLOv5 7.0's wheel imports clients of online services wherever it trains or loads. None of them has a file of ours.
_SERVICES = {
    "roboflow/__init__.py": "class Roboflow:\n    pass\n",
    "roboflow/core/__init__.py": "",
    "roboflow/core/version.py": "class Version:\n    pass\n",
    "huggingface_hub/__init__.py": (
        "from huggingface_hub.utils._errors import RepositoryNotFoundError\n\n\n"
        "def list_repo_files(repo_id, **options):\n    raise RepositoryNotFoundError(repo_id)\n\n\n"
        "hf_hub_download = list_repo_files\n"
    ),
    "huggingface_hub/utils/__init__.py": "",
    "huggingface_hub/utils/_errors.py": "class RepositoryNotFoundError(Exception):\n    pass\n",
    "huggingface_hub/utils/_validators.py": "class HFValidationError(Exception):\n    pass\n",
    # What the wheel's train.py does before and after the repository's; the original layout has no such module.
    "helpers.py": (
        "def convert_coco_dataset_to_yolo(opt, save_dir):\n    pass\n\n\n"
        "push_to_hfhub = upload_to_s3 = convert_coco_dataset_to_yolo\n"
    ),
}
_NO_NETWORK = """\
import socket
import sys


def refuse(event, arguments):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and arguments[0].family != socket.AF_UNIX):
        raise OSError("no network in this test")


sys.addaudithook(refuse)
"""
_FONT = "import matplotlib; print(matplotlib.get_data_path() + '/fonts/ttf/DejaVuSans.ttf')"


@dataclass(frozen=True)
class Environment:
    """Where a checkout's scripts run."""

    folder: Path
    variables: Mapping[str, str]

    def run(self, *words: str | Path) -> str:
        """Run a Python command in the folder and give what it printed; where it fails, the test fails with that."""
        ended = subprocess.run(
            [COMPLETE_PYTHON, "-W", "ignore", *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=dict(self.variables),
            timeout=600,
        )
        printed = ended.stdout.decode("utf-8", "replace")
        assert ended.returncode == 0, printed
        # Threads that draw fail without an effect on the exit code.
        assert "Traceback (most recent call last)" not in printed, printed
        return printed

    def run_each(self, *commands: Sequence[str | Path]) -> str:
        """Run several Python scripts in one process and give what they printed."""
        return self.run(SCRIPTS / "run_each.py", json.dumps(commands, default=str))

    def question(self, script: str, **arguments: Any) -> Sequence[str | Path]:
        """Give the command that runs a script of ours, whose answer `answer` reads then."""
        return SCRIPTS / script, json.dumps(arguments, default=str), self.folder / "answer.json"

    def answer(self) -> dict[str, Any]:
        """Give what the script found."""
        found: dict[str, Any] = json.loads((self.folder / "answer.json").read_text(encoding="utf-8"))
        return found


def environment(folder: Path, path: list[Path], pristine: Checkouts) -> Environment:
    """Make the environment below `folder`, with `path` and what the complete environment lacks as PYTHONPATH."""
    home, services, work = folder / "home", folder / "services", folder / "work"
    for name, text in {**_SERVICES, "sitecustomize.py": _NO_NETWORK}.items():
        (services / name).parent.mkdir(parents=True, exist_ok=True)
        (services / name).write_text(text, encoding="utf-8")
    work.mkdir()
    (home / "Ultralytics").mkdir(parents=True)
    extras = [pristine(name) for name in EXTRAS]
    ours = {name: os.environ[name] for name in ("PATH", "LANG", "OMP_WAIT_POLICY") if name in os.environ}
    homes = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "YOLO_CONFIG_DIR", "YOLOV5_CONFIG_DIR", "MPLCONFIGDIR")
    variables = {
        **ours,
        **dict.fromkeys(homes, str(home)),
        "PYTHONPATH": os.pathsep.join(map(str, [services, *path, *extras])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "PIP_NO_INDEX": "1",
        "WANDB_MODE": "disabled",
    }
    place = Environment(work, variables)
    # Both repositories download this font before they read a data set; another one will do.
    font = place.run("-c", _FONT).strip()
    for config in (home, home / "Ultralytics"):
        shutil.copy(font, config / "Arial.ttf")
    return place


def transferred(printed: str) -> list[tuple[int, int]]:
    """Give the figures of each line "Transferred N/M items" that a checkout printed."""
    return [(int(some), int(most)) for some, most in re.findall(r"Transferred (\d+)/(\d+) items", printed)]


def losses(results: Path) -> list[dict[str, float]]:
    """Give the losses of each epoch in results.csv by their names, which are finite and positive."""
    with results.open(encoding="utf-8", newline="") as file:
        rows = [{name.strip(): value for name, value in row.items()} for row in csv.DictReader(file)]
    epochs = [{name: float(value) for name, value in row.items() if name.endswith("_loss")} for row in rows]
    for epoch in epochs:
        assert len(epoch) == 6, epoch
        assert all(math.isfinite(loss) and loss > 0 for loss in epoch.values()), epoch
    return epochs
