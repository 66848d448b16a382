"""Every way in which a verification can end, each planted and run for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
from hanging import let_time_stand, says_so
from refusing import check_refused
from tiny import FORWARD, INIT, gate

from yolo_patcher.errors import PatcherError
from yolo_patcher.runtime.verify.process import follow
from yolo_patcher.runtime.verify.results import CHECKS, Case, Check, Verification
from yolo_patcher.runtime.verify.run import check_base, run_probe
from yolo_patcher.runtime.verify.told import BaseFailed

pytestmark = pytest.mark.torch


def verify(root: Path, *cases: Case, **options: Any) -> tuple[Verification, ...]:
    """Run the probe on a tiny checkout with this Python."""
    known: dict[str, Any] = {"python": None, "device": "cpu", "timeout": 600.0}
    return run_probe(root, "models.yolo", cases, **{**known, **options})


def check_failed(answer: Verification, name: str, *words: str) -> Check:
    """State that exactly the check `name` failed, and that its detail says `words`."""
    assert answer.status == "failed"
    assert [check.name for check in answer.failures] == [name], answer.failures
    for word in words:
        assert word in answer.failures[0].detail
    return answer.failures[0]


def check_not_verified(kind: str, *words: str, **call: Any) -> PatcherError:
    """State that the verification ends in an error of that kind, whose message and help say `words`."""
    arguments = (call.pop("root"), *call.pop("cases")) if "cases" in call else ()
    error = check_refused(lambda: verify(*arguments, **call), kind)
    for word in words:
        assert word in f"{error.message}\n{error.help}"
    return error


def test_sound_patch_passes(tmp_path: Path) -> None:
    case = tiny.write(tmp_path)
    events: list[dict[str, Any]] = []
    (answer,) = verify(tmp_path, case, on_event=events.append)
    assert answer.failures == ()
    assert answer.status == "passed"
    assert {check.name for check in answer.checks} == set(CHECKS)
    assert {check.name for check in answer.checks if check.status == "skipped"} <= {"deterministic", "amp"}
    assert answer.params == {"base": 3804, "patched": 4076, "added": 272}
    assert answer.new_params == {3: 272}
    assert answer.shapes[3] == [1, 16, 8, 8]
    assert answer.python == "{}.{}.{}".format(*sys.version_info[:3])
    assert not answer.import_failed
    document = answer.as_json()
    assert list(document) == [
        "status",
        "device",
        "python",
        "torch",
        "interpreter",
        "stubbed",
        "sandbox",
        "params",
        "loading",
        "checks",
    ]
    assert document["stubbed"] == []
    assert document["device"] == "cpu"
    assert events[0]["event"] == "hello"
    assert events[-1]["event"] == "end"


def test_skipped_answer_is_empty() -> None:
    assert Verification.skipped().as_json()["status"] == "skipped"


def test_base_is_checked_alone(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, "")
    check_base(tmp_path, "models.yolo", case, python=None, device="cpu", timeout=600.0)


def test_syntax_error_in_checkout(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, "def broken(:\n")
    (answer,) = verify(tmp_path, case)
    check_failed(answer, "import", "SyntaxError", "models/common.py:")
    assert answer.import_failed
    assert {check.status for check in answer.checks} == {"failed", "skipped"}
    with pytest.raises(PatcherError) as caught:
        check_base(tmp_path, "models.yolo", case, python=None, device="cpu", timeout=600.0)
    assert caught.value.kind == "checkout"


def test_base_broken_before(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, base=tiny.BASE.replace("Concat", "Conkat"))
    check_not_verified("checkout", "broken before the patch", "Conkat", "models/yolo.py:", root=tmp_path, cases=[case])


def test_base_broken_by_the_patch(tmp_path: Path) -> None:
    """A branch that breaks every model shows on the base; the unpatched tree tells whose fault it is."""
    yolo = tiny.YOLO.replace("        if m is Conv:", "        if m is Gaet: pass\n        if m is Conv:")
    with pytest.raises(BaseFailed, match="Gaet"):
        verify(tmp_path / "patched", tiny.write(tmp_path / "patched", yolo=yolo))
    before = tiny.write(tmp_path / "before")
    check_base(tmp_path / "before", "models.yolo", before, python=None, device="cpu", timeout=600.0)


def test_base_that_needs_what_is_missing(tmp_path: Path) -> None:
    yolo = "import no_such_package\n" + tiny.YOLO.replace("c2 = args[0]", "c2 = int(no_such_package.width)")
    case = tiny.write(tmp_path, yolo=yolo)
    check_not_verified("verify", "no_such_package is not installed", "--python", root=tmp_path, cases=[case])


def test_lacking_module_is_listed(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, yolo="import no_such_package\n" + tiny.YOLO)
    (answer,) = verify(tmp_path, replace(case, checks=("import", "wiring")))
    assert answer.status == "passed"
    assert answer.as_json()["stubbed"] == ["no_such_package"]


def test_lacking_module_of_the_patch_is_an_error(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, "import no_such_package\n" + gate())
    (answer,) = verify(tmp_path, case, our_lines={"models/common.py": ((1, 1000),)})
    check_failed(answer, "import", "ModuleNotFoundError: No module named 'no_such_package'", "models/common.py:")


def test_base_that_crashes(tmp_path: Path) -> None:
    yolo = tiny.YOLO.replace(
        "        if m is Conv:", "        if m is Concat and i == 4: os.abort()\n        if m is Conv:"
    )
    case = tiny.write(tmp_path, yolo=yolo)
    check_not_verified("checkout", "broken before the patch", "SIGABRT", root=tmp_path, cases=[case])


PLANTED = {
    "raises-always": (gate("raise ValueError('planted')"), "build", ("ValueError: planted", "models/common.py:")),
    "raises-in-eval": (
        gate("if not self.training: raise ValueError('planted')\n" + FORWARD),
        "forward",
        ("ValueError: planted",),
    ),
    "nan": (gate("return x * (1.0 if self.training else float('nan'))", "pass"), "forward", ("NaN",)),
    "even-sides-only": (
        gate("return nn.functional.pixel_shuffle(nn.functional.pixel_unshuffle(x, 2), 2)", "pass"),
        "rectangle",
        ("RuntimeError",),
    ),
    "unused-parameter": (gate(init=INIT + "\nself.spare = nn.Linear(c, c)"), "train", ("spare.weight", "no gradient")),
    "infinite-gradient": (
        gate("return x * (self.p - self.p.detach()).sqrt() + x * 1", "self.p = nn.Parameter(torch.ones(1))"),
        "train",
        ("row 3: parameter p", "not finite"),
    ),
    "cut-gradient": (gate("return self.fc(x.detach())"), "train", ("row 2", "gradient")),
    "no-bfloat16": (gate("assert x.dtype is torch.float32\n" + FORWARD), "amp", ("AssertionError",)),
    "uncopyable": (gate("self.kept = self.fc(x)\nreturn self.kept"), "deepcopy", ("deepcopy",)),
    "unfusable": (
        gate("return self.cv.bn(self.cv.conv(x))", "self.cv = Conv(c, c)"),
        "fuse",
        ("bn", "models/common.py:"),
    ),
    "hidden-state": (gate("return x * self.scale", "self.scale = torch.rand(1).item()"), "state_dict", ("state",)),
    "no-memory": (gate("bytearray(0 if self.training else 1 << 62)\n" + FORWARD), "forward", ("out of memory",)),
    "no-tensor-memory": (
        gate("torch.empty(0 if self.training else 1 << 58)\n" + FORWARD),
        "forward",
        ("out of memory",),
    ),
    "exit": (gate("if not self.training: sys.exit(2)\n" + FORWARD), "forward", ("SystemExit",)),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_planted_failure(plant: str, tmp_path: Path) -> None:
    new, name, words = PLANTED[plant]
    # each alone, for a module that raises fails more than one
    checks = CHECKS if name == "build" else ("import", "build", "wiring", name)
    (answer,) = verify(tmp_path, replace(tiny.write(tmp_path, new), checks=checks))
    failure = check_failed(answer, name, *words)
    assert [check.status for check in answer.checks if check.name == "wiring"] == [
        "skipped" if name == "build" else "passed"
    ]
    assert failure.trace or name in ("forward", "train", "state_dict")


def test_changed_shape(tmp_path: Path) -> None:
    head = tiny.BASE.replace("  - [[5, 2], 1", "  - [2, 1, Gate, []]\n  - [[5, 6], 1")
    case = tiny.write(tmp_path, gate("return x if self.training else x[..., ::2]"), patched=head)
    (answer,) = verify(tmp_path, replace(case, checks=("forward",)))
    check_failed(answer, "forward", "shapes", "the base's has")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("[[6, 3], 1, Detect", "[[6, 2], 1, Detect", ("row 7 (Detect) reads 6, 2", "6, 3"), id="unshifted"),
        pytest.param("[-1, 1, Conv, [8, 3]]", "[1, 1, Conv, [8, 3]]", ("row 6 (Conv) reads 1", "is 5"), id="unlike"),
        pytest.param("Gate, []", "nn.Identity, []", ("row 3 is Identity, planned is Gate",), id="other-class"),
        pytest.param("  - [-1, 1, Gate, []]\n", "", ("the plan has 8 rows, the model 7",), id="row-lost"),
    ],
)
def test_miswired_yaml(old: str, new: str, words: tuple[str, ...], tmp_path: Path) -> None:
    patched = tiny.PATCHED.replace(old, new)
    if "Gate" not in patched and "Identity" not in patched:
        patched = patched.replace("[[6, 3]", "[[5, 2]")
    case = tiny.write(tmp_path, patched=patched)
    (answer,) = verify(tmp_path, replace(case, checks=("wiring",)))
    check_failed(answer, "wiring", *words)


def test_dead_row(tmp_path: Path) -> None:
    """A plan that is wrong in itself is found as well."""
    case = tiny.write(tmp_path, patched=tiny.PATCHED.replace("[[6, 3], 1, Detect", "[[5, 3], 1, Detect"))
    rows = (*case.rows[:-1], replace(case.rows[-1], sources=(5, 3)))
    (answer,) = verify(tmp_path, replace(case, rows=rows, checks=("wiring",)))
    check_failed(answer, "wiring", "row 6 does not reach the final row")


def test_dead_row_of_the_base_is_excused(tmp_path: Path) -> None:
    dead = {"base": tiny.BASE.replace("[5, 2], 1, Det", "[4, 2], 1, Det")}
    dead["patched"] = tiny.PATCHED.replace("[6, 3], 1, Det", "[5, 3], 1, Det")
    case = tiny.write(tmp_path, **dead)
    rows = (*case.rows[:-1], replace(case.rows[-1], sources=(5, 3)))
    (answer,) = verify(tmp_path, replace(case, rows=rows, checks=("wiring", "train")))
    assert answer.failures == ()


def test_what_the_base_cannot_do_is_skipped(tmp_path: Path) -> None:
    yolo = tiny.YOLO.replace(
        "        y = []\n", "        y = []\n        assert x.shape[2] == x.shape[3], 'square only'\n"
    )
    (answer,) = verify(tmp_path, replace(tiny.write(tmp_path, yolo=yolo), checks=("forward", "rectangle")))
    assert answer.status == "passed"
    assert "square only" in {check.name: check.detail for check in answer.checks}["rectangle"]


def test_batch_of_one_that_the_base_cannot_train(tmp_path: Path) -> None:
    new = tiny.gate("if self.training and x.shape[0] == 1 and x.any(): raise ValueError('one')\n" + FORWARD)
    plain = "        x = [m(y) for m, y in zip(self.m, x)]\n"
    yolo = tiny.YOLO.replace(plain, "        if len(x[0]) == 1 and x[0].any(): raise ValueError('one')\n" + plain)
    (answer,) = verify(tmp_path, replace(tiny.write(tmp_path, new, yolo=yolo), checks=("train",)))
    assert answer.failures == ()
    assert answer.checks[-1].detail == "batch 4; the unpatched model can't train on one image"


def hanging(mark: Path, *lines: str) -> str:
    """Give a module that hangs in the last of the lines where it does not train, and says so before."""
    body = "\n    ".join([*lines[:-1], says_so(mark), lines[-1]])
    return gate(f"if not self.training:\n    {body}\n{FORWARD}")


def test_a_hang_ends_in_time(tmp_path: Path) -> None:
    """By the real clock, of which a busy machine can only use more."""
    started = time.monotonic()
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    ending = follow(
        command, tmp_path / "answers", cwd=tmp_path, first_timeout=0.5, timeout=0.5, on_event=lambda _: None
    )
    assert ending.timed_out
    assert ending.status == -signal.SIGKILL
    assert 0.5 <= time.monotonic() - started < 600


def test_hang_keeps_the_other_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_time_stand(monkeypatch, tmp_path / "mark")
    case = tiny.write(tmp_path, hanging(tmp_path / "mark", "time.sleep(600)"))
    healthy = replace(case, checks=("wiring", "train"))
    answers = verify(tmp_path, healthy, replace(case, checks=("forward", "train")), healthy, timeout=8.0)
    assert [answer.status for answer in answers] == ["passed", "failed", "passed"]
    check_failed(answers[1], "forward", "hung: no end after 8 s while running 'forward'", "models/common.py:")
    assert [check.status for check in answers[1].checks][-1] == "skipped"


def test_nothing_outlives_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_time_stand(monkeypatch, tmp_path / "mark")
    told = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))"
    new = hanging(tmp_path / "mark", "p = subprocess.Popen(['sleep', '600'])", told, "p.wait()")
    verify(tmp_path / "repo", replace(tiny.write(tmp_path / "repo", new), checks=("forward",)))
    check_gone(int((tmp_path / "pid").read_text()))


def check_gone(pid: int) -> None:
    """State that a process has ended; a zombie that nobody reaps counts as ended."""
    for _ in range(600):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except FileNotFoundError:
            return
        time.sleep(0.1)
    pytest.fail(f"process {pid} is still there")


def test_interrupt_leaves_no_process(tmp_path: Path) -> None:
    # Each forward adds a line: the first is whole even where the interrupt meets a later one.
    line = f"open({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')"
    case = tiny.write(tmp_path, gate(f"{line}\n{FORWARD}"))

    def interrupt(event: dict[str, Any]) -> None:
        if event.get("name") == "build":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(tmp_path, case, on_event=interrupt)
    check_gone(int((tmp_path / "pids").read_text().split()[0]))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SIGSEGV", "crashed with SIGSEGV while running 'forward'"),
        ("SIGKILL", "was killed while running 'forward', most likely because memory ran out"),
    ],
)
def test_crash_by_signal(name: str, words: str, tmp_path: Path) -> None:
    new = gate(f"if not self.training: os.kill(os.getpid(), signal.{name})\n{FORWARD}")
    case = tiny.write(tmp_path, new)
    healthy = replace(case, checks=("wiring",))
    crashed, after = verify(tmp_path, replace(case, checks=("wiring", "forward")), healthy)
    check_failed(crashed, "forward", words)
    assert after.status == "passed"
    if name == "SIGSEGV":
        assert "common.py" in crashed.failures[0].trace


def test_silent_exit(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, gate(f"if not self.training: os._exit(0)\n{FORWARD}"))
    (answer,) = verify(tmp_path, replace(case, checks=("forward",)))
    check_failed(answer, "forward", "ended with status 0 while running 'forward'")


def test_crash_while_importing(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, "os.abort()\n")
    (answer,) = verify(tmp_path, case)
    check_failed(answer, "import", "crashed with SIGABRT while running 'import'")
    assert answer.import_failed


def test_flood_of_output_is_bounded(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, gate(f"print('x' * 1000000)\n{FORWARD}"))
    (answer,) = verify(tmp_path, replace(case, checks=("forward",)))
    assert answer.status == "passed"
    assert len(answer.output) <= 64 * 1024


def test_another_copy_that_shadows_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = tiny.write(tmp_path / "repo")
    tiny.write(tmp_path / "installed")
    (tmp_path / "installed" / "sitecustomize.py").write_text("import models.common\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "installed"))
    (answer,) = verify(tmp_path / "repo", replace(case, checks=("import",)))
    check_failed(answer, "import", " was imported from", "installed", "not from the checkout")


def test_python_without_torch(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = str(tmp_path / "env" / "bin" / "python")
    check_not_verified(
        "verify",
        "has no torch",
        "--python",
        python,
        root=tmp_path / "r",
        cases=[tiny.write(tmp_path / "r")],
        python=python,
    )


@pytest.mark.parametrize("package", ["torch", "yaml"])
def test_python_whose_packages_are_broken(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "path" / package).mkdir(parents=True)
    (tmp_path / "path" / package / "__init__.py").write_text("raise ImportError('libcudart.so.11 is missing')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    words = {"torch": ("can't be imported", "libcudart"), "yaml": ("PyYAML", "pip install pyyaml")}
    check_not_verified("verify", *words[package], root=tmp_path / "r", cases=[tiny.write(tmp_path / "r")])


def test_not_a_python(tmp_path: Path) -> None:
    case = tiny.write(tmp_path / "r")
    script = tmp_path / "script"
    script.write_text("no interpreter line")
    script.chmod(0o755)
    for python, words in {
        "/bin/true": "ended with status 0",
        "/no/such/python": "does not exist",
        str(tmp_path): "is no executable file",
        str(script): "can't be run",
    }.items():
        check_not_verified("usage", python, words, "--python", root=tmp_path / "r", cases=[case], python=python)


def test_python_of_a_virtual_environment_is_not_resolved(tmp_path: Path) -> None:
    """The link is what tells a Python its environment."""
    case = replace(tiny.write(tmp_path), checks=("wiring",))
    (answer,) = verify(tmp_path, case, python=os.path.relpath(sys.executable))
    assert answer.status == "passed"


def test_no_such_device(tmp_path: Path) -> None:
    cases = [tiny.write(tmp_path)]
    check_not_verified("usage", "cuda:63", "--device cpu", root=tmp_path, cases=cases, device="cuda:63")


def test_home_and_working_directory_stay_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    new = gate(f"open(os.path.expanduser('~/settings'), 'w').close()\nopen('here', 'w').close()\n{FORWARD}")
    (answer,) = verify(tmp_path / "r", replace(tiny.write(tmp_path / "r", new), checks=("forward",)))
    assert answer.status == "passed"
    assert list(home.iterdir()) == []
    assert not list((tmp_path / "r").rglob("__pycache__"))


def test_no_network_and_no_installing(tmp_path: Path) -> None:
    yolo = (
        "import os, socket, subprocess, sys\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80), 5)\nexcept OSError as e:\n"
        "    assert 'verified' in str(e)\nelse:\n    raise AssertionError\n"
        "try:\n    subprocess.check_output([sys.executable, '-m', 'pip', 'install', 'x'])\n"
        "except OSError as e:\n    assert 'verified' in str(e)\nelse:\n    raise AssertionError\n"
        "assert os.system('true') == 1\n"
    )
    (answer,) = verify(tmp_path, replace(tiny.write(tmp_path, yolo=yolo + tiny.YOLO), checks=("import",)))
    assert answer.failures == ()


@pytest.mark.cuda
def test_nondeterministic_backward_on_cuda(tmp_path: Path) -> None:
    new = gate("return x * self.fc(nn.functional.adaptive_avg_pool2d(x, 3)).sigmoid().mean((2, 3), keepdim=True)")
    case = replace(tiny.write(tmp_path, new), checks=("wiring", "deterministic", "amp"))
    (answer,) = verify(tmp_path, case, device="cuda")
    check_failed(answer, "deterministic", "deterministic")


@pytest.mark.cuda
def test_half_that_overflows_on_cuda(tmp_path: Path) -> None:
    new = gate("return x + (x * 0 + 300).pow(2).sqrt() * 0", "pass")
    (answer,) = verify(tmp_path, replace(tiny.write(tmp_path, new), checks=("amp",)), device="cuda")
    check_failed(answer, "amp", "half precision")


@pytest.mark.cuda
def test_a_step_as_in_training_is_usual_on_cuda(tmp_path: Path) -> None:
    (answer,) = verify(tmp_path, tiny.write(tmp_path), device="cuda")
    assert answer.failures == ()
    assert "full" in {check.name for check in answer.checks if check.status == "passed"}
