"""Model YAMLs of other families and in other styles than those of the made-up checkouts."""

from __future__ import annotations

from synthetic import with_rows

# The structure of YOLOv7: ELAN stages with relative indices, MP and Conv side by side as downsampling.
_ELAN = ("[-1, 1, Conv, [8, 1, 1]]", "[-2, 1, Conv, [8, 1, 1]]", "[-1, 1, Conv, [8, 3, 1]]", "[-1, 1, Conv, [8, 3, 1]]")
_ELAN_JOIN = ("[[-1, -2, -3, -4], 1, Concat, [1]]", "[-1, 1, Conv, [16, 1, 1]]")
_HEAD_ELAN = (*_ELAN, "[[-1, -2, -3, -4, -5], 1, Concat, [1]]", "[-1, 1, Conv, [16, 1, 1]]")


def _downsample(*also: int) -> list[str]:
    joined = ", ".join(map(str, (-1, -3, *also)))
    return [
        "[-1, 1, MP, []]",
        "[-1, 1, Conv, [8, 1, 1]]",
        "[-3, 1, Conv, [8, 1, 1]]",
        "[-1, 1, Conv, [8, 3, 2]]",
        f"[[{joined}], 1, Concat, [1]]",
    ]


ELAN = with_rows(
    [
        "[-1, 1, Conv, [8, 3, 2]]",  # 0
        "[-1, 1, Conv, [8, 3, 2]]",  # 1
        *_ELAN, *_ELAN_JOIN,  # 2 to 7, P2
        *_downsample(), *_ELAN, *_ELAN_JOIN,  # 8 to 18, P3
        *_downsample(), *_ELAN, *_ELAN_JOIN,  # 19 to 29, P4
    ],
    [
        "[-1, 1, SPPCSPC, [16]]",  # 30
        "[-1, 1, Conv, [8, 1, 1]]",  # 31
        '[-1, 1, nn.Upsample, [None, 2, "nearest"]]',  # 32
        "[18, 1, Conv, [8, 1, 1]]",  # 33
        "[[-1, -2], 1, Concat, [1]]",  # 34
        *_HEAD_ELAN,  # 35 to 40, P3
        *_downsample(30),  # 41 to 45
        *_HEAD_ELAN,  # 46 to 51, P4
        "[40, 1, RepConv, [16, 3, 1]]",  # 52
        "[51, 1, RepConv, [32, 3, 1]]",  # 53
        "[[52, 53], 1, Detect, [nc]]",  # 54
    ],
)  # fmt: skip

DUMPED = """\
backbone:
- - -1
  - 1
  - Conv
  - - 16
    - 3
- - -1
  - 1
  - Conv
  - []
head:
- - - -1
    - 0
  - 1
  - Concat
  - - 1
- - - 2
  - 1
  - Detect
  - - nc
"""
ONE_LINE = (
    "{nc: 4, backbone: [[-1, 1, Conv, [16]], [-1, 1, Conv, []]],"
    " head: [[[-1, 0], 1, Concat, [1]], [[2], 1, Detect, [nc]]]}"
)
