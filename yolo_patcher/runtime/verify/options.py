"""How to verify: which Python, which device, how long."""

from __future__ import annotations

from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.verify.results import OPTIONAL


@dataclass(frozen=True)
class HowToVerify:
    """The options of a verification.

    Attributes:
        python: the Python that runs the probe; None for the one that runs us.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        timeout: seconds for each model.
        costs: as in `Case`: the side of the image on which to measure what the patch costs, or None.
        optional: checks to run beside the usual ones, of `OPTIONAL`.
        sandbox: whether the system shall keep the probe from writing elsewhere and from the network, if it can.
    """

    python: str | None = None
    device: str = "auto"
    timeout: float = 300.0
    costs: int | None = None
    optional: tuple[str, ...] = ()
    sandbox: bool = True

    def refuse_unknown(self) -> HowToVerify:
        """Give it, when each optional check is one.

        Raises:
            PatcherError: `usage`, when there is no such check.
        """
        unknown = [one for one in self.optional if one not in OPTIONAL]
        if unknown:
            raise PatcherError(
                "usage",
                f"there is no optional check {', '.join(unknown)}",
                help=f"It is one of: {', '.join(OPTIONAL)}; the others always run.",
            )
        return self
