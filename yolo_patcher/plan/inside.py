"""Variants of the checkout's own blocks with modules in them: what a block takes, and the variant's class."""

from __future__ import annotations

from collections.abc import Mapping

from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import Row
from yolo_patcher.plan.stand_ins import Part, Wanted
from yolo_patcher.recipe.class_code import ClassCode


def against_block(site: Site, row: Row, part: Part) -> str:
    """Give what is against a module within a row's block, in words that follow `what`; empty where nothing is."""
    return "is a block that no module can be put into yet"


def variant_code(site: Site, wanted: Wanted, classes: Mapping[str, str]) -> ClassCode:
    """Give the class of a variant; `ClassCode.named` gives it its name.

    Args:
        site: the checkout.
        wanted: the block, and the modules in it with their hyper-parameters, in their order.
        classes: the name of each recipe's own class in the checkout.

    Raises:
        PatcherError: `usage`, when the block can't take them, with the reason.
    """
    raise PatcherError("usage", f"{wanted.base} can't take a module yet")
