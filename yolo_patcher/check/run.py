"""Check a model YAML: read it leniently, gather the facts, ask the rules, and look for what its author meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yolo_patcher.check.facts import Facts, gather
from yolo_patcher.check.finding import Finding, Rule
from yolo_patcher.check.rules import NAMES, SHAPE, WIRING
from yolo_patcher.checkout.text import SourceText
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import refuse_own_sources
from yolo_patcher.model.rows import ModelYaml, RowError, read_model_yaml
from yolo_patcher.model.scales import Scale, scales
from yolo_patcher.model.vocabulary import Vocabulary

if TYPE_CHECKING:
    from yolo_patcher.check.repair import Repair


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        model: the model, read leniently.
        scale: the size at which channels were worked out.
        findings: what is wrong, in the order of the lines.
        repair: what its author most likely meant, where the wiring is wrong and that can be told.
    """

    model: ModelYaml
    scale: str
    findings: tuple[Finding, ...]
    repair: Repair | None


def check_model(source: SourceText, vocabulary: Vocabulary, scale: str | None = None) -> Checked:
    """Check a model YAML.

    Args:
        source: the file.
        vocabulary: what the checkout says of modules.
        scale: the size at which channels are worked out; None for `n`, or the first.

    Raises:
        PatcherError: `model`, when the file is no YAML or no model, or reads rows in a way of the checkout's own;
            `usage`, when it has no such scale.
    """
    # The plan of a patch asks for findings alone.
    from yolo_patcher.check.repair import explained, find_repair

    facts = read_facts(source, vocabulary, scale)
    findings = all_findings(facts)
    wrong = any(finding.code in WIRING for finding in findings)
    repair = find_repair(facts) if wrong else None
    return Checked(facts.model, facts.scale.name, tuple(explained(findings, repair, facts.rows)), repair)


def read_facts(source: SourceText, vocabulary: Vocabulary, scale: str | None = None) -> Facts:
    """Read a model YAML leniently; arguments and errors as for `check_model`."""
    errors: list[RowError] = []
    model = read_model_yaml(source, errors)
    refuse_own_sources(model, vocabulary.parse_model)
    return gather(model, errors, vocabulary, _scale(model, scale))


def all_findings(facts: Facts) -> list[Finding]:
    """Ask the rules; give what they find in the order of the lines."""
    found = _ask(facts, SHAPE)
    if all(row.module for row in facts.rows):
        found += [*_ask(facts, NAMES), *_ask(facts, WIRING)]
    return sorted(found, key=lambda one: (one.line, one.code))


def findings_of(model: ModelYaml, vocabulary: Vocabulary, scale: str) -> list[Finding]:
    """Give what is wrong with a model that was read strictly, at one of its scales."""
    return all_findings(gather(model, (), vocabulary, scales(model)[scale]))


def _ask(facts: Facts, rules: Mapping[str, Rule]) -> list[Finding]:
    return [finding for rule in rules.values() for finding in rule.find(facts)]


def _scale(model: ModelYaml, name: str | None) -> Scale:
    available = scales(model)
    if name and "" not in available and name not in available:
        raise PatcherError(
            "usage", f"the model has no scale {name!r}", path=model.path, help=f"Its scales: {', '.join(available)}."
        )
    return available.get(name or "") or available.get("n") or next(iter(available.values()))
