"""What is asked of a verification, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yolo_patcher.model.graph import Edge
    from yolo_patcher.runtime.python import Interpreter
    from yolo_patcher.runtime.verify.costs import Costs

CHECKS = (
    "import",
    "build",
    "wiring",
    "forward",
    "levels",
    "rectangle",
    "size",
    "space",
    "process",
    "train",
    "deepcopy",
    "deterministic",
    "fuse",
    "state_dict",
    "amp",
    "device",
)
OPTIONAL = ("export", "full", "repeat", "resume")
NEEDED = ("import", "build")


@dataclass(frozen=True)
class Row:
    """A row of the planned graph.

    Args:
        sources: the absolute rows it reads; -1 is the image.
        module: the module as the YAML names it.
        new: whether the patch put it there, or gave it another class.
        level: the level that was planned; None where none was.
        settings: what the constructor's arguments should be, by class, its own and those within it, and by name; with
            several, any of these.
        mixes: whether its recipe says that it mixes the positions of a map, as global attention does.
        stands_for: the class that the base's row has, where it was given another; empty for all other rows.
        keeps: whether it has all tensors of that class, as a variant of it has.
        other_channels: whether it may give other channels than that class.
    """

    sources: tuple[int, ...]
    module: str
    new: bool
    level: int | None = None
    settings: Mapping[str, tuple[Mapping[str, object], ...]] = field(default_factory=dict)
    mixes: bool = False
    stands_for: str = ""
    keeps: bool = False
    other_channels: bool = False


@dataclass(frozen=True)
class Case:
    """A base model and its patched form.

    Args:
        base: what the checkout's users pass to the model class: a bare name for ultralytics, a path for YOLOv5.
        patched: the same for the generated YAML.
        final: the module of the final row, which picks the model class.
        rows: the planned graph of the patched model.
        checks: the names of the checks to run, in order.
        costs: the side in pixels of the image on which to measure what the patch costs, 0 for the usual one (640, or
            224 for a classifier); None to measure nothing.
        base_levels: the level of each row of the base; None where none is known.
        skip: checks of `checks` to leave out, at somebody's request.
        moved: the edges of the base, as source and reader, that shall lead through new rows; None where that can't be
            told.
    """

    base: str
    patched: str
    final: str
    rows: tuple[Row, ...]
    checks: tuple[str, ...] = CHECKS
    costs: int | None = None
    base_levels: tuple[int | None, ...] = ()
    skip: tuple[str, ...] = ()
    moved: tuple[Edge, ...] | None = None


@dataclass(frozen=True)
class Check:
    """How one check ended: `status` is passed, warned, failed or skipped; `trace` is the traceback behind a failure."""

    name: str
    status: str
    seconds: float
    detail: str
    trace: str = field(default="", compare=False)


@dataclass(frozen=True)
class Verification:
    """How the verification of one case ended.

    Args:
        status: passed, failed or skipped.
        device: the device that the model ran on, "" when it came to nothing.
        python: the version of the Python that ran it.
        torch: the version of its torch.
        stubbed: the top-level modules that stand-ins replaced.
        params: the number of parameters: base, patched, added.
        checks: every check that was asked for, in the order in which they ended.
        new_params: for every new row, the number of its parameters.
        row_params: for every row, the number of its parameters.
        shapes: for every row, the nested shape of its output on the image of the `forward` check.
        output: the last that the process wrote, for reports.
        costs: what the patch costs, where that was asked for.
        sandbox: whether the system kept the process from writing elsewhere (`held`); then the version of what did
            (`abi`) and what it can't refuse (`open`), else `why` not. None where no process came so far.
        loading: how many tensors the base has (`tensors`), how many of its weights the patched model takes by name and
            shape (`by_name`), how many of these are another row's (`misplaced`), and how many rows' own there are to
            keep (`kept`); None where it was not counted.
        interpreter: the Python that ran it, and why this one; None where none was chosen.
    """

    status: str
    device: str
    python: str
    torch: str
    stubbed: tuple[str, ...]
    params: Mapping[str, int] | None
    checks: tuple[Check, ...]
    new_params: Mapping[int, int] = field(default_factory=dict)
    row_params: tuple[int, ...] = ()
    shapes: tuple[object, ...] = ()
    output: str = field(default="", compare=False)
    costs: Costs | None = None
    sandbox: Mapping[str, object] | None = None
    loading: Mapping[str, int] | None = None
    interpreter: Interpreter | None = field(default=None, compare=False)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status == "failed")

    @property
    def warnings(self) -> tuple[Check, ...]:
        """The checks that passed with a remark."""
        return tuple(check for check in self.checks if check.status == "warned")

    @property
    def import_failed(self) -> bool:
        """Whether the staged tree could not even be imported; `check_base` on the unpatched tree tells whose fault."""
        return any(check.name == "import" for check in self.failures)

    @classmethod
    def skipped(cls) -> Verification:
        """Give the answer of an apply that was told not to verify."""
        return cls("skipped", "", "", "", (), None, ())

    def as_json(self) -> dict[str, object]:
        """Give the `verify` object of the JSON contract."""
        return {
            "status": self.status,
            "device": self.device,
            "python": self.python,
            "torch": self.torch,
            "interpreter": self.interpreter and {"path": self.interpreter.program, "why": self.interpreter.why},
            "stubbed": list(self.stubbed),
            "sandbox": None if self.sandbox is None else dict(self.sandbox),
            "params": None if self.params is None else dict(self.params),
            "loading": None if self.loading is None else dict(self.loading),
            "checks": [
                {"name": check.name, "status": check.status, "seconds": check.seconds, "detail": check.detail}
                for check in self.checks
            ],
            **({} if self.costs is None else {"costs": self.costs.as_json()}),
        }
