"""Time modules beside their plain forms: `make bench-modules`, or `python -m benchmarks.modules --help`."""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import torch

from benchmarks.modules.measure import Case, Result, cases, run
from benchmarks.modules.record import PATH, counted, read, written
from benchmarks.modules.table import section, with_section
from yolo_patcher.recipe.catalogue import all_recipes, find_recipe
from yolo_patcher.recipe.measured import shape_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def main() -> None:
    """Measure, print, and write what was asked for."""
    options = arguments()
    recipes = [find_recipe(name) for name in options.names] or list(all_recipes())
    wanted = [case for recipe in recipes for case in cases(recipe, quick=options.quick, device=options.device)]
    results: list[Result] = []
    for number, case in enumerate(wanted, 1):
        print(f"\r{number} of {len(wanted)}: {case.text}".ljust(79), end="", flush=True)
        results.append(run(case, options.rounds))
    print()
    text = section(results, f"{machine(options.device)}, {options.rounds} rounds")
    print(text)
    if options.write:
        PAGE.write_text(with_section(PAGE.read_text("utf-8"), text), encoding="utf-8")
    if options.record:
        record(results, options.device)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.modules", description=__doc__)
    parser.add_argument("names", nargs="*", help="recipes; all where none is named")
    parser.add_argument("--quick", action="store_true", help="YOLOv8n alone, one thread")
    parser.add_argument("--rounds", type=int, default=15, help="samples of each case")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--write", action="store_true", help=f"write the section of {PAGE.name}")
    parser.add_argument("--record", action="store_true", help="write the times of `list` and `show`")
    return parser.parse_args()


def machine(device: str) -> str:
    """Say what the times are of."""
    if device != "cpu":
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    names = [line.split(":", 1)[1].strip() for line in cpu_lines() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, torch {torch.__version__}"


def cpu_lines() -> list[str]:
    """Give what Linux says of the processor; nothing elsewhere."""
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.exists() else []


def record(results: list[Result], device: str) -> None:
    """Keep the forward's time of one map with one thread, at every shape."""
    document = counted(read())
    document["machine"] = f"{machine(device)}, one thread, float32"
    for result in results:
        case: Case = result.case
        if (case.batch, case.threads, case.backward) == (1, 1, False):
            times = document["modules"][case.recipe.name].setdefault("milliseconds", {})
            times[shape_text(case.shape)] = round(1000 * result.seconds, 4)
    PATH.write_text(written(document), encoding="utf-8")


if __name__ == "__main__":
    main()
