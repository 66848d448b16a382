"""What one `apply` asks for: as values, as the words of a command line, and as the data that is recorded."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from yolo_patcher.commit.patch import Asked
from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import find_recipe
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.recipe import Recipe
from yolo_patcher.recipe.selector import Selector, parse_selector
from yolo_patcher.recipe.settings import STRICT, checked_settings, parse_settings

_LONGEST = 60
"""The characters of a request in a name: longer ones are shortened, since names are typed, and files have limits."""


@dataclass(frozen=True)
class Insertion:
    """One recipe of a request, with its hyper-parameters and its positions."""

    recipe: Recipe
    settings: Mapping[str, object]
    positions: tuple[Selector, ...]

    @property
    def slug(self) -> str:
        """The insertion as a part of a file name: `sae-head-backbone`."""
        return "-".join([self.recipe.name, *(selector.slug for selector in self.positions)])

    @property
    def changed(self) -> dict[str, str]:
        """The settings that are not the defaults, as they are written."""
        defaults = {**self.recipe.defaults, STRICT.name: STRICT.default}
        return {name: format_value(value) for name, value in self.settings.items() if value != defaults.get(name)}

    def words(self) -> tuple[list[str], list[str]]:
        """Give the arguments of `apply` that ask for it: the positions, and the settings that are not the defaults."""
        settings = [f"--set {self.recipe.name}.{name}={value}" for name, value in self.changed.items()]
        return [f"{self.recipe.name}@{selector.request}" for selector in self.positions], settings

    def asked(self) -> Asked:
        """Give it as it is recorded."""
        positions = tuple(selector.text for selector in self.positions)
        return Asked(self.recipe.name, self.recipe.version, self.settings, positions)


@dataclass(frozen=True)
class Request:
    """What one `apply` asks for.

    Attributes:
        insertions: the recipes and where they go.
        model: the base model's name or path; None for the default.
        scale: the scale; None for the name's own, or the smallest.
        output: the new model YAML's name; None to make one from the request.
    """

    insertions: tuple[Insertion, ...]
    model: str | None = None
    scale: str | None = None
    output: str | None = None

    @classmethod
    def from_words(
        cls,
        recipes: Sequence[str],
        positions: Sequence[str] = (),
        settings: Sequence[str] = (),
        more: Sequence[Path] = (),
        *,
        model: str | None = None,
        scale: str | None = None,
        output: str | None = None,
    ) -> Request:
        """Read the arguments of `apply`; a recipe that is named twice is one with all its positions.

        Args:
            recipes: `sae`, `sae@head`, `gam@backbone:p4`, `se@head:reduction=8` ...
            positions: the `--position` options, for the recipes without `@`.
            settings: the `--set` options: `reduction=8`, or `sae.reduction=8` where there are several recipes.
            more: the `--recipe` options: recipe files, or folders of them.
            model: the `--model` option.
            scale: the `--scale` option.
            output: the `--output` option.

        Raises:
            PatcherError: `usage` and `recipe`, when an argument is not understood.
        """
        return cls(_insertions(recipes, positions, settings, tuple(more)), model, scale, output)

    @classmethod
    def from_line(cls, line: str, more: Sequence[Path] = ()) -> Request:
        """Read what `words` wrote.

        Raises:
            PatcherError: `usage` and `recipe`, when it is not understood.
        """
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise PatcherError("usage", f"{line!r} can't be split into words: {error}") from error
        options = [number for number, word in enumerate(words) if word == "--set"]
        if options and options[-1] + 1 == len(words):
            raise PatcherError("usage", "--set without a value")
        recipes = words[: options[0]] if options else words
        return cls.from_words(recipes, (), [words[number + 1] for number in options], more)

    @classmethod
    def from_asked(cls, asked: Sequence[Asked], more: Sequence[Path] = ()) -> Request:
        """Read what `asked` gave, in today's versions of the recipes.

        Raises:
            PatcherError: `usage` and `recipe`, when a recipe is not there or takes no such setting.
        """
        insertions = []
        for each in asked:
            recipe = find_recipe(each.recipe, tuple(more))
            positions = tuple(parse_selector(position) for position in each.positions)
            insertions.append(Insertion(recipe, checked_settings(recipe, each.settings), positions))
        return cls(tuple(insertions))

    def words(self) -> str:
        """Give the arguments of `apply` that ask for its insertions: `sae@head --set sae.reduction=8`."""
        every = [one.words() for one in self.insertions]
        return " ".join(word for kind in (0, 1) for words in every for word in words[kind])

    def asked(self) -> tuple[Asked, ...]:
        """Give its insertions as they are recorded."""
        return tuple(one.asked() for one in self.insertions)

    @property
    def slug(self) -> str:
        """Its insertions as a part of a file name; of a long request the recipes, and what tells it from others."""
        return self._label or f"{self._recipes}-{hashlib.sha256(json.dumps(self._key).encode()).hexdigest()[:4]}"

    @property
    def _label(self) -> str:
        """Its insertions in words; empty where that is too long for a name."""
        label = "-".join(one.slug for one in self.insertions)
        return label if len(label) <= _LONGEST else ""

    @property
    def _recipes(self) -> str:
        """Its recipes in words, the last ones as a number where they are many."""
        names = list(dict.fromkeys(one.recipe.name for one in self.insertions))
        shown = [name for number, name in enumerate(names) if len("-".join(names[: number + 1])) <= _LONGEST]
        more = [f"{len(names) - len(shown)}-more"] if len(shown) < len(names) else []
        return "-".join([*shown, *more])

    @property
    def _key(self) -> list[list[object]]:
        return [
            [one.recipe.name, one.recipe.version, dict(one.settings), [selector.request for selector in one.positions]]
            for one in self.insertions
        ]

    def output_path(self, base: str) -> str:
        """Give the path of the new model YAML: beside its base, named after the request or as the user said.

        Raises:
            PatcherError: `usage`, when the name that the user gave is not a plain file name.
        """
        path = PurePosixPath(base)
        if self.output is None:
            return str(path.with_name(f"{path.stem}-{self.slug}.yaml"))
        name = self.output if self.output.endswith((".yaml", ".yml")) else f"{self.output}.yaml"
        if PurePosixPath(name).name != name or "\\" in name or name.startswith(".") or not name.isprintable():
            raise PatcherError(
                "usage",
                f"--output {self.output!r} is not a plain file name",
                help="The new model YAML is written beside its base; give its name without a folder.",
            )
        return str(path.with_name(name))

    def with_settings_in_its_name(self, base: str) -> Request:
        """Give it with a name that tells it from the same with other settings: `yolov8-se-head-reduction8.yaml`."""
        changed = [f"{name}{value}".replace("_", "") for one in self.insertions for name, value in one.changed.items()]
        what = "-".join(changed) or "defaults"
        if len(what) > _LONGEST or not re.fullmatch(r"[\w.-]+", what, re.ASCII):
            what = hashlib.sha256(what.encode()).hexdigest()[:4]
        return replace(self, output=f"{PurePosixPath(base).stem}-{self.slug}-{what}.yaml")

    def patch_id(self, base: str, model: str) -> str:
        """Give the name of the patch that it makes; the same request on the same model gives the same.

        Args:
            base: the base model's path.
            model: the new model's path.
        """
        key = json.dumps([self._key, base, model], sort_keys=True).encode()
        return f"{self._label or self._recipes}-{hashlib.sha256(key).hexdigest()[:6]}"


def _insertions(
    wanted: Sequence[str], positions: Sequence[str], pairs: Sequence[str], more: tuple[Path, ...]
) -> tuple[Insertion, ...]:
    asked: dict[str, tuple[Recipe, list[str]]] = {}
    unused = bool(positions)
    pairs = list(pairs)
    for text in wanted:
        place, own = _own_settings(text)
        name, at, position = place.rpartition("@") if "@" in place else (place, "", "")
        recipe = find_recipe(name, more)
        places = asked.setdefault(recipe.name, (recipe, []))[1]
        unused = unused and bool(at)
        places += [position] if at else positions or [recipe.position]
        pairs += [f"{recipe.name}.{pair}" for pair in own if f"{recipe.name}.{pair}" not in pairs]
    if unused:
        raise PatcherError("usage", "--position is given, but every recipe has its own @POSITION")
    settings = _by_recipe([recipe for recipe, _ in asked.values()], pairs)
    return tuple(
        Insertion(
            recipe,
            parse_settings(recipe, settings[name]),
            tuple({selector.request: selector for selector in map(parse_selector, places)}.values()),
        )
        for name, (recipe, places) in asked.items()
    )


def _own_settings(text: str) -> tuple[str, list[str]]:
    """Take the settings off a recipe's word: `se@head:reduction=8,bias=true` is `se@head`, with two."""
    found = re.search(r":(?=[\w-]+=)", text)
    return (text[: found.start()], re.split(r",(?=[\w-]+=)", text[found.end() :])) if found else (text, [])


def _by_recipe(recipes: Sequence[Recipe], pairs: Sequence[str]) -> dict[str, list[str]]:
    names = {recipe.name for recipe in recipes}
    settings: dict[str, list[str]] = {name: [] for name in names}
    for pair in pairs:
        head, dot, rest = pair.partition(".")
        if dot and head in names:
            settings[head].append(rest)
        elif len(names) == 1:
            settings[recipes[0].name].append(pair)
        else:
            raise PatcherError(
                "usage",
                f"--set {pair} does not say which recipe it is for",
                help=f"Write --set {recipes[0].name}.{pair}.",
            )
    return settings
