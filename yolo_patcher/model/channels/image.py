"""The channels of the image: three, unless the model YAML says another number where the checkout reads it."""

from __future__ import annotations

import ast

from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.model.rows import ModelYaml

_USUAL = 3
_KEYS = ("ch", "channels")


def image_channels(model: ModelYaml, parse_model: ParseModel) -> int | None:
    """Give the channels of the image; None where a model YAML says some and it can't be told whether they are read.

    The classes of models beside `parse_model` read them by `ch = self.yaml["ch"] = self.yaml.get("ch", ch)`; newer
    versions call the key `channels`, and some of their classes write over it.
    """
    said = [key for key in _KEYS if model.values.get(key, _USUAL) != _USUAL]
    if not said:
        return _USUAL
    value = model.values[said[0]]
    is_number = isinstance(value, int) and not isinstance(value, bool) and value > 0
    plain = len(said) == 1 and is_number and _is_read(said[0], parse_model.tree)
    return value if plain and isinstance(value, int) else None


def _is_read(key: str, tree: ast.Module) -> bool:
    """Tell whether every statement of a file that stores a key reads it first, and there is one."""
    found = [
        ast.unparse(statement.value).endswith(f".get('{key}', ch)")
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assign)
        and any(
            isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and target.slice.value == key
            for target in statement.targets
        )
    ]
    return bool(found) and all(found)
