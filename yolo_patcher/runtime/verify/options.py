"""How to verify: which Python, which device, how long."""

from __future__ import annotations

from dataclasses import dataclass

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.verify.results import CHECKS, NEEDED, OPTIONAL


def device_named(text: str) -> str:
    """Give the device that users mean: `0` is `cuda:0`, `gpu` is `cuda`.

    Raises:
        PatcherError: `usage`, for a text that names no device.
    """
    name = text.strip().lower()
    number = name.removeprefix("cuda:").removeprefix("gpu:")
    if number.isascii() and number.isdigit():
        return f"cuda:{int(number)}"
    if name in ("auto", "cpu", "cuda", "gpu"):
        return "cuda" if name == "gpu" else name
    help = "It is auto, cpu, cuda (or gpu), or a single GPU by its number: cuda:0 or 0."
    raise PatcherError("usage", f"there is no device {text!r}", help=help)


@dataclass(frozen=True)
class HowToVerify:
    """The options of a verification.

    Attributes:
        python: the Python that runs the probe; None for the active environment's, the checkout's, or ours.
        device: `auto`, `cpu`, `cuda` or `cuda:N`; `gpu` and `N` stand for the last two, as in the YOLO repositories.
        timeout: seconds for each model.
        costs: as in `Case`: the side of the image on which to measure what the patch costs, or None.
        optional: checks to run beside the usual ones, of `OPTIONAL`.
        skip: checks to leave out, of `CHECKS` and `OPTIONAL`.
        sandbox: whether the system shall keep the probe from writing elsewhere and from the network, if it can.

    Raises:
        PatcherError: `usage`, for a device of another form.
    """

    python: str | None = None
    device: str = "auto"
    timeout: float = 300.0
    costs: int | None = None
    optional: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    sandbox: bool = True

    def __post_init__(self) -> None:
        # Frozen: this is the way to keep one spelling of each device.
        object.__setattr__(self, "device", device_named(self.device))

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
