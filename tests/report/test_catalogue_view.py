from __future__ import annotations

import dataclasses
import io
import json
from typing import Any

import pytest
from rich.console import Console

from yolo_patcher.recipe.catalogue import all_recipes, find_recipe
from yolo_patcher.recipe.recipe import ChannelRule, Hyperparameter, Paper, Recipe
from yolo_patcher.report.recipes import list_document, render_list, render_show, show_document
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
    assert "C=64  C=256  C=512" in shown(changed)


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
    ("signature", "parts"),
    [
        (Signature(), []),
        (
            Signature(channels="argument", repeats="taken", least_repeats=2, level=1),
            [
                "takes the row's repeats, at least 2",
                "gives as many channels as the row says; half the height and width",
                "with the defaults, C channels in and out, 2 repeats",
            ],
        ),
        (
            Signature(inputs="many", channels="sum"),
            [
                "takes several maps of one size",
                "gives the sum of its inputs' channels",
                "with the defaults, two inputs of C channels",
            ],
        ),
        (Signature(inputs="many", channels="first"), ["gives as many channels as each of its inputs"]),
        (Signature(level=-1, repeats="taken"), ["takes the row's repeats", "gives double", "defaults, 1 repeat"]),
    ],
)
def test_show_says_what_the_module_takes_and_gives(signature: Signature, parts: list[str]) -> None:
    recipe = dataclasses.replace(find_recipe("se"), signature=signature)
    words = " ".join(shown(recipe, 200).split())
    assert all(part in words for part in parts)
    assert ("takes " in words.split("Hyper-parameters")[0], "gives " in words) == (
        signature.inputs == "many" or signature.repeats == "taken",
        not signature.keeps_shape,
    )
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
    render_list(all_recipes(), Console(file=output, width=80))
    lines = output.getvalue().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert [line.split()[0] for line in lines if line[0] != " "] == ["recipe", *(r.name for r in all_recipes())]
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


def test_render_show_takes_no_markup_from_a_recipe() -> None:
    recipe = dataclasses.replace(find_recipe("se"), title="[red]x[/red]", notes=("[bold]y :smile:",), paper=None)
    output = shown(recipe)
    assert "[red]x[/red]" in output
    assert "[bold]y :smile:" in output
