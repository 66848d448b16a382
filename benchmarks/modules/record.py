"""Write `recipes/measured.json`: `python -m benchmarks.modules.record`; times stay, where their class is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.modules.flops import all_flops
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.folders import recipes_folder
from yolo_patcher.recipe.measured import FILE, Shape, fingerprint, shape_text

PATH = recipes_folder() / FILE


def counted(known: Mapping[str, Any]) -> dict[str, Any]:
    """Give the file's content: FLOPs counted anew where a class is another than in what is known."""
    modules = {}
    for recipe in all_recipes():
        template = fingerprint(recipe.template.read_bytes())
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


if __name__ == "__main__":
    PATH.write_text(written(counted(read())), encoding="utf-8")
