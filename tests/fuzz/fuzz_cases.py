"""One input of the fuzz run: what is written to a folder, and the commands that are then run there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from fuzz_arguments import kept, odd, usual
from fuzz_bytes import ANY
from fuzz_checkouts import Files, made_up, patched, real, write
from fuzz_places import replace
from fuzz_recipes import mutate_recipe
from fuzz_state import EXPORT, mutate_journal, mutate_state
from fuzz_tokens import PYTHON
from fuzz_yaml import YAML


@dataclass(frozen=True)
class Case:
    """An input.

    Attributes:
        kind: a name of `KINDS`.
        said: the checkout and its mutations, in words.
        commands: the command lines, in their order.
        writes: the first command applies a patch, the last one reverts it.
        journal: the journal of the interrupted commit that the first command finds.
    """

    kind: str
    said: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    writes: bool = False
    journal: Mapping[str, Any] | None = None


Make = Callable[[Random, Path], Case]


def make_case(seed: int, number: int, folder: Path) -> Case:
    """Write the input of a number to an empty folder; the same seed and number give the same."""
    random = Random(f"{seed}:{number}")
    (kind,) = random.choices(tuple(KINDS), [share for share, _ in KINDS.values()])
    return KINDS[kind][1](random, folder / "checkout")


def _mutated(random: Random, files: Files, wanted: Callable[[str], bool], most: int) -> tuple[Files, list[str], str]:
    """Mutate one or more files; give them all, what was done, and the last one's path."""
    files, said = dict(files), []
    paths = [path for path in sorted(files) if wanted(path)]
    path = random.choice(paths)
    for _ in range(random.choice((1, 1, 1, *range(2, most + 1)))):
        kinds = (*ANY, *PYTHON, *PYTHON) if path.endswith(".py") else (*ANY, *YAML, *YAML, *YAML)
        files[path], words = random.choice(kinds)(random, files[path], files[random.choice(sorted(files))])
        said.append(f"{path}: {words}")
        path = random.choice(paths) if random.random() < 0.3 else path
    return files, said, path


def _is_python(path: str) -> bool:
    return path.endswith(("tasks.py", "yolo.py", "modules.py", "common.py", "modules/__init__.py", "block.py"))


def _is_model(path: str) -> bool:
    return path.endswith(".yaml") and "/models/" in f"/{path}"


def _python(random: Random, root: Path) -> Case:
    files, name = made_up(random)
    files, said, _ = _mutated(random, files, _is_python, 3)
    write(files, root)
    return Case("python", (name, *said), (tuple(usual(random, root)),))


def _yaml(random: Random, root: Path) -> Case:
    files, name = made_up(random)
    files, said, path = _mutated(random, files, _is_model, 3)
    write(files, root)
    return Case("yaml", (name, *said), (tuple(usual(random, root, path)),))


def _real(random: Random, root: Path) -> Case:
    files, name = real(random)
    files, said, path = _mutated(random, files, _is_python if random.random() < 0.5 else _is_model, 3)
    write(files, root)
    return Case("real", (name, *said), (tuple(usual(random, root, path if path.endswith(".yaml") else None)),))


def _place(random: Random, root: Path) -> Case:
    files, name = made_up(random)
    write(files, root)
    said = []
    for _ in range(random.choice((1, 1, 2))):
        path = random.choice((*sorted(files), EXPORT, ".yolo-patcher/state.json", "pyproject.toml", "models/yolo.py"))
        if (root / path).parent.is_dir() or not (root / path).parent.exists():
            said.append(replace(random, root, path))
    return Case("place", (name, *said), (tuple(usual(random, root)),))


def _recipe(random: Random, root: Path) -> Case:
    files, name = made_up(random)
    write(files, root)
    words, said = mutate_recipe(random, root.parent / "recipe")
    how = ["--json"] if random.random() < 0.4 else []
    command = random.choice(("dry run", "dry run", "dry run", "show", "list"))
    argv = ["apply", *words, "--no-verify", "--dry-run", "--repo", str(root)]
    if command == "show" or (command == "list" and len(words) == 1):
        argv = ["show", *words]
    elif command == "list":
        argv = ["list", *words[1:]]
    return Case("recipe", (name, *said), ((*argv, *how),))


def _state(random: Random, root: Path) -> Case:
    _, files, name = patched(random)
    said = mutate_state(random, files, root)
    return Case("state", (name, *said), (tuple(kept(random, root)),))


def _journal(random: Random, root: Path) -> Case:
    before, after, name = patched(random)
    journal, said = mutate_journal(random, before, after, root)
    return Case("journal", (name, *said), (tuple(kept(random, root)),), journal=journal)


def _arguments(random: Random, root: Path) -> Case:
    files, name = made_up(random)
    write(files, root)
    return Case("arguments", (name,), (tuple(odd(random, root)),))


def _round_trip(random: Random, root: Path) -> Case:
    files, name = made_up(random)
    said: list[str] = []
    if random.random() < 0.9:
        files, said, _ = _mutated(random, files, _is_python if random.random() < 0.5 else _is_model, 2)
    write(files, root)
    recipe = random.choice(("se", "sae@neck", "gam@backbone", "se@after:3", "se@before:9", "sae@head"))
    apply = ("apply", recipe, "--no-verify", "--repo", str(root))
    how = ("--json",) if random.random() < 0.5 else ()
    back = ("revert", "--all", "--repo", str(root))
    return Case("round trip", (name, *said), ((*apply, *how), (*apply, "--check"), (*back, *how)), writes=True)


KINDS: Mapping[str, tuple[float, Make]] = {
    "python": (25, _python), "yaml": (27, _yaml), "real": (4, _real), "place": (6, _place), "recipe": (9, _recipe),
    "state": (9, _state), "journal": (4, _journal), "arguments": (8, _arguments), "round trip": (8, _round_trip),
}  # fmt: skip
"""The kinds of input: how often each comes, and what makes one."""
