"""Compare the CPU seconds of whole commands with those of an earlier commit, in turn: a part of `make bench`.

`python -m benchmarks.against [--commit 154d9db] [--starts 15] [--verifications 3]`; both trees run in this Python, each
compiled beforehand, on the same checkout of ultralytics 8.4.190. What a verification starts is counted in.
"""

from __future__ import annotations

import argparse
import compileall
import io
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from checkouts import checkout  # noqa: E402

STARTS: Mapping[str, Sequence[str]] = {
    "`--help`": ["--help"],
    "`list`": ["list"],
    "`status`": ["status"],
    "`apply --dry-run --no-verify`": ["apply", "sae", "--dry-run", "--no-verify"],
}
MODELS = ("yolov8n", "yolo11l", "yolov8x", "rtdetr-l")


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--commit", default="154d9db", help="the commit to compare with")
    parser.add_argument("--starts", type=int, default=15, help="pairs of each short command")
    parser.add_argument("--verifications", type=int, default=3, help="pairs of each verification")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yolo-patcher-bench-") as folder:
        old, new = Path(folder) / "old", Path(folder) / "new"
        for commit, tree in ((options.commit, old), ("HEAD", new)):
            unpack(commit, tree)
        repo = checkout("ultralytics-8.4.190", Path(folder) / "ultralytics")
        print(f"CPU seconds against {options.commit}.\n\n| what | pairs | before | now | ratio | spread |")
        print("|---|---|---|---|---|---|")
        for title, arguments in STARTS.items():
            compare(title, arguments, options.starts, old, new, repo)
        for model in MODELS:
            arguments = ["apply", "sae", "--dry-run", "--device", "cpu", "--model", model]
            compare(f"`apply --dry-run` with verification, {model}", arguments, options.verifications, old, new, repo)


def unpack(commit: str, tree: Path) -> None:
    """Write what a commit holds to a folder, compiled."""
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(tree, filter="data")
    compileall.compile_dir(tree / "yolo_patcher", quiet=1)


def compare(title: str, arguments: Sequence[str], pairs: int, old: Path, new: Path, repo: Path) -> None:
    """Print one line: medians, and the ratio pair by pair."""
    for tree in (old, new):
        cpu(tree, arguments, repo)
    times = [(cpu(old, arguments, repo), cpu(new, arguments, repo)) for _ in range(pairs)]
    ratios = [now / before for before, now in times]
    before, now = (statistics.median(column) for column in zip(*times, strict=True))
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(
        f"| {title} | {pairs} | {before:.3f} s | {now:.3f} s | {statistics.median(ratios):.3f} | {spread} |", flush=True
    )


def cpu(tree: Path, arguments: Sequence[str], repo: Path) -> float:
    """Run the command line of a tree in a checkout; give the CPU seconds of its process and of all that it started."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "yolo_patcher", *arguments],
        check=True, cwd=repo, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
