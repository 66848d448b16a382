"""The model that an applied patch made, as it is now: its rows, their levels and their channels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.commit.patch import Patch
from yolo_patcher.commit.state import PatchRecord
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.levels import levels_of
from yolo_patcher.model.rows import IMAGE, ModelYaml, read_model_yaml
from yolo_patcher.model.scales import Scale, scales
from yolo_patcher.signature import Signature

_WHOLE = Scale("", 1, 1, math.inf)


@dataclass(frozen=True)
class AppliedModel:
    """A patched model at the scale of its patch.

    Attributes:
        model: the model.
        level: each row's level; None where it can't be told.
        width: each row's channels; None where they can't be told.
        scale: the size.
    """

    model: ModelYaml
    level: Mapping[int, int | None]
    width: Mapping[int, int | None]
    scale: Scale = _WHOLE


def as_base(model: ModelYaml, patch: Patch) -> ModelYaml:
    """Give a patched model in which rows name what their classes stand for: these have the levels of the base's."""
    bases = {one.class_name: one.base for one in patch.stand_ins}
    rows = tuple(replace(row, module=bases.get(row.module, row.module)) for row in model.rows)
    return replace(model, rows=rows) if bases else model


def applied_yaml(site: Site, record: PatchRecord) -> ModelYaml:
    """Read the model YAML that a patch brought.

    Raises:
        PatcherError: `checkout`, when it is gone; `model`, when it is not understood.
    """
    path = record.patch.model
    return read_model_yaml(decode_yaml(path, site.snapshot.require(path)))


def applied_model(site: Site, record: PatchRecord) -> AppliedModel:
    """Read the model that a patch brought; errors as for `applied_yaml`."""
    model, known = applied_yaml(site, record), dict.fromkeys(record.patch.classes.values(), Signature())
    size = scales(model).get(record.patch.scale)
    if size is None:
        level = levels_of(site, as_base(model, record.patch), _WHOLE, known).level
        return AppliedModel(model, level, dict.fromkeys(range(IMAGE, len(model.rows))))
    level = levels_of(site, as_base(model, record.patch), size, known).level
    return AppliedModel(model, level, channels(model, site.parse_model, size), size)
