"""What each row does to the level of what it reads, as its module's class says it, or else its module's signature."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from yolo_patcher.model.channels.rows import Built, built_rows
from yolo_patcher.model.rows import IMAGE, ModelYaml, Row
from yolo_patcher.model.scales import Scale
from yolo_patcher.model.shapes.effect import Effect
from yolo_patcher.model.vocabulary import Vocabulary

ATTENTION = re.compile(
    r"^(?!C[123]|A2C2f|Bottleneck|Ghost|RepNCSP)"
    r"(.*CBAM|.*SimAM|.*CoordAtt|.*Attention\d?$|(SE|SK|ECA|EMA|CA|SA|GAM|NAM|BAM)(Layer|Block|Net|Module|\d)?$)",
    re.IGNORECASE,
)
"""What people call attention modules, not blocks that hold them (`C2f_CBAM`).

A name says where a stage ends, never what a module does to a map.
"""

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
        effect = base = None
        # The final row gives no map, and its class is the longest of all.
        if row is not model.final and inputs:
            effect = _effect(row, made, inputs, vocabulary)
            base = effect or (_effect(row, made.base, inputs, vocabulary) if made.base else None)
        if effect is not None:
            found[row.index] = _as_read(effect)
        else:
            by_base = replace(_as_read(base), read=False) if base else None
            found[row.index] = _by_signature(row, vocabulary) or by_base or _by_name(row, vocabulary)
        maps[row.index] = base is None or base.change is not None
    return found


def _effect(row: Row, made: Built, inputs: Sequence[bool], vocabulary: Vocabulary) -> Effect | None:
    """Give what the source of a row's class says, or that of the class that it stands for."""
    if made.args is None:
        return None
    return vocabulary.classes.effect(made.module or row.module, made.args, made.repeats, inputs, row.from_list)


def _as_read(effect: Effect) -> Step:
    return Step(effect.change, None if effect.joins else effect.main, effect.joins, True)


def _by_signature(row: Row, vocabulary: Vocabulary) -> Step | None:
    signature = vocabulary.signature(row.module)
    if signature is None:
        return None
    return Step(signature.level, joins=signature.inputs == "many" and len(row.sources) > 1)


def _by_name(row: Row, vocabulary: Vocabulary) -> Step:
    if len(row.sources) < 2:
        return Step(None)
    is_join = vocabulary.parse_model.meant(row.module) in _JOINS
    joins = True if is_join else None if vocabulary.sums(row.module) else False
    return Step(None, joins=joins)


def kept(module: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a signature says that a module keeps size and channels of its one input, as attention does.

    A class that stands for another does that one's work, whatever it keeps.
    """
    signature = vocabulary.signature(module)
    stands = module in vocabulary.parse_model.standings
    return signature is not None and signature.keeps_shape and not stands
