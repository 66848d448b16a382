"""Write `docs/checks.md` from the rules: `python -m yolo_patcher.check.docs > docs/checks.md`."""

from __future__ import annotations

import sys

from yolo_patcher.check.examples import BACKBONE, HEAD
from yolo_patcher.check.finding import Rule
from yolo_patcher.check.rules import RULES

_INTRODUCTION = """\
# What `yolo-patcher check` finds

This page is generated from the rules in `yolo_patcher/check/`. Its examples are tested. Each is the head of a model on
this backbone:

```yaml
{backbone}```

With this head nothing is wrong:

```yaml
{head}```
"""


def document() -> str:
    """Give the page."""
    parts = [_INTRODUCTION.format(backbone=BACKBONE, head=HEAD)]
    parts += [f"| code | what is wrong |\n|---|---|\n{''.join(map(_table_row, RULES.values()))}"]
    parts += [_section(rule) for rule in RULES.values()]
    return "\n".join(parts)


def _table_row(rule: Rule) -> str:
    return f"| [{rule.CODE}](#{_anchor(rule)}) | {rule.TITLE} |\n"


def _anchor(rule: Rule) -> str:
    kept = "".join(letter for letter in f"{rule.CODE} {rule.TITLE}".lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


def _section(rule: Rule) -> str:
    wrong, right = (set(head.splitlines()) for head in (rule.WRONG, rule.RIGHT))
    lines = [f"-{line}\n" for line in rule.RIGHT.splitlines() if line not in wrong]
    lines += [f"+{line}\n" for line in rule.WRONG.splitlines() if line not in right]
    return f"## {rule.CODE} {rule.TITLE}\n\n{rule.WHY}\nFound in:\n\n```diff\n{''.join(lines)}```\n"


if __name__ == "__main__":
    sys.stdout.write(document())
