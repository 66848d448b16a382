"""Small made-up checkouts with the structure of the real ones, written in any style, and what tests ask of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.parse_model import ParseModel, recognise_parse_model
from yolo_patcher.checkout.text import SourceText, decode_python, decode_yaml
from yolo_patcher.commit.state import holds
from yolo_patcher.commit.writer import commit
from yolo_patcher.model.channels.rows import channels
from yolo_patcher.model.choose import choose_model
from yolo_patcher.model.rows import ModelYaml, read_model_yaml
from yolo_patcher.model.scales import scales
from yolo_patcher.plan.plan import Plan, plan_patch
from yolo_patcher.plan.planned import Planned, plan_request, way_to
from yolo_patcher.plan.renumber import NewRow
from yolo_patcher.plan.request import Request
from yolo_patcher.plan.yaml_text import patched_model
from yolo_patcher.revert.revert import plan_revert

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Form:
    """How the files are written; `cookie` is the encoding that Python files declare."""

    newline: str = "\n"
    bom: bool = False
    indent: str = "    "
    quote: str = '"'
    final_newline: bool = True
    cookie: str = ""

    def python(self, text: str) -> bytes:
        if self.quote == "'":
            text = text.replace('"""', "\0").replace('"', "'").replace("\0", '"""')
        text = "\n".join(_indented(line, self.indent) for line in text.split("\n"))
        if self.cookie:
            text = f"# -*- coding: {self.cookie} -*-\n# {_REMARKS[self.cookie]}\n{text}"
        return self._bytes(text, self.cookie or "utf-8")

    def yaml(self, text: str) -> bytes:
        return self._bytes(text, "utf-8")

    def _bytes(self, text: str, encoding: str) -> bytes:
        text = text if self.final_newline else text.rstrip("\n")
        return (BOM if self.bom else b"") + text.replace("\n", self.newline).encode(encoding)


_REMARKS = {"latin-1": "Größe für später", "gbk": "注意力模块", "utf-8": "注意力模块 🚀"}

FORMS = {
    "plain": Form(),
    "crlf": Form(newline="\r\n"),
    "bom": Form(bom=True),
    "bom-crlf-cookie": Form(bom=True, newline="\r\n", cookie="utf-8"),
    "tabs": Form(indent="\t"),
    "two-spaces": Form(indent="  "),
    "single-quotes": Form(quote="'"),
    "no-final-newline": Form(final_newline=False),
    "crlf-no-final-newline": Form(newline="\r\n", final_newline=False),
    "latin-1": Form(cookie="latin-1"),
    "gbk-crlf-tabs": Form(cookie="gbk", newline="\r\n", indent="\t"),
}


def _indented(line: str, indent: str) -> str:
    body = line.lstrip(" ")
    depth, rest = divmod(len(line) - len(body), 4)
    return indent * depth + " " * rest + body


MODULES = ("Conv", "C3", "C2f", "SPPF", "Concat", "Detect")

_BLOCK = """\
class {name}(nn.Module):
    \"\"\"A stand-in for {name}.\"\"\"

    def __init__(self, c1, c2, *sizes):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 1)

    def forward(self, x):
        return self.conv(x)
"""
CLASSES = {
    "Conv": """\
class Conv(nn.Module):
    \"\"\"A stand-in for Conv.\"\"\"

    def __init__(self, c1, c2, k=1, s=1, p=None):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2 if p is None else p)

    def forward(self, x):
        return self.conv(x)
""",
    "Concat": """\
class Concat(nn.Module):
    \"\"\"A stand-in for Concat.\"\"\"

    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        import torch

        return torch.cat(x, self.d)
""",
    "Detect": """\
class Detect(nn.Module):
    \"\"\"A stand-in for Detect.\"\"\"

    def __init__(self, *sizes):
        super().__init__()
        self.kind = "Detect"
""",
    **{name: _BLOCK.format(name=name) for name in ("C3", "C2f", "SPPF")},
}

PARSE_MODEL = """\
def parse_model(d, ch):
    \"\"\"Make the rows of a model.\"\"\"
    nc = d["nc"]
    depth, width = d.get("depth_multiple", 1.0), d.get("width_multiple", 1.0)
    max_channels = float("inf")
    if d.get("scales"):
        depth, width, max_channels = d["scales"][d["scale"]]
    made, kept, c2 = [], [], ch[-1]
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        m = eval(m) if isinstance(m, str) else m
        n = max(round(n * depth), 1) if n > 1 else n
        if m in {Conv, C3, C2f, SPPF}:  # these scale
            c1, c2 = ch[f], args[0]
            if c2 != nc:
                c2 = make_divisible(min(c2, max_channels) * width, 8)
            args = [c1, c2, *args[1:]]
        elif m is nn.BatchNorm2d:
            args = [ch[f]]
        elif m is Concat:
            c2 = sum(ch[x] for x in f)
        elif m in {Detect}:
            args.append([ch[x] for x in f])
        else:
            c2 = ch[f]

        row = m(*args)
        row.i, row.f = i, f
        made.append(row)
        if i == 0:
            ch = []
        ch.append(c2)
    return made, kept
"""

BLOCK = """\
# A tiny model, P3 and P4
nc: 4 # classes
scales: # depth, width, max_channels
  n: [0.5, 0.25, 1024]
  s: [0.5, 0.5, 96]

backbone:
  # [from, repeats, module, args]
  - [-1, 1, Conv, [16, 3, 2]] # 0-P1/2
  - [-1, 1, Conv, [32, 3, 2]] # 1-P2/4
  - [-1, 1, Conv, [64, 3, 2]] # 2-P3/8
  - [-1, 3, C2f, [64, True]]
  - [-1, 1, Conv, [128, 3, 2]] # 4-P4/16
  - [-1, 3, C2f, [128, True]]
  - [-1, 1, SPPF, [128, 5]] # 6

head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 3], 1, Concat, [1]] # cat backbone P3
  - [-1, 3, C2f, [64]] # 9 (P3/8-small)

  - [-1, 1, Conv, [64, 3, 2]]
  - [[-1, 6], 1, Concat, [1]] # cat head P4
  - [-1, 3, C2f, [128]] # 12 (P4/16-medium)

  - [[9, 12], 1, Detect, [nc]] # Detect(P3, P4)
"""

FLOW = """\
# A tiny model, P3 and P4
nc: 4  # classes
depth_multiple: 0.5
width_multiple: 0.5
anchors:
  - [10,13, 16,30]  # P3/8
  - [30,61, 62,45]  # P4/16

# backbone
backbone:
  # [from, number, module, args]
  [[-1, 1, Conv, [16, 6, 2, 2]],  # 0-P1/2
   [-1, 1, Conv, [32, 3, 2]],  # 1-P2/4
   [-1, 1, Conv, [64, 3, 2]],  # 2-P3/8
   [-1, 3, C3, [64]],
   [-1, 1, Conv, [128, 3, 2]],  # 4-P4/16
   [-1, 3, C3, [128]],
   [-1, 1, SPPF, [128, 5]],  # 6
  ]

# head
head:
  [[-1, 1, nn.Upsample, [None, 2, 'nearest']],
   [[-1, 3], 1, Concat, [1]],  # cat backbone P3
   [-1, 3, C3, [64, False]],  # 9 (P3/8-small)

   [-1, 1, Conv, [64, 3, 2]],
   [[-1, 6], 1, Concat, [1]],  # cat head P4
   [-1, 3, C3, [128, False]],  # 12 (P4/16-medium)

   [[9, 12], 1, Detect, [nc, anchors]],  # Detect(P3, P4)
  ]
"""

LAYOUTS = (
    "yolov5",
    "yolov5-list",
    "yolov5-package",
    "ultralytics-single",
    "ultralytics-list",
    "ultralytics-tuple",
)
DIALECTS = {
    "yolov5": "yolov5",
    "yolov5-list": "yolov5",
    "yolov5-package": "yolov5-package",
    "ultralytics-single": "ultralytics-single",
    "ultralytics-list": "ultralytics",
    "ultralytics-tuple": "ultralytics",
}


def write_checkout(root: Path, layout: str = "ultralytics-list", form: Form | None = None) -> Path:
    """Write a checkout of one of `LAYOUTS` and give its root."""
    form = form or Form()
    for path, text in _files(layout).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(form.yaml(text) if path.endswith(".yaml") else form.python(text))
    return root


def _files(layout: str) -> dict[str, str]:
    if layout.startswith("ultralytics"):
        return _ultralytics(layout.removeprefix("ultralytics-"))
    return _yolov5(layout)


def _classes(names: Sequence[str]) -> str:
    return "\n\n".join(["import torch.nn as nn\n", *(CLASSES[name] for name in names)])


def _yolov5(layout: str) -> dict[str, str]:
    package = "yolov5." if layout == "yolov5-package" else ""
    names = "(C3, SPPF, C2f, Concat, Conv, Detect)" if layout == "yolov5-list" else "*"
    yolo = (
        f"import torch.nn as nn\n\nfrom {package}models.common import {names}\n\n\n{_MAKE_DIVISIBLE}\n\n{PARSE_MODEL}"
    )
    files = {
        "models/__init__.py": "",
        "models/common.py": _classes(MODULES),
        "models/yolo.py": yolo,
        "models/yolov5s.yaml": FLOW,
        "models/yolov5m.yaml": FLOW.replace("width_multiple: 0.5", "width_multiple: 0.75"),
        "data/coco.yaml": "nc: 4\n",
    }
    if package:
        files["__init__.py"] = '__version__ = "7.0.14"\n'
        files = {f"yolov5/{path}": text for path, text in files.items()}
    return files


_MAKE_DIVISIBLE = """\
def make_divisible(x, divisor):
    return -(-int(x) // divisor) * divisor
"""


def _ultralytics(kind: str) -> dict[str, str]:
    plain = ", ".join(sorted(MODULES))
    lines = "(\n" + "".join(f"    {name},\n" for name in sorted(MODULES)) + ")"
    names = {"single": f"({plain})", "list": lines, "tuple": f"({plain})"}[kind]
    tasks = (
        f"import torch.nn as nn\n\nfrom ultralytics.nn.modules import {names}\n"
        f"from ultralytics.utils import make_divisible\n\n\n{PARSE_MODEL}"
    )
    files = {
        "__init__.py": '__version__ = "8.2.0"\n',
        "nn/__init__.py": "",
        "nn/tasks.py": tasks,
        "utils/__init__.py": _MAKE_DIVISIBLE,
        "cfg/models/v8/yolov8.yaml": BLOCK,
        "cfg/models/v5/yolov5.yaml": BLOCK.replace("C2f", "C3"),
        "cfg/datasets/coco.yaml": "names: [a, b]\n",
    }
    if kind == "single":
        files["nn/modules.py"] = _classes(MODULES)
    else:
        files["nn/modules/block.py"] = _classes(("C3", "C2f", "SPPF"))
        files["nn/modules/conv.py"] = _classes(("Conv", "Concat"))
        files["nn/modules/head.py"] = _classes(("Detect",))
        quoted = [f'"{name}"' for name in sorted(MODULES)]
        if kind == "list":
            listed = "[\n" + "".join(f"    {name},\n" for name in quoted) + "]"
            block = "(\n    C3,\n    SPPF,\n    C2f,\n)"
        else:
            listed = f"({', '.join(quoted[:4])},\n           {', '.join(quoted[4:])})"
            block = "C2f, C3, SPPF"
        files["nn/modules/__init__.py"] = (
            f'"""Modules."""\n\nfrom .block import {block}\nfrom .conv import Concat, Conv\n'
            f"from .head import Detect\n\n__all__ = {listed}\n"
        )
    return {"pyproject.toml": "", **{f"ultralytics/{path}": text for path, text in files.items()}}


def tree(root: Path, *, with_state: bool = False) -> dict[str, tuple[int, bytes]]:
    """Give the mode and bytes of every file, the tool's own folder left out; what always stays in it counts never."""
    found = {}
    for directory, folders, names in os.walk(root):
        if not with_state:
            folders[:] = [name for name in folders if name != ".yolo-patcher"]
        for name in names:
            path = Path(directory, name)
            if path.parent.name == ".yolo-patcher" and name in ("lock", ".gitignore"):
                continue
            found[path.relative_to(root).as_posix()] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
    return found


def contents(root: Path) -> dict[str, bytes]:
    """Give the bytes of every file, the tool's own folder left out."""
    return {path: content for path, (_, content) in tree(root).items()}


def plan(
    root: Path,
    *recipes: str,
    positions: Sequence[str] = (),
    model: str | None = None,
    scale: str | None = None,
    settings: Sequence[str] = (),
    output: str | None = None,
) -> Plan:
    """Plan what `apply` with these arguments plans."""
    request = Request.from_words(recipes or ("se",), positions, settings, output=output)
    checkout = open_checkout(root)
    return plan_patch(checkout, choose_model(checkout.site, model, scale), request)


def planned_on(root: Path, *recipes: str, positions: Sequence[str] = (), settings: Sequence[str] = ()) -> Planned:
    """Plan on top of what a checkout holds."""
    request = Request.from_words(recipes or ("se",), positions, settings)
    checkout = open_checkout(root)
    return plan_request(checkout, holds(checkout.snapshot), request, ())


def commit_plan(planned: Planned) -> None:
    """Commit a plan as `apply` does."""
    snapshot = planned.checkout.snapshot
    commit(snapshot.root, way_to(snapshot, planned.plan.changes, [planned]), "apply")


def apply(root: Path, *recipes: str, positions: Sequence[str] = (), settings: Sequence[str] = ()) -> Plan:
    """Plan and commit."""
    planned = planned_on(root, *recipes, positions=positions, settings=settings)
    commit_plan(planned)
    return planned.plan


def revert(root: Path, *ids: str, everything: bool = False) -> tuple[str, ...]:
    """Plan a revert and commit it; give the ids that went."""
    snapshot = open_checkout(root).snapshot
    planned = plan_revert(snapshot, ids, everything)
    if planned.reverted:
        commit(snapshot.root, planned.transition(snapshot), "revert")
    return tuple(one.id for one in planned.reverted)


def after(root: Path, planned: Plan) -> dict[str, bytes]:
    """Give the contents that a checkout has once a plan is committed."""
    found: dict[str, bytes | None] = {**contents(root), **{one.path: one.after for one in planned.changes}}
    return {path: content for path, content in found.items() if content is not None}


def model_yaml(text: str, path: str = "m.yaml") -> ModelYaml:
    """Read a model YAML from its text."""
    return read_model_yaml(decode_yaml(path, text.encode()))


def insert_rows(model: ModelYaml, new_rows: Sequence[NewRow], header: str = "") -> str:
    """Give the text of a model with rows inserted."""
    return patched_model(model, new_rows, header).source.text


def model_channels(model: ModelYaml, parse_model: ParseModel, scale: str = "") -> list[int | None]:
    """Give the channels of the rows in their order."""
    width = channels(model, parse_model, scales(model)[scale])
    return [width[row.index] for row in model.rows]


def python_source(text: str, form: Form | None = None, path: str = "a.py") -> SourceText:
    """Decode a Python text that is written in a form."""
    return decode_python(path, (form or Form()).python(text))


def parse_model_of(text: str = PARSE_MODEL, form: Form | None = None) -> ParseModel:
    """Recognise `parse_model` in a text."""
    return recognise_parse_model(python_source(text, form, "nn/tasks.py"))


def chain_in(container: str, row: str = "m", document: str = "d") -> str:
    """Give a `parse_model` whose chain tests `row in container`."""
    return f"""\
def parse_model({document}, ch):
    scaled = {{Conv, C3}}
    for i, (f, n, {row}, args) in enumerate({document}["backbone"] + {document}["head"]):
        if {row} in {container}:
            c2 = args[0]
        elif {row} is Concat:
            c2 = sum(ch[x] for x in f)
        else:
            c2 = ch[f]
        ch.append(c2)
    return ch
"""


def with_rows(backbone: Sequence[str], head: Sequence[str], top: str = "nc: 4\n") -> str:
    """Give a model YAML in block style from the rows' texts."""
    sections = (("backbone", backbone), ("head", head))
    return top + "".join(
        f"{name}:{'' if rows else ' []'}\n" + "".join(f"  - {row}\n" for row in rows) for name, rows in sections
    )
