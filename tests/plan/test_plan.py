from __future__ import annotations

import ast
import difflib
from pathlib import Path
from typing import Any

import pytest
from refusing import check_refused
from synthetic import DIALECTS, FORMS, LAYOUTS, Form, after, contents, plan, tree, write_checkout

from yolo_patcher.commit.patch import FileChange
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.plan import Plan

SE = "ultralytics/nn/modules/se.py"
INIT = "ultralytics/nn/modules/__init__.py"
TASKS = "ultralytics/nn/tasks.py"
BASE = "ultralytics/cfg/models/v8/yolov8.yaml"


def check_no_plan(root: Path, kind: str, part: str, *recipes: str, **options: Any) -> PatcherError:
    return check_refused(lambda: plan(root, *recipes, **options), kind, part, root=root)


def changed(planned: Plan) -> dict[str, str]:
    return {one.path: one.action for one in planned.changes}


def text_of(planned: Plan, path: str) -> str:
    (found,) = [one.after for one in planned.changes if one.path == path]
    assert found is not None
    return found.decode()


def change_text(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("layout", "files", "load"),
    [
        ("yolov5", {"models/common.py": "modify", "models/yolo.py": "modify"}, "models/yolov5s-se-head.yaml"),
        ("yolov5-list", {"models/common.py": "modify", "models/yolo.py": "modify"}, "models/yolov5s-se-head.yaml"),
        (
            "yolov5-package",
            {"yolov5/models/common.py": "modify", "yolov5/models/yolo.py": "modify"},
            "yolov5/models/yolov5s-se-head.yaml",
        ),
        ("ultralytics-single", {"ultralytics/nn/modules.py": "modify", TASKS: "modify"}, "yolov8n-se-head.yaml"),
        ("ultralytics-list", {INIT: "modify", SE: "create", TASKS: "modify"}, "yolov8n-se-head.yaml"),
        ("ultralytics-tuple", {INIT: "modify", SE: "create", TASKS: "modify"}, "yolov8n-se-head.yaml"),
    ],
)
def test_what_each_dialect_changes(tmp_path: Path, layout: str, files: dict[str, str], load: str) -> None:
    before = tree(write_checkout(tmp_path, layout), with_state=True)
    planned = plan(tmp_path)
    assert changed(planned) == {**files, planned.patch.model: "create"}
    assert planned.patch.load == load
    assert planned.patch.rows == (13, 14)
    assert list(planned.patch.classes.items()) == [("se", "SE")]
    assert [one.path for one in planned.changes] == sorted(one.path for one in planned.changes)
    assert tree(tmp_path, with_state=True) == before, "planning wrote something"


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_names_arrive_where_parse_model_looks(tmp_path: Path, layout: str) -> None:
    planned = plan(write_checkout(tmp_path, layout), "se", "sae@backbone")
    texts = {path: content.decode() for path, content in after(tmp_path, planned).items() if path.endswith(".py")}
    for text in texts.values():
        ast.parse(text)
    (tasks,) = [text for path, text in texts.items() if path.endswith(("tasks.py", "yolo.py"))]
    imports = [one for one in ast.parse(tasks).body if isinstance(one, ast.ImportFrom)]
    names = {alias.name for one in imports for alias in one.names}
    assert names == {"*"} if layout in ("yolov5", "yolov5-package") else names >= {"SE", "SaE"}
    for name in ("SE", "SaE"):
        assert sum(f"class {name}(nn.Module):" in text for text in texts.values()) == 1
        assert tasks.count(f"elif m is {name}:  # yolo-patcher {planned.patch.id}\n") == 1
    if DIALECTS[layout] == "ultralytics":
        init: dict[str, object] = {}
        node = ast.parse(texts[INIT])
        (listed,) = [one for one in node.body if isinstance(one, ast.Assign)]
        exec(ast.unparse(listed), init)
        assert list(init["__all__"])[-2:] == ["SE", "SaE"]  # type: ignore[call-overload]
        assert "from .se import SE\n" in texts[INIT]


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"), form=(FORMS["plain"], FORMS["gbk-crlf-tabs"]))
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_everything_outside_the_inserted_lines_is_identical(tmp_path: Path, layout: str, form: Form) -> None:
    planned = plan(write_checkout(tmp_path, layout, form), "se", "sae@backbone:p3")
    for change in planned.changes:
        assert change.after is not None
        check_newlines(change.after, form)
        if change.before is not None:
            check_only_inserts(change, form)
    model = {one.path: one.after for one in planned.changes}[planned.patch.model]
    assert model is not None
    assert model.startswith(b"\xef\xbb\xbf") == form.bom
    assert model.endswith(form.newline.encode()) == form.final_newline


def check_newlines(content: bytes, form: Form) -> None:
    assert content.count(b"\r\n") == (content.count(b"\n") if form.newline == "\r\n" else 0)
    assert content.count(b"\r") == content.count(b"\r\n")


def check_only_inserts(change: FileChange, form: Form) -> None:
    """Check that lines are only added, but for import and `__all__` lists, which may only grow."""
    assert change.before is not None
    assert change.after is not None
    old, new = (content.split(form.newline.encode()) for content in (change.before, change.after))
    for tag, first, last, new_first, new_last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace":
            for one, other in zip(old[first:last], new[new_first:new_last], strict=False):
                words = (b"import", b"__all__", b"SPPF")
                grown = other.startswith(one.rstrip(b")]\"', ")) and any(word in one for word in words)
                assert grown or other == one, (one, other)
            assert new_last - new_first >= last - first, old[first:last]
        assert tag != "delete", old[first:last]
    added = [line for line in new if line not in old and line.startswith((b" ", b"\t"))]
    unit = form.indent.encode()
    assert all(line.startswith(unit) for line in added if b"Detect" not in line and b"[" not in line)


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"), form=(FORMS["bom-crlf-cookie"],))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", [FORMS["plain"], FORMS["bom-crlf-cookie"], FORMS["no-final-newline"]])
def test_planning_on_the_result_changes_nothing(tmp_path: Path, layout: str, form: Form) -> None:
    arguments = ("se@head", "sae@backbone")
    planned = plan(write_checkout(tmp_path, layout, form), *arguments)
    assert planned.changes
    for path, content in after(tmp_path, planned).items():
        (tmp_path / path).write_bytes(content)
    again = plan(tmp_path, *arguments)
    assert again.changes == ()
    assert again.patch == planned.patch


def test_a_second_model_takes_the_class_that_is_there(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path))
    for path, content in after(tmp_path, planned).items():
        (tmp_path / path).write_bytes(content)
    second = plan(tmp_path, positions=["backbone"])
    assert changed(second) == {second.patch.model: "create"}
    assert second.patch.classes == planned.patch.classes
    third = plan(tmp_path, model="yolov5")
    assert changed(third) == {"ultralytics/cfg/models/v5/yolov5-se-head.yaml": "create"}


IDENTICAL = """\
class SE(nn.Module):
    def __init__(self, c1, reduction=16, min_hidden=1, bias=False):
        super().__init__()
        hidden = max(c1 // reduction, min_hidden, 1)
        self.squeeze = nn.Conv2d(c1, hidden, 1, bias=bias)
        self.act = nn.ReLU()
        self.excite = nn.Conv2d(hidden, c1, 1, bias=bias)

    def forward(self, x):
        gate = x.mean((2, 3), keepdim=True)  # theirs
        gate = self.excite(self.act(self.squeeze(gate)))
        return x * gate.sigmoid()
"""


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_identical_class_is_used(tmp_path: Path, layout: str) -> None:
    home = next(
        path
        for path in (
            "models/common.py",
            "yolov5/models/common.py",
            "ultralytics/nn/modules.py",
            "ultralytics/nn/modules/conv.py",
        )
        if (write_checkout(tmp_path, layout) / path).exists()
    )
    with (tmp_path / home).open("a") as file:
        file.write("\n\n" + IDENTICAL)
    if DIALECTS[layout] == "ultralytics":
        change_text(tmp_path / INIT, "import Concat, Conv", "import SE, Concat, Conv")
    planned = plan(tmp_path)
    assert home not in changed(planned)
    assert set(changed(planned).values()) == {"modify", "create"}
    assert "create" not in {action for path, action in changed(planned).items() if path.endswith(".py")}
    assert dict(planned.patch.classes) == {"se": "SE"}
    assert planned.notes[1:] == ()


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_class_of_the_name_is_left_alone(tmp_path: Path, layout: str) -> None:
    write_checkout(tmp_path, layout)
    homes = (
        "models/common.py",
        "yolov5/models/common.py",
        "ultralytics/nn/modules.py",
        "ultralytics/nn/modules/conv.py",
    )
    home = next(tmp_path / path for path in homes if (tmp_path / path).exists())
    with home.open("a") as file:
        file.write("\n\n" + IDENTICAL.replace("x * gate", "x + gate"))
    if DIALECTS[layout] == "ultralytics":
        change_text(tmp_path / INIT, "import Concat, Conv", "import SE, Concat, Conv")
    planned = plan(tmp_path)
    assert dict(planned.patch.classes) == {"se": "SEAttention"}
    assert "The class is called SEAttention, because SE is another thing here." in planned.notes
    assert "[9, 1, SEAttention, []]" in text_of(planned, planned.patch.model)
    files = after(tmp_path, planned)
    texts = [content.decode() for path, content in files.items() if path.endswith(".py")]
    assert sum(text.count("class SEAttention(nn.Module)") for text in texts) == 1
    assert sum(text.count("class SE(nn.Module)") for text in texts) == 1
    assert not any("m is SE:" in text for text in texts)
    for path, content in files.items():
        (tmp_path / path).write_bytes(content)
    assert plan(tmp_path).changes == ()


@pytest.mark.parametrize("bound", ["SE = 1", "def SE():\n    pass", "from os import path as SE", "import SE"])
def test_any_other_thing_of_the_name_counts(tmp_path: Path, bound: str) -> None:
    write_checkout(tmp_path, "yolov5")
    yolo = tmp_path / "models/yolo.py"
    yolo.write_text(bound + "\n" + yolo.read_text())
    assert dict(plan(tmp_path).patch.classes) == {"se": "SEAttention"}


def test_a_name_inside_a_function_does_not_count(tmp_path: Path) -> None:
    write_checkout(tmp_path, "yolov5")
    yolo = tmp_path / "models/yolo.py"
    yolo.write_text("def f():\n    SE = 1\n    return SE\n" + yolo.read_text())
    assert dict(plan(tmp_path).patch.classes) == {"se": "SE"}


def test_a_module_of_the_name_is_left_alone(tmp_path: Path) -> None:
    (write_checkout(tmp_path) / SE).write_text("x = 1\n")
    planned = plan(tmp_path)
    assert changed(planned)["ultralytics/nn/modules/se_attention.py"] == "create"
    assert SE not in changed(planned)
    assert dict(planned.patch.classes) == {"se": "SEAttention"}


def test_the_new_model_is_never_written_over_another(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    mine = tmp_path / "ultralytics/cfg/models/v8/yolov8-se-head.yaml"
    mine.write_text("mine\n")
    error = check_no_plan(tmp_path, "refused", "exists with another content")
    assert error.path == "ultralytics/cfg/models/v8/yolov8-se-head.yaml"
    assert "--output" in error.help
    assert "ultralytics/cfg/models/v8/yolov8-mine.yaml" in changed(plan(tmp_path, output="yolov8-mine"))


@pytest.mark.parametrize(
    ("output", "path"),
    [
        ("mine", "mine.yaml"),
        ("mine.yaml", "mine.yaml"),
        ("mine.yml", "mine.yml"),
        ("a b-é", "a b-é.yaml"),
        ("v1.2", "v1.2.yaml"),
    ],
)
def test_output(tmp_path: Path, output: str, path: str) -> None:
    planned = plan(write_checkout(tmp_path), output=output)
    assert planned.patch.model == f"ultralytics/cfg/models/v8/{path}"


@pytest.mark.parametrize(
    "output",
    ["", ".", "..", "../mine", "a/b", "/mine", "a\\b", ".hidden", "a\nb", "a\x00b", "a/", ".yaml", "a\u202eb"],
)
def test_an_output_that_is_no_plain_name_is_refused(tmp_path: Path, output: str) -> None:
    check_no_plan(write_checkout(tmp_path), "usage", "not a plain file name", output=output)


def test_the_base_is_never_written_over(tmp_path: Path) -> None:
    check_no_plan(write_checkout(tmp_path), "refused", "exists with another content", output="yolov8.yaml")


def test_adapted_defaults_are_said_and_strict_refuses_them(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path), settings=["reduction=64"])
    (note,) = [one for one in planned.notes if one.startswith("se: ")][:1]
    assert "hidden width 1 at 16 channels" in note
    assert "recipe se 1; hidden width 1 at 16 channels" in text_of(planned, SE)
    assert any("severe bottleneck" in one for one in planned.warnings)
    error = check_no_plan(tmp_path, "usage", "SE can't be built on row 9", settings=["reduction=64", "strict=true"])
    assert "yolo-patcher show se" in error.help
    assert not any(one.startswith("se: ") for one in plan(tmp_path, settings=["reduction=8", "strict=1"]).notes)


def test_settings_stand_in_the_rows(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path), "se", "sae@backbone", settings=["se.reduction=8", "sae.bias=true"])
    text = text_of(planned, planned.patch.model)
    assert "  - [10, 1, SE, [8]] # 14 (P3/8)\n" in text
    assert "  - [-1, 1, SaE, [32, 4, 1, True]] # 6 (P4/16)\n" in text


def test_unknown_channels_are_said(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    change_text(tmp_path / TASKS, "c2 = make_divisible", "c2 = their_rule")
    assert any("can't be told" in note for note in plan(tmp_path).notes)


def test_the_patch_id_is_the_requests(tmp_path: Path) -> None:
    root = write_checkout(tmp_path / "a")
    first = plan(root).patch.id
    assert first == plan(root).patch.id == plan(write_checkout(tmp_path / "b", form=FORMS["crlf"])).patch.id
    assert first == plan(root, positions=["head"], settings=["reduction=16"]).patch.id
    assert first.startswith("se-head-")
    others = [
        plan(root, "sae").patch.id,
        plan(root, positions=["head:p3"]).patch.id,
        plan(root, settings=["reduction=8"]).patch.id,
        plan(root, output="other").patch.id,
        plan(root, model="yolov5").patch.id,
        plan(root, "se", "sae").patch.id,
    ]
    assert len({first, *others}) == 7


@pytest.mark.parametrize(
    ("plain", "written"), [("head", "head:final"), ("neck:p3", "neck:p3:all"), ("after:6", "after:6:all")]
)
def test_readers_that_are_the_default_make_the_same_patch(plain: str, written: str, tmp_path: Path) -> None:
    root = write_checkout(tmp_path)
    one, other = plan(root, positions=[plain]), plan(root, positions=[written])
    assert (one.patch.id, one.changes) == (other.patch.id, other.changes)
    assert other.patch.positions == (written,)
    assert plan(root, positions=[plain, written]).patch.rows == one.patch.rows
    assert one.patch.id != plan(root, positions=[f"{plain}:next"]).patch.id


def test_the_file_of_a_patch_names_the_readers(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path), positions=["after:6:next"])
    assert planned.patch.model.endswith("/yolov8-se-after-6-next.yaml")
    assert planned.patch.load == "yolov8n-se-after-6-next.yaml"
    assert "apply se@after:6:next --model yolov8.yaml" in text_of(planned, planned.patch.model).splitlines()[0]


@pytest.mark.parametrize(
    ("position", "note"),
    [
        ("before:SPPF", "before:SPPF is `backbone` here."),
        ("before:SPPF:next", "before:SPPF:next is `backbone:next` here."),
        ("before:6", "before:6 is `backbone` here."),
        ("after:C2f:final", "after:C2f:final leaves out what is not read by the final row: 3 C2f, 5 C2f."),
        ("before:Conv", "before:Conv leaves out what reads the image: 0 Conv."),
    ],
)
def test_a_position_with_more_to_say(position: str, note: str, tmp_path: Path) -> None:
    assert note in plan(write_checkout(tmp_path), positions=[position]).notes


@pytest.mark.parametrize("position", ["backbone", "after:5", "before:5", "after:SPPF"])
def test_a_position_with_nothing_to_say(position: str, tmp_path: Path) -> None:
    assert not [note for note in plan(write_checkout(tmp_path), positions=[position]).notes if position in note]


def test_positions_that_name_the_same_place_hold_one_module(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path), positions=["after:9", "neck:p3"])
    assert planned.patch.rows == (10,)
    assert "Positions that name the same place hold one SE." in planned.notes
    assert len(plan(tmp_path, positions=["head", "neck"]).patch.rows) == 4


def test_what_was_chosen_is_said(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path))
    assert planned.notes[0] == f"The model is {BASE}, the default; --model names another."
    assert plan(tmp_path, model="yolov8").notes == ()


@pytest.mark.parametrize(
    ("model", "scale", "base", "load"),
    [
        ("yolov8", None, BASE, "yolov8n-se-head.yaml"),
        ("yolov8n", None, BASE, "yolov8n-se-head.yaml"),
        ("yolov8s.yaml", None, BASE, "yolov8s-se-head.yaml"),
        ("YOLOv8s", None, BASE, "yolov8s-se-head.yaml"),
        ("yolov8", "s", BASE, "yolov8s-se-head.yaml"),
        (BASE, "s", BASE, "yolov8s-se-head.yaml"),
        (None, "s", BASE, "yolov8s-se-head.yaml"),
        ("yolov5", None, "ultralytics/cfg/models/v5/yolov5.yaml", "yolov5n-se-head.yaml"),
    ],
)
def test_model_and_scale(tmp_path: Path, model: str | None, scale: str | None, base: str, load: str) -> None:
    patch = plan(write_checkout(tmp_path), model=model, scale=scale).patch
    assert (patch.base, patch.load) == (base, load)


@pytest.mark.parametrize(
    ("model", "scale", "base"),
    [
        (None, None, "models/yolov5s.yaml"),
        (None, "m", "models/yolov5m.yaml"),
        ("yolov5", None, "models/yolov5s.yaml"),
        ("yolov5m", None, "models/yolov5m.yaml"),
        ("yolov5s", "m", "models/yolov5m.yaml"),
        ("models/yolov5m.yaml", None, "models/yolov5m.yaml"),
    ],
)
def test_model_and_scale_where_each_scale_is_a_file(
    tmp_path: Path, model: str | None, scale: str | None, base: str
) -> None:
    patch = plan(write_checkout(tmp_path, "yolov5"), model=model, scale=scale).patch
    assert (patch.base, patch.load) == (base, base.replace(".yaml", "-se-head.yaml"))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"model": "yolov9"}, "no model 'yolov9'"),
        ({"model": "coco"}, "no model 'coco'"),
        ({"scale": "x"}, "no scale 'x'"),
        ({"model": "nowhere/yolov8.yaml"}, "there is no model YAML"),
        ({"positions": ["head:p5"]}, "matches nothing"),
        ({"positions": ["nowhere"]}, "not understood"),
    ],
)
def test_refused_requests(tmp_path: Path, options: dict[str, object], part: str) -> None:
    check_no_plan(write_checkout(tmp_path), "usage", part, **options)


def test_a_model_outside_the_checkout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes((write_checkout(tmp_path / "a") / BASE).read_bytes())
    check_no_plan(tmp_path / "a", "usage", "lies outside the checkout", model=str(tmp_path / "mine.yaml"))


def test_an_unknown_module_is_refused_with_its_line(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    change_text(tmp_path / BASE, "[-1, 1, SPPF,", "[-1, 1, SPQF,")
    error = check_no_plan(tmp_path, "model", "row 6 names the module SPQF")
    assert (error.path, error.line) == (BASE, 15)


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_package_folder_is_the_same_checkout(tmp_path: Path, layout: str) -> None:
    write_checkout(tmp_path, layout)
    folder = {"yolov5": "", "yolov5-list": "", "yolov5-package": "yolov5"}.get(layout, "ultralytics")
    inside, outside = plan(tmp_path / folder), plan(tmp_path)
    assert (inside.patch, inside.changes, inside.warnings) == (outside.patch, outside.changes, outside.warnings)


def test_of_two_candidates_the_roots_own_is_meant_unless_another_folder_is_named(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    write_checkout(tmp_path, "yolov5")
    assert plan(tmp_path).patch.base == "models/yolov5s.yaml"
    assert plan(tmp_path / "ultralytics").patch.base == BASE


def test_two_candidates_in_folders_are_refused_and_one_can_be_named(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    write_checkout(tmp_path, "yolov5-package")
    error = check_no_plan(tmp_path, "checkout", "2 files define parse_model")
    assert f"--repo {tmp_path.resolve() / 'ultralytics'}" in error.help
    assert plan(tmp_path / "ultralytics").patch.base == BASE


def test_no_checkout(tmp_path: Path) -> None:
    check_no_plan(tmp_path, "checkout", "this is no checkout of a YOLO repository")


def test_a_plan_shows_its_hashes(tmp_path: Path) -> None:
    planned = plan(write_checkout(tmp_path))
    assert all(one.as_json()["before"] is None for one in planned.changes if one.action == "create")
    assert {len(str(one.as_json()["after"])) for one in planned.changes} == {64}
    assert contents(tmp_path)[BASE] == planned.base.source.encode()
