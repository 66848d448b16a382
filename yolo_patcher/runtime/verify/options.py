"""How to verify: which Python, which device, how long."""

from __future__ import annotations

from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.verify.results import CHECKS, NEEDED, OPTIONAL


@dataclass(frozen=True)
class HowToVerify:
    """The options of a verification.

    Attributes:
        python: the Python that runs the probe; None for the one that runs us.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        timeout: seconds for each model.
        costs: as in `Case`: the side of the image on which to measure what the patch costs, or None.
        optional: checks to run beside the usual ones, of `OPTIONAL`.
        skip: checks to leave out, of `CHECKS` and `OPTIONAL`.
        sandbox: whether the system shall keep the probe from writing elsewhere and from the network, if it can.
    """

    python: str | None = None
    device: str = "auto"
    timeout: float = 300.0
    costs: int | None = None
    optional: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    sandbox: bool = True

    def refuse_unknown(self) -> HowToVerify:
        """Give it, when each check that it names is one, and none is left out that the others need.

        Raises:
            PatcherError: `usage`.
        """
        for name in self.optional:
            if name not in OPTIONAL:
                there = f"It is one of: {', '.join(OPTIONAL)}; the others always run."
                raise PatcherError("usage", f"there is no optional check {name}", help=there)
        for name in self.skip:
            if name in NEEDED:
                message = f"the check {name} can't be left out: the others look at what it makes"
                raise PatcherError("usage", message, help="--no-verify leaves all of them out.")
            if name not in (*CHECKS, *OPTIONAL):
                known = ", ".join(one for one in (*CHECKS, *OPTIONAL) if one not in NEEDED)
                raise PatcherError("usage", f"there is no check {name}", help=f"There is: {known}.")
        return self
