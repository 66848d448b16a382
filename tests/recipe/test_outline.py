"""A recipe's outline is what reading the whole file gives, or there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import all_recipes, named, signatures
from yolo_patcher.recipe.outline import Outline, outline
from yolo_patcher.recipe.reader import head_of, read_recipe
from yolo_patcher.recipe.recipe import Recipe

FIELDS = {
    "name": "other",
    "version": "1",
    "title": "Other",
    "class": "Other",
    "template": "se.py",
    "kind": "gate",
    "formula": "y = x",
    "parameters": "0",
    "aliases": "[another, an other]",
}
ALIASES = (
    "[]",
    "[another]",
    "[ 'an other' , \"x_y\" ]",
    "[another,\n  more]",
    "\n  - another\n  - more",
    "\n- another\n- more",
    "\n  - another # a comment\n",
    "\n  # a comment\n  - another",
    "\n  - 'an other'",
    "\n  - an\n    other",
    '\n  - "x\\u0061y"',
    "[an\n  other]",
    "[注意力, SE注意力机制]",
)
KEYS = ("name: {0}", "name:   {0}  ", "'name': {0}", '"name": {0}', "name : {0}", "? name\n: {0}", "name: # x\n  {0}")
NAMES = ("other", "'other'", '"other"', '"oth\\u0065r"', "other # a comment", "oth\n  er")


def text(**changed: str) -> str:
    """Write a recipe, its keys each in a line of its own."""
    return "".join(f"{key}: {value}\n" for key, value in {**FIELDS, **changed}.items())


def check_same(path: Path) -> Outline | None:
    """Check the outline of a file against what reading it in full gives, where both give anything."""
    told = outline(head_of(path).replace("\r\n", "\n"))
    try:
        recipe = read_recipe(path)
    except PatcherError:
        return told
    if told is not None:
        assert (told.name, told.aliases, told.class_name) == (recipe.name, recipe.aliases, recipe.class_name)
    return told


def written(folder: Path, content: str) -> Path:
    """Write a recipe's file."""
    path = folder / "other.yaml"
    path.write_bytes(content.encode())
    return path


@pytest.mark.parametrize("recipe", all_recipes(), ids=lambda recipe: recipe.name)
def test_each_recipe_of_the_catalogue_has_an_outline(recipe: Recipe) -> None:
    assert check_same(recipe.source) is not None
    assert signatures()[recipe.class_name] == recipe.signature
    assert named([*recipe.aliases, "xyzzy"]) == dict.fromkeys(recipe.aliases, recipe)


def check_forms(folder: Path, content: str) -> Outline | None:
    """Check a recipe, and the same with other ends of lines, indents and marks of a document."""
    for other in (content.replace("\n", "\r\n"), content.replace("\n", "\n "), content.replace(": ", ":  ")):
        check_same(written(folder, other))
    check_same(written(folder, " " + content.replace("\n", "\n ")))
    check_same(written(folder, "---\n" + content + "...\n"))
    return check_same(written(folder, content))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", KEYS)
def test_however_a_name_is_written_no_other_is_told(tmp_path: Path, key: str, name: str) -> None:
    told = check_forms(tmp_path, text().replace("name: other", key.format(name)))
    assert told is not None or not (key in KEYS[:2] and name in NAMES[:3])


@pytest.mark.parametrize("aliases", ALIASES)
def test_however_aliases_are_written_no_others_are_told(tmp_path: Path, aliases: str) -> None:
    told = check_forms(tmp_path, text(aliases=aliases))
    assert told is not None or aliases not in ALIASES[:7]


@pytest.mark.parametrize(
    "title",
    ["'a\nname: se\nb'", '"a\nclass: SE\n"', "'a\naliases: [senet]\n'", "a\n  name: se", "{name: se}", "x\x85name: se"],
)
def test_what_only_looks_like_a_key_is_none(tmp_path: Path, title: str) -> None:
    check_same(written(tmp_path, text(title=title)))
    check_same(written(tmp_path, f"title: {title}\n" + text().replace("title: Other\n", "")))


PIECES = (
    *"\n ,:[]{}-#'\"?|>&*!%@`\\a\t\r",
    "name: ",
    "aliases:",
    "class: ",
    "\n- ",
    "\n  - ",
    "other",
    "---",
    "...",
    ": ",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=5), st.integers(0, 120), st.integers(0, 4))
def test_no_damage_makes_an_outline_that_is_wrong(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], place: int, removed: int
) -> None:
    content = text()
    check_same(written(tmp_path_factory.mktemp("r"), content[:place] + "".join(pieces) + content[place + removed :]))


def test_a_signature_that_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    written(tmp_path, text(signature="{inputs: none}"))
    with pytest.raises(PatcherError, match=r"signature\.inputs must be one of") as caught:
        signatures((tmp_path,))
    assert caught.value.line == len(FIELDS) + 1
