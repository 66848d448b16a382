"""Warn of a base model that is mis-wired already: a patch keeps its wiring, and so its mistakes."""

from __future__ import annotations

from dataclasses import replace

from yolo_patcher.check.facts import gather
from yolo_patcher.check.run import all_findings
from yolo_patcher.model.scales import scales
from yolo_patcher.model.vocabulary import vocabulary_of
from yolo_patcher.plan.planned import Planned
from yolo_patcher.recipe.catalogue import all_recipes, signatures


def with_base_findings(planned: Planned) -> Planned:
    """Give a plan with a warning where `check` finds something in its base model."""
    patch, base = planned.plan.patch, planned.plan.base
    vocabulary = vocabulary_of(planned.site, signatures(all_recipes()))
    findings = all_findings(gather(base, (), vocabulary, scales(base)[patch.scale]))
    if not findings:
        return planned
    first = findings[0]
    count = f"{len(findings)} things" if len(findings) > 1 else "something"
    warning = (
        f"the base model may be mis-wired, and the patch keeps its wiring: check finds {count}, first in line"
        f" {first.line}: {first.message}; see: yolo-patcher check {patch.base}"
    )
    return replace(planned, plan=replace(planned.plan, warnings=(*planned.plan.warnings, warning)))
