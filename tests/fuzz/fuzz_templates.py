"""Make templates of recipes out of inert and of acting pieces: whatever the rules accept is imported, and does nothing.

`python tests/fuzz/fuzz_templates.py [--accepted 5000] [--seed 0] [--python PYTHON]`; `--case N` shows one again. Each
accepted template is imported by `import_watch.py` as it is, and as it stands in a checkout under another name, in the
one or the other style.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from fuzz_grammar import template
from fuzz_watched import Watched

from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.style import Style, restyle
from yolo_patcher.recipe.catalogue import find_recipe
from yolo_patcher.recipe.class_code import ClassCode, read_class

SLOW = 2
"""Seconds that a verdict may take."""
TRIED = 100
"""Templates made for one that is accepted, at most: past it, the rules refuse what the grammar takes for inert."""
_STYLES = (Style("    ", '"', "\n"), Style("\t", "'", "\n"))


@dataclass(frozen=True)
class Judged:
    """What came of a template.

    Attributes:
        number: its number.
        text: it.
        verdict: `accepted`, or the first words of why it is refused.
        wrong: what was wrong, one text each.
    """

    number: int
    text: bytes
    verdict: str
    wrong: tuple[str, ...] = ()


def judge(seed: int, number: int, folder: Path, watched: Watched) -> Judged:
    """Make a template, ask the rules about it, and import it where they accept it."""
    text = template(Random(f"{seed}:{number}"))
    path = folder / "se.py"
    path.write_bytes(text)
    start = time.process_time()
    try:
        code = read_class(replace(find_recipe("se"), template=path, hyperparameters=()))
    except PatcherError as error:
        wrong = () if error.kind == "recipe" and error.line and len(error.message) < 400 else (repr(error),)
        return Judged(number, text, " ".join(error.message.split()[:4]), (*wrong, *_slow(start)))
    except Exception as error:
        return Judged(number, text, "failed", (f"{type(error).__name__}: {error}",))
    slow = tuple(_slow(start))
    acts: dict[str, None] = {}
    for each in _forms(text, code, _STYLES[number % len(_STYLES)]):
        done, raised = watched.run(each)
        acts.update(dict.fromkeys([*done, raised] if raised else done))
    return Judged(number, text, "accepted", (*acts, *slow))


def _slow(start: float) -> Iterator[str]:
    seconds = time.process_time() - start
    if seconds > SLOW:
        yield f"the verdict took {seconds:.1f} s"


def _forms(text: bytes, code: ClassCode, style: Style) -> Iterator[str]:
    """Give an accepted template as it is, and as it stands in a checkout."""
    yield text.decode("utf-8-sig")
    pasted = restyle(code.named("Renamed"), style)
    yield "\n".join((*(one.statement for one in code.imports), pasted, ""))


def show(one: Judged, seed: int) -> None:
    """Print a template and what is wrong with it."""
    print(f"\n--- template {one.number} of seed {seed}: {one.verdict}")
    print("  | " + "\n  | ".join(one.text.decode("utf-8", "replace")[:3000].splitlines()))
    for text in one.wrong:
        print(f"  WRONG: {text[:500]}")
    print(f"  again: python tests/fuzz/fuzz_templates.py --seed {seed} --case {one.number}", flush=True)


def main() -> None:
    """Try templates until enough were accepted, or show one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--accepted", type=int, default=5000, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--python", default=sys.executable, help="the Python that imports them, with torch")
    parser.add_argument("--case", type=int, help="show this one only")
    options = parser.parse_args()
    start, number, failed = time.monotonic(), 0, 0
    verdicts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="fuzzed-templates-") as name:
        folder, watched = Path(name), Watched(options.python)
        if options.case is not None:
            one = judge(options.seed, options.case, folder, watched)
            show(one, options.seed)
            sys.exit(bool(one.wrong))
        while verdicts["accepted"] < options.accepted:
            if number >= TRIED * (verdicts["accepted"] + 1):
                sys.exit(f"Only {verdicts['accepted']} of {number} templates were accepted: {verdicts.most_common(5)}")
            one = judge(options.seed, number, folder, watched)
            number += 1
            verdicts[one.verdict] += 1
            if one.wrong:
                failed += 1
                show(one, options.seed)
        watched.close()
    for verdict, count in verdicts.most_common(40):
        print(f"{count:6}  {verdict}")
    share = verdicts["accepted"] / number
    print(
        f"{verdicts['accepted']} of {number} templates of seed {options.seed} ({share:.0%}) accepted and imported "
        f"in {time.monotonic() - start:.0f} s; {failed} failed"
    )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
