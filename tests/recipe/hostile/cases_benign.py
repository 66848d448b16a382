"""Recipes that look odd and are well: the rules must not refuse simply everything."""

from __future__ import annotations

from pathlib import Path

from hostile_case import RECIPE, TEMPLATE, Case

IMPORTS = """\
from torch import nn
from torch.nn import functional as F
from torch import Tensor
"""

METHODS = '''\
    expansion: float = 0.5
    __constants__ = ["fc"]

    @staticmethod
    def _pool(x: Tensor) -> Tensor:
        """Jinja's {{ braces }} mean nothing here, nor {% do %}."""
        sizes = {"a": {"b": 1}}
        return F.adaptive_avg_pool2d(x, sizes["a"]["b"])

    def extra_repr(self):
        return f"{self.__class__.__name__} {{{self.expansion}}}"

    def forward(self, x: Tensor) -> Tensor'''

RICH = (
    TEMPLATE.replace("from torch import nn\n", IMPORTS)
    .replace("rate=4", "rate: int | None = 4, *, act=nn.ReLU, sizes: tuple[int, ...] = (1, 2)")
    .replace("    def forward(self, x)", METHODS)
)


def _link(folder: Path) -> None:
    (folder / "mine.py").rename(folder / "real.py")
    (folder / "mine.py").symlink_to("real.py")


def _well(
    recipe: str = RECIPE, template: str = TEMPLATE, given: str = ".", asked: str = "mine", linked: bool = False
) -> Case:
    return Case("", "", 0, recipe, template, given=given, asked=asked, prepare=_link if linked else None)


BENIGN = {
    "as it is": _well(),
    "by its file": _well(given="mine.yaml"),
    "by its path": _well(asked="./mine.yaml"),
    "Windows newlines and a mark": _well(
        "\ufeff" + RECIPE.replace("\n", "\r\n"), "\ufeff" + TEMPLATE.replace("\n", "\r\n")
    ),
    "a link to a file beside it": _well(linked=True),
    "quotes and another script in the title": _well(
        RECIPE.replace("title: My gate", "title: 'My \"gate\", the author''s 注意力 # 1'")
    ),
    "annotations, constants, helpers and braces": _well(template=RICH),
}
