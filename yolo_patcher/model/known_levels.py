"""Levels of a model's rows where not every module is known: what the joins say of the others fills the gaps."""

from __future__ import annotations

from dataclasses import replace

from yolo_patcher.checkout.site import Site
from yolo_patcher.model.graph import levels, main_input, unknown_rows
from yolo_patcher.model.rows import IMAGE, ModelYaml
from yolo_patcher.model.scales import Scale


def known_levels(site: Site, model: ModelYaml, scale: Scale, same_level: frozenset[str]) -> dict[int, int | None]:
    """Give each row's level; None where it can't be told.

    The inputs of a Concat have one level, which often leaves a module that is not known, as an SPDConv or somebody's
    attention, only one thing that it can do to the size.

    Args:
        site: the checkout.
        model: the model.
        scale: the size to read it at.
        same_level: further modules, known to keep their input's size.
    """
    found = levels(model, same_level)
    if not unknown_rows(model, found):
        return found
    # Most models need none of it, and importing it takes 15 ms of a start.
    from yolo_patcher.check.facts import gather
    from yolo_patcher.model.vocabulary import vocabulary_of

    vocabulary = vocabulary_of(site)
    told = gather(model, (), replace(vocabulary, gates=vocabulary.gates | same_level), scale).levels
    certain = {IMAGE: True}
    for row in model.rows:
        certain[row.index] = row.index not in told.unsure and certain[told.main[row.index]]
        inputs = {found[source] for source in row.sources}
        one_level = len(inputs) == 1 or main_input(row) is not None
        if found[row.index] is None and certain[row.index] and one_level and None not in inputs:
            found[row.index] = told.level[row.index]
    return found
