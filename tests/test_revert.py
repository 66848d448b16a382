from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthetic import FORMS, LAYOUTS, apply, revert, tree, write_checkout

from yolo_patcher.errors import PatcherError
from yolo_patcher.opening import open_checkout
from yolo_patcher.revert import plan_revert
from yolo_patcher.state import STATE_PATH, read_state

TASKS = "ultralytics/nn/tasks.py"
INIT = "ultralytics/nn/modules/__init__.py"
SE = "ultralytics/nn/modules/se.py"
MODEL = "ultralytics/cfg/models/v8/yolov8-se-head.yaml"


def check_refused(root: Path, kind: str, part: str, *ids: str, everything: bool = False) -> PatcherError:
    before = tree(root, with_state=True)
    with pytest.raises(PatcherError) as caught:
        revert(root, *ids, everything=everything)
    assert tree(root, with_state=True) == before
    assert caught.value.kind == kind, caught.value.message
    assert part in caught.value.message
    return caught.value


def ids(root: Path) -> list[str]:
    return [one.id for one in read_state(open_checkout(root).snapshot)]


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
    error = check_refused(write_checkout(tmp_path), "usage", "holds no patch nope", "nope")
    assert error.help == "It holds none."
    first = apply(tmp_path).patch.id
    assert first in check_refused(tmp_path, "usage", "holds no patch nope", first, "nope").help


def test_one_of_several_must_be_named(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    apply(tmp_path, "sae")
    error = check_refused(tmp_path, "usage", "the checkout holds 2 patches")
    assert all(one in error.help for one in [*ids(tmp_path), "--all"])


@pytest.mark.parametrize("path", [TASKS, INIT, SE, MODEL])
def test_an_edited_file_is_a_conflict(tmp_path: Path, path: str) -> None:
    apply(write_checkout(tmp_path))
    with (tmp_path / path).open("ab") as file:
        file.write(b"# mine\n")
    error = check_refused(tmp_path, "conflict", "was edited")
    assert (error.path, error.code) == (path, 3)


@pytest.mark.parametrize("path", [TASKS, INIT])
def test_a_missing_file_is_a_conflict(tmp_path: Path, path: str) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / path).unlink()
    assert check_refused(tmp_path, "conflict", "is missing").path == path


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


def test_a_stack_is_reverted_in_either_way(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    first = apply(tmp_path).patch.id
    middle = tree(tmp_path)
    second = apply(tmp_path, "sae@backbone").patch.id
    error = check_refused(tmp_path, "refused", f"{second} changed this file after {first}", first)
    assert second in error.help
    assert revert(tmp_path, second) == (second,)
    assert tree(tmp_path) == middle
    assert ids(tmp_path) == [first]
    assert revert(tmp_path) == (first,)
    assert tree(tmp_path, with_state=True) == before


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


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"{", b"[]", b"null", b'"x"', b'{"schema": 1}', b'{"schema": 1, "patches": 7}', b'{"patches": []}',
        b'{"schema": 1, "patches": [{}]}', b'{"schema": 1, "patches": [7]}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_damaged_state_is_refused(tmp_path: Path, damage: bytes) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / STATE_PATH).write_bytes(damage)
    error = check_refused(tmp_path, "refused", "the state is damaged")
    assert error.path == STATE_PATH


def test_a_newer_state_is_refused(tmp_path: Path) -> None:
    apply(write_checkout(tmp_path))
    (tmp_path / STATE_PATH).write_text('{"schema": 2}')
    assert "newer" in check_refused(tmp_path, "refused", "schema 2").help


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "a/../../b", "", "."])
def test_a_state_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    apply(write_checkout(tmp_path))
    document = json.loads((tmp_path / STATE_PATH).read_bytes())
    document["patches"][0]["files"][0]["path"] = path
    (tmp_path / STATE_PATH).write_text(json.dumps(document))
    check_refused(tmp_path, "refused", "does not lie inside the checkout")


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
    check_refused(tmp_path, "refused", "the saved original is missing or damaged")


def test_patches_of_the_package_folder_are_the_checkouts(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    apply(tmp_path / "ultralytics")
    assert len(ids(tmp_path)) == 1
    revert(tmp_path)
    assert tree(tmp_path, with_state=True) == before
