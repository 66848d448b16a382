"""The product as scripts and notebooks call it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Checkouts
from synthetic import tree, write_checkout

from yolo_patcher import api
from yolo_patcher.errors import PatcherError


@pytest.mark.parametrize(("after", "count"), [("[[9, 12], 1, Detect", ""), ("[[9, 11], 1, Detect", "check finds")])
def test_what_check_finds_in_the_base_is_a_warning_of_the_plan(after: str, count: str, tmp_path: Path) -> None:
    write_checkout(tmp_path)
    model = tmp_path / api.plan(tmp_path, "se").patch.base
    text = model.read_text("utf-8")
    assert "[[9, 12], 1, Detect" in text
    model.write_text(text.replace("[[9, 12], 1, Detect", after), encoding="utf-8")
    proposal = api.plan(tmp_path, "se")
    warnings = proposal.warnings
    assert len(warnings) == len(proposal.planned.plan.warnings) + bool(count)
    if count:
        assert "the base model may be mis-wired" in warnings[-1]
        assert count in warnings[-1]
        assert f"yolo-patcher check {proposal.patch.base}" in warnings[-1]


def test_a_patch_goes_on_and_comes_off(tmp_path: Path) -> None:
    before = tree(write_checkout(tmp_path))
    proposal = api.plan(tmp_path, "sae@head", "se@backbone", settings={"sae.reduction": 8})
    assert tree(tmp_path) == before
    assert not proposal.committed
    assert proposal.patch.positions == ("head", "backbone")
    assert "class SaE" in proposal.diff

    applied = api.apply(proposal, verified=False)
    assert applied.committed
    assert [one.state for one in api.status(tmp_path).patches] == ["intact"]
    assert api.patch_ids(tmp_path) == (proposal.patch.id,)
    assert api.plan(tmp_path, "sae@head", "se@backbone", settings=["sae.reduction=8"]).changes == ()
    assert api.apply(applied) is applied

    back = api.revert(tmp_path)
    assert back.committed
    assert tree(tmp_path, with_state=True) == before
    assert api.revert(tmp_path).patches == ()


def test_a_checkout_that_was_opened_is_read_anew(tmp_path: Path) -> None:
    checkout = api.open_checkout(write_checkout(tmp_path))
    assert api.status(checkout).patches == ()
    api.apply(api.plan(checkout, "se"), verified=False)
    assert len(api.status(checkout).patches) == 1
    model = tmp_path / "ultralytics/cfg/models/v8/yolov8.yaml"
    model.write_text(model.read_text().replace("SPPF, [128, 5]", "SPPF, [128, 7]"))
    assert api.inspect(checkout, str(model)).rows[6].args[1] == 7


def test_a_request_is_read_once_for_several_checkouts(tmp_path: Path) -> None:
    request = api.request("se", positions=["neck"], settings={"reduction": 4}, output="mine")
    ids = set()
    for name in ("one", "two"):
        proposal = api.plan(write_checkout(tmp_path / name), request)
        assert proposal.patch.model == "ultralytics/cfg/models/v8/mine.yaml"
        ids.add(proposal.patch.id)
    assert len(ids) == 1


def test_a_plan_is_not_written_over_what_came_since(tmp_path: Path) -> None:
    proposal = api.plan(write_checkout(tmp_path), "se")
    tasks = tmp_path / "ultralytics/nn/tasks.py"
    tasks.write_bytes(tasks.read_bytes() + b"# mine\n")
    before = tree(tmp_path)
    with pytest.raises(api.PatcherError, match="changed while") as caught:
        api.apply(proposal, verified=False)
    assert (caught.value.kind, caught.value.code, caught.value.path) == ("refused", 3, "ultralytics/nn/tasks.py")
    assert tree(tmp_path) == before


def test_errors_say_what_where_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(api.PatcherError) as caught:
        api.plan(write_checkout(tmp_path), "se", positions=["after:99"])
    assert (caught.value.kind, caught.value.code) == ("usage", 2)
    assert "rows 0 to 13" in caught.value.help
    with pytest.raises(api.PatcherError) as caught:
        api.inspect(tmp_path / "nowhere")
    assert caught.value.kind == "usage"
    with pytest.raises(api.PatcherError) as caught:
        api.plan(tmp_path)
    assert caught.value.kind == "usage"


def test_an_edited_recipe_is_seen_again(tmp_path: Path) -> None:
    recipe = api.show("se")
    (tmp_path / "se.py").write_bytes(recipe.template.read_bytes())
    lines = recipe.source.read_text("utf-8").split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("aliases:"))
    end = next(number for number, line in enumerate(lines) if number > start and re.match(r"\w", line))
    text = "\n".join([*lines[:start], *lines[end:]]).replace("name: se\n", "name: mine\n")
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    assert api.show("mine", [tmp_path]).title == recipe.title
    file.write_text(text.replace(f"title: {recipe.title}", "title: Another gate"), encoding="utf-8")
    assert api.show("mine", [tmp_path]).title == "Another gate"
    assert "Another gate" in {one.title for one in api.recipes([tmp_path])}


def test_reapply_puts_back_what_an_upgrade_took(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    api.apply(api.plan(tmp_path, "se"), verified=False)
    patched = tree(tmp_path)
    write_checkout(tmp_path)
    again = api.plan_reapply(tmp_path)
    assert again.changes
    assert api.reapply(again, verified=False, dry_run=True).committed is False
    assert tree(tmp_path) != patched
    assert api.reapply(again, verified=False).committed
    assert tree(tmp_path) == patched
    assert api.plan_reapply(tmp_path).changes == ()


def test_an_interrupted_commit_is_finished_and_said(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    api.apply(api.plan(tmp_path, "se"), verified=False)
    (tmp_path / ".yolo-patcher" / "journal.json").write_bytes(b"{")
    with pytest.raises(api.PatcherError) as caught:
        api.status(tmp_path)
    assert caught.value.kind in ("refused", "io")


def test_values_show_themselves_in_a_notebook(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    proposal = api.plan(tmp_path, "se")
    for value, part in (
        (proposal.diff, "diff --git"),
        (proposal, proposal.patch.id),
        (api.inspect(tmp_path), "<table>"),
        (api.status(tmp_path), "no patch"),
        (api.check(tmp_path, "yolov8"), "nothing wrong"),
        (api.apply(proposal, verified=False), "applied"),
        (api.plan_reapply(tmp_path), "all in place"),
        (api.revert(tmp_path, dry_run=True), "would go"),
    ):
        assert part in value._repr_html_(), part
    drawing = api.inspect(tmp_path).drawing()
    assert drawing.startswith("<svg")
    assert drawing._repr_svg_() == drawing  # type: ignore[attr-defined]


def test_html_is_escaped(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    model = tmp_path / "ultralytics/cfg/models/v8/yolov8.yaml"
    model.write_text(model.read_text().replace("# A tiny model", "# <script>alert(1)</script>"))
    proposal = api.plan(tmp_path, "se")
    assert "<script>" in proposal.diff
    assert "<script>" not in proposal.diff._repr_html_()


def test_every_name_of_the_api_is_there() -> None:
    for name in api.__all__:
        assert getattr(api, name) is not None
    with pytest.raises(AttributeError):
        _ = api.nothing


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
def test_a_plan_is_verified_before_it_is_written(fresh: Checkouts) -> None:
    root = fresh("yolov5-7.0.14")
    steps: list[str] = []
    proposal = api.plan(root, "se")
    applied = api.apply(proposal, how=api.HowToVerify(device="cpu"), on_progress=lambda step: steps.append(str(step)))
    assert applied.committed
    assert applied.verification.status == "passed"
    assert any("forward" in step for step in steps)
    assert "Verified: passed" in applied._repr_html_()
    done = api.verify_applied(root, how=api.HowToVerify(device="cpu"))
    assert done.failed == []
    assert "Verified: passed" in done._repr_html_()


@pytest.mark.torch
@pytest.mark.checkout
@pytest.mark.slow
def test_a_check_that_is_left_out_is_recorded_and_left_out_again(fresh: Checkouts, pristine: Checkouts) -> None:
    root, how = fresh("yolov5-7.0.14"), api.HowToVerify(device="cpu", skip=("amp", "size"))
    applied = api.apply(api.plan(root, "se"), how=how)
    assert {one.status for one in applied.verification.checks if one.name in how.skip} == {"skipped"}
    (held,) = api.status(root).patches
    assert held.as_json()["skipped"] == ["amp", "size"]
    for path in applied.patch.model, *(one.path for one in applied.changes if one.action == "modify"):
        source = pristine("yolov5-7.0.14") / path
        (root / path).write_bytes(source.read_bytes()) if source.exists() else (root / path).unlink()
    again = api.reapply(api.plan_reapply(root), how=api.HowToVerify(device="cpu"))
    assert {one.status for one in again.verifications[0].checks if one.name in how.skip} == {"skipped"}
    assert api.status(root).patches[0].as_json()["skipped"] == ["amp", "size"]
    with pytest.raises(api.PatcherError, match="no check") as caught:
        api.verify(api.plan(root, "se@backbone"), api.HowToVerify(skip=("ampp",)))
    assert caught.value.code == 2


def test_a_recipe_takes_its_settings_in_its_own_word() -> None:
    inline = api.request("se@after:6:next:reduction=8,min_hidden=4", "sae:bias=true", positions=["head"])
    assert inline == api.request(
        "se@after:6:next", "sae@head", settings=["se.reduction=8", "se.min_hidden=4", "sae.bias=true"]
    )
    # The same setting with every position is the same request; another one is a contradiction.
    assert api.request("se@head:reduction=8", "se@neck:reduction=8") == api.request(
        "se@head", "se@neck", settings=["reduction=8"]
    )
    with pytest.raises(PatcherError, match="reduction is set twice"):
        api.request("se@head:reduction=8", "se@neck:reduction=4")
