"""The one part that writes to a checkout: all of a change or nothing, whatever ends the process."""

from yolo_patcher.commit.writer import commit, recover

__all__ = ["commit", "recover"]
