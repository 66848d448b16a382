from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import all_recipes, find_recipe, index_names, normalise
from yolo_patcher.recipe.folders import find_folder, recipes_folder, templates_folder
from yolo_patcher.recipe.recipe import ChannelNotes

NAMES = ["context-aggregation", "gam", "sae", "se"]
WIDTHS = (16, 24, 32, 48, 64, 80, 96, 128, 144, 160, 192, 256, 320, 384, 512, 576, 640, 768, 1024, 1280)

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


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ("se", "se SE senet SE-Attention se_attention seattention SELayer se-layer se-block SqueezeExcite"),
        ("se", "squeeze-excitation squeeze_and_excitation SE注意力 SE注意力机制 挤压-激励注意力"),
        ("sae", "sae SaE senetv2 SENetV2 saelayer sae-layer selayerv2 sev2 squeeze-aggregated-excitation"),
        ("sae", "sae_attention SENetV2-聚合稠密层通道注意力 聚合稠密层通道注意力"),
        ("gam", "gam GAM gam-attention gamattention GAM_Attention global-attention 全局注意力机制 全局注意力"),
        ("gam", "global-attention-mechanism GlobalAttention GAM注意力机制"),
        ("context-aggregation", "context_aggregation ContextAggregation cab CAB scp context-aggregation-block"),
        ("context-aggregation", "上下文聚合模块 上下文聚合"),
    ],
)
def test_find_by_what_people_type(recipe: str, names: str) -> None:
    assert {find_recipe(name).name for name in names.split()} == {recipe}


def test_normalise_drops_spaces() -> None:
    assert normalise("Global  Attention_Mech-anism") == "globalattentionmechanism"


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("sea", "Did you mean sae or se? `yolo-patcher list` shows all."),
        ("gamm", "Did you mean gam? `yolo-patcher list` shows all."),
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


@pytest.mark.parametrize(
    ("name", "settings", "counts"),
    [
        ("se", {}, (512, 8192, 32768)),
        ("se", {"bias": True}, (580, 8464, 33312)),
        ("se", {"min_hidden": 8}, (1024, 8192, 32768)),
        ("sae", {}, (1024, 16384, 65536)),
        ("sae", {"bias": True}, (1096, 16672, 66112)),
        ("sae", {"min_hidden": 8}, (4096, 16384, 65536)),
        ("gam", {}, (102720, 1639680, 6556160)),
        ("gam", {"channel_sigmoid": False}, (102720, 1639680, 6556160)),
        ("gam", {"groups": 4}, (27456, 435456, 1739264)),
        ("context-aggregation", {}, (8450, 132098, 526338)),
        ("context-aggregation", {"reduction": 4}, (2258, 33602, 132738)),
    ],
)
def test_parameter_counts(name: str, settings: dict[str, object], counts: tuple[int, ...]) -> None:
    recipe = find_recipe(name)
    assert tuple(recipe.parameter_count(width, settings) for width in (64, 256, 512)) == counts


def adapted_widths(name: str, settings: dict[str, object]) -> list[int]:
    return [width for width in WIDTHS if find_recipe(name).channel_notes(width, settings).adapted]


def test_published_defaults_are_adapted_only_where_they_cannot_be_built() -> None:
    assert adapted_widths("sae", {}) == [16, 24, 48, 80, 144]
    assert adapted_widths("sae", {"min_hidden": 8}) == []
    assert adapted_widths("se", {}) == []
    assert adapted_widths("gam", {}) == []
    assert adapted_widths("gam", {"rate": 64}) == [16, 24, 32, 48]
    assert adapted_widths("context-aggregation", {"reduction": 64}) == []
    assert find_recipe("se").channel_notes(8, {}).adapted
    assert not find_recipe("se").channel_notes(8, {"min_hidden": 2}).adapted


def test_strict_refuses_what_would_be_adapted() -> None:
    notes = find_recipe("sae").channel_notes(16, {"strict": True})
    assert not notes.adapted
    assert notes.refused == ("hidden width 1 per branch at 16 channels, because 16 // 32 is 0",)
    assert not find_recipe("sae").channel_notes(64, {"strict": True}).refused


def test_degenerate_widths_are_warned_of() -> None:
    (warning,) = find_recipe("sae").channel_notes(64, {}).warnings
    assert "hidden width 2 per branch at 64 channels" in warning
    assert "--set min_hidden=8" in warning
    assert find_recipe("sae").channel_notes(64, {"min_hidden": 8}) == ChannelNotes()
    assert find_recipe("sae").channel_notes(256, {}) == ChannelNotes()
    assert find_recipe("se").channel_notes(32, {}).warnings
    assert find_recipe("se").channel_notes(64, {}) == ChannelNotes()
    assert "1639680 parameters at 256" in find_recipe("gam").channel_notes(256, {}).warnings[0]


def test_groups_that_do_not_divide_are_refused() -> None:
    for width in (8, 24):
        (message,) = find_recipe("gam").channel_notes(width, {"groups": 4}).refused
        assert message.startswith("groups=4 must divide both")
    assert not find_recipe("gam").channel_notes(64, {"groups": 4}).refused


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
