"""Write `recipes/measured.json` and `recipes/index.json`; times stay, where their class is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.modules.flops import all_flops
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.folders import recipes_folder
from yolo_patcher.recipe.index import FILE as INDEX_FILE
from yolo_patcher.recipe.index import fingerprint
from yolo_patcher.recipe.measured import FILE, Shape, shape_text
from yolo_patcher.report.recipe_list import list_document

PATH = recipes_folder() / FILE
INDEX = recipes_folder() / INDEX_FILE


def counted(known: Mapping[str, Any]) -> dict[str, Any]:
    """Give the file's content: FLOPs counted anew where a class is another than in what is known."""
    modules = {}
    for recipe in all_recipes():
        template = fingerprint(recipe.template)
        entry = known.get("modules", {}).get(recipe.name, {})
        if entry.get("template") != template:
            entry = {"template": template, "flops": by_text(all_flops(recipe))}
        modules[recipe.name] = entry
    return {"machine": known.get("machine", ""), "modules": modules}


def by_text(values: Mapping[Shape, Any]) -> dict[str, Any]:
    """Give values by their shapes as the file writes them."""
    return {shape_text(shape): value for shape, value in values.items()}


def read(path: Path = PATH) -> dict[str, Any]:
    """Read the file; nothing where it is not there."""
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def written(document: Mapping[str, Any]) -> str:
    """Give the file's text: a line for each table, so that a change is seen as one."""
    lines = ["{", f' "machine": {json.dumps(document["machine"], ensure_ascii=False)},', ' "modules": {']
    modules = []
    for name, entry in document["modules"].items():
        inner = ",\n".join(f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in entry.items())
        modules.append(f"  {json.dumps(name)}: {{\n{inner}\n  }}")
    return "\n".join([*lines, ",\n".join(modules), " }", "}", ""])


def indexed() -> str:
    """Give the text of the file from which `list` tells what it says: a line for each recipe."""
    entries = []
    for recipe in all_recipes():
        entry = {
            "recipe": fingerprint(recipe.source),
            "file": recipe.template.name,
            "template": fingerprint(recipe.template),
            "listed": list_document([recipe])[0],
        }
        entries.append(f"{json.dumps(recipe.name)}: {json.dumps(entry, ensure_ascii=False)}")
    return "{\n" + ",\n".join(entries) + "\n}\n"


if __name__ == "__main__":
    INDEX.unlink(missing_ok=True)
    PATH.write_text(written(counted(read())), encoding="utf-8")
    INDEX.write_text(indexed(), encoding="utf-8")
