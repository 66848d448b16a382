"""The rules by their codes, in the order in which their findings about one row are told."""

from __future__ import annotations

from collections.abc import Mapping

from yolo_patcher.check.finding import Rule
from yolo_patcher.check.rules import (
    channels_do_not_fit,
    concat_dimension,
    dead_row,
    final_row_levels,
    final_row_reads_part,
    forward_index,
    fused_branches,
    lateral_inside_stage,
    malformed_row,
    number_of_inputs,
    order_of_levels,
    unequal_levels,
    unknown_module,
    upsample_factor,
)

SHAPE: Mapping[str, Rule] = {rule.CODE: rule for rule in (malformed_row,)}
"""Rules whose findings leave nothing for the others to look at."""

NAMES: Mapping[str, Rule] = {
    rule.CODE: rule
    for rule in (
        unknown_module,
        number_of_inputs,
        channels_do_not_fit,
        concat_dimension,
        upsample_factor,
        order_of_levels,
    )
}
"""Rules about what each row says by itself, which no other wiring mends."""

WIRING: Mapping[str, Rule] = {
    rule.CODE: rule
    for rule in (
        forward_index,
        dead_row,
        final_row_reads_part,
        final_row_levels,
        unequal_levels,
        lateral_inside_stage,
        fused_branches,
    )
}
"""Rules about which row reads which; a repair must satisfy all of them."""

RULES: Mapping[str, Rule] = dict(sorted({**SHAPE, **NAMES, **WIRING}.items()))
"""All rules."""
