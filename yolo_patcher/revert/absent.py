"""Whether a step of a patch has left a file already."""

from __future__ import annotations

import re

from yolo_patcher.checkout.marker import marked, stand_in_flags


def is_absent(name: str, before: bytes | None, after: bytes | None, now: bytes | None) -> bool:
    """Tell whether nothing of a step is in a file: taken out by other means, or the file is another's."""
    if now is None or after is None:
        return now is None and before is None
    if before is None:
        return False
    words = (name, *stand_in_flags(name))
    if not any(_has_word(before, word) for word in words):
        return not any(_has_word(now, word) for word in words)
    new = marked(after) - marked(before)
    return bool(new) and not new & marked(now)


def _has_word(content: bytes, name: str) -> bool:
    return re.search(rb"(?<![\w])" + re.escape(name.encode()) + rb"(?![\w])", content) is not None
