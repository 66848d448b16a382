"""A recipe is data from a stranger: every hostile one is refused with its line, and no code of it runs."""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cases_benign import BENIGN
from cases_class import CLASS, FILES
from cases_expressions import EXPRESSIONS, TEXTS, VALUES
from cases_jinja import JINJA, JINJA_FILES
from cases_methods import METHODS, SLEEPING
from cases_names import CLASSES, PATHS, RECIPE_NAMES, VARIABLES
from cases_on_import import ENDS, REACHED, REBOUND
from cases_yaml import YAML
from hostile_case import CANARY, RECIPE, SING, TEMPLATE, Case
from synthetic import FORMS, tree, write_checkout

from yolo_patcher.cli.main import run
from yolo_patcher.recipe.class_code import same_class

ROOT = Path(__file__).resolve().parents[3]
THEMES = {
    "yaml": YAML,
    "jinja": [*JINJA, *JINJA_FILES],
    "names": RECIPE_NAMES,
    "paths": PATHS,
    "classes": CLASSES,
    "variables": VARIABLES,
    "expressions": EXPRESSIONS,
    "values": VALUES,
    "texts": TEXTS,
    "files": FILES,
    "class": CLASS,
    "methods": METHODS,
    "rebound": REBOUND,
    "reached": REACHED,
    "ends": ENDS,
}
# Of each theme, every so many cases stand for the others.
EVERY = 6
CASES = [
    pytest.param(case, id=f"{theme}: {case.name}", marks=[pytest.mark.slow] * bool(case.limited or number % EVERY))
    for theme, cases in THEMES.items()
    for number, case in enumerate(cases)
]
MEMORY = 600 * 2**20
SECONDS = 20

Capture = pytest.CaptureFixture[str]


class Stage:
    """A folder with a recipe, a checkout, and a place where a canary would sing."""

    def __init__(self, root: Path, checkout: Path) -> None:
        self.folder = root / "recipe"
        self.folder.mkdir()
        self.here = root / "here"
        self.here.mkdir()
        self.checkout = checkout

    def argv(self, case: Case) -> list[str]:
        asked = str(self.folder / case.asked) if "/" in case.asked else case.asked
        given = ["--recipe", str(self.folder / case.given)] if asked == case.asked else []
        return ["apply", asked, *given, "--repo", str(self.checkout), "--no-verify", "--json"]

    def canaries(self) -> list[Path]:
        return [path for path in (self.here / CANARY, self.folder / CANARY, ROOT / CANARY) if path.exists()]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkout that no test may change."""
    return write_checkout(tmp_path_factory.mktemp("untouched"))


@pytest.fixture
def stage(tmp_path: Path, untouched: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(tmp_path, untouched)
    monkeypatch.chdir(made.here)
    return made


def run_limited(argv: list[str], here: Path) -> tuple[int, str]:
    """Run a command in a process with little memory and time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    ended = subprocess.run(
        [sys.executable, "-m", "yolo_patcher", *argv],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=here,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=600,
        preexec_fn=limit,
    )
    assert ended.stderr == b""
    return ended.returncode, ended.stdout.decode()


def apply(stage: Stage, case: Case, capsys: Capture) -> tuple[int, dict[str, Any]]:
    if case.limited:
        code, out = run_limited(stage.argv(case), stage.here)
    else:
        capsys.readouterr()
        code, (out, err) = run(stage.argv(case)), capsys.readouterr()
        assert err == ""
    return code, json.loads(out)


@pytest.mark.quick(case=SLEEPING[::4])
@pytest.mark.parametrize("case", SLEEPING, ids=[case.name for case in SLEEPING])
def test_what_methods_do_does_not_happen(stage: Stage, case: Case, capsys: Capture, tmp_path: Path) -> None:
    case.write(stage.folder)
    stage.checkout = write_checkout(tmp_path / "own")
    code, document = apply(stage, case, capsys)
    assert code == 0, document
    assert stage.canaries() == []


@pytest.mark.parametrize("case", CASES)
def test_refused(stage: Stage, case: Case, capsys: Capture) -> None:
    case.write(stage.folder)
    before = tree(stage.checkout, with_state=True)
    code, document = apply(stage, case, capsys)
    error = document["error"]
    assert (code, error["code"], error["kind"]) == (4, 4, "recipe"), error
    assert case.part in error["message"]
    assert (Path(error["path"]), error.get("line")) == (stage.folder / case.blamed, case.line), error
    assert len(error["message"]) < 1200
    assert error["message"].isprintable()
    assert tree(stage.checkout, with_state=True) == before
    assert stage.canaries() == []


def test_no_case_is_another() -> None:
    every = [case for cases in THEMES.values() for case in cases]
    assert len({(case.recipe, case.template, case.prepare, case.given, case.asked) for case in every}) == len(every)


def test_the_canary_sings(stage: Stage) -> None:
    exec(f"{SING}.close()")
    assert stage.canaries() == [stage.here / CANARY]


@pytest.mark.quick(layout=("ultralytics-list",), form=("tabs",))
@pytest.mark.parametrize("form", ["plain", "single-quotes", "two-spaces", "tabs"])
@pytest.mark.parametrize("layout", ["yolov5", "ultralytics-list"])
@pytest.mark.parametrize("name", BENIGN)
def test_accepted(tmp_path: Path, name: str, layout: str, form: str, capsys: Capture) -> None:
    stage = Stage(tmp_path, write_checkout(tmp_path / layout, layout, FORMS[form]))
    case = BENIGN[name]
    case.write(stage.folder)
    code, document = apply(stage, case, capsys)
    assert (code, document["ok"], document["patch"]["classes"]) == (0, True, {"mine": "MyGate"}), document
    for path in {file["path"] for file in document["files"] if file["path"].endswith(".py")}:
        compile((stage.checkout / path).read_bytes(), path, "exec")
    home = "models/common.py" if layout == "yolov5" else "ultralytics/nn/modules/mine.py"
    written, given = (ast.parse(path.read_bytes()) for path in (stage.checkout / home, stage.folder / "mine.py"))
    (theirs,) = (one for one in given.body if isinstance(one, ast.ClassDef))
    (ours,) = (one for one in written.body if isinstance(one, ast.ClassDef) and one.name == "MyGate")
    assert same_class(ours, theirs)


@pytest.mark.parametrize("taken", ["SPPCSPC", "CBAM"])
def test_a_class_that_the_checkout_has_stays(tmp_path: Path, taken: str, capsys: Capture) -> None:
    stage = Stage(tmp_path, write_checkout(tmp_path / "checkout"))
    modules = stage.checkout / "ultralytics/nn/modules"
    with (modules / "conv.py").open("a") as file:
        file.write(f"\n\nclass {taken}(nn.Module):\n    pass\n")
    text = (modules / "__init__.py").read_text()
    (modules / "__init__.py").write_text(text.replace("import Concat, Conv", f"import {taken}, Concat, Conv"))
    theirs = {path: path.read_bytes() for path in modules.glob("[a-z]*.py")}
    case = Case(
        "",
        "",
        0,
        recipe=RECIPE.replace("class: MyGate", f"class: {taken}"),
        template=TEMPLATE.replace("class MyGate", f"class {taken}"),
    )
    case.write(stage.folder)
    code, document = apply(stage, case, capsys)
    assert (code, document["patch"]["classes"]) == (0, {"mine": f"{taken}Attention"}), document
    assert {path: path.read_bytes() for path in theirs} == theirs
    assert f"class {taken}Attention(nn.Module):" in (modules / "mine_attention.py").read_text()


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["apply", "../x"], "no recipe file"),
        (["apply", "a" * 300 + "/x"], "no recipe file"),
        (["apply", "~nobody-at-all/x.yaml"], "no recipe file"),
        (["apply", "C:\\x"], "no recipe 'C:"),
        (["apply", ""], "no recipe ''"),
        (["apply", "con"], "no recipe 'con'"),
        (["apply", "mine", "--recipe", "absent"], "no recipe file or folder"),
        (["apply", "mine", "--recipe", "a" * 300], "no recipe file or folder"),
        (["apply", "se", "--set", "__class__=1"], "no hyper-parameter"),
        (["apply", "se", "--set", "reduction=" + "9" * 5000], "cannot be"),
        (["apply", "se", "--set", "reduction=9**9**9"], "cannot be"),
        (["apply", "se", "--set", "{{ x }}=1"], "no hyper-parameter"),
    ],
)
def test_what_the_user_types_is_usage(stage: Stage, argv: list[str], part: str, capsys: Capture) -> None:
    capsys.readouterr()
    assert run([*argv, "--repo", str(stage.checkout), "--no-verify", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], part in error["message"]) == ("usage", True), error
