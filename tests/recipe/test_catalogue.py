from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import (
    ENTRY_POINTS,
    all_recipes,
    find_recipe,
    index_names,
    installed_folders,
    normalise,
)
from yolo_patcher.recipe.folders import find_folder, recipes_folder, templates_folder
from yolo_patcher.recipe.index import Outline, outline
from yolo_patcher.recipe.recipe import Recipe

NAMES = sorted(path.stem for path in recipes_folder().glob("*.yaml"))

OTHER = """\
name: {name}
version: 1
title: Other
class: Other
template: se.py
kind: gate
formula: y = x
parameters: 0
aliases: [{alias}]
"""


def write_recipe(folder: Path, name: str, alias: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(OTHER.format(name=name, alias=alias), encoding="utf-8")
    return path


def test_all_recipes_are_sorted_and_named_as_their_files() -> None:
    assert [recipe.name for recipe in all_recipes()] == NAMES
    assert all(recipe.source == recipes_folder() / f"{recipe.name}.yaml" for recipe in all_recipes())
    assert all(recipe.template.parent == templates_folder() for recipe in all_recipes())


@pytest.mark.parametrize("recipe", all_recipes(), ids=lambda recipe: recipe.name)
def test_find_by_what_people_type(recipe: Recipe) -> None:
    for name in (recipe.name, recipe.class_name, *recipe.aliases):
        for typed in (name, name.upper(), name.replace("-", "_"), name.replace("-", ""), name.replace("-", " ")):
            assert find_recipe(typed) == recipe, typed


def test_find_by_what_people_type_in_full() -> None:
    names = "se SE senet SE-Attention se_attention seattention SELayer se-layer se-block SqueezeExcite"
    more = "squeeze-excitation squeeze_and_excitation SE注意力 SE注意力机制 挤压-激励注意力"
    assert {find_recipe(name).name for name in (*names.split(), *more.split())} == {"se"}


def test_normalise_drops_spaces() -> None:
    assert normalise("Global  Attention_Mech-anism") == "globalattentionmechanism"


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("sqeeze-excite", "Did you mean se? `yolo-patcher list` shows all."),
        ("xyzzy", "`yolo-patcher list` shows all."),
        ("", "`yolo-patcher list` shows all."),
        ("absent.yaml", "`yolo-patcher list` shows all."),
    ],
)
def test_find_refuses_an_unknown_name(name: str, help: str) -> None:
    with pytest.raises(PatcherError) as caught:
        find_recipe(name)
    assert (caught.value.kind, caught.value.message) == ("usage", f"there is no recipe '{name}'")
    assert caught.value.help == help


def test_find_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_recipe(tmp_path, "other", "another")
    monkeypatch.chdir(tmp_path)
    for name in (str(path), "other.yaml", "./other.yaml"):
        assert find_recipe(name).title == "Other"
    for name in ("./absent.yaml", "./other", str(tmp_path)):
        with pytest.raises(PatcherError, match="no recipe file"):
            find_recipe(name)


def test_a_file_does_not_shadow_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "se").touch()
    monkeypatch.chdir(tmp_path)
    assert find_recipe("se").class_name == "SE"


def test_further_folders(tmp_path: Path) -> None:
    write_recipe(tmp_path, "other", "another")
    (tmp_path / "notes.toyml").touch()
    assert [recipe.name for recipe in all_recipes((tmp_path,))] == sorted([*NAMES, "other"])
    assert find_recipe("An-Other", (tmp_path,)).name == "other"


@pytest.mark.parametrize(("name", "alias"), [("other", "SE_Net"), ("s-e", "another")])
def test_two_recipes_may_not_claim_one_name(tmp_path: Path, name: str, alias: str) -> None:
    path = write_recipe(tmp_path, name, alias)
    with pytest.raises(PatcherError, match="both claim the name") as caught:
        all_recipes((tmp_path,))
    assert caught.value.kind == "recipe"
    assert str(path) in f"{caught.value.message} {caught.value.path}"


def test_a_recipe_may_repeat_its_own_name(tmp_path: Path) -> None:
    recipe = find_recipe(str(write_recipe(tmp_path, "other", "OTHER")))
    assert index_names([recipe]) == {"other": recipe}


def test_an_edited_recipe_is_seen_again(tmp_path: Path) -> None:
    path = write_recipe(tmp_path, "other", "another")
    first = all_recipes((tmp_path,))
    assert all_recipes((tmp_path,)) is first
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_text(path.read_text("utf-8").replace("title: Other", "title: Newer"), encoding="utf-8")
    assert find_recipe("other", (tmp_path,)).title == "Newer"
    path.write_text(path.read_text("utf-8").replace("title: Newer", "title: Again"), encoding="utf-8")
    os.utime(path, ns=times)
    assert find_recipe("other", (tmp_path,)).title == "Again"


def test_added_and_removed_recipes_are_seen(tmp_path: Path) -> None:
    assert [recipe.name for recipe in all_recipes((tmp_path,))] == NAMES
    path = write_recipe(tmp_path, "other", "another")
    assert find_recipe("other", (tmp_path,)).source == path
    path.write_text("name: [", encoding="utf-8")
    with pytest.raises(PatcherError, match="not YAML"):
        all_recipes((tmp_path,))
    path.unlink()
    assert [recipe.name for recipe in all_recipes((tmp_path,))] == NAMES


def test_a_template_that_appears_beside_its_recipe_is_seen(tmp_path: Path) -> None:
    write_recipe(tmp_path, "other", "another")
    assert find_recipe("other", (tmp_path,)).template.parent == templates_folder()
    (tmp_path / "se.py").touch()
    assert find_recipe("other", (tmp_path,)).template.parent == tmp_path


def test_a_package_that_is_installed_later_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert tmp_path / "mine" not in installed_folders()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    write_recipe(tmp_path / "mine", "other", "another")
    info = tmp_path / "mine-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nmine = mine\n", encoding="utf-8")
    importlib.invalidate_caches()
    assert find_recipe("other").source.parent == tmp_path / "mine"


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from yolo_patcher.recipe.catalogue import all_recipes; from yolo_patcher.report import recipes; "
        "recipes.list_document(all_recipes()); "
        "print(*sorted({'torch', 'libcst', 'jinja2', 'rich', 'typer', 'difflib'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert result.stdout.strip() == ""


def test_find_folder(tmp_path: Path) -> None:
    package = tmp_path / "yolo_patcher"
    package.mkdir()
    with pytest.raises(PatcherError) as caught:
        find_folder("recipes", package)
    assert caught.value.kind == "internal"
    (tmp_path / "recipes").mkdir()
    assert find_folder("recipes", package) == tmp_path / "recipes"
    (package / "recipes").mkdir()
    assert find_folder("recipes", package) == package / "recipes"


def test_the_index_tells_what_reading_a_recipe_tells() -> None:
    for recipe in all_recipes():
        known = outline(recipe.source)
        assert known == Outline(recipe.name, recipe.aliases, recipe.class_name, recipe.signature), recipe.name
