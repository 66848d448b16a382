"""Many patches in one process: each has its own answer, as soon as it is there, and none takes another one down."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
from conftest import Checkouts
from hanging import let_time_stand, says_so

from yolo_patcher.cli.main import run
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.verify.run import run_probe

pytestmark = [pytest.mark.torch, pytest.mark.slow]

FORWARD = "return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()"
FAULTS = {
    "hangs": "if not self.training:\n    {says_so}\n    while True: pass",
    "crashes": "if not self.training: os.abort()",
    "ends": "if not self.training: os._exit(0)",
}


def check_many(root: Path, module: str, cases: Any) -> list[Verification]:
    told: list[tuple[int, Verification]] = []
    events: list[Any] = []
    answers = run_probe(
        root,
        module,
        cases,
        python=None,
        device="cpu",
        timeout=600.0,
        on_event=events.append,
        on_answer=lambda number, answer: told.append((number, answer)),
    )
    assert [number for number, _ in told] == list(range(len(cases)))
    begun = [event["case"] for event in events if event["event"] == "start" and event["case"] is not None]
    assert list(dict.fromkeys(begun)) == list(range(len(cases)))
    assert [answer for _, answer in told] == list(answers)
    return list(answers)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_that_fails_takes_no_other_down(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    let_time_stand(monkeypatch, tmp_path / "mark")
    failing = FAULTS[fault].format(says_so=says_so(tmp_path / "mark"))
    codes = [tiny.gate(), tiny.gate(f"{failing}\n{FORWARD}"), tiny.gate(), tiny.gate()]
    cases = [replace(case, checks=("build", "forward")) for case in tiny.write_many(tmp_path, codes)]
    answers = check_many(tmp_path, "models.yolo", cases)
    assert [answer.status for answer in answers] == ["passed", "failed", "passed", "passed"]


def test_a_base_that_fails_takes_no_other_down(tmp_path: Path) -> None:
    first, second, third = tiny.write_many(tmp_path, [tiny.gate()] * 3)
    broken = tmp_path / "models" / "broken.yaml"
    broken.write_text(tiny.BASE.replace("Concat", "Nothing"), encoding="utf-8")
    cases = [replace(one, checks=("build",)) for one in (first, replace(second, base=str(broken)), third)]
    answers = check_many(tmp_path, "models.yolo", cases)
    assert [answer.status for answer in answers] == ["passed", "failed", "passed"]
    assert "broken before the patch" in answers[1].checks[0].detail


@pytest.mark.checkout
def test_variants_that_are_never_written(fresh: Checkouts, capsys: pytest.CaptureFixture[str]) -> None:
    root = fresh("ultralytics-8.4.190")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    argv = ["verify", "--repo", str(root), "--device", "cpu", "--try", "se@head", "--try", "sae@backbone"]
    assert run([*argv, "--scale", "n", "--scale", "s", "--json"]) == 0
    document: Any = json.loads(capsys.readouterr().out)
    assert [one["load"] for one in document["patches"]] == [
        "yolov8n-se-head.yaml", "yolov8n-sae-backbone.yaml", "yolov8s-se-head.yaml", "yolov8s-sae-backbone.yaml",
    ]  # fmt: skip
    assert {one["verify"]["status"] for one in document["patches"]} == {"passed"}
    small, large = (document["patches"][number]["verify"]["params"]["base"] for number in (0, 2))
    assert 3 * small < large
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.checkout
def test_a_scale_that_is_not_there(fresh: Checkouts, capsys: pytest.CaptureFixture[str]) -> None:
    root = fresh("ultralytics-8.4.190")
    assert run(["verify", "--repo", str(root), "--try", "se@head", "--scale", "q", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "has no scale 'q'" in error["message"]
    assert "n, s, m, l, x" in error["help"]
