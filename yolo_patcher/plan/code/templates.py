"""The Jinja2 templates of generated text: strict about names, and nothing is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from yolo_patcher.recipe.folders import templates_folder

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render_template(name: str, **values: object) -> str:
    """Render one of the templates beside the classes."""
    return _environment().get_template(name).render(values)
