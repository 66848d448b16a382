from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import typer.main
from command_line import Capture, check_error, check_json, check_run
from synthetic import DIALECTS, LAYOUTS, tree, write_checkout

from yolo_patcher import __version__, api
from yolo_patcher.cli.app import app
from yolo_patcher.cli.main import run
from yolo_patcher.commit.patch_ids import whole_ids
from yolo_patcher.recipe.catalogue import all_recipes

ROOT = Path(__file__).resolve().parents[2]
TASKS = "ultralytics/nn/tasks.py"
BASE = "ultralytics/cfg/models/v8/yolov8.yaml"
NOBODY = 65534


def spawn(
    *argv: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "yolo_patcher", *map(str, argv)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, timeout=600, **options)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return write_checkout(tmp_path / "checkout")


def apply_it(capsys: Capture, checkout: Path, *argv: str) -> dict[str, Any]:
    return check_json(capsys, "apply", "se", "--repo", checkout, "--no-verify", *argv)


def test_help_and_version(capsys: Capture) -> None:
    assert check_run(capsys, "--version")[0] == f"{__version__}\n"
    out, _ = check_run(capsys, "--help")
    commands = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert len(commands) > 9
    for command in commands:
        assert command in out
        assert "--json" in check_run(capsys, command, "--help")[0]


def test_the_help_of_each_command_ends_with_examples_that_it_takes(capsys: Capture) -> None:
    program: Any = typer.main.get_command(app)
    for name, command in program.commands.items():
        out, _ = check_run(capsys, name, "--help")
        shown = [line.strip() for line in out.split("Examples:")[1].splitlines() if line.strip()]
        assert len(shown) == 2, name
        for line in shown:
            words = shlex.split(line.split(" > ")[0])
            assert words[:2] == ["yolo-patcher", name]
            command.make_context(name, words[2:])


def test_quiet_says_nothing_but_what_is_asked_for(capsys: Capture, checkout: Path) -> None:
    at = ("--repo", checkout, "-q")
    loud, _ = check_run(capsys, "apply", "gam@backbone", "--repo", checkout, "--no-verify", "--dry-run")
    quiet = check_run(capsys, "apply", "gam@backbone", *at, "--no-verify", "--dry-run")
    assert quiet == (loud, "")
    assert loud.startswith("diff --git")
    for words in (("apply", "gam@backbone", "--no-verify"), ("apply", "gam@backbone"), ("revert",), ("revert",)):
        assert check_run(capsys, *words, *at) == ("", "")
    check_error(capsys, 2, "usage", "there is no recipe", "apply", "nothing", *at)


@pytest.mark.quick(layout=("yolov5", "ultralytics-list"))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_apply_status_revert(capsys: Capture, tmp_path: Path, layout: str) -> None:
    before = tree(write_checkout(tmp_path, layout), with_state=True)
    dry = check_json(capsys, "apply", "sae", "--repo", tmp_path, "--no-verify", "--dry-run")
    assert tree(tmp_path, with_state=True) == before
    made = check_json(capsys, "apply", "sae", "--repo", tmp_path, "--no-verify")
    assert dry == {**made, "dry_run": True}
    assert made["checkout"]["dialect"] == DIALECTS[layout]
    assert made["command"] == "apply"
    assert made["changed"] is True
    assert made["verify"]["status"] == "skipped"
    assert made["patch"]["recipe"] == "sae"
    assert made["patch"]["positions"] == ["head"]
    assert made["patch"]["rows"] == [13, 14]
    assert made["diff"].startswith("diff --git a/")
    found = tree(tmp_path)
    for file in made["files"]:
        assert file["action"] in ("create", "modify")
        assert (file["before"] is None) == (file["path"] not in before)
        assert file["path"] in found
    (status,) = check_json(capsys, "status", "--repo", tmp_path)["patches"]
    assert (status["id"], status["state"]) == (made["patch"]["id"], "intact")
    shown = check_json(capsys, "revert", "--repo", tmp_path, "--dry-run")
    assert tree(tmp_path) == found
    gone = check_json(capsys, "revert", made["patch"]["id"], "--repo", tmp_path)
    assert (gone["patches"], gone["remaining"]) == ([made["patch"]["id"]], [])
    assert gone == {**shown, "dry_run": False}
    assert tree(tmp_path, with_state=True) == before


def test_the_same_as_text(capsys: Capture, checkout: Path) -> None:
    out, err = check_run(capsys, "apply", "se", "--repo", checkout, "--no-verify")
    assert "Applied se-head-" in out
    assert "yolo-patcher revert se-head-" in out
    assert f"M {TASKS}  +4" in out
    assert "not verified" in err
    out, _ = check_run(capsys, "status", "--repo", checkout)
    assert "se-head-" in out
    assert f"intact    {TASKS}" in out
    out, _ = check_run(capsys, "revert", "--repo", checkout)
    assert f"M {TASKS}" in out
    assert "Reverted se-head-" in out
    assert check_run(capsys, "status", "--repo", checkout)[0] == "The checkout holds no patch.\n"
    assert "nothing to do" in check_run(capsys, "revert", "--repo", checkout)[0]


def test_dry_run_prints_the_diff_and_nothing_else(capsys: Capture, checkout: Path) -> None:
    out, err = check_run(capsys, "apply", "se", "--repo", checkout, "--no-verify", "--dry-run")
    assert out == apply_it(capsys, checkout)["diff"]
    assert "nothing was written" in err
    shown = check_json(capsys, "revert", "--repo", checkout, "--dry-run")["diff"]
    assert check_run(capsys, "revert", "--repo", checkout, "--dry-run")[0] == shown


def test_applied_twice(capsys: Capture, checkout: Path) -> None:
    first = apply_it(capsys, checkout)
    stats = {path: path.stat() for path in checkout.rglob("*")}
    again = apply_it(capsys, checkout)
    assert (again["changed"], again["files"], again["diff"]) == (False, [], "")
    assert again["patch"] == first["patch"]
    out, _ = check_run(capsys, "apply", "se", "--repo", checkout, "--no-verify")
    assert "already applied" in out
    after = {path: path.stat() for path in checkout.rglob("*")}
    assert {path: (one.st_mtime_ns, one.st_ino) for path, one in after.items()} == {
        path: (one.st_mtime_ns, one.st_ino) for path, one in stats.items()
    }


def test_check(capsys: Capture, checkout: Path) -> None:
    before = tree(checkout, with_state=True)
    document = check_json(capsys, "apply", "se", "--repo", checkout, "--check", code=1)
    assert document["changed"] is True
    check_run(capsys, "apply", "se", "--repo", checkout, "--check", code=1)
    assert tree(checkout, with_state=True) == before
    apply_it(capsys, checkout)
    assert check_json(capsys, "apply", "se", "--repo", checkout, "--check")["changed"] is False


def test_the_current_folder_is_the_default(capsys: Capture, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (checkout, checkout / "ultralytics", checkout / "ultralytics" / "nn"):
        monkeypatch.chdir(folder)
        assert check_json(capsys, "status")["patches"] == []
        assert check_json(capsys, "inspect")["model"] == BASE
    monkeypatch.chdir(checkout.parent)
    check_error(capsys, 5, "checkout", "no checkout", "inspect")


def test_several_recipes_and_positions(capsys: Capture, checkout: Path) -> None:
    made = check_json(
        capsys, "apply", "se@head:p4", "sae", "-p", "backbone", "-p", "neck:p3", "--repo", checkout, "--no-verify"
    )
    assert made["patch"]["recipe"] == "se+sae"
    assert made["patch"]["positions"] == ["head:p4", "backbone", "neck:p3"]
    assert made["patch"]["load"] == "yolov8n-se-head-p4-sae-backbone-neck-p3.yaml"
    text = (checkout / made["patch"]["model"]).read_text()
    assert text.count(", SE, []]") == 1
    assert text.count(", SaE, []]") == 2


def test_list_and_show(capsys: Capture) -> None:
    names = [one["name"] for one in check_json(capsys, "list")["recipes"]]
    assert sorted(names) == [recipe.name for recipe in all_recipes()]
    out, _ = check_run(capsys, "list")
    assert all(name in out for name in names)
    for name in names:
        assert name in check_run(capsys, "show", name)[0]
        assert check_json(capsys, "show", name)["recipe"]["name"] == name


def test_list_by_tag_and_figure(capsys: Capture) -> None:
    gates = check_json(capsys, "list", "--tag", "gate", "--sort", "params")["recipes"]
    assert {one["group"] for one in gates} == {"gate"}
    counts = [one["parameters"]["256"] for one in gates if one["parameters"]["256"] is not None]
    assert len(counts) > 2
    assert counts == sorted(counts)
    assert "year" in check_run(capsys, "list", "--sort", "year")[0]
    assert check_json(capsys, "list", "--tag", "gate", "--tag", "nonsense")["recipes"] == []
    assert "No recipe has the tag nonsense." in check_run(capsys, "list", "--tag", "nonsense")[0]


def test_show_tells_the_cost_in_a_model(capsys: Capture, tmp_path: Path) -> None:
    checkout = write_checkout(tmp_path, LAYOUTS[0])
    document = check_json(capsys, "inspect", "--repo", checkout)
    costs = check_json(capsys, "show", "se", "--repo", checkout)["recipe"]["costs"]
    rows = document["rows"]
    expected = [(rows[row]["level"], rows[row]["channels"]) for row in document["positions"]["head"]]
    assert [(cost["level"], cost["channels"]) for cost in costs] == expected
    assert "P3" in check_run(capsys, "show", "se", "--repo", checkout)[0]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_inspect(capsys: Capture, tmp_path: Path, layout: str) -> None:
    document = check_json(capsys, "inspect", "--repo", write_checkout(tmp_path, layout))
    assert document["checkout"]["dialect"] == DIALECTS[layout]
    expected = {"head": [9, 12], "backbone": [5], "neck": [9, 12]}
    assert {name: document["positions"][name] for name in expected} == expected
    assert [row["level"] for row in document["rows"]] == [1, 2, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4, None]
    assert None not in [row["channels"] for row in document["rows"][:-1]]
    out, _ = check_run(capsys, "inspect", "--repo", tmp_path)
    assert "Concat" in out
    assert "neck: after rows 9, 12" in out
    assert document["selectors"]["head:all"] == document["selectors"]["head:next"] == [9, 12]
    assert document["selectors"]["neck:final"] == [9, 12]
    assert "backbone:final" not in document["selectors"]
    assert document["selectors"]["before:SPPF"] == document["selectors"]["before:SPPF:next"] == [5]
    assert re.search(r"(?m)^after:SPPF +6 +6 *$", out)
    assert re.search(r"(?m)^before:Detect", out) is None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_inspect_lists_the_models(capsys: Capture, tmp_path: Path, layout: str) -> None:
    root = write_checkout(tmp_path, layout)
    models = check_json(capsys, "inspect", "--list", "--repo", root)["models"]
    assert models == list(api.models(root))
    assert len(models) == 2
    assert check_run(capsys, "inspect", "--list", "--repo", root)[0].splitlines() == models
    for path in models:
        assert check_json(capsys, "inspect", "--repo", root, "--model", path)["model"] == path
    check_error(capsys, 2, "usage", "shows none", "inspect", "--list", "--repo", root, "--model", models[0])


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["apply"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["apply", "se", "--nonsense"], "No such option"),
        (["apply", "se", "--timeout", "x"], "not a valid float"),
        (["apply", "se", "--timeout", "0"], "not in the range"),
        (["apply", "nonsense"], "there is no recipe 'nonsense'"),
        (["apply", "./nonsense.yaml"], "there is no recipe file"),
        (["show", "nonsense"], "there is no recipe"),
        (["apply", "se@nonsense"], "the position 'nonsense' is not understood"),
        (["apply", "se@"], "the position '' is not understood"),
        (["apply", "se", "-p", "nonsense"], "not understood"),
        (["apply", "se@head", "-p", "neck"], "every recipe has its own"),
        (["apply", "se", "--set", "reduction"], "not of the form key=value"),
        (["apply", "se", "--set", "reduction=0"], "reduction cannot be '0'"),
        (["apply", "se", "--set", "nonsense=1"], "no hyper-parameter 'nonsense'"),
        (["apply", "se", "--set", "reduction=8", "--set", "reduction=8"], "set twice"),
        (["apply", "se", "sae", "--set", "reduction=8"], "does not say which recipe"),
        (["apply", "se", "--repo", "/no/such/folder"], "there is no folder"),
        (["status", "--repo", "/no/such/folder"], "there is no folder"),
        (["revert", "--repo", "/no/such/folder"], "there is no folder"),
    ],
)
def test_usage_errors(capsys: Capture, argv: list[str], part: str) -> None:
    check_error(capsys, 2, "usage", part, *argv)


def test_no_command_shows_what_there_is(capsys: Capture) -> None:
    out, _ = check_run(capsys, code=2)
    assert "Usage" in out
    assert "apply" in out


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["-p", "head:p5"], "matches nothing"),
        (["-p", "before:8"], "ambiguous"),
        (["--model", "yolov99"], "no model 'yolov99'"),
        (["--scale", "x"], "no scale 'x'"),
        (["--output", "../mine"], "not a plain file name"),
        (["--set", "reduction=64", "--set", "strict=1"], "can't be built"),
    ],
)
def test_usage_errors_in_a_checkout(capsys: Capture, checkout: Path, argv: list[str], part: str) -> None:
    before = tree(checkout, with_state=True)
    error = check_error(capsys, 2, "usage", part, "apply", "se", "--repo", checkout, "--no-verify", *argv)
    assert error["help"]
    assert tree(checkout, with_state=True) == before


def test_refusals(capsys: Capture, checkout: Path) -> None:
    apply_it(capsys, checkout)
    edited = (checkout / TASKS).read_text().replace("elif m is SE:", "elif m in (SE,):")
    (checkout / TASKS).write_text(edited)
    error = check_error(capsys, 3, "conflict", "was edited", "revert", "--repo", checkout)
    assert error["path"] == TASKS
    assert error["line"] == edited[: edited.index("elif m in (SE,):")].count("\n") + 1
    (checkout / ".yolo-patcher/state.json").write_text("{")
    for command in (["status"], ["revert"], ["apply", "se", "--no-verify"], ["verify"]):
        check_error(capsys, 3, "refused", "the state is damaged", *command, "--repo", checkout)


def test_a_bad_recipe(capsys: Capture, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nkind: [\n")
    error = check_error(capsys, 4, "recipe", "", "apply", tmp_path / "mine.yaml", "--repo", checkout)
    assert error["path"] == str(tmp_path / "mine.yaml")
    assert error["line"]


def test_no_checkout_two_checkouts_and_one_that_does_not_parse(capsys: Capture, tmp_path: Path) -> None:
    check_error(capsys, 5, "checkout", "no checkout", "apply", "se", "--repo", tmp_path)
    write_checkout(tmp_path)
    write_checkout(tmp_path, "yolov5-package")
    check_error(capsys, 5, "checkout", "2 files define parse_model", "inspect", "--repo", tmp_path)
    (tmp_path / TASKS).write_text("def parse_model(d, ch):\n    print 'old'\n")
    error = check_error(capsys, 5, "checkout", "does not parse", "inspect", "--repo", tmp_path / "ultralytics")
    assert (error["path"], error["line"]) == (TASKS, 2)


def test_a_model_with_an_unknown_module(capsys: Capture, checkout: Path) -> None:
    text = (checkout / BASE).read_text()
    (checkout / BASE).write_text(text.replace("SPPF", "SPQF"))
    error = check_error(capsys, 5, "model", "SPQF", "apply", "se", "--repo", checkout, "--no-verify")
    assert (error["path"], error["line"]) == (BASE, 15)
    _, err = check_run(capsys, "inspect", "--repo", checkout, code=5)
    assert f"  at {BASE}:15\n" in err
    assert "Help: " in err


def test_a_read_only_file(capsys: Capture, checkout: Path) -> None:
    (checkout / TASKS).chmod(0o444)
    before = tree(checkout, with_state=True)
    error = check_error(capsys, 6, "io", "read-only", "apply", "se", "--repo", checkout, "--no-verify")
    assert error["path"] == TASKS
    assert tree(checkout, with_state=True) == before


AS_NOBODY = """
import os, sys

# The imports come first: nobody may not be able to read this project.
import jinja2.sandbox, libcst, rich.console, rich.table, typer.main, yaml
import importlib, pkgutil, yolo_patcher
from yolo_patcher.cli.main import run
from yolo_patcher.commit.patch_ids import whole_ids
from yolo_patcher.plan.code.templates import render_template
from yolo_patcher.recipe.catalogue import all_recipes

for module in pkgutil.walk_packages(yolo_patcher.__path__, "yolo_patcher."):
    if not module.name.endswith(("__main__", "doctor.ask", ".docs")) and ".probe" not in module.name:
        importlib.import_module(module.name)

all_recipes()
os.setgid(65534)
os.setuid(65534)
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def open_checkout() -> Iterator[Path]:
    """Give a checkout that nobody owns, in a folder that nobody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = write_checkout(Path(folder) / "checkout")
        for path in [root, *root.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        yield root


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs to be root, to become nobody")
@pytest.mark.parametrize("folder", ["", "ultralytics/nn"])
def test_no_permission(open_checkout: Path, folder: str) -> None:
    checkout = open_checkout
    os.chown(checkout / folder, 0, 0)
    before = tree(checkout, with_state=True)
    command = [sys.executable, "-c", AS_NOBODY, "apply", "se", "--repo", str(checkout), "--no-verify", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, env=environment, cwd="/", capture_output=True, timeout=600)
    assert ended.returncode == 6, ended.stdout.decode() + ended.stderr.decode()
    assert json.loads(ended.stdout)["error"]["kind"] == "io"
    assert tree(checkout, with_state=True) == before


def test_a_bug_is_reported_as_ours(capsys: Capture, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("what nobody expected")

    monkeypatch.setattr("yolo_patcher.revert.status.patch_statuses", broken)
    error = check_error(capsys, 70, "internal", "bug of yolo-patcher: KeyError", "status", "--repo", checkout)
    assert "report it" in error["help"]
    assert run(["status", "--repo", str(checkout), "-v"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt(capsys: Capture, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("yolo_patcher.revert.status.patch_statuses", interrupted)
    check_error(capsys, 130, "interrupted", "interrupted", "status", "--repo", checkout)


@pytest.mark.slow
@pytest.mark.parametrize(
    "argv", [["list", "--json"], ["nonsense", "--json"], ["show", "se"], ["apply", "se", "--json", "--repo", "/no"]]
)
def test_as_a_process(argv: list[str], tmp_path: Path) -> None:
    ended = spawn(*argv, cwd=tmp_path)
    assert ended.returncode == (0 if argv[0] in ("list", "show") else 2), ended.stderr.decode()
    if "--json" in argv:
        assert json.loads(ended.stdout)["ok"] == (ended.returncode == 0)
    assert b"Traceback" not in ended.stderr


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(checkout: Path) -> None:
    command = [sys.executable, "-m", "yolo_patcher", "apply", "se", "--repo", str(checkout), "--no-verify", "--dry-run"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=writing, stderr=subprocess.PIPE, timeout=600
        )
    finally:
        os.close(writing)
    assert ended.returncode == 0, ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert b"BrokenPipe" not in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_nobody_sees_them(checkout: Path, env: dict[str, str]) -> None:
    for argv in (["apply", "se", "--repo", str(checkout), "--no-verify", "--dry-run"], ["show", "nonsense"]):
        ended = spawn(*argv, env=env)
        assert b"\x1b" not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_terminal_that_knows_only_ascii(checkout: Path) -> None:
    for argv in (["show", "sae"], ["apply", "se", "--repo", str(checkout), "--no-verify"]):
        ended = spawn(*argv, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"})
        assert ended.returncode == 0, ended.stderr.decode()


HEAVY = """
import sys
from yolo_patcher.cli.main import run
from yolo_patcher.commit.patch_ids import whole_ids

code = run(sys.argv[1:])
heavy = {"torch", "libcst", "jinja2", "numpy"} & set(sys.modules)
sys.exit(f"{code} {heavy}" if code or heavy else 0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "argv", [["--help"], ["apply", "--help"], ["list"], ["list", "--json"], ["status"], ["show", "se"]]
)
def test_heavy_modules_are_not_imported(checkout: Path, argv: list[str]) -> None:
    command = [sys.executable, "-c", HEAVY, *argv]
    ended = subprocess.run(
        command, cwd=checkout, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=600
    )
    assert ended.returncode == 0, ended.stderr.decode()


def test_no_command_ends_after_the_help(capsys: Capture) -> None:
    assert check_run(capsys, code=2)[1] == ""


def test_usage_errors_name_the_help_of_the_command(capsys: Capture) -> None:
    for argv in (["verify", "--nonsense"], ["verify", "--timeout", "x"]):
        assert "`yolo-patcher verify --help`" in check_error(capsys, 2, "usage", "", *argv)["help"]


def test_what_is_already_applied_is_named_with_its_model(capsys: Capture, checkout: Path) -> None:
    load = apply_it(capsys, checkout)["patch"]["load"]
    assert load in check_run(capsys, "apply", "se", "--repo", checkout, "--no-verify")[0]


def test_a_single_file_is_counted_as_one(capsys: Capture, checkout: Path) -> None:
    apply_it(capsys, checkout)
    argv = ("apply", "se", "-p", "backbone", "--repo", checkout, "--no-verify", "--dry-run")
    assert ": 1 file would change" in check_run(capsys, *argv)[1]


def test_weights_given_as_a_model_are_told_apart(capsys: Capture, checkout: Path) -> None:
    argv = ("apply", "se", "--repo", checkout, "--model", "yolov8n.pt")
    help = check_error(capsys, 2, "usage", "is a weights file", *argv)["help"]
    assert "--model yolov8n " in help
    assert "--weights yolov8n.pt" in help


@pytest.mark.parametrize(("written", "meant"), [("c2f", "C2f"), ("SPPV", "SPPF")])
def test_a_module_that_is_nearly_right_is_suggested(capsys: Capture, checkout: Path, written: str, meant: str) -> None:
    argv = ("apply", "se", "-p", f"after:{written}", "--repo", checkout, "--no-verify")
    assert check_error(capsys, 2, "usage", "matches nothing", *argv)["help"].startswith(f"Did you mean {meant}?")


def test_the_code_of_a_class_is_no_recipe(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("class Mine: ...\n")
    for argv in (["show", str(file)], ["list", "--recipe", str(file)], ["apply", "se", "--recipe", str(file)]):
        error = check_error(capsys, 4, "recipe", "mine.py is a class's code", *argv)
        assert "mine.yaml" in error["help"]


@pytest.mark.parametrize("device", ["0,1", "cuda:x", "nonsense", ""])
def test_a_device_of_another_form_is_refused(capsys: Capture, checkout: Path, device: str) -> None:
    argv = ("apply", "se", "--repo", checkout, f"--device={device}")
    assert "cuda:0" in check_error(capsys, 2, "usage", "there is no device", *argv)["help"]


@pytest.mark.parametrize(
    ("written", "meant"), [("0", "cuda:0"), ("gpu", "cuda"), ("CUDA:1", "cuda:1"), ("cpu", "cpu"), ("auto", "auto")]
)
def test_a_device_may_be_written_as_yolo_users_do(written: str, meant: str) -> None:
    assert api.HowToVerify(device=written).device == meant


def test_the_id_of_a_patch_may_be_shortened_where_that_is_unique(capsys: Capture, checkout: Path) -> None:
    for position in ("head", "backbone"):
        apply_it(capsys, checkout, "-p", position)
    before = tree(checkout, with_state=True)
    for command in ("revert", "verify"):
        error = check_error(capsys, 2, "usage", "se- is the beginning of 2 patches", command, "se-", "--repo", checkout)
        assert "se-head-" in error["help"]
        for nothing in ("", "e-head"):
            check_error(capsys, 2, "usage", "holds no patch", command, nothing, "--repo", checkout)
    assert tree(checkout, with_state=True) == before
    (gone,) = check_json(capsys, "revert", "se-h", "--repo", checkout)["patches"]
    assert gone.startswith("se-head-")


def test_a_whole_id_is_no_beginning_of_another() -> None:
    assert whole_ids(["se", "se-head"], ["se"]) == ("se",)


@pytest.mark.parametrize("second", ["se@head", "SE@head", "se"])
def test_a_recipe_named_twice_is_said_to_go_in_once(capsys: Capture, checkout: Path, second: str) -> None:
    argv = ("apply", "se@head", "--repo", checkout, "--no-verify", "--dry-run")
    assert "se@head is named more than once" in check_run(capsys, *argv, second)[1]
    assert "more than once" not in check_run(capsys, *argv, "se@backbone")[1]


def test_other_settings_have_a_name_of_their_own(capsys: Capture, checkout: Path) -> None:
    before = tree(checkout, with_state=True)
    at = ("--repo", checkout, "--no-verify")
    models = ["yolov8-se-head", "yolov8-se-head-reduction8", "yolov8-se-head-reduction4-minhidden8"]
    asked = [("se@head",), ("se@head", "--set", "reduction=8"), ("se@head:reduction=4,min_hidden=8",)]
    for again in (False, True):
        for words, model in zip(asked, models, strict=True):
            document = check_json(capsys, "apply", *words, *at)
            assert Path(document["patch"]["model"]).stem == model
            assert document["changed"] is not again
    assert len(check_json(capsys, "status", "--repo", checkout)["patches"]) == 3
    assert not check_json(capsys, "reapply", *at)["changed"]
    # The name stays when the patch that has the plain one goes.
    first = check_json(capsys, "apply", *asked[0], *at)["patch"]["id"]
    check_run(capsys, "revert", first, "--repo", checkout)
    assert not check_json(capsys, "apply", *asked[1], *at)["changed"]
    check_run(capsys, "apply", "se@head:reduction=2", *at)
    assert Path(check_json(capsys, "apply", "se@head", *at)["patch"]["model"]).stem == "yolov8-se-head-defaults"
    check_run(capsys, "revert", "--all", "--repo", checkout)
    assert tree(checkout, with_state=True) == before


def test_everything_but_verify_works_without_torch(checkout: Path) -> None:
    bare = "import sys; sys.modules['torch'] = None; from yolo_patcher.cli.main import main; main()"
    for words in (
        "list", "show se", "inspect", "apply se@head --dry-run --no-verify", "apply se@head --no-verify",
        "status --export", "check yolov8-se-head", "revert --all", "reapply --no-verify", "apply gam@neck --check",
    ):  # fmt: skip
        repo = () if words.split()[0] in ("list", "show") else ("--repo", checkout)
        command = [sys.executable, "-c", bare, *words.split(), *repo]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
        assert done.returncode == ("--check" in words), done.stderr


def test_the_readme_installs_without_torch_what_is_declared() -> None:
    declared = [one for one in requires("yolo-patcher") or [] if "extra ==" not in one]
    (line,) = [
        line
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.startswith("pip install --no-deps")
    ]
    names = {re.split(r"[<>=;]", one)[0].strip() for one in declared if "python_version" not in one}
    assert {re.split(r"[<>=]", one)[0] for one in shlex.split(line.split("&&")[1])[2:]} == names - {"torch"}
