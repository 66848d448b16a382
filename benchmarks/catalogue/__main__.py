"""Write `docs/catalogue`: `make catalogue`; what belongs to no recipe any more is removed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.catalogue.files import FOLDER, index_files, module_files, placement_files
from benchmarks.catalogue.placement import CHECKOUT
from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.recipe.catalogue import all_recipes

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from checkouts import checkout


def main() -> None:
    """Write every file."""
    recipes = all_recipes()
    with tempfile.TemporaryDirectory(prefix="yolo-patcher-catalogue-") as folder:
        repo = open_checkout(checkout(CHECKOUT, Path(folder) / "checkout"))
        files = dict([*index_files(recipes), *placement_files(recipes, repo)])
    for recipe in recipes:
        files |= dict(module_files(recipe))
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.relative_to(FOLDER).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
