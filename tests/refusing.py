"""What every refusal must be: an error that says what, where and what to do, with nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from synthetic import tree

from yolo_patcher.errors import PatcherError


def check_refused(
    work: Callable[[], object],
    kind: str,
    part: str = "",
    *,
    help: str = "",
    path: Any = ANY,
    line: Any = ANY,
    root: Path | None = None,
) -> PatcherError:
    """Check that some work ends in an error of a kind whose message and help have these parts, and give the error.

    The path and the line are compared where they are given. Below `root` every byte and mode stays, those of the state
    too.
    """
    before = None if root is None else tree(root, with_state=True)
    with pytest.raises(PatcherError) as caught:
        work()
    error = caught.value
    assert before is None or tree(root, with_state=True) == before  # type: ignore[arg-type]
    assert (error.kind, error.path, error.line) == (kind, path, line), error.message
    assert part in error.message
    assert help in error.help
    return error
