"""Time whole processes in turn and print the ratios of one run: `make bench`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from checkouts import checkout  # noqa: E402

from benchmarks.against import ROOT, cpu  # noqa: E402

RUNS = 7
COMPLETE_PYTHON = "/usr/bin/python3"
# Rows on the line, modules inside blocks, and others in their stead.
TEN = [
    "sae@head",
    "se@after:SPPF",
    "cbam@backbone",
    "eca@neck",
    "simam@inside:C2f",
    "coordatt@before:SPPF",
    "ema@inside:SPPF:end",
    "bam@neck:p4",
    "bifpn@replace:Concat",
    "spdconv@replace:Conv:p4",
]
PATCHER = (sys.executable, "-m", "yolo_patcher")


def seconds(command: Sequence[str]) -> float:
    """Run a command and give the wall time of its process."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["YOLO_CONFIG_DIR"] = environment["MPLCONFIGDIR"] = tempfile.gettempdir()
    start = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, env=environment)
    return time.perf_counter() - start


def alone(title: str, command: Sequence[str], bound: float) -> None:
    """Time one command."""
    seconds(command)
    times = [seconds(command) for _ in range(RUNS)]
    report(title, f"{statistics.median(times):.3f} s", f"{min(times):.3f} to {max(times):.3f} s", f"{bound:.2f} s")


def pair(title: str, command: Sequence[str], reference: Sequence[str], bound: float) -> None:
    """Time two commands in turn and give the ratio pair by pair."""
    seconds(command), seconds(reference)
    pairs = [(seconds(command), seconds(reference)) for _ in range(RUNS)]
    ratios = [ours / theirs for ours, theirs in pairs]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    report(
        title,
        f"{statistics.median(ratios):.2f} x ({ours:.2f} s / {theirs:.2f} s)",
        f"{min(ratios):.2f} to {max(ratios):.2f} x",
        f"{bound:.2f} x",
    )


def planning(title: str, many: Sequence[str], single: Sequence[str], repo: Path, bound: float) -> None:
    """Compare the CPU seconds of planning many insertions with those of a single insertion, in turn."""
    commands = [["apply", *words, "--dry-run", "--no-verify"] for words in (many, single)]
    for command in commands:
        cpu(ROOT, command, repo)
    pairs = [[cpu(ROOT, command, repo) for command in commands] for _ in range(RUNS)]
    ratios = [more / less for more, less in pairs]
    more, less = (statistics.median(column) for column in zip(*pairs, strict=True))
    report(
        title,
        f"{statistics.median(ratios):.2f} x ({more:.2f} s / {less:.2f} s)",
        f"{min(ratios):.2f} to {max(ratios):.2f} x",
        f"{bound:.2f} x",
    )


def report(title: str, median: str, spread: str, bound: str) -> None:
    """Print one line of the table."""
    print(f"| {title} | {median} | {spread} | {bound} |", flush=True)


def main() -> None:
    """Run all benchmarks on ultralytics 8.4.190."""
    with tempfile.TemporaryDirectory(prefix="yolo-patcher-bench-") as folder:
        repo = checkout("ultralytics-8.4.190", Path(folder) / "ultralytics")
        edited = [str(repo / "ultralytics/nn" / name) for name in ("tasks.py", "modules/__init__.py")]
        print(f"{RUNS} runs, whole processes, in turn with the reference.\n")
        print("| what | median | spread | wanted |\n|---|---|---|---|")
        alone("`--help`", [*PATCHER, "--help"], 0.25)
        alone("`list`", [*PATCHER, "list"], 0.25)
        alone("`status`", [*PATCHER, "status", "--repo", str(repo)], 0.25)
        pair(
            "`apply --dry-run --no-verify` / import libcst, parse and emit the two files",
            [*PATCHER, "apply", "sae", "--repo", str(repo), "--dry-run", "--no-verify"],
            [sys.executable, str(HERE / "parse_and_emit.py"), *edited],
            1.3,
        )
        planning("planning ten insertions / planning a single insertion, CPU time", TEN, ["sae"], repo, 1.5)
        if subprocess.run([COMPLETE_PYTHON, "-c", "import torch, cv2"], capture_output=True).returncode:
            print(f"\nverify was not measured: {COMPLETE_PYTHON} has no torch and cv2")
            return
        subprocess.run([*PATCHER, "apply", "sae", "--repo", str(repo), "--no-verify"], check=True, capture_output=True)
        pair(
            "`verify` / a script written by hand with the same passes",
            [*PATCHER, "verify", "--repo", str(repo), "--python", COMPLETE_PYTHON, "--device", "cpu"],
            [COMPLETE_PYTHON, str(HERE / "verify_by_hand.py"), str(repo), "yolov8n.yaml", "yolov8n-sae-head.yaml"],
            1.25,
        )


if __name__ == "__main__":
    main()
