"""The names that the rules trust, asked of torch and typing themselves."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

import pytest

from yolo_patcher.recipe.inert_names import ANNOTATIONS, BASES, GENERIC, IMPORTED, METHODS, VALUES

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:Failed to initialize NumPy")]
EARLY = {"__init_subclass__", "__class_getitem__", "__set_name__", "__prepare__", "__mro_entries__", "__slots__"}


def thing(name: str) -> Any:
    first, *rest = name.split(".")
    return reduce(getattr, rest, importlib.import_module(first))


def is_told_early(base: type) -> bool:
    return type(base) is not type or any(early in vars(ancestor) for early in EARLY for ancestor in base.__mro__[:-1])


def test_nothing_happens_when_a_class_is_made_of_a_base() -> None:
    assert [name for name in sorted(BASES) if is_told_early(thing(name))] == []
    assert is_told_early(thing("torch.nn.Parameter"))


def test_a_name_is_there_without_being_made_when_it_is_asked_for() -> None:
    def is_made(name: str) -> bool:
        owner, _, last = name.rpartition(".")
        return last not in vars(thing(owner)) or hasattr(type(thing(name)), "__set_name__")

    assert [name for name in sorted(VALUES | ANNOTATIONS) if is_made(name)] == []


@pytest.mark.parametrize("name", sorted(GENERIC))
def test_a_generic_type_takes_a_subscript(name: str) -> None:
    arguments = {"Callable": ([int], int), "Dict": (int, int), "dict": (int, int), "Mapping": (int, int)}
    assert thing(name)[arguments.get(name.split(".")[1], int)]


def test_an_imported_name_means_what_is_said() -> None:
    for name, meaning in IMPORTED.items():
        assert name in {"nn", "F", meaning.split(".")[-1]}
        assert thing(meaning) is not None


def test_no_special_method_is_called_for_a_class() -> None:
    assert not METHODS & EARLY
