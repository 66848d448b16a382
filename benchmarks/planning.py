"""Time the pure part: reading, locating and re-indexing every stock model, and made-up models of any length.

`python -m benchmarks.planning CHECKOUT`
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import SourceText, decode_yaml
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import model_files
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import read_model_yaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.places import locate
from yolo_patcher.plan.renumber import NewRow
from yolo_patcher.plan.yaml_text import patched_model
from yolo_patcher.recipe.selector import parse_selector

POSITIONS = ("head", "backbone", "neck")
LENGTHS = (10, 100, 1000, 10000)
ROUNDS = 5


def plan(site: Site, source: SourceText) -> None:
    """Read a model, work out its levels and channels, and insert a row at each named position that it has."""
    model = read_model_yaml(source)
    scale = next(iter(scales(model).values()))
    level = levels_of(site, model, scale, {}).level
    channels(model, site.parse_model, scale)
    for position in POSITIONS:
        try:
            places = locate(parse_selector(position), model, level).places
        except PatcherError:
            continue
        patched_model(model, [NewRow(place, "SE", ()) for place in places])


def best(work: Callable[[], object]) -> float:
    """Give the shortest of several rounds in milliseconds, without garbage collection, as timeit does."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
        gc.enable()
    return min(times) * 1000


def long_model(length: int) -> str:
    """Write a model of a given number of rows: a backbone, then fusions with lateral rows again and again."""
    rows = ["[-1, 1, Conv, [64, 3, 2]]", "[-1, 1, Conv, [64, 3, 2]]", "[-1, 1, Conv, [64, 3, 2]]"]
    head: list[str] = []
    while len(rows) + len(head) < length - 1:
        here = len(rows) + len(head)
        cycle = ("[-1, 1, nn.Upsample, [None, 2, nearest]]", f"[[-1, {max(1, here - 3)}], 1, Concat, [1]]",
                 "[-1, 3, C2f, [64]]", "[-1, 1, Conv, [64, 3, 2]]")  # fmt: skip
        head.append(cycle[(here - 3) % 4])
    head.append("[[-1], 1, Detect, [nc]]")
    lines = ["nc: 80", "backbone:", *(f"  - {row}" for row in rows), "head:", *(f"  - {row}" for row in head)]
    return "\n".join(lines) + "\n"


def main(root: Path) -> None:
    """Print both tables."""
    _, site = recognise(Snapshot(root))
    ours, theirs, c_theirs = [], [], []
    for path in model_files(site):
        content = site.snapshot.read(path) or b""
        if b"\nbackbone:" in content:
            source = decode_yaml(path, content)
            ours.append(best(partial(plan, site, source)))
            theirs.append(best(partial(yaml.safe_load, source.text)))
            c_theirs.append(best(partial(yaml.load, source.text, yaml.CSafeLoader)))
    print(f"{len(ours)} stock models, milliseconds a model (median; best of {ROUNDS} rounds each):\n")
    print("| planning at head, backbone and neck | yaml.safe_load | the same with libyaml |\n|---|---|---|")
    print(" | ".join(["", *(f"{statistics.median(one):.1f}" for one in (ours, theirs, c_theirs)), ""]).strip())
    print("\n| rows | milliseconds | microseconds a row |\n|---|---|---|")
    for length in LENGTHS:
        source = decode_yaml("long.yaml", long_model(length).encode())
        taken = best(partial(plan, site, source))
        print(f"| {length:,} | {taken:,.1f} | {1000 * taken / length:,.0f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
