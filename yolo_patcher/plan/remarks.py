"""What a plan tells the user beside what it does."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Remarks:
    """Notes, and warnings of what is built as published but may not do what the user hopes."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
