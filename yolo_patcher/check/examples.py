"""The model that the rules' examples are heads of, so that documentation and tests show the same YAML."""

from __future__ import annotations

BACKBONE = """\
backbone:
  - [-1, 1, Conv, [16, 3, 2]] # 0-P1/2
  - [-1, 1, Conv, [32, 3, 2]] # 1-P2/4
  - [-1, 1, Conv, [64, 3, 2]] # 2-P3/8
  - [-1, 3, C2f, [64, True]] # 3
  - [-1, 1, Conv, [128, 3, 2]] # 4-P4/16
  - [-1, 3, C2f, [128, True]] # 5
  - [-1, 1, SPPF, [128, 5]] # 6
"""

HEAD = """\
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]] # 7
  - [[-1, 3], 1, Concat, [1]] # 8
  - [-1, 3, C2f, [64]] # 9
  - [-1, 1, Conv, [64, 3, 2]] # 10
  - [[-1, 6], 1, Concat, [1]] # 11
  - [-1, 3, C2f, [128]] # 12
  - [[9, 12], 1, Detect, [nc]]
"""


def whole(head: str) -> str:
    """Give the model YAML of an example's head."""
    return f"nc: 4\n{BACKBONE}{head}"


def changed(old: str, new: str) -> str:
    """Give the head with one line in another form.

    Raises:
        ValueError: when the head has no such line.
    """
    if HEAD.count(old) != 1:
        raise ValueError(old)
    return HEAD.replace(old, new)
