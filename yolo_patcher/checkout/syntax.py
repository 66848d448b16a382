"""Parse a Python file of the checkout."""

from __future__ import annotations

import ast
import sys
import warnings

from yolo_patcher.checkout.text import SourceText
from yolo_patcher.errors import PatcherError


def parse_python(source: SourceText) -> ast.Module:
    """Parse a Python file of the checkout.

    Raises:
        PatcherError: `checkout`, with the line, when it does not parse.
    """
    try:
        with warnings.catch_warnings():
            # What later versions of Python warn of, such as "\d", is the checkout's own and would only confuse here.
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        raise PatcherError(
            "checkout",
            f"the file does not parse as {version}, which runs yolo-patcher: {reason}",
            path=source.path,
            line=line,
            help=f"If its syntax is newer than {version}, run yolo-patcher with a newer Python; else repair the line.",
        ) from error
