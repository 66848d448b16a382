"""Plan a class alone, with the marker of another patch: of one that brought it, and was reverted since."""

from __future__ import annotations

import re
from dataclasses import replace

from yolo_patcher.commit.patch import FileChange
from yolo_patcher.commit.state import State, step_record
from yolo_patcher.plan.planned import Planned


def only_class(planned: Planned, state: State, name: str, marker: str) -> Planned:
    """Give a plan without all but its first class.

    Args:
        planned: the plan.
        state: what the checkout held before it.
        name: the class's name; when it is not the plan's first, nothing of the plan is left.
        marker: the name of the patch that its marker shall bear.
    """
    own = planned.plan.patch.id.encode()
    marked = re.compile(rb"(?<=# yolo-patcher )" + own + rb"(?=[ \r\n])")

    def renamed(content: bytes | None) -> bytes | None:
        return content and marked.sub(marker.encode(), content)

    steps = tuple(
        replace(
            step, changes=tuple(FileChange(one.path, renamed(one.before), renamed(one.after)) for one in step.changes)
        )
        for step in planned.plan.steps[:1]
        if (step.kind, step.name) == ("class", name)
    )
    plan = replace(planned.plan, changes=tuple(change for step in steps for change in step.changes), steps=steps)
    state = replace(state, steps=(*state.steps, *map(step_record, steps)))
    return replace(planned, plan=plan, state=state)
