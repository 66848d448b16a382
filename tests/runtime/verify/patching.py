"""A patch by hand: plain text edits that put one small module before the final row of a real checkout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from yolo_patcher.runtime.verify.results import CHECKS, Case, Row
from yolo_patcher.runtime.verify.run import run_probe

GATE = """

class Gate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc = nn.Conv2d(c, c, 1)

    def forward(self, x):
        return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
"""

CONCAT = "        elif m is Concat:\n"
BRANCH = "        elif m is Gate:\n            c2 = ch[{source}]\n            args = [c2]\n"

# What only makes the models larger: their repeats, their widths, and the decoder's queries and layers.
SMALLER = {
    r"(?m)^(  [nl]: )\[[\d.]+, [\d.]+, 1024\]": r"\1[0.01, 0.125, 1024]",
    r"(?m)^(depth_multiple|width_multiple): 1.0": r"\1: 0.125",
    r"RTDETRDecoder, \[nc\]": "RTDETRDecoder, [nc, 64, 30, 4, 8, 2, 128]",
}


def make_smaller(root: Path) -> None:
    """Have an ultralytics checkout build small models from its YAMLs, of the same rows."""
    for file in (root / "ultralytics" / "cfg" / "models").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        for large, small in SMALLER.items():
            text = re.sub(large, small, text)
        file.write_text(text, encoding="utf-8")


def patch(root: Path) -> tuple[str, Case]:
    """Patch the checkout at `root`; give the module of parse_model, and the case."""
    if (root / "ultralytics").is_dir():
        return "ultralytics.nn.tasks", _ultralytics(root)
    package = root / "yolov5" if (root / "yolov5").is_dir() else root
    return ("yolov5." if package != root else "") + "models.yolo", _yolov5(package)


def patch_many(root: Path, codes: Sequence[str]) -> tuple[str, list[Case]]:
    """Put many classes `Gate` into an ultralytics checkout, as Gate0, Gate1 ...; give the module and their cases."""
    module, case = patch(root)
    names = [f"Gate{number}" for number in range(len(codes))]
    conv = root / "ultralytics" / "nn" / "modules" / "conv.py"
    classes = "\n\n".join(
        code.replace("class Gate(", f"class {name}(") for name, code in zip(names, codes, strict=True)
    )
    conv.write_text(f"{conv.read_text(encoding='utf-8')}\n\n{classes}", encoding="utf-8")
    tasks = root / "ultralytics" / "nn" / "tasks.py"
    _edit(tasks, "conv import Gate\n", f"conv import Gate, {', '.join(names)}\n")
    _edit(tasks, "elif m is Gate:", 'elif m.__name__.startswith("Gate"):')
    written = next(root.rglob("yolov8-gate-head.yaml"))
    text = written.read_text(encoding="utf-8")
    cases = []
    for name in names:
        written.with_name(f"yolov8-{name.lower()}-head.yaml").write_text(text.replace("Gate", name), encoding="utf-8")
        rows = tuple(replace(row, module=name) if row.new else row for row in case.rows)
        cases.append(replace(case, patched=f"yolov8n-{name.lower()}-head.yaml", rows=rows))
    return module, cases


def _ultralytics(root: Path) -> Case:
    nn = root / "ultralytics" / "nn"
    flat = (nn / "modules.py").exists()
    home = nn / "modules.py" if flat else nn / "modules" / "conv.py"
    home.write_text(home.read_text(encoding="utf-8") + GATE, encoding="utf-8")
    importing = "from ultralytics.nn.modules import Gate" if flat else "from ultralytics.nn.modules.conv import Gate"
    _edit(nn / "tasks.py", "class BaseModel", f"{importing}\n\n\nclass BaseModel")
    _edit(nn / "tasks.py", CONCAT, BRANCH.format(source="f") + CONCAT)
    base = next(p for name in ("yolov8.yaml", "yolov8n.yaml") for p in sorted(root.rglob(name)))
    rows = _head(base, base.with_name(base.name.replace(".yaml", "-gate-head.yaml")))
    return Case("yolov8n.yaml", "yolov8n-gate-head.yaml", "Detect", rows)


def _yolov5(package: Path) -> Case:
    common, yolo = package / "models" / "common.py", package / "models" / "yolo.py"
    common.write_text(common.read_text(encoding="utf-8") + GATE, encoding="utf-8")
    source = "f if f < 0 else f + 1" if "ch[f if f < 0 else f + 1]" in yolo.read_text(encoding="utf-8") else "f"
    _edit(yolo, CONCAT, BRANCH.format(source=source) + CONCAT)
    base = package / "models" / "yolov5s.yaml"
    patched = base.with_name("yolov5s-gate-head.yaml")
    return Case(str(base), str(patched), "Detect", _head(base, patched))


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _head(base: Path, patched: Path) -> tuple[Row, ...]:
    """Write the patched model YAML, and give its graph."""
    text = base.read_text(encoding="utf-8")
    final = re.search(r"^( *(?:- )?)\[\[(\d+), (\d+), (\d+)\], 1, Detect", text, re.MULTILINE)
    assert final is not None
    lead, *levels = final.groups()
    end = "" if "-" in lead else ","
    first = len(_rows(base)) - 1
    new = "".join(f"{lead}[{level}, 1, Gate, []]{end}\n" for level in levels)
    new += f"{lead}[[{first}, {first + 1}, {first + 2}], 1, Detect"
    patched.write_text(text[: final.start()] + new + text[final.end() :], encoding="utf-8")
    return tuple(
        Row(
            tuple(number + f if f < 0 else f for f in (read if isinstance(read, list) else [read])),
            name,
            name == "Gate",
        )
        for number, (read, _, name, _) in enumerate(_rows(patched))
    )


def _rows(model: Path) -> list[tuple[int | list[int], int, str, list[object]]]:
    document = yaml.safe_load(model.read_text(encoding="utf-8"))
    return [tuple(row) for row in document["backbone"] + document["head"]]


def check_passes(root: Path, python: str) -> tuple[str, ...]:
    """State that the patched checkout passes every check, on the CPU; give what had stand-ins."""
    module, case = patch(root)
    (answer,) = run_probe(root, module, [case], python=python, device="cpu", timeout=600.0)
    assert answer.failures == (), answer.output
    assert answer.status == "passed"
    assert {check.name for check in answer.checks if check.status == "skipped"} == {"deterministic"}
    assert {check.name for check in answer.checks} == set(CHECKS)
    assert answer.params is not None
    assert answer.params["added"] == sum(answer.new_params.values()) > 0
    assert len(answer.new_params) == 3
    assert all(shape is not None for shape in answer.shapes)
    assert not list(root.rglob("__pycache__"))
    return answer.stubbed
