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

_FORM = "The constructor takes self, the channels, then each hyper-parameter in the recipe's order with its default."


@dataclass(frozen=True)
class Mismatch:
    """What of a constructor does not fit, and the line in the template."""

    problem: str
    line: int
    help: str = _FORM


def mismatch(node: ast.ClassDef, hyperparameters: Sequence[Hyperparameter]) -> Mismatch | None:
    """Find where a class would not get the values that a recipe's settings ask for; None where it gets them all."""
    constructor = next(
        (one for one in reversed(node.body) if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None
    )
    if constructor is None:
        # What a base's constructor takes is seen when the model is built.
        return (
            Mismatch(f"{node.name} has no __init__ that takes hyper-parameters", node.lineno)
            if hyperparameters
            else None
        )
    said = constructor.args
    parameters = [*said.posonlyargs, *said.args]
    first_default = len(parameters) - len(said.defaults)
    if len(parameters) < 2:
        return Mismatch(f"{node.name}.__init__ takes no channels", constructor.lineno)
    required = [one for one, default in zip(said.kwonlyargs, said.kw_defaults, strict=True) if default is None]
    required += parameters[2 + len(hyperparameters) : first_default]
    if required:
        return Mismatch(f"{node.name}.__init__ needs {required[0].arg}, which nobody gives it", required[0].lineno)
    for place, hyperparameter in enumerate(hyperparameters, 2):
        if place >= len(parameters):
            problem = f"{node.name}.__init__ has no argument for the hyper-parameter {hyperparameter.name}"
            return Mismatch(problem, constructor.lineno)
        parameter, name = parameters[place], hyperparameter.name
        if parameter.arg != name:
            problem = f"{node.name}.__init__ takes {parameter.arg} where the recipe's hyper-parameter {name} is passed"
            return Mismatch(problem, parameter.lineno)
        if place < first_default:
            return Mismatch(f"{node.name}.__init__ has no default for {name}, which is left out then", parameter.lineno)
        default = said.defaults[place - first_default]
        if not _is(default, hyperparameter.default):
            problem = (
                f"{name} is {ast.unparse(default)} by default in {node.name}.__init__,"
                f" and {format_value(hyperparameter.default)} in the recipe"
            )
            return Mismatch(problem, default.lineno)
    return None


def _is(default: ast.expr, value: object) -> bool:
    """Tell whether an expression is a constant that is a value, of the same type."""
    try:
        constant = ast.literal_eval(default)
    except ValueError:
        return False
    kinds = [(isinstance(one, bool), isinstance(one, str)) for one in (constant, value)]
    return kinds[0] == kinds[1] and bool(constant == value)
