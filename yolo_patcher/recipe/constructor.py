"""A recipe's hyper-parameters against its class's constructor: arguments are positional, so each has one place.

A value that is the default is not written into a row, so the constructor's default must be the recipe's.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yolo_patcher.recipe.expression import format_value

if TYPE_CHECKING:
    from yolo_patcher.recipe.recipe import Hyperparameter


@dataclass(frozen=True)
class Mismatch:
    """What of a constructor does not fit, and the line in the template."""

    problem: str
    line: int
    help: str


def mismatch(
    node: ast.ClassDef, hyperparameters: Sequence[Hyperparameter], leading: Sequence[str] = ("the channels",)
) -> Mismatch | None:
    """Find where a class would not get the values that a recipe's settings ask for; None where it gets them all.

    Args:
        node: the class.
        hyperparameters: those of the recipe.
        leading: what the constructor takes in front of them, in words.
    """
    form = (
        f"The constructor takes self, {', '.join(leading)}, then each hyper-parameter in the recipe's order with its"
        " default."
    )
    fault = _fault(node, hyperparameters, leading)
    return None if fault is None else Mismatch(*fault, form)


def _fault(
    node: ast.ClassDef, hyperparameters: Sequence[Hyperparameter], leading: Sequence[str]
) -> tuple[str, int] | None:
    constructor = next(
        (one for one in reversed(node.body) if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None
    )
    if constructor is None:
        # What a base's constructor takes is seen when the model is built.
        return (f"{node.name} has no __init__ that takes hyper-parameters", node.lineno) if hyperparameters else None
    said = constructor.args
    parameters = [*said.posonlyargs, *said.args]
    first_default = len(parameters) - len(said.defaults)
    own = 1 + len(leading)
    if len(parameters) < own:
        missing = leading[len(parameters) - 1 if parameters else 0].removeprefix("the ")
        return f"{node.name}.__init__ takes no {missing}", constructor.lineno
    required = [one for one, default in zip(said.kwonlyargs, said.kw_defaults, strict=True) if default is None]
    required += parameters[own + len(hyperparameters) : first_default]
    if required:
        return f"{node.name}.__init__ needs {required[0].arg}, which nobody gives it", required[0].lineno
    for place, hyperparameter in enumerate(hyperparameters, own):
        if place >= len(parameters):
            problem = f"{node.name}.__init__ has no argument for the hyper-parameter {hyperparameter.name}"
            return problem, constructor.lineno
        parameter, name = parameters[place], hyperparameter.name
        if parameter.arg != name:
            problem = f"{node.name}.__init__ takes {parameter.arg} where the recipe's hyper-parameter {name} is passed"
            return problem, parameter.lineno
        if place < first_default:
            return f"{node.name}.__init__ has no default for {name}, which is left out then", parameter.lineno
        default = said.defaults[place - first_default]
        if not _is(default, hyperparameter.default):
            problem = (
                f"{name} is {ast.unparse(default)} by default in {node.name}.__init__,"
                f" and {format_value(hyperparameter.default)} in the recipe"
            )
            return problem, default.lineno
    return None


def _is(default: ast.expr, value: object) -> bool:
    """Tell whether an expression is a constant that is a value, of the same type."""
    try:
        constant = ast.literal_eval(default)
    except ValueError:
        return False
    kinds = [(isinstance(one, bool), isinstance(one, str)) for one in (constant, value)]
    return kinds[0] == kinds[1] and bool(constant == value)
