"""The index of the pages: one for repositories' sites, in Markdown, and one with filters, in HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from benchmarks.catalogue.page import code, escaped, table
from yolo_patcher.recipe.measured import measured
from yolo_patcher.recipe.recipe import GROUPS, Recipe
from yolo_patcher.report.figures import count
from yolo_patcher.report.recipe_costs import USUAL, parameters_at


def markdown(recipes: Sequence[Recipe]) -> str:
    """Write the index by group."""
    parts = [
        "# The catalogue",
        f"{len(recipes)} modules; parameters at {USUAL[0]} channels, FLOPs of a map of {USUAL[1]} × {USUAL[1]}. This"
        " page and those behind it are written from the recipes by `make catalogue`;"
        " [index.html](index.html) has filters.",
        "![Cost against parameters](costs.svg)",
    ]
    for group in GROUPS:
        its = [recipe for recipe in recipes if recipe.group == group]
        if its:
            parts += [f"## {group.capitalize()}", table(_HEADER, [_line(recipe) for recipe in its])]
    return "\n\n".join(parts) + "\n"


_HEADER = ("", "module", "what it is", "year", "parameters", "FLOPs")


def _line(recipe: Recipe) -> tuple[str, ...]:
    picture = f'<a href="{recipe.name}.md"><img src="{recipe.name}-flow.svg" height="90" alt=""></a>'
    parameters, flops = _figures(recipe)
    title = f"[{escaped(recipe.title)}]({recipe.name}.md)<br>{code(recipe.name)}"
    return picture, title, escaped(recipe.kind), _year(recipe), _count(parameters), _count(flops)


def _figures(recipe: Recipe) -> tuple[int | None, int | None]:
    return parameters_at(recipe, USUAL[0]), measured(recipe).flops.get(USUAL)


def _year(recipe: Recipe) -> str:
    return str(recipe.paper.year) if recipe.paper and recipe.paper.year else "-"


def _count(value: int | None) -> str:
    return "-" if value is None else count(value)


def html(recipes: Sequence[Recipe]) -> str:
    """Write the index with filters: a page that needs nothing but the pictures beside it."""
    cards = "\n".join(_card(recipe) for recipe in recipes)
    groups = "".join(
        f"<option>{group}</option>" for group in GROUPS if any(recipe.group == group for recipe in recipes)
    )
    tags = "".join(f"<option>{escape(tag)}</option>" for tag in sorted({tag for one in recipes for tag in one.tags}))
    return _PAGE.replace("CARDS", cards).replace("GROUPS", groups).replace("TAGS", tags)


def _card(recipe: Recipe) -> str:
    parameters, flops = _figures(recipe)
    facts = {
        "group": recipe.group,
        "tags": list(recipe.tags),
        "params": -1 if parameters is None else parameters,
        "flops": -1 if flops is None else flops,
        "year": recipe.paper.year if recipe.paper else 0,
        "name": recipe.name,
        "words": " ".join((recipe.name, recipe.title, recipe.kind, *recipe.tags, *recipe.aliases)).casefold(),
    }
    return (
        f'<a class="card" href="{recipe.name}.md" data-facts="{escape(json.dumps(facts, ensure_ascii=False))}">'
        f'<img src="{recipe.name}-flow.svg" alt="" loading="lazy"><b>{escape(recipe.title)}</b>'
        f"<span>{escape(recipe.group)} · {escape(recipe.kind)}</span>"
        f"<small>{escape(recipe.name)} · {_year(recipe)} · {_count(parameters)} parameters"
        f" · {_count(flops)} FLOPs</small></a>"
    )


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The catalogue of yolo-patcher</title>
<style>
body { font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; margin: 0;
  color: #212529; }
header { position: sticky; top: 0; background: #fff; border-bottom: 1px solid #dee2e6; padding: 12px 20px; z-index: 1; }
h1 { font-size: 20px; margin: 0 0 8px; }
form { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; }
input, select { font: inherit; padding: 3px 6px; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 14px; padding: 20px; }
.card { display: flex; flex-direction: column; gap: 2px; border: 1px solid #dee2e6; border-radius: 8px; padding: 10px;
  color: inherit; text-decoration: none; }
.card:hover, .card:focus { border-color: #1864ab; }
.card[hidden] { display: none; }
.card img { height: 170px; object-fit: contain; margin-bottom: 6px; }
.card span, small { color: #5c636a; }
figure { margin: 0 20px 20px; }
figure img { max-width: 100%; }
</style>
<header>
<h1>The catalogue of yolo-patcher <small id="count"></small></h1>
<form>
<input type="search" id="text" placeholder="name, alias, paper" aria-label="Search">
<label>group <select id="group"><option></option>GROUPS</select></label>
<label>tag <select id="tag"><option></option>TAGS</select></label>
<label>at most <select id="most"><option></option><option value="1e3">1 k</option><option value="1e4">10 k</option>
<option value="1e5">100 k</option><option value="1e6">1 M</option></select> parameters</label>
<label>sort by <select id="sort"><option>name</option><option value="params">parameters</option>
<option value="flops">FLOPs</option><option>year</option></select></label>
</form>
</header>
<main>
CARDS
</main>
<figure><img src="costs.svg" alt="Cost against parameters"></figure>
<script>
const cards = [...document.querySelectorAll(".card")].map(card => [card, JSON.parse(card.dataset.facts)]);
const value = id => document.getElementById(id).value;
function show() {
  const text = value("text").toLowerCase(), group = value("group"), tag = value("tag"), most = value("most");
  const key = value("sort");
  let shown = 0;
  for (const [card, facts] of cards) {
    const fits = facts.words.includes(text) && (!group || facts.group === group) && (!tag || facts.tags.includes(tag))
      && (!most || (facts.params >= 0 && facts.params <= Number(most)));
    card.hidden = !fits;
    shown += fits;
  }
  const last = facts => key !== "name" && facts[key] <= (key === "year" ? 0 : -1);
  const order = (a, b) => key === "name" ? a.name.localeCompare(b.name)
    : key === "year" ? b.year - a.year : a[key] - b[key];
  cards.sort(([, a], [, b]) => last(a) - last(b) || order(a, b) || a.name.localeCompare(b.name));
  document.querySelector("main").append(...cards.map(([card]) => card));
  document.getElementById("count").textContent = `${shown} of ${cards.length}`;
}
document.querySelector("form").addEventListener("input", show);
document.querySelector("form").addEventListener("submit", event => event.preventDefault());
show();
</script>
</html>
"""
