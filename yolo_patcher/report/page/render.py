"""A report as HTML, Markdown or JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from yolo_patcher.model.rows import IMAGE
from yolo_patcher.recipe.folders import templates_folder
from yolo_patcher.report.costs import row_line
from yolo_patcher.report.drawing import mermaid, svg
from yolo_patcher.report.drawing.scene import Scene, printable
from yolo_patcher.report.figures import cost_lines
from yolo_patcher.report.page.comparison import COLUMNS, comparison_line, reason
from yolo_patcher.report.page.content import Inserted, Page, Part

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment
    from markupsafe import Markup

MARK = "yolo-patcher verification report"
"""What stands near the beginning of every report, so that it is known from other files."""


def to_html(page: Page) -> str:
    """Give a page that needs nothing else: no script, no style, no picture from elsewhere."""
    return _render("report.html.j2", page)


def to_markdown(page: Page) -> str:
    """Give the same for a README or an issue; the graph is a Mermaid drawing, as GitHub shows."""
    return _render("report.md.j2", page)


def to_json(page: Page) -> str:
    """Give the same as one document, with the exact numbers."""
    document = {
        "document": MARK,
        "schema": 1,
        "ok": page.passed,
        "yolo_patcher": page.tool,
        "date": page.date.isoformat(timespec="seconds"),
        "checkout": {"dialect": page.dialect, "version": page.version or None},
        "repeat": page.command,
        "patches": [_part(part) for part in page.parts],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Page], str]] = {".html": to_html, ".md": to_markdown, ".json": to_json}
"""What renders a report, by the suffix of its file."""


def _part(part: Part) -> dict[str, object]:
    sources: dict[int, list[int]] = {}
    for source, reader in part.scene.edges:
        sources.setdefault(reader, []).append(source)
    return {
        **part.record.patch.as_json(),
        "base_load": part.base_load,
        "apply": part.apply_command,
        "recipes": [_recipe(one) for one in part.inserted],
        "graph": [
            {
                "row": node.row, "from": sources.get(node.row, []), "module": node.module, "level": node.level,
                "channels": node.channels, "inserted": node.inserted,
            }
            for node in part.scene.nodes
            if node.row != IMAGE
        ],
        "verify": part.answer.as_json(),
    }  # fmt: skip


def _recipe(one: Inserted) -> dict[str, object]:
    recipe = one.recipe
    paper = recipe.paper if recipe else None
    return {
        **one.asked.as_json(),
        "class": one.class_name,
        "title": recipe.title if recipe else None,
        "formula": recipe.formula if recipe else None,
        "parameter_formula": recipe.parameters if recipe else None,
        "paper": paper and {"title": paper.title, "url": paper.url or None, "published": one.origin},
        "changed": {name: value for name, value, _ in one.changed},
    }


@cache
def _environment(escaping: bool) -> SandboxedEnvironment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=escaping,
        finalize=_printed if escaping else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "cost_lines": cost_lines, "row_line": row_line, "mermaid": mermaid.draw}
    environment.filters |= {"svg": _inline, "one_line": _one_line, "code": _code}
    environment.filters |= {"comparison_line": comparison_line, "reason": reason, "anchor": _anchor}
    return environment


def _render(template: str, page: Page) -> str:
    found = _environment(template.endswith(".html.j2")).get_template(template)
    return found.render(page=page, mark=MARK, columns=COLUMNS)


def _printed(value: object) -> object:
    """Keep what does not print out of a page: text comes from files and from messages of strangers."""
    return printable(" ".join(value.splitlines())) if type(value) is str else value


def _inline(scene: Scene, prefix: str) -> Markup:
    """Give a drawing as a part of a page that may hold several: its names are made its own."""
    from markupsafe import Markup

    drawn = svg.draw(scene).replace(' id="', f' id="{prefix}-').replace('="url(#', f'="url(#{prefix}-')
    return Markup(drawn.replace('aria-labelledby="', f'aria-labelledby="{prefix}-'))


def _one_line(command: str) -> str:
    """Keep a command from leaving its block of code."""
    return printable(command).replace("```", "` ` `")


def _anchor(heading: str) -> str:
    """Give the name that GitHub makes of a heading."""
    return "".join(one for one in heading.lower().replace(" ", "-") if one.isalnum() or one in "-_")


def _code(text: str) -> str:
    """Write a formula as Markdown's code."""
    return f"`{printable(' '.join(text.split())).replace('`', chr(39))}`"


def _cell(text: object) -> str:
    """Write any text so that Markdown shows it as it is, in a cell of a table too."""
    shown = " ".join(printable(" ".join(str(text).split())).split())
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>#|~$" else one.replace("&", "&amp;") for one in shown)
