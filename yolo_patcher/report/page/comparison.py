"""The table that compares the patches of a report, which stands in front of them."""

from __future__ import annotations

from collections.abc import Sequence

from yolo_patcher.report.figures import NONE, cost_lines
from yolo_patcher.report.page.content import Part

COLUMNS = ("patch", "module", "settings", "verification", "parameters", "added", "FLOPs", "added", "latency added")


def comparison_line(part: Part) -> tuple[str, ...]:
    """Give the cells of a patch; dashes for what was not measured."""
    modules = " and ".join(f"{one.class_name} at {', '.join(one.asked.positions)}" for one in part.inserted)
    settings = ", ".join(f"{name}={value}" for one in part.inserted for name, value, _ in one.changed)
    costs = part.answer.costs
    figures = {name: cells for name, *cells in cost_lines(costs)} if costs else {}
    nothing = (NONE,) * 4
    parameters, flops, latency = (figures.get(name, nothing) for name in ("parameters", "FLOPs", "latency"))
    return (
        part.record.id,
        modules,
        settings or "as published",
        part.answer.status,
        parameters[1],
        parameters[2],
        flops[1],
        flops[2],
        latency[2],
    )


def reason(part: Part) -> str:
    """Say why a patch failed: its first failed check; empty where it did not."""
    failed: Sequence[str] = [f"{check.name}: {check.detail}" for check in part.answer.failures]
    return failed[0] if failed else ""
