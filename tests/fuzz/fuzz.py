"""Run the command line on damaged checkouts, recipes, state and arguments: no traceback, no hang, nothing written.

`python tests/fuzz/fuzz.py [--inputs 20000] [--seed 0] [--workers 2]`; `--case N` tries one input again, and leaves it
where it can be looked at. The same seed and number give the same input.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from fuzz_cases import KINDS
from fuzz_try import Tried, try_input
from fuzz_workers import try_all


def show(tried: Tried, seed: int) -> None:
    """Print an input and what is wrong with how it ended."""
    print(f"\n--- input {tried.number} of seed {seed}: {tried.kind}")
    for text in tried.said:
        print(f"  {text.encode('utf-8', 'replace').decode()}")
    for argv in tried.commands:
        print(f"  $ yolo-patcher {' '.join(map(quote, argv))}".encode("utf-8", "replace").decode()[:2000])
    for text in tried.wrong:
        print(f"  WRONG: {text}".encode("utf-8", "replace").decode()[-4000:])
    if tried.output:
        print("  | " + "\n  | ".join(tried.output.rstrip().splitlines()[-30:]))
    print(f"  again: python tests/fuzz/fuzz.py --seed {seed} --case {tried.number}", flush=True)


def summary(tried: Iterable[Tried]) -> str:
    """Give the counts by kind of input and exit code, as a table in Markdown."""
    counts = Counter((one.kind, one.codes[-1] if one.codes else -1) for one in tried)
    codes = sorted({code for _, code in counts})
    lines = [f"| kind | {' | '.join(map(str, codes))} | all |", "|---" * (len(codes) + 2) + "|"]
    for kind in [*KINDS, *sorted({kind for kind, _ in counts} - set(KINDS))]:
        cells = [counts[kind, code] for code in codes]
        lines.append(f"| {kind} | {' | '.join(map(str, cells))} | {sum(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Try many inputs, or one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--inputs", type=int, default=20_000, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--case", type=int, help="try this one only")
    options = parser.parse_args()
    if options.case is not None:
        folder = Path(tempfile.mkdtemp(prefix="yolo-patcher-fuzz-"))
        one = try_input(options.seed, options.case, folder)
        show(one, options.seed)
        print(f"  codes {one.codes}; it stands in {folder}")
        sys.exit(bool(one.wrong))
    start, done, failed = time.monotonic(), [], 0
    for one in try_all(options.seed, range(options.inputs), options.workers):
        done.append(one)
        if one.wrong:
            failed += 1
            show(one, options.seed)
    seconds = time.monotonic() - start
    print(f"\n{summary(done)}\n")
    print(f"{len(done)} inputs of seed {options.seed} in {seconds:.0f} s; {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
