"""What each row does to the level of what it reads, as its module's class says it, or else its module's signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from yolo_patcher.model.channels.rows import built_rows
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.model.scales import Scale
from yolo_patcher.model.vocabulary import Vocabulary

ATTENTION = re.compile(
    r"CBAM|SimAM|CoordAtt|Attention\d?$|^(SE|SK|ECA|EMA|CA|SA|GAM|NAM|BAM)(Layer|Block|Net|Module|\d)?$", re.IGNORECASE
)
"""What people call attention modules. A name says where a stage ends, never what a module does to a map."""

ADDERS = frozenset({"Add", "BiFPN_Add", "BiFPN_Add2", "BiFPN_Add3", "Shortcut", "Sum"})
"""What people call modules that add maps of equal channels."""

_JOINS = ADDERS | {
    *("Chuncat", "Concat", "Concat_BiFPN", "Concat_bifpn", "BiFPN_Concat", "BiFPN_Concat2", "BiFPN_Concat3")
}


@dataclass(frozen=True)
class Step:
    """What a row does to the level of what it reads.

    Attributes:
        change: by how many levels its output lies above its main input; None where that can't be told.
        main: the input that its output's level is told from, by its place among its sources; None where all have one
            level, or nothing is known.
        joins: whether it needs inputs of one level; None where only its branch of `parse_model` speaks for it.
        read: whether all this is read from the class, or is torch's own.
    """

    change: int | None
    main: int | None = None
    joins: bool | None = False
    read: bool = False


@lru_cache(maxsize=8)
def steps(model: ModelYaml, vocabulary: Vocabulary, scale: Scale) -> Mapping[int, Step]:
    """Give what each row does; a plan asks it of one model several times.

    Args:
        model: the model.
        vocabulary: what the checkout says of modules.
        scale: the size to read it at.
    """
    built = built_rows(model, vocabulary.parse_model, scale, vocabulary.signatures)
    found: dict[int, Step] = {}
    maps: dict[int, bool] = {IMAGE: True}
    for row in model.rows:
        inputs = [maps[source] for source in row.sources]
        made = built[row.index]
        effect = None
        # The final row gives no map, and its class is the longest of all.
        if row is not model.final and made.args is not None and inputs:
            effect = vocabulary.classes.effect(row.module, made.args, made.repeats, inputs, row.from_list)
        if effect is not None:
            found[row.index] = Step(effect.change, None if effect.joins else effect.main, effect.joins, True)
        else:
            found[row.index] = _unread(row, vocabulary)
        maps[row.index] = effect is None or effect.change is not None
    return found


def _unread(row: Row, vocabulary: Vocabulary) -> Step:
    signature = vocabulary.signatures.get(row.module)
    if signature is not None:
        return Step(signature.level, joins=signature.inputs == "many" and len(row.sources) > 1)
    if len(row.sources) < 2:
        return Step(None)
    joins = True if row.module in _JOINS else None if vocabulary.sums(row.module) else False
    return Step(None, joins=joins)


def kept(module: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a signature says that a module keeps size and channels of its one input, as attention does."""
    signature = vocabulary.signatures.get(module)
    return signature is not None and signature.keeps_shape
