from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from refusing import check_refused
from synthetic import FORMS, LAYOUTS, apply, contents, revert, tree, write_checkout

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.namespace import bound_names
from yolo_patcher.commit.state import STATE_PATH, read_state
from yolo_patcher.errors import PatcherError
from yolo_patcher.revert.revert import plan_revert
from yolo_patcher.revert.status import patch_statuses

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
SE = "ultralytics/nn/modules/se.py"
MODEL = "ultralytics/cfg/models/v8/yolov8-se-head.yaml"


def check_not_reverted(root: Path, kind: str, part: str, *ids: str, everything: bool = False) -> PatcherError:
    return check_refused(lambda: revert(root, *ids, everything=everything), kind, part, root=root)


def ids(root: Path) -> list[str]:
    return [one.id for one in read_state(open_checkout(root).snapshot).patches]


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"), form=(FORMS["gbk-crlf-tabs"],))
@pytest.mark.parametrize("form", [FORMS["plain"], FORMS["gbk-crlf-tabs"], FORMS["crlf-no-final-newline"]])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_byte_and_mode_comes_back(tmp_path: Path, layout: str, form: object) -> None:
    write_checkout(tmp_path, layout, form)  # type: ignore[arg-type]
    for number, path in enumerate(sorted(tmp_path.rglob("*.py"))):
        path.chmod((0o755, 0o640, 0o600)[number % 3])
    before = tree(tmp_path, with_state=True)
    planned = apply(tmp_path, "se", "gam@backbone")
    assert tree(tmp_path) != before
    assert revert(tmp_path) == (planned.patch.id,)
    assert tree(tmp_path, with_state=True) == before


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    before = tree(tmp_path, with_state=True)
    planned = plan_revert(open_checkout(tmp_path).snapshot, [], False)
    assert {one.path: one.action for one in planned.changes} == {
        TASKS: "modify", INIT: "modify", SE: "delete", MODEL: "delete",
    }  # fmt: skip
    assert tree(tmp_path, with_state=True) == before


def test_nothing_to_revert(tmp_path: Path) -> None:
    assert revert(write_checkout(tmp_path)) == ()
    assert revert(tmp_path, everything=True) == ()


def test_an_unknown_id_is_refused(tmp_path: Path) -> None:
    error = check_not_reverted(write_checkout(tmp_path), "usage", "holds no patch nope", "nope")
    assert error.help == "It holds none."
    first = apply(tmp_path).patch.id
    assert first in check_not_reverted(tmp_path, "usage", "holds no patch nope", first, "nope").help


def test_one_of_several_must_be_named(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    apply(tmp_path, "sae")
    error = check_not_reverted(tmp_path, "usage", "the checkout holds 2 patches")
    assert all(one in error.help for one in [*ids(tmp_path), "--all"])


@pytest.mark.parametrize("path", [SE, MODEL])
def test_an_edited_file_of_ours_is_a_conflict(tmp_path: Path, path: str) -> None:
    apply(write_checkout(tmp_path))
    with (tmp_path / path).open("ab") as file:
        file.write(b"# mine\n")
    error = check_not_reverted(tmp_path, "conflict", "was edited")
    assert (error.path, error.code) == (path, 3)


@pytest.mark.parametrize("path", [TASKS, INIT])
def test_a_missing_file_is_a_conflict(tmp_path: Path, path: str) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / path).unlink()
    assert check_not_reverted(tmp_path, "conflict", "is missing").path == path


@pytest.mark.parametrize("path", [TASKS, INIT, SE, MODEL])
def test_what_is_gone_already_is_no_conflict(tmp_path: Path, path: str) -> None:
    before = tree(write_checkout(tmp_path))
    apply(tmp_path)
    if path in before:
        (tmp_path / path).write_bytes(before[path][1])
    else:
        (tmp_path / path).unlink()
    revert(tmp_path)
    assert tree(tmp_path, with_state=True) == before


def test_an_edit_inside_an_insertion_is_a_conflict(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    content = (tmp_path / TASKS).read_bytes()
    marker = content.index(b"elif m is SE")
    edited = content[:marker] + content[marker:].replace(b"c2 = ch[f]", b"c2 = ch[f] * 2", 1)
    (tmp_path / TASKS).write_bytes(edited)
    error = check_not_reverted(tmp_path, "conflict", "was edited where SE stands")
    assert error.path == TASKS
    assert error.line == content[:marker].count(b"\n") + 1
    assert "ch[f] * 2" in error.help
    assert "<<<<<<< now" in error.help


@pytest.mark.parametrize("path", [TASKS, INIT])
@pytest.mark.parametrize("place", ["begin", "end", "before", "behind"])
def test_other_edits_are_kept(tmp_path: Path, path: str, place: str) -> None:
    before = contents(write_checkout(tmp_path))
    planned = apply(tmp_path)
    lines = (tmp_path / path).read_bytes().splitlines(keepends=True)
    new = [number for number, line in enumerate(lines) if b"SE" in line]
    at = {"begin": 0, "end": len(lines), "before": new[0], "behind": new[-1] + 1}[place]
    if path == TASKS and place == "behind":
        # The branch's test is the last line with its name; its body has two more.
        at += 2
    lines.insert(at, b"# mine\n")
    (tmp_path / path).write_bytes(b"".join(lines))
    assert revert(tmp_path) == (planned.patch.id,)
    after = contents(tmp_path)
    assert b"# mine\n" in after[path]
    assert {**after, path: after[path].replace(b"# mine\n", b"")} == before


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"), order=((1, 2, 0),))
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_a_stack_is_reverted_in_any_order(tmp_path: Path, layout: str, order: tuple[int, ...]) -> None:
    asked = ["se", "sae@backbone", "gam@neck"]
    before = tree(write_checkout(tmp_path / "all", layout))
    made = [apply(tmp_path / "all", one).patch.id for one in asked]
    for gone in range(1, 4):
        revert(tmp_path / "all", made[order[gone - 1]])
        if gone == 3:
            break
        # What is left is what applying the others alone gives.
        alone = write_checkout(tmp_path / f"alone-{gone}", layout)
        for number in sorted(order[gone:]):
            apply(alone, asked[number])
        assert tree(tmp_path / "all") == tree(alone)
        assert ids(tmp_path / "all") == [made[number] for number in sorted(order[gone:])]
        assert {one.state for one in patch_statuses(open_checkout(tmp_path / "all").snapshot)} == {"intact"}
    assert tree(tmp_path / "all", with_state=True) == before


@pytest.mark.parametrize("layout", ["yolov5", "yolov5-package", "ultralytics-single"])
def test_a_class_that_stays_keeps_the_imports_that_it_needs(tmp_path: Path, layout: str) -> None:
    write_checkout(tmp_path, layout)
    first, second = apply(tmp_path).patch.id, apply(tmp_path, "sae").patch.id
    revert(tmp_path, first)
    (home,) = [text for path, text in contents(tmp_path).items() if b"class SaE" in text and path.endswith(".py")]
    bound = bound_names(ast.parse(home))
    assert {"nn", "SaE"} <= bound
    assert "SE" not in bound
    assert ids(tmp_path) == [second]


@pytest.mark.quick(layout=("ultralytics-list",))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_in_one_go(tmp_path: Path, layout: str) -> None:
    before = tree(write_checkout(tmp_path, layout))
    made = [apply(tmp_path, "se").patch.id, apply(tmp_path, "sae").patch.id, apply(tmp_path, "se@backbone").patch.id]
    assert revert(tmp_path, everything=True) == tuple(reversed(made))
    assert tree(tmp_path, with_state=True) == before


def test_named_patches_go_the_last_first_in_whatever_order_they_are_named(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    first, second = apply(tmp_path, "se").patch.id, apply(tmp_path, "sae").patch.id
    assert revert(tmp_path, first, second) == (second, first)
    assert tree(tmp_path) == before


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("order", ["first first", "last first"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_shared_class_stays_until_its_last_user_goes(tmp_path: Path, layout: str, order: str) -> None:
    before = tree(write_checkout(tmp_path, layout))
    patches = [apply(tmp_path).patch, apply(tmp_path, "se@backbone").patch]
    assert patches[0].classes == patches[1].classes == {"se": "SE"}
    one, other = patches if order == "first first" else reversed(patches)
    with_class = tree(tmp_path)
    revert(tmp_path, one.id)
    del with_class[one.model]
    assert tree(tmp_path) == with_class
    assert ids(tmp_path) == [other.id]
    revert(tmp_path)
    assert tree(tmp_path, with_state=True) == before


def test_an_heir_is_said(tmp_path: Path) -> None:
    first = apply(write_checkout(tmp_path)).patch.id
    second = apply(tmp_path, "se@backbone").patch.id
    planned = plan_revert(open_checkout(tmp_path).snapshot, [first], False)
    assert planned.notes == (f"SE stays, because {second} uses it.",)


def test_three_users_of_one_class(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    made = [apply(tmp_path, f"se@{place}").patch.id for place in ("head", "backbone", "neck")]
    for one in (made[0], made[2], made[1]):
        assert revert(tmp_path, one) == (one,)
        assert (tmp_path / SE).exists() == bool(ids(tmp_path))
    assert tree(tmp_path, with_state=True) == before


@pytest.mark.quick(damage=(b"", b"[]", b'{"schema": 2, "patches": [{}]}'))
@pytest.mark.parametrize(
    "damage",
    [
        b"", b"{", b"[]", b"null", b'"x"', b'{"schema": 2}', b'{"schema": 2, "patches": 7}', b'{"patches": []}',
        b'{"schema": 2, "patches": [{}]}', b'{"schema": 2, "patches": [7]}', b"[" * 100_000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_damaged_state_is_refused(tmp_path: Path, damage: bytes) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / STATE_PATH).write_bytes(damage)
    error = check_not_reverted(tmp_path, "refused", "the state is damaged")
    assert error.path == STATE_PATH


@pytest.mark.parametrize("schema", [1, 3])
def test_a_state_of_another_schema_is_refused(tmp_path: Path, schema: int) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / STATE_PATH).write_text(f'{{"schema": {schema}}}')
    assert "that wrote it" in check_not_reverted(tmp_path, "refused", f"schema {schema}").help


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "a/../../b", "", "."])
def test_a_state_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    apply(write_checkout(tmp_path))
    document = json.loads((tmp_path / STATE_PATH).read_bytes())
    document["steps"][0]["files"][0]["path"] = path
    (tmp_path / STATE_PATH).write_text(json.dumps(document))
    check_not_reverted(tmp_path, "refused", "does not lie inside the checkout")


@pytest.mark.parametrize("damaged", [True, False], ids=["damaged", "missing"])
def test_a_lost_original_is_refused(tmp_path: Path, damaged: bool) -> None:
    before = tree(write_checkout(tmp_path))
    apply(tmp_path)
    for blob in (tmp_path / ".yolo-patcher/blobs").iterdir():
        if blob.read_bytes() == before[TASKS][1]:
            if damaged:
                blob.write_bytes(b"other")
            else:
                blob.unlink()
    check_not_reverted(tmp_path, "refused", "the saved original is missing or damaged")


def test_patches_of_the_package_folder_are_the_checkouts(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    apply(tmp_path / "ultralytics")
    assert len(ids(tmp_path)) == 1
    revert(tmp_path)
    assert tree(tmp_path, with_state=True) == before
