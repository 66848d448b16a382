from __future__ import annotations

import dataclasses
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import all_recipes, find_recipe
from yolo_patcher.recipe.folders import recipes_folder, templates_folder
from yolo_patcher.recipe.index import listed
from yolo_patcher.recipe.measured import Measured, measured
from yolo_patcher.recipe.recipe import ChannelRule, Hyperparameter, Paper, Recipe
from yolo_patcher.report.recipe_costs import USUAL, Place
from yolo_patcher.report.recipe_list import ORDERS, Order, chosen, list_document, listing, render_list
from yolo_patcher.report.recipes import costs_at, render_show, shapes_text, show_document
from yolo_patcher.signature import Signature


def shown(recipe: Recipe, width: int = 80) -> str:
    output = io.StringIO()
    render_show(recipe, Console(file=output, width=width))
    return output.getvalue()


def test_list_document() -> None:
    documents = list_document(all_recipes())
    assert json.loads(json.dumps(documents)) == documents
    (se,) = [document for document in documents if document["name"] == "se"]
    assert se["class"] == "SE"
    assert se["parameters"] == {"64": 512, "256": 8192, "512": 32768}


def test_list_document_has_no_count_where_the_defaults_are_refused() -> None:
    rule = ChannelRule("C < 100", "refuse", "{C} is too few")
    changed = dataclasses.replace(find_recipe("se"), channels=(rule,))
    assert list_document([changed])[0]["parameters"] == {"64": None, "256": 8192, "512": 32768}
    assert any(line.split()[:3] == ["YOLOv8n", "P3", "64"] and " - " in line for line in shown(changed).splitlines())


def test_show_document() -> None:
    for recipe in all_recipes():
        document = show_document(recipe)
        assert json.loads(json.dumps(document)) == document
    document = show_document(find_recipe("se"))
    assert document["paper"] == {
        "title": "Squeeze-and-Excitation Networks",
        "arxiv": "1709.01507",
        "url": "https://arxiv.org/abs/1709.01507",
        "year": 2018,
        "venue": "CVPR",
    }
    paper = Paper("A paper")
    assert show_document(dataclasses.replace(find_recipe("se"), paper=paper))["paper"] == {
        "title": "A paper", "arxiv": None, "url": None, "year": None, "venue": None,
    }  # fmt: skip
    assert show_document(dataclasses.replace(find_recipe("se"), paper=None))["paper"] is None


@pytest.mark.parametrize(
    ("signature", "shapes"),
    [
        (Signature(), "C x H x W -> C x H x W"),
        (
            Signature(channels="argument", repeats="taken", least_repeats=2, level=1),
            "C x H x W -> C' x H/2 x W/2, repeated as the row says",
        ),
        (
            Signature(inputs="many", channels="sum"),
            "several maps of one height and width -> the sum of their channels x H x W",
        ),
        (
            Signature(inputs="many", channels="first"),
            "several maps of one height and width, all of C channels -> C x H x W",
        ),
        (Signature(level=-1, repeats="taken"), "C x H x W -> C x 2H x 2W, repeated as the row says"),
    ],
)
def test_show_says_what_the_module_takes_and_gives(signature: Signature, shapes: str) -> None:
    recipe = dataclasses.replace(find_recipe("se"), signature=signature)
    assert shapes in " ".join(shown(recipe, 200).split())
    document: Any = show_document(recipe)
    assert Signature(**document["signature"]) == signature


def test_show_names_the_choices() -> None:
    choice = Hyperparameter("variant", "choice", "paper", "the form", choices=("paper", "released", "compact"))
    recipe = dataclasses.replace(find_recipe("se"), hyperparameters=(choice,), sizes=(), channels=(), parameters="C")
    document: Any = show_document(recipe)
    assert document["hyperparameters"][0]["choices"] == ["paper", "released", "compact"]
    assert "variant  paper    paper, released or compact  the form" in shown(recipe)


def test_render_list_fits_80_columns() -> None:
    output = io.StringIO()
    render_list(chosen(list_document(all_recipes())), Console(file=output, width=80))
    lines = output.getvalue().splitlines()
    assert all(len(line) <= 80 for line in lines)
    first = [line.split()[0] for line in lines if line.strip() and line[0] != " "]
    assert {*first} == {"recipe", *(r.group for r in all_recipes()), *(r.name for r in all_recipes())}
    assert "\x1b" not in output.getvalue()
    assert any("Squeeze-and-Excitation " in line and "8,192" in line for line in lines)


@pytest.mark.parametrize("name", [recipe.name for recipe in all_recipes()])
def test_render_show_says_all(name: str) -> None:
    recipe = find_recipe(name)
    output = shown(recipe)
    assert all(len(line) <= 80 for line in output.splitlines())
    assert "\x1b" not in output
    assert recipe.paper is not None
    words = " ".join(output.split())
    for text in (recipe.title, recipe.formula, recipe.paper.title, recipe.paper.url, *recipe.notes):
        assert " ".join(text.split()) in words
    for hyperparameter in recipe.hyperparameters:
        assert hyperparameter.name in words
    assert f"yolo-patcher apply {name} --repo PATH" in words
    assert "strict" in words


@pytest.mark.parametrize("order", ORDERS)
def test_recipes_are_sorted_and_what_has_no_figure_is_last(order: Order) -> None:
    rule = ChannelRule("C > 0", "refuse", "no")
    bare = dataclasses.replace(find_recipe("se"), name="bare", paper=None, channels=(rule,), template=Path("absent.py"))
    documents = chosen(list_document((bare, *all_recipes())), order=order)
    assert {one["name"] for one in documents} == {"bare", *(recipe.name for recipe in all_recipes())}
    if order in ("params", "flops", "year"):
        assert documents[-1]["name"] == "bare"
    output = io.StringIO()
    render_list(documents, Console(file=output, width=80), order)
    assert "bare" in output.getvalue()


def test_tags_groups_and_forms_of_identity_choose() -> None:
    tagged = dataclasses.replace(find_recipe("se"), name="tagged", group="transform", tags=("light", "old"))
    documents = list_document((*all_recipes(), tagged))

    def names(*tags: str) -> list[str]:
        return [one["name"] for one in chosen(documents, tags)]

    assert names("transform", "old", f"identity-{tagged.identity.form}") == ["tagged"]
    assert "tagged" in names("light")
    assert names("light", "nonsense") == []
    assert chosen(documents)[-1]["group"] != "gate"


def test_a_listing_is_what_reading_the_recipes_gives(tmp_path: Path) -> None:
    assert listing() == list_document(all_recipes())
    assert all(listed(recipe.source) is not None for recipe in all_recipes()), "run `make catalogue`"
    path = tmp_path / "other.yaml"
    text = find_recipe("se").source.read_text("utf-8").split("aliases:")[0].replace("name: se", "name: other")
    rest = "kind: gate\nformula: y = x\nparameters: 0\naliases: [{}]\n"
    path.write_text(text + rest.format("another"), encoding="utf-8")
    assert [one["name"] for one in listing((tmp_path,))] == sorted(["other", *(one.name for one in all_recipes())])
    path.write_text(text + rest.format("SE_Net"), encoding="utf-8")
    with pytest.raises(PatcherError, match="both claim the name"):
        listing((tmp_path,))


def test_an_edited_recipe_or_class_is_not_in_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "yolo_patcher"
    for folder in (recipes_folder(), templates_folder()):
        shutil.copytree(folder, package / folder.name)
    monkeypatch.setattr("yolo_patcher.recipe.folders.PACKAGE", package)
    recipe, template = package / "recipes" / "se.yaml", package / "templates" / "se.py"
    for path in (recipe, template):
        assert listed(recipe) is not None
        before = path.read_bytes()
        path.write_bytes(before.replace(b"\n", b"\r\n"))
        assert listed(recipe) is not None
        path.write_bytes(before + b"\n")
        assert listed(recipe) is None
        path.write_bytes(before)
    beside = recipe.with_name("se.py")
    beside.write_bytes(template.read_bytes())
    assert listed(recipe) is None
    beside.unlink()
    (package / "recipes" / "index.json").unlink()
    assert listed(recipe) is None


def test_costs_are_those_of_a_place() -> None:
    costs = costs_at(find_recipe("se"), [Place("a", 4, 256), Place("b", 4, 250)])
    told: Any = costs.as_json()
    assert told["costs"][0] == {
        "model": "a", "level": 4, "channels": 256, "size": 40, "parameters": 8192, "flops": 16384,
        "milliseconds": costs.costs[0].milliseconds,
    }  # fmt: skip
    assert told["costs"][1]["flops"] is None
    output = io.StringIO()
    render_show(costs.recipe, Console(file=output, width=80), costs.costs)
    assert "250 x 40 x 40" in output.getvalue()


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        (Signature(), "C x H x W -> C x H x W"),
        (Signature("many", "first"), "several maps of one height and width, all of C channels -> C x H x W"),
        (Signature(channels="argument", level=1), "C x H x W -> C' x H/2 x W/2"),
        (
            Signature(channels="argument", repeats="taken", level=-1),
            "C x H x W -> C' x 2H x 2W, repeated as the row says",
        ),
    ],
)
def test_shapes_are_said_in_words(signature: Signature, text: str) -> None:
    assert shapes_text(signature) == text
    assert text in " ".join(shown(dataclasses.replace(find_recipe("se"), signature=signature)).split())


def test_an_edited_class_has_no_figures(tmp_path: Path) -> None:
    recipe = find_recipe("se")
    assert measured(recipe).flops[USUAL] == 16384
    template = tmp_path / "se.py"
    template.write_bytes(recipe.template.read_bytes().replace(b"\n", b"\r\n"))
    assert measured(dataclasses.replace(recipe, template=template)) == measured(recipe)
    template.write_bytes(recipe.template.read_bytes() + b"\n")
    assert measured(dataclasses.replace(recipe, template=template)) == Measured()


def test_render_show_takes_no_markup_from_a_recipe() -> None:
    recipe = dataclasses.replace(find_recipe("se"), title="[red]x[/red]", notes=("[bold]y :smile:",), paper=None)
    output = shown(recipe)
    assert "[red]x[/red]" in output
    assert "[bold]y :smile:" in output
