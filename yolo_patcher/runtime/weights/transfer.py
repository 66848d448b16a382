"""Carry a checkpoint from one model of a checkout to another: in the user's Python, on a copy of the checkout."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.checkout import Checkout
from yolo_patcher.commit.disk import copied_beside
from yolo_patcher.commit.patch import Patch
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import read_model
from yolo_patcher.model.rows import ModelYaml
from yolo_patcher.model.scales import scales
from yolo_patcher.runtime.ending import cleaned
from yolo_patcher.runtime.python import user_python
from yolo_patcher.runtime.scratch import scratch
from yolo_patcher.runtime.staging import staged
from yolo_patcher.runtime.verify.process import Ending, Event, follow
from yolo_patcher.runtime.verify.told import Told
from yolo_patcher.runtime.weights.carried import Carried, CarriedRow
from yolo_patcher.runtime.weights.lineage import Family, family_of, members

PROGRAM = Path(__file__).with_name("probe")
OTHER_PYTHON = "Pass --python with the Python that you train with."
_FIRST_ANSWER = 60.0


@dataclass(frozen=True)
class HowToTransfer:
    """How to carry a checkpoint over.

    Attributes:
        python: the Python that reads and writes it; None for the one that runs us.
        trust: whether the checkpoint may run code of its own.
        force: whether a file that is there may be replaced.
        timeout: seconds for each step.
        sandbox: whether the system shall keep that Python from writing elsewhere and from the network, if it can.
    """

    python: str | None = None
    trust: bool = False
    force: bool = False
    timeout: float = 600.0
    sandbox: bool = True


@dataclass(frozen=True)
class PretrainedWeights:
    """Pretrained weights that a patch shall keep.

    Attributes:
        file: the checkpoint.
        out: the file that takes the new one; None for a name beside the old one.
        how: how to carry it over.
    """

    file: Path
    out: Path | None = None
    how: HowToTransfer = field(default_factory=HowToTransfer)

    def out_for(self, patch: Patch) -> Path:
        """Give the file that takes the new checkpoint: `yolov8n-sae-head.pt` beside `yolov8n.pt`."""
        if self.out is not None:
            return self.out
        base, model = (PurePosixPath(path).stem for path in (patch.base, patch.model))
        slug = model.removeprefix(base).lstrip("-") or model
        return self.file.with_name(f"{self.file.stem}-{slug}.pt")


def check_files(weights: Path, out: Path, force: bool) -> None:
    """Refuse before any work what can't be read or written.

    Raises:
        PatcherError: `usage`, when the checkpoint is no file, or both are one; `refused`, when the new one's name is
            taken and `force` does not allow to replace it; `io`, when its folder can't be written.
    """
    if not weights.is_file():
        what = "is a folder" if weights.is_dir() else "does not exist"
        raise PatcherError("usage", f"the checkpoint {what}", path=str(weights), help="Name a file, as yolov8n.pt.")
    if not os.access(weights, os.R_OK):
        raise PatcherError("io", "the checkpoint may not be read", path=str(weights))
    if out.exists():
        if out.samefile(weights):
            raise PatcherError(
                "usage",
                "the new checkpoint would replace the old one",
                path=str(out),
                help="Name another file with -o.",
            )
        if not stat.S_ISREG(out.stat().st_mode):
            raise PatcherError("usage", "the new checkpoint's name is that of no ordinary file", path=str(out))
        if not force:
            raise _taken(out)
    if not out.parent.is_dir():
        raise PatcherError(
            "io", f"there is no folder {out.parent}", path=str(out), help="Make it, or name another with -o."
        )
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise PatcherError(
            "io", "the folder of the new checkpoint can't be written", path=str(out), help="Name another with -o."
        )


@contextmanager
def carried_over(
    checkout: Checkout,
    patches: Sequence[Patch],
    target: str,
    weights: Path,
    how: HowToTransfer,
    *,
    contents: Mapping[str, bytes | None] | None = None,
    scale: str | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Iterator[tuple[Carried, Path]]:
    """Make the checkpoint of a target from that of another model of its family.

    Args:
        checkout: the checkout with the patches in it.
        patches: its patches.
        target: the path of the model that the new checkpoint is for.
        weights: the checkpoint.
        how: how to do it.
        contents: the bytes of files that are planned and not written yet.
        scale: the scale of the models, where the checkpoint does not say it.
        on_event: called with each event.

    Returns:
        What came of it, and the new checkpoint, which is there as long as the block.

    Raises:
        PatcherError: `checkout`, when a model can't be built or told; `usage`, when the checkpoint is of none of the
            models, or no checkpoint; `io`, when it can't be written.
    """
    site = checkout.site
    there = [path for path in members(target, patches) if path == target or site.snapshot.exists(path)]
    models = {path: read_model(site, path) for path in there}
    family = family_of(target, patches, {path: len(model.rows) for path, model in models.items()})
    # Those first that a checkpoint is most likely of: the base, and the target itself.
    order = list(dict.fromkeys([family.base, target, *family.origins]))
    wanted = {path: site.snapshot.read(path) for path in order}
    with staged(site, {**wanted, **(contents or {})}) as copy, scratch() as place:
        for name in ("home", "cwd"):
            (place / name).mkdir()
        out = place / "checkpoint.pt"
        request = {
            "root": str(copy.root), "module": site.module, "device": "cpu", "sandbox": how.sandbox,
            "home": str(place / "home"), "our_lines": {}, "weights": str(weights.resolve()), "out": str(out),
            "trust": how.trust, "target": order.index(target),
            "models": [
                _as_request(checkout, copy.root, path, models[path], family, scale) for path in order
            ],
        }  # fmt: skip
        (place / "request.json").write_text(json.dumps(request), encoding="utf-8")
        program = user_python(how.python, OTHER_PYTHON)
        told = Told(copy.root.resolve(), program, other=OTHER_PYTHON)

        def take(event: Event) -> None:
            told.events.append(event)
            if on_event is not None:
                on_event(event)

        command = [program, str(PROGRAM), str(place / "request.json"), str(place / "answers.jsonl")]
        try:
            ending = follow(
                command,
                place / "answers.jsonl",
                cwd=place / "cwd",
                first_timeout=min(_FIRST_ANSWER, how.timeout),
                timeout=how.timeout,
                on_event=take,
            )
        except OSError as error:
            raise PatcherError("usage", f"{program} can't be run: {error.strerror}", help=OTHER_PYTHON) from error
        yield _read(told, ending, weights, copy.root), out


@contextmanager
def put_beside(made: Path, out: Path, force: bool) -> Iterator[Callable[[], None]]:
    """Copy a checkpoint that was made beside its place, and give what puts it there in one step.

    Raises:
        PatcherError: `refused`, when a file of that name has come there and `force` does not allow to replace it; `io`,
            when it can't be written; nothing is left then.
    """
    temporary = out.with_name(f".{out.name[:100]}.{os.urandom(4).hex()}")
    try:
        with (
            cleaned(lambda: temporary.unlink(missing_ok=True)),
            copied_beside(made, temporary, out, replace=force) as finish,
        ):
            yield finish
    except FileExistsError:
        raise _taken(out) from None
    except OSError as error:
        raise PatcherError(
            "io",
            f"the checkpoint can't be written: {error.strerror}",
            path=str(out),
            help="Name a file in another place with -o.",
        ) from None


def _taken(out: Path) -> PatcherError:
    return PatcherError(
        "refused", "there is a file of that name", path=str(out), help="--force replaces it; -o names another."
    )


def _as_request(
    checkout: Checkout, root: Path, path: str, model: ModelYaml, family: Family, scale: str | None
) -> dict[str, object]:
    names = list(scales(model))
    usual = scale if scale in names else next(iter(names), "")
    loads = {name: checkout.load_name(path, name) for name in names or [""]}
    return {
        "path": path,
        "final": model.final.module,
        "origins": list(family.origins[path]),
        "scale": usual,
        "loads": {name: str(root / load) if "/" in load else load for name, load in loads.items()},
    }


def _read(told: Told, ending: Ending, weights: Path, root: Path) -> Carried:
    told.refuse_environment(ending)
    if event := told.find("unfit"):
        raise PatcherError(
            "usage", f"the checkpoint can't be carried over: {event['message']}", path=str(weights), help=event["help"]
        )
    if event := told.find("unwritten"):
        raise PatcherError(
            "io",
            f"the checkpoint can't be written: {event['message']}",
            help="Nothing was written. TMPDIR names another disk.",
        )
    event = told.find("transferred")
    if event is None:
        imported = told.find("imported")
        failure = (imported or {}).get("failure") or {}
        last = ending.output.strip().splitlines()[-1:] or ["it said nothing"]
        how = "took too long" if ending.timed_out else f"ended with status {ending.status}"
        detail = failure.get("detail") or f"the process {how}; its last line: {last[0][:200]}"
        raise PatcherError("checkout", f"the models can't be built in {told.python}: {detail}", help=OTHER_PYTHON)
    stubbed = (told.find("imported") or {}).get("stubbed", ())
    return Carried(
        source=event["source"]["path"],
        scale=event["source"]["scale"],
        target=event["target"]["path"],
        load=event["target"]["load"].removeprefix(f"{root}/"),
        classes=event["nc"],
        tensors=event["tensors"],
        kept=event["kept"],
        new=event["new"],
        changed=tuple(event["changed"]),
        dropped=tuple(event["dropped"]),
        rows=tuple(
            CarriedRow(one["row"], one["module"], one["from"], one["kept"], one["changed"], one["new"])
            for one in event["rows"]
        ),
        by_name=event["by_name"],
        misplaced=tuple(event["misplaced"]),
        size=event["bytes"],
        stubbed=tuple(stubbed),
    )
