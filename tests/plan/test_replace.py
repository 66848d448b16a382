"""Recipes in the stead of base rows: which rows fit, what the classes are called, and what the model YAML keeps."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Checkouts
from refusing import check_refused
from small_recipes import fitting, write_small_recipes
from synthetic import contents

from yolo_patcher import api
from yolo_patcher.commit.patch import StandIn
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.plan import Plan
from yolo_patcher.recipe.catalogue import all_recipes

pytestmark = pytest.mark.checkout
V83 = "ultralytics-8.3.0"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_recipes(tmp_path_factory.mktemp("small"))


def planned(root: Path, small: Path, *words: str, model: str = "yolov8", settings: Sequence[str] = ()) -> Plan:
    return api.plan(root, *words, model=model, settings=settings, more=[small]).planned.plan


def check_no_fit(root: Path, small: Path, words: str, part: str, help: str) -> PatcherError:
    return check_refused(lambda: planned(root, small, *words.split()), "usage", part, help=help)


def changed_lines(plan: Plan) -> list[tuple[str, str]]:
    """Give the lines of the model YAML that differ from the base's, below the header, with what they were before."""
    before = plan.base.source.text.splitlines()
    now = plan.model.source.text.splitlines()[1:]
    assert len(before) == len(now)
    return [(old, new) for old, new in zip(before, now, strict=True) if old != new]


@pytest.mark.parametrize(
    ("words", "class_name", "base", "rows"),
    [
        ("halve@replace:Conv", "Halve", "Conv", (0, 1, 3, 5, 7, 16, 19)),
        ("halve@replace:Conv:p4", "Halve", "Conv", (5, 16)),
        ("halve@replace:Conv[-1]", "Halve", "Conv", (19,)),
        ("halve@replace:0", "Halve", "Conv", (0,)),
        ("double@replace:Upsample", "Double", "nn.Upsample", (10, 13)),
        ("double@replace:nn.Upsample[0]", "Double", "nn.Upsample", (10,)),
        ("weigh@replace:Concat:p5", "Weigh", "Concat", (20,)),
        ("project@replace:SPPF", "Project", "SPPF", (9,)),
        ("stack@replace:C2f:p3,p5", "Stack", "C2f", (4, 8, 15, 21)),
        ("scale@replace:C2f", "Scale", "C2f", (2, 4, 6, 8)),
    ],
)
def test_a_row_gets_another_module_and_keeps_all_else(
    words: str, class_name: str, base: str, rows: tuple[int, ...], pristine: Checkouts, small: Path
) -> None:
    plan = planned(pristine(V83), small, words)
    recipe = words.partition("@")[0]
    assert plan.patch.stand_ins == (StandIn(class_name, base, "replace", (recipe,), rows),)
    assert (plan.patch.rows, plan.patch.classes) == ((), {})
    changed = changed_lines(plan)
    assert len(changed) == len(rows)
    assert all(new == old.replace(f"{base},", f"{class_name},", 1) for old, new in changed)
    assert [(row.sources, row.repeats, row.args) for row in plan.model.rows] == [
        (row.sources, row.repeats, row.args) for row in plan.base.rows
    ]


@pytest.mark.parametrize(
    ("words", "part", "help"),
    [
        ("halve@replace:SPPF", "row 9 (SPPF) keeps the level", "fits at replace:Conv (rows 0, 1, 3, 5, 7, 16, 19)"),
        ("scale@replace:Conv", "row 0 (Conv) halves height and width", "In the stead of row 0 fit: "),
        ("project@replace:Upsample", "doubles height and width", "In the stead of row 10 fit: "),
        ("project@replace:Concat", "row 11 (Concat) reads 2 rows", "In the stead of row 11 fit: "),
        ("weigh@replace:SPPF", "reads a single row", "weigh fits at replace:Concat (rows 11, 14, 17, 20)"),
        ("mean@replace:Concat", "reads 256 and 128 channels, which are not equal", "can be replaced by mean"),
        ("scale@replace:C2f[-1]", "makes 256 channels of 384", "scale fits at replace:C2f (rows 2, 4, 6, 8)"),
        ("scale@replace:Detect", "is the final row", "scale fits in line"),
        ("halve@after:4", "halve, which halves height and width", "halve fits at replace:Conv"),
        ("weigh@head", "weigh, which takes several maps", "weigh fits at replace:Concat"),
        ("double@backbone", "double, which doubles height and width", "fits at replace:nn.Upsample (rows 10, 13)"),
        ("weigh@inside:C2f", "weigh, which takes several maps", "weigh fits at replace:Concat"),
        ("halve@replace:Bottleneck", "matches nothing", "The model has rows 0 to 22"),
        ("halve@replace:Conv:p6", "matches nothing", "Rows that replace:Conv can mean here: 0 Conv (P1)"),
        ("halve@replace:5 project@replace:Conv[3]", "row 5 (Conv) halves", "halve"),
        ("project@replace:9 se@replace:SPPF", "se@replace:SPPF would change the same row", "one module"),
        ("project@replace:C2f:p3 se@inside:C2f", "would change the same row, 4 (C2f)", "one module"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_does(
    words: str, part: str, help: str, pristine: Checkouts, small: Path
) -> None:
    check_no_fit(pristine(V83), small, words, part, help)


def test_rows_that_do_not_fit_are_left_out_and_named(pristine: Checkouts, small: Path) -> None:
    plan = planned(pristine(V83), small, "scale@replace:C2f")
    (note,) = [note for note in plan.notes if "leaves out" in note]
    assert note.startswith("replace:C2f leaves out what makes 128 channels of 384: 12 C2f; what makes")


def test_what_fits_at_one_scale_only_is_left_out(pristine: Checkouts, small: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(pristine(V83), tmp_path / "checkout"))
    path = root / "ultralytics/cfg/models/v8/yolov8.yaml"
    text = path.read_text()
    # Row 9 takes as many channels as it gives where these are cut to 512 alone, as at n, l and x.
    assert text.count("[-1, 1, SPPF, [1024, 5]]") == 1
    text = text.replace("[-1, 3, C2f, [1024, True]]", "[-1, 3, C2f, [512, True]]", 1)
    path.write_text(text.replace("n: [0.33, 0.25, 1024]", "n: [0.33, 0.25, 512]"))
    check_no_fit(root, small, "scale@replace:SPPF", "at another scale", "scale fits")


@pytest.mark.parametrize(
    ("words", "settings", "names"),
    [
        ("halve@replace:Conv", ["kernel=3"], ["Halve_kernel3"]),
        ("weigh@replace:Concat", ["bias=true"], ["Weigh_bias"]),
        ("stack@replace:C2f", ["form=released"], ["Stack_formreleased"]),
        ("scale@replace:SPPF", ["start=0.5"], ["Scale_start0p5"]),
        ("project@replace:C2f:p3 project@replace:SPPF", [], ["Project", "Project_SPPF"]),
        ("project@replace:SPPF project@head", [], ["Project_SPPF"]),
        ("se@inside:C2f", ["reduction=8"], ["C2f_SE_reduction8"]),
        ("se@inside:C2f:end scale@inside:C2f", [], ["C2f_SE_end_Scale"]),
        ("scale@inside:C2f se@inside:C2f:end", [], ["C2f_Scale_SE_end"]),
    ],
)
def test_other_settings_or_another_base_make_another_class(
    words: str, settings: list[str], names: list[str], pristine: Checkouts, small: Path
) -> None:
    plan = planned(pristine(V83), small, *words.split(), settings=settings)
    assert [one.class_name for one in plan.patch.stand_ins] == names


def test_settings_are_the_defaults_of_the_class(pristine: Checkouts, small: Path) -> None:
    plan = planned(pristine(V83), small, "halve@replace:Conv:p4", settings=["kernel=5"])
    (code,) = [one.after for one in plan.changes if one.path.endswith("/halve_kernel5.py")]
    assert code is not None
    assert "def __init__(self, c1, c2, kernel=5):" in code.decode()
    assert "[-1, 1, Halve_kernel5, [512, 3, 2]]" in plan.model.source.text


@pytest.mark.parametrize(
    ("words", "load"),
    [
        ("sae@inside:C2f", "yolov8n-sae-inside-C2f.yaml"),
        ("halve@replace:Conv:p4", "yolov8n-halve-replace-Conv-p4.yaml"),
        ("sae@inside:C2f:end:p5", "yolov8n-sae-inside-C2f-end-p5.yaml"),
        ("double@replace:Upsample[-1]", "yolov8n-double-replace-Upsample-last.yaml"),
    ],
)
def test_the_new_model_loads_by_a_short_name(words: str, load: str, pristine: Checkouts, small: Path) -> None:
    assert planned(pristine(V83), small, words).patch.load == load


def test_places_and_rows_in_one_patch_do_not_hang_on_the_order_of_arguments(pristine: Checkouts, small: Path) -> None:
    words = ["weigh@replace:Concat", "sae@inside:C2f", "se@after:SPPF", "halve@replace:Conv:p4"]
    one, other = (planned(pristine(V83), small, *order) for order in (words, words[::-1]))
    assert one.patch.rows == other.patch.rows == (10,)
    assert one.model.source.text.partition("\n")[2] == other.model.source.text.partition("\n")[2]
    assert {x.class_name: x.rows for x in one.patch.stand_ins} == {x.class_name: x.rows for x in other.patch.stand_ins}
    assert one.patch.stand_ins[-1].rows == (12, 15, 18, 21)


def test_modules_inside_a_block_stand_in_the_order_of_arguments(pristine: Checkouts, small: Path) -> None:
    names = [
        planned(pristine(V83), small, *order).patch.stand_ins[0].class_name
        for order in (("se@inside:C2f", "scale@inside:C2f"), ("scale@inside:C2f", "se@inside:C2f"))
    ]
    assert names == ["C2f_SE_Scale", "C2f_Scale_SE"]


def test_apply_status_and_revert_of_every_place_together(pristine: Checkouts, small: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(pristine(V83), tmp_path / "checkout"))
    before = contents(root)
    words = ["weigh@replace:Concat", "sae@inside:C2f", "se@after:SPPF", "halve@replace:Conv:p4", "stack@neck"]
    first = api.apply(api.plan(root, *words, model="yolov8", more=[small]), verified=False)
    assert api.plan(root, *words, model="yolov8", more=[small]).changes == ()
    # The second uses the variant of the first, and another base of a class of it.
    second = api.apply(
        api.plan(root, "sae@inside:C2f:p3", "halve@replace:Conv:p5", model="yolov8", more=[small]), verified=False
    )
    assert second.planned.plan.patch.stand_ins[0].class_name == "C2f_SaE"
    assert not any(change.path.endswith("sae.py") for change in second.changes)
    assert [one.state for one in api.status(root, more=[small]).patches] == ["intact", "intact"]
    inspection = api.inspect(root, first.planned.plan.patch.model)
    assert inspection.inserted == {*first.planned.plan.patch.rows, *first.planned.plan.patch.changed_rows}
    api.revert(root, first.planned.plan.patch.id, more=[small])
    assert [one.state for one in api.status(root, more=[small]).patches] == ["intact"]
    api.revert(root, everything=True, more=[small])
    assert contents(root) == before


def test_a_patch_on_top_of_a_patched_model_keeps_the_classes_of_its_base(
    pristine: Checkouts, small: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(pristine(V83), tmp_path / "checkout"))
    before = contents(root)
    first = api.apply(
        api.plan(root, "sae@inside:C2f", "weigh@replace:Concat", model="yolov8", more=[small]), verified=False
    )
    base = first.planned.plan.patch.model
    second = api.apply(api.plan(root, "se@head", "halve@replace:Conv:p4", model=base, more=[small]), verified=False)
    record = next(one for one in second.planned.state.patches if one.id == second.planned.plan.patch.id)
    assert {"C2f_SaE", "Weigh", "Halve"} <= {name for kind, name in record.uses if kind == "class"}
    api.revert(root, everything=True, more=[small])
    assert contents(root) == before


def test_patches_of_all_places_are_planned_again_alike(pristine: Checkouts, small: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(pristine(V83), tmp_path / "checkout"))
    words = ["weigh@replace:Concat", "sae@inside:C2f:end", "halve@replace:Conv:p4"]
    api.apply(api.plan(root, *words, model="yolov8", settings=["halve.kernel=3"], more=[small]), verified=False)
    there = contents(root)
    # Without a record, what is there is known by its marks and its header.
    shutil.rmtree(root / ".yolo-patcher")
    (status,) = api.status(root, more=[small]).patches
    assert status.state == "unrecorded"
    assert status.record.patch.stand_ins[0].class_name == "C2f_SaE_end"
    api.reapply(api.plan_reapply(root, more=[small]), verified=False)
    assert contents(root) == there


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolov5-7.0.14", "ultralytics-8.0.0", "ultralytics-8.4.190"])
def test_every_module_of_every_stock_model_that_a_recipe_fits_is_replaced(
    name: str, pristine: Checkouts, small: Path
) -> None:
    root, count = pristine(name), 0
    recipes = [one for one in all_recipes((small,)) if one.source.parent == small]
    for model in api.models(root):
        words = list(fitting(root, model, recipes).values())
        if not words:
            continue
        plan = planned(root, small, *words, model=model)
        assert len(changed_lines(plan)) == len(plan.patch.changed_rows) == len(words), model
        count += len(words)
    assert count > 50
