"""Values of a damaged or hostile file in a message, however large they are."""

from __future__ import annotations

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def shown(value: object) -> str:
    """Give a value as Python writes it, its middle left out where it is long."""
    return _SHORT.repr(value)
