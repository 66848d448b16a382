"""`yolo-patcher.toml`: the patches of a checkout as a file that a team can commit, to put them on another checkout."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.commit.patch import Asked, FileChange
from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.errors import PatcherError

EXPORT_PATH = "yolo-patcher.toml"
_HEADER = "# Written by `yolo-patcher status --export`; `yolo-patcher reapply` puts these patches on a checkout.\n"
_SCHEMA = 1


@dataclass(frozen=True)
class Exported:
    """A patch as the file has it: what was asked for, and the paths and scale of its models."""

    base: str
    model: str
    scale: str
    asked: tuple[Asked, ...]


def exported(record: PatchRecord) -> Exported:
    """Give what a recorded patch was asked for with."""
    return Exported(record.patch.base, record.patch.model, record.patch.scale, record.asked)


def export_change(snapshot: Snapshot, patches: Sequence[PatchRecord]) -> FileChange:
    """Give the change that writes the file.

    Raises:
        PatcherError: `usage`, when there is nothing to write; `refused`, when a file of that name is somebody else's.
    """
    import tomli_w

    if not patches:
        raise PatcherError("usage", "the checkout holds no patch to export", help="Apply one first.")
    before = snapshot.read(EXPORT_PATH)
    if before is not None and not before.startswith(_HEADER.encode()):
        raise PatcherError(
            "refused",
            "the file was not written by `status --export`",
            path=EXPORT_PATH,
            help="Nothing was written. Move it away, then export again.",
        )
    document = {"schema": _SCHEMA, "patch": [_as_table(exported(one)) for one in patches]}
    return FileChange(EXPORT_PATH, before, (_HEADER + tomli_w.dumps(document)).encode())


def _as_table(one: Exported) -> dict[str, object]:
    scale = {"scale": one.scale} if one.scale else {}
    return {"base": one.base, "model": one.model, **scale, "recipe": [_recipe_table(each) for each in one.asked]}


def _recipe_table(one: Asked) -> dict[str, object]:
    document = one.as_json()
    return {"name": document.pop("recipe"), **document}


def read_export(snapshot: Snapshot) -> tuple[Exported, ...]:
    """Read the file; none where there is none.

    Raises:
        PatcherError: `refused`, when it can't be read, with what is wrong.
    """
    content = snapshot.read(EXPORT_PATH)
    if content is None:
        return ()
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(content.decode())
        if document["schema"] != _SCHEMA:
            raise ValueError(f"it is of schema {document['schema']}")
        return tuple(_exported(table) for table in document["patch"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise PatcherError(
            "refused",
            f"the exported patches can't be read: {what}",
            path=EXPORT_PATH,
            help="Nothing was changed. Write the file again with `yolo-patcher status --export`.",
        ) from error


def _exported(table: Mapping[str, Any]) -> Exported:
    asked = tuple(Asked.from_json({**one, "recipe": one["name"]}) for one in table["recipe"])
    if not asked:
        raise ValueError("a patch has no recipe")
    return Exported(str(table["base"]), str(table["model"]), str(table.get("scale", "")), asked)
