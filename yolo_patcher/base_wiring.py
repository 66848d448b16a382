"""Warn of a base model that is mis-wired already: a patch keeps its wiring, and so its mistakes."""

from __future__ import annotations

from dataclasses import replace

from yolo_patcher.check.run import all_findings, read_facts
from yolo_patcher.check.vocabulary import vocabulary_of
from yolo_patcher.errors import PatcherError
from yolo_patcher.planning import Planned
from yolo_patcher.source_text import decode_yaml


def with_base_findings(planned: Planned) -> Planned:
    """Give a plan with a warning where `check` finds something in its base model."""
    patch = planned.plan.patch
    source = decode_yaml(patch.base, planned.plan.base_content)
    try:
        findings = all_findings(read_facts(source, vocabulary_of(planned.site), patch.scale or None))
    except PatcherError:
        # It was read by the rules for models that are sound; what else there is to say, verify says.
        return planned
    if not findings:
        return planned
    first = findings[0]
    count = f"{len(findings)} things" if len(findings) > 1 else "something"
    warning = (
        f"the base model may be mis-wired, and the patch keeps its wiring: check finds {count}, first in line"
        f" {first.line}: {first.message}; see: yolo-patcher check {patch.base}"
    )
    return replace(planned, plan=replace(planned.plan, warnings=(*planned.plan.warnings, warning)))
