"""Recipes of a few lines, one for each kind of signature, to put in the stead of base rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yolo_patcher import api
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.fits import against, maps_of
from yolo_patcher.recipe.recipe import Recipe

_KINDS = {
    # name: class, signature, parameters, hyper-parameters, the class's body
    "halve": (
        "Halve",
        "{channels: argument, level: down}",
        "4 * C * C2 * kernel ** 2 + 2 * C2",
        "{kernel: {type: int, default: 1, min: 1, max: 7, step: 2, help: size}}",
        """
    def __init__(self, c1, c2, kernel=1):
        super().__init__()
        self.conv = nn.Conv2d(4 * c1, c2, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(c2)

    def forward(self, x):
        parts = [x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]]
        return self.bn(self.conv(torch.cat(parts, 1)))
""",
    ),
    "double": (
        "Double",
        "{level: up}",
        "9 * C",
        "{}",
        """
    def __init__(self, c1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c1, 3, padding=1, groups=c1, bias=False)

    def forward(self, x):
        return self.conv(x.repeat_interleave(2, 2).repeat_interleave(2, 3))
""",
    ),
    "weigh": (
        "Weigh",
        "{inputs: many, channels: sum}",
        "N",
        "{bias: {type: bool, default: false, help: begin at 2 instead of 1}}",
        """
    def __init__(self, c1, bias=False):
        super().__init__()
        self.weight = nn.Parameter(torch.full((len(c1),), 2.0 if bias else 1.0))

    def forward(self, x):
        return torch.cat([self.weight[number] * one for number, one in enumerate(x)], 1)
""",
    ),
    "mean": (
        "Mean",
        "{inputs: many, channels: first}",
        "N",
        "{}",
        """
    def __init__(self, c1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(len(c1)))

    def forward(self, x):
        return sum(self.weight[number] * one for number, one in enumerate(x)) / len(x)
""",
    ),
    "stack": (
        "Stack",
        "{channels: argument, repeats: taken, least_repeats: 2}",
        "(C + (R - 1) * C2) * C2 + 2 * C2 * R",
        "{form: {type: choice, choices: [paper, released], default: paper, help: nothing}}",
        """
    def __init__(self, c1, c2, n, form="paper"):
        super().__init__()
        self.form = form
        self.m = nn.ModuleList(nn.Conv2d(c1 if number == 0 else c2, c2, 1, bias=False) for number in range(n))
        self.bn = nn.ModuleList(nn.BatchNorm2d(c2) for _ in range(n))

    def forward(self, x):
        for conv, bn in zip(self.m, self.bn):
            x = bn(conv(x))
        return x
""",
    ),
    "project": (
        "Project",
        "{channels: argument}",
        "C * C2 + 2 * C2",
        "{}",
        """
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 1, bias=False)
        self.bn = nn.BatchNorm2d(c2)

    def forward(self, x):
        return self.bn(self.conv(x))
""",
    ),
    "scale": (
        "Scale",
        "{}",
        "C",
        "{start: {type: float, default: 1, min: 0.5, max: 2, help: the factor}}",
        """
    def __init__(self, c1, start=1):
        super().__init__()
        self.weight = nn.Parameter(torch.full((1, c1, 1, 1), float(start)))

    def forward(self, x):
        return x * self.weight
""",
    ),
}


def write_small_recipes(folder: Path) -> Path:
    """Write the recipes into a folder, for `--recipe`, and give it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (class_name, signature, parameters, hyperparameters, body) in _KINDS.items():
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nversion: 1\ntitle: {class_name} in a row's stead\nclass: {class_name}\n"
            f"template: {name}.py\nkind: test\nformula: none\nparameters: {parameters}\nsignature: {signature}\n"
            f"hyperparameters: {hyperparameters}\n"
        )
        imports = "import torch\nfrom torch import nn\n" if "torch." in body else "from torch import nn\n"
        (folder / f"{name}.py").write_text(f'"""{class_name}."""\n\n{imports}\n\nclass {class_name}(nn.Module):{body}')
    return folder


def fitting(root: Path, model: str, recipes: Sequence[Recipe]) -> dict[str, str]:
    """Give, for each module of a model that a recipe can replace, the words that replace a row of it, each once."""
    inspection = api.inspect(root, model)
    chosen = inspection.chosen
    size = scales(chosen.model)[chosen.scale]
    maps = maps_of(inspection.checkout.site, chosen.model, size, inspection.level)
    words: dict[str, str] = {}
    for row in chosen.model.rows:
        fits = [one.name for one in recipes if not against(row, one.signature, maps)]
        if fits and row.module not in words:
            words[row.module] = f"{fits[len(words) % len(fits)]}@replace:{row.index}"
    return words
