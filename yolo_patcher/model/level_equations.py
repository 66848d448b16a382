"""By how many levels unknown modules change their input, learned from linear equations between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

_LEAST, _MOST = -2, 5
"""A module that makes maps four times as large, and one that is a whole backbone."""


@dataclass(frozen=True)
class _Equation:
    """A module's change as a number plus multiples of other modules' changes, of which nothing is known."""

    number: Fraction
    others: Mapping[str, Fraction]


@dataclass
class LevelChanges:
    """What is known of unknown modules, by their names; those of which nothing is known keep the size."""

    _solved: dict[str, _Equation] = field(default_factory=dict)

    def learn(self, counts: Mapping[str, int], total: int) -> bool:
        """Learn that modules together change the level by a total.

        Args:
            counts: how often each module counts.
            total: the levels.

        Returns:
            Whether that agrees with what was learned before; if not, nothing is learned.
        """
        number, others = Fraction(total), dict[str, Fraction]()
        for name, count in counts.items():
            known = self._solved.get(name, _Equation(Fraction(0), {name: Fraction(1)}))
            number -= count * known.number
            for other, factor in known.others.items():
                others[other] = others.get(other, Fraction(0)) + count * factor
        others = {name: factor for name, factor in others.items() if factor}
        if not others:
            return not number
        name = min(others)
        factor = others.pop(name)
        solved = _Equation(number / factor, {other: -its / factor for other, its in others.items()})
        after = {one: _put_in(equation, name, solved) for one, equation in self._solved.items()} | {name: solved}
        if not all(_is_possible(equation) for equation in after.values()):
            return False
        self._solved = after
        return True

    def is_known(self, name: str) -> bool:
        """Tell whether only one change of a module agrees with what was learned."""
        return name in self._solved and not self._solved[name].others

    def of(self, name: str) -> Fraction:
        """Give by how many levels a module changes its input; 0 where nothing speaks against it."""
        return self._solved[name].number if name in self._solved else Fraction(0)


def _put_in(equation: _Equation, name: str, solved: _Equation) -> _Equation:
    others = dict(equation.others)
    factor = others.pop(name, Fraction(0))
    for other, its in solved.others.items():
        others[other] = others.get(other, Fraction(0)) + factor * its
    left = {other: its for other, its in others.items() if its}
    return _Equation(equation.number + factor * solved.number, left)


def _is_possible(equation: _Equation) -> bool:
    return bool(equation.others) or (equation.number.denominator == 1 and _LEAST <= equation.number <= _MOST)
