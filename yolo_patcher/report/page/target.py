"""The report's file: its format by its suffix, and its writing, whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from yolo_patcher.commit import disk
from yolo_patcher.errors import PatcherError
from yolo_patcher.report.page.render import FORMATS, MARK

_HEAD = 2000


def check_target(file: Path) -> str:
    """Give the format of a report's file, before the work is done that fills it.

    Raises:
        PatcherError: `usage`, for a suffix that is none of ours and for a folder; `refused`, for a file that is no
            report; `io`, when it can't be written there.
    """
    suffix = file.suffix.lower()
    if suffix not in FORMATS:
        raise PatcherError(
            "usage",
            f"a report is no {suffix or 'file without a suffix'}" if suffix else "the report's name has no suffix",
            path=str(file),
            help=f"Give it a name that ends in {', '.join(FORMATS)}.",
        )
    place = Path(os.path.realpath(file))
    try:
        kind = place.stat().st_mode
    except FileNotFoundError:
        if not place.parent.is_dir():
            raise PatcherError(
                "io", f"there is no folder {file.parent}", path=str(file), help="Make it, or name another."
            ) from None
        kind = None
    except OSError as error:
        raise _failed(file, error) from None
    if kind is not None and not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "no ordinary file"
        raise PatcherError(
            "usage", f"the report's name is that of {what}", path=str(file), help="Give it another name."
        )
    if kind is not None and not _is_report(file, place):
        raise PatcherError(
            "refused",
            "there is a file of that name that is no report of yolo-patcher",
            path=str(file),
            help="Nothing was written. Give the report another name, or move that file away.",
        )
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise PatcherError("io", "the report's folder can't be written", path=str(file), help="Name another folder.")
    return suffix


def _is_report(file: Path, place: Path) -> bool:
    try:
        with place.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise _failed(file, error) from None
    return not head or MARK.encode() in head


def write_report(file: Path, text: str) -> None:
    """Write a report, in one step: the old one is there until the new one is, whole.

    Raises:
        PatcherError: `io`, when it can't be written; the old report is still there then.
    """
    try:
        disk.replace_file(Path(os.path.realpath(file)), text.encode("utf-8", "replace"))
    except OSError as error:
        raise _failed(file, error) from None


def _failed(file: Path, error: OSError) -> PatcherError:
    return PatcherError(
        "io",
        f"the report can't be written: {error.strerror or error}",
        path=str(file),
        help="Name a file in a folder of yours.",
    )
