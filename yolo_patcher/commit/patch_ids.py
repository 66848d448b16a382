"""The ids of patches as users write them."""

from __future__ import annotations

from collections.abc import Sequence

from yolo_patcher.errors import PatcherError


def whole_ids(held: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Give the ids of patches that a user means, who may shorten each to a beginning that no second patch has.

    Args:
        held: the ids of the patches that the checkout holds.
        ids: what the user wrote.

    Raises:
        PatcherError: `usage`, when a text begins no id, or several.
    """
    meant = {text: [text] if text in held else [one for one in held if text and one.startswith(text)] for text in ids}
    if unknown := [text for text, found in meant.items() if not found]:
        help = f"It holds {', '.join(held) or 'none'}."
        raise PatcherError("usage", f"the checkout holds no patch {', '.join(unknown)}", help=help)
    for text, found in meant.items():
        if len(found) > 1:
            message = f"{text} is the beginning of {len(found)} patches"
            raise PatcherError("usage", message, help=f"Write more of the id: {', '.join(found)}.")
    return tuple(dict.fromkeys(meant[text][0] for text in ids))
