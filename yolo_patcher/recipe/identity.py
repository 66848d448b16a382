"""How a fresh module can begin as the identity, so that a pretrained network computes at step 0 what it did before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["native", "zero", "gate", "none"]


@dataclass(frozen=True)
class Identity:
    """How a module begins as the identity.

    Attributes:
        form: `native`, the class as published does; `zero`, it does when some of its parameters begin at zero, and
            learns from there; `gate`, only within a residual gate y = x + b (f(x) - x), b = 0; `none`, it can't, as it
            changes channels or level or reads several rows.
        zeros: of the form `zero`, the names of these parameters.
    """

    form: Form = "gate"
    zeros: tuple[str, ...] = ()
