"""What one more variant costs when many share a process: `python -m benchmarks.many CHECKOUT`.

The time of a run with nine variants less that of a run with one, for each variant more, beside the seconds that the
variant's own build and checks took.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import Any

ROUNDS = 3
PLACES = ("head", "backbone", "neck")
VARIANTS = [f"{recipe}@{place}" for recipe in ("se", "sae", "context-aggregation") for place in PLACES]


def run(checkout: str, variants: list[str]) -> tuple[float, list[float]]:
    """Verify variants in one process; give the wall time, and each variant's own seconds."""
    command = [sys.executable, "-m", "yolo_patcher", "verify", "--repo", checkout, "--device", "cpu", "--json"]
    for variant in variants:
        command += ["--try", variant]
    start = time.perf_counter()
    ended = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    seconds = time.perf_counter() - start
    patches: list[Any] = json.loads(ended.stdout)["patches"]
    checks = [[check["seconds"] for check in one["verify"]["checks"] if check["name"] != "import"] for one in patches]
    return seconds, [sum(one) for one in checks]


def main(checkout: str) -> None:
    """Print a line for each round, and the median of the ratios."""
    ratios = []
    run(checkout, VARIANTS[:1])
    for _ in range(ROUNDS):
        one, _ = run(checkout, VARIANTS[:1])
        many, own = run(checkout, VARIANTS)
        extra = (many - one) / (len(VARIANTS) - 1)
        mean = statistics.mean(own[1:])
        ratios.append(extra / mean)
        print(f"one {one:.2f} s, {len(VARIANTS)} {many:.2f} s: {extra:.2f} s more each, its own {mean:.2f} s")
    print(f"median {statistics.median(ratios):.2f} x")


if __name__ == "__main__":
    main(sys.argv[1])
