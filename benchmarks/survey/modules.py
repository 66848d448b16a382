"""Every module of the catalogue in every version: several in one model, two at each position, built and verified.

From model to model the positions turn, so that over the models of a version each module stands at each position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.state import State
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model
from yolo_patcher.plan.plan import Plan
from yolo_patcher.plan.planned import plan_request
from yolo_patcher.plan.request import Request
from yolo_patcher.recipe.catalogue import all_recipes

POSITIONS = ("head", "head:p5", "backbone", "neck")
TOGETHER = 8


def patches(turn: int) -> Iterator[tuple[str, ...]]:
    """Give the patches for a model, each as `recipe@position` words; `turn` counts the models."""
    names = [recipe.name for recipe in all_recipes() if recipe.signature.keeps_shape]
    number = -(-len(names) // TOGETHER)
    for first in range(number):
        its = enumerate(names[first::number])
        yield tuple(f"{name}@{POSITIONS[(place + turn) % len(POSITIONS)]}" for place, name in its)


def plan_modules(
    checkout: Checkout, models: Sequence[Path]
) -> tuple[list[Plan], Mapping[str, bytes | None], list[tuple[str, str, str]]]:
    """Plan every module in each of the models, one patch on top of the other.

    Args:
        checkout: the checkout.
        models: the models' files.

    Returns:
        The plans; what all of them write, by path; and what was refused, each with its model, its words and the reason.
    """
    plans: list[Plan] = []
    refused: list[tuple[str, str, str]] = []
    state, there, numbers = State(), checkout, count()
    for turn, model in enumerate(models):
        for words in patches(turn):
            name = f"{_named(checkout, model)}-{next(numbers)}.yaml"
            try:
                request = Request.from_words(words, model=str(model), output=name)
                planned = plan_request(there, state, request, ())
            except PatcherError as error:
                refused.append((PurePosixPath(model).name, " ".join(words), error.message))
                continue
            there, state = planned.after(), planned.state
            plans.append(planned.plan)
    return plans, there.snapshot.overlay, refused


def _named(checkout: Checkout, model: Path) -> str:
    """Give the beginning of a name that is built at the scale at which the model is planned."""
    return PurePosixPath(choose_model(checkout.site, str(model), None).model.path).stem
