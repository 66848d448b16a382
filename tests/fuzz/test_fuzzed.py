"""What the fuzz run found, each in its smallest form, and a short run of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic import BLOCK, FLOW, Form, tree, write_checkout

from yolo_patcher.cli.main import run

MODEL = "ultralytics/cfg/models/v8/yolov8.yaml"
STATE = ".yolo-patcher/state.json"


def check_ends(capsys: pytest.CaptureFixture[str], code: int, said: str, *argv: str) -> None:
    """Check how a command ends, and that its error says something."""
    assert run(list(argv)) == code
    error = capsys.readouterr().err
    assert said in error
    assert len(error) < 800


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return write_checkout(tmp_path / "checkout")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("scales: {n: [1, %s, 3]}" % ("9" * 400), "the scales are not understood"),
        (f"x: &x {'9' * 4000}", ""),
    ],
    ids=["no float is so large", "a large number elsewhere"],
)
def test_numbers_of_a_model(checkout: Path, capsys: pytest.CaptureFixture[str], line: str, said: str) -> None:
    (checkout / MODEL).write_text(BLOCK.replace("scales:", f"{line}\nold:"))
    check_ends(capsys, 5 if said else 0, said, "inspect", "--model", MODEL, "--repo", str(checkout))


def bomb(levels: int, first: str) -> str:
    lists = [f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n" for level in range(1, levels)]
    return f"a0: &a0 [{first}]\n{''.join(lists)}"


@pytest.mark.parametrize("place", ["[*a39, 1, Conv, [16]]", "[-1, 1, Conv, *a39]", "[-1, *a39, Conv, [16]]"])
@pytest.mark.parametrize("command", ["inspect --model", "check"])
def test_aliases_do_not_multiply(checkout: Path, capsys: pytest.CaptureFixture[str], command: str, place: str) -> None:
    text = bomb(40, "1") + BLOCK.replace("[-1, 1, Conv, [32, 3, 2]]", place)
    (checkout / MODEL).write_text(text)
    said = "aliases that make more than 100,000 values"
    check_ends(capsys, 5, said, *command.split(), MODEL, "--repo", str(checkout))


def test_aliases_do_not_hold_themselves(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / MODEL).write_text("a: &a [*a]\n" + BLOCK.replace("[128, 5]", "[128, *a]"))
    said = "an alias inside what it stands for"
    check_ends(capsys, 5, said, "inspect", "--model", MODEL, "--repo", str(checkout))


def test_aliases_do_not_nest(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 3000))
    (checkout / MODEL).write_text(f"a0: &a0 []\n{chain}" + BLOCK.replace("[128, 5]", "[128, *a2999]"))
    check_ends(capsys, 5, "nested too deeply", "inspect", "--model", MODEL, "--repo", str(checkout))


def test_a_few_aliases_are_a_model(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / MODEL).write_text("a: &a 128\nb: &b [*a, *a]\nc: [*b, *b]\n" + BLOCK.replace("[128, 5]", "[*a, 5]"))
    check_ends(capsys, 0, "", "inspect", "--model", MODEL, "--repo", str(checkout))


@pytest.mark.parametrize("value", ["2020-01-01", "!!binary aGk=", "!!set {a}", ".nan", "-.inf", "{1: 2}"])
def test_a_row_holds_plain_values(checkout: Path, capsys: pytest.CaptureFixture[str], value: str) -> None:
    (checkout / MODEL).write_text(BLOCK.replace("[128, 5]", f"[128, {value}]"))
    said = "which is no number, text or list"
    check_ends(capsys, 5, said, "inspect", "--model", MODEL, "--repo", str(checkout))
    assert run(["check", MODEL, "--json", "--repo", str(checkout)]) == 1
    assert "YP" in json.dumps(json.loads(capsys.readouterr().out)["findings"])


def test_a_module_has_a_name(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / MODEL).write_text(BLOCK.replace("SPPF", "A" * 5000))
    check_ends(capsys, 5, "which is no name", "inspect", "--model", MODEL, "--repo", str(checkout))


def test_what_lies_far_behind_the_rows_was_not_inserted(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / MODEL).write_text(BLOCK.replace("[[-1, 3], 1", "[[-1, 2147483648], 1"))
    assert run(["check", MODEL, "--repo", str(checkout)]) == 1
    assert "2147483648" in capsys.readouterr().out


@pytest.mark.quick(layout=("ultralytics-list",))
@pytest.mark.parametrize("layout", ["yolov5", "ultralytics-list"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str) -> None:
    root = write_checkout(tmp_path / "checkout", layout)
    own, first = root / ".yolo-patcher", {"yolov5": "models", "ultralytics-list": "ultralytics"}[layout]
    own.mkdir()
    paths = ["models/yolo.py", "__init__.py", f"{first}/__init__.py", STATE, "yolo-patcher.toml", "models/a.yaml"]
    paths += [f"{first}/cfg/models/v8/a.yaml"] if layout != "yolov5" else ["models/yolov5s.yaml"]
    for path in paths:
        if not (root / path).parent.is_dir():
            continue
        saved = (root / path).read_bytes() if (root / path).is_file() else None
        (root / path).unlink(missing_ok=True)
        os.mkfifo(root / path)
        for argv in (["inspect"], ["status"], ["reapply", "--no-verify", "--dry-run"]):
            assert run([*argv, "--repo", str(root)]) in (0, 2, 5, 6)
        (root / path).unlink()
        if saved is not None:
            (root / path).write_bytes(saved)


def test_a_pipe_is_said_to_be_one(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / MODEL).unlink()
    os.mkfifo(checkout / MODEL)
    check_ends(capsys, 6, "no plain file", "inspect", "--repo", str(checkout))


@pytest.mark.parametrize("option", ["--repo", "--model"])
def test_a_name_may_be_too_long(checkout: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    name = "a" * 256 + ".yaml"
    check_ends(capsys, 2, name, "inspect", *(["--repo", str(checkout)] if option == "--model" else []), option, name)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("steps", 0, "files", 0, "after"), ["x"]),
        (("steps", 0, "files", 0, "before"), "x" * 5000),
        (("steps", 0, "files", 0, "path"), "a\0b"),
        (("steps", 0, "files", 0, "path"), "\ud800"),
        (("steps", 0, "name"), "\x1b[31m"),
        (("steps", 0, "kind"), {}),
        (("patches", 0, "classes", "se"), []),
        (("patches", 0, "rows"), [True, -1]),
        (("patches", 0, "parameters"), ["x"]),
        (("patches", 0, "load"), None),
        (("patches", 0, "base"), "../x"),
        (("schema",), [["x" * 500] * 500]),
    ],
    ids=lambda one: ".".join(map(str, one)) if isinstance(one, tuple) else "",
)
def test_a_damaged_state_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str], place: tuple[str | int, ...], value: object
) -> None:
    assert run(["apply", "se", "--no-verify", "--repo", str(checkout)]) == 0
    document = json.loads((checkout / STATE).read_bytes())
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    (checkout / STATE).write_text(json.dumps(document))
    before = tree(checkout, with_state=True)
    capsys.readouterr()
    for argv in (["status"], ["revert", "--all"], ["reapply", "--no-verify"], ["apply", "se@neck", "--no-verify"]):
        check_ends(capsys, 3, "the state is", *argv, "--repo", str(checkout))
        assert tree(checkout, with_state=True) == before


@pytest.mark.parametrize("recipe", ["se@after:3", "gam@backbone"])
def test_a_generated_model_is_never_the_first_detection_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: str
) -> None:
    root = write_checkout(tmp_path / "checkout", "yolov5")
    for name in ("yolov5s.yaml", "yolov5m.yaml"):
        (root / "models" / name).unlink()
    (root / "models" / "yolov9.yaml").write_text(FLOW)
    argv = ["apply", recipe, "--no-verify", "--repo", str(root)]
    assert run(argv) == 0
    assert run([*argv, "--check"]) == 0
    assert run(argv) == 0
    assert "already applied" in capsys.readouterr().out


@pytest.mark.parametrize("scale", ["\\", "\\1", "\\g<1>"])
def test_a_scale_is_no_pattern(checkout: Path, capsys: pytest.CaptureFixture[str], scale: str) -> None:
    argv = ["inspect", "--model", "yolo8", "--scale", scale, "--repo", str(checkout)]
    check_ends(capsys, 2, "has no model 'yolo8'", *argv)


@pytest.mark.parametrize("quote", ['"', "'"], ids=["double", "single"])
def test_a_recipes_class_is_not_warned_of(quote: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkout = write_checkout(tmp_path / "checkout", form=Form(quote=quote))
    root = Path(__file__).resolve().parents[2]
    text = (root / "recipes" / "se.yaml").read_text().replace("name: se\n", "name: mine\n")
    text = (
        text.replace("template: se.py", "template: mine.py").split("aliases:")[0] + "paper:" + text.split("paper:")[1]
    )
    (tmp_path / "mine.yaml").write_text(text)
    code = (root / "templates" / "se.py").read_text()
    (tmp_path / "mine.py").write_text(
        code.replace("        super().__init__()\n", '        super().__init__()\n        self.x = "\\d"\n', 1)
    )
    # The suite turns every warning into an error; the exit code would be that of a bug.
    argv = ["apply", str(tmp_path / "mine.yaml"), "--no-verify", "--dry-run", "--repo", str(checkout)]
    assert run(argv) == 0
    assert "DeprecationWarning" not in capsys.readouterr().err


def test_an_unknown_key_of_any_length(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.yaml").write_text(f"name: mine\n? {'x' * 900}\n: 1\n")
    check_ends(capsys, 4, "unknown key xxx", "show", str(tmp_path / "mine.yaml"))


@pytest.mark.slow
def test_three_hundred_inputs() -> None:
    command = [sys.executable, "tests/fuzz/fuzz.py", "--inputs", "300", "--seed", "0", "--workers", "1"]
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "300 inputs of seed 0" in ended.stdout
