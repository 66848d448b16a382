"""What the system refuses to code that is being verified, and what such code may go on doing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
from test_run import check_failed, verify
from tiny import FORWARD, INIT, gate

from yolo_patcher.cli.main import run
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.verify.run import PROBE

HOLD = f"""
import sys
sys.path.insert(0, {str(PROBE)!r})
import ctypes, json, os, socket, subprocess, threading
import yp_landlock
"""

# Each act is tried by its own; the answer is "done", or why not.
ACTS = """
def tried(act):
    try:
        act()
    except OSError as error:
        return "refused" if error.errno in (1, 13, 18) else repr(error)
    return "done"

def listening(family, address):
    with socket.socket(family) as s:
        s.bind(address)

def connecting(address):
    with socket.socket() as s:
        s.settimeout(5)
        s.connect(address)

def acts(folder, port):
    place = lambda name: os.path.join(folder, name)
    return {
        "read": lambda: open(place("file")).read(),
        "overwrite": lambda: open(place("file"), "r+").close(),
        "append": lambda: open(place("file"), "a").close(),
        "create": lambda: open(place("new"), "x").close(),
        "create by a child": lambda: subprocess.run(["touch", place("by-child")], stderr=-3, check=True),
        "truncate": lambda: os.truncate(place("whole"), 1),
        "make a folder": lambda: os.mkdir(place("made")),
        "make a link": lambda: os.symlink("file", place("link")),
        "make a hard link": lambda: os.link(place("file"), place("hard")),
        "make a pipe": lambda: os.mkfifo(place("pipe")),
        "make a socket": lambda: listening(socket.AF_UNIX, place("socket")),
        "rename": lambda: os.rename(place("renamed"), place("to")),
        "replace": lambda: os.replace(place("replacing"), place("replaced")),
        "move": lambda: os.rename(place("moved"), place("folder/moved")),
        "remove": lambda: os.remove(place("removed")),
        "remove a folder": lambda: os.rmdir(place("empty")),
        "change the mode": lambda: os.chmod(place("mode"), 0o600),
    }
"""

PREPARED = ("file", "renamed", "replacing", "replaced", "moved", "removed", "mode", "whole")


def kernels_abi() -> int:
    """Give the version of this kernel's Landlock, 0 for none."""
    code = f"{HOLD}print(json.dumps(yp_landlock.hold([])))"
    answer = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    return int(answer.get("abi", 0))


ABI = kernels_abi()
landlock = pytest.mark.skipif(ABI == 0, reason="this kernel has no Landlock")


def prepare(folder: Path) -> Path:
    for name in ("empty", "folder"):
        (folder / name).mkdir(parents=True)
    for name in PREPARED:
        (folder / name).write_text("as it was")
        (folder / name).chmod(0o640)
    return folder


def held(code: str, *words: str | Path) -> Any:
    """Run code in a process of its own; give what it prints, as JSON."""
    argv = [sys.executable, "-c", HOLD + ACTS + code, *map(str, words)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


TRY_ALL = """
inside, outside, newest = sys.argv[1:4]
answer = yp_landlock.hold([inside], int(newest))
out = {"answer": answer}
for name, folder in (("inside", inside), ("outside", outside)):
    out[name] = {act: tried(function) for act, function in acts(folder, 0).items() if act != "create by a child"}
    by_child = subprocess.run(["touch", os.path.join(folder, "by-child")], stderr=subprocess.DEVNULL)
    out[name]["create by a child"] = "refused" if by_child.returncode else "done"
in_thread = []
thread = threading.Thread(target=lambda: in_thread.append(tried(lambda: open(os.path.join(outside, "t"), "x"))))
thread.start(); thread.join()
out["thread"] = in_thread[0]
out["bind"] = tried(lambda: listening(socket.AF_INET, ("127.0.0.1", 0)))
out["connect"] = tried(lambda: connecting(("127.0.0.1", int(sys.argv[4]))))
out["signal"] = tried(lambda: os.kill(os.getppid(), 0))
out["devices"] = [tried(lambda: open(name, "r+b", 0).close()) for name in ("/dev/null", "/dev/zero", "/dev/urandom")]
def shared():
    path = "/dev/shm/yp-test-%d" % os.getpid()
    open(path, "x").close()
    os.remove(path)
out["shared memory"] = tried(shared)
print(json.dumps(out))
"""


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@landlock
@pytest.mark.parametrize("abi", range(1, ABI + 1))
def test_each_version_of_the_interface(abi: int, tmp_path: Path, server: socket.socket) -> None:
    inside, outside = prepare(tmp_path / "in"), prepare(tmp_path / "out")
    out = held(TRY_ALL, inside, outside, str(abi), str(server.getsockname()[1]))
    assert (out["answer"]["held"], out["answer"]["abi"]) == (True, abi)
    still_open = out["answer"]["open"]
    assert {act for act, how in out["inside"].items() if how != "done"} == ({"move"} if abi == 1 else set())
    may = {"read", "change the mode"} | ({"truncate"} if abi < 3 else set())
    assert {act: how for act, how in out["outside"].items() if how != "refused"} == dict.fromkeys(may, "done")
    assert ("truncating a file by its path" in still_open) == (abi < 3)
    tcp = "done" if abi < 4 else "refused"
    assert (out["bind"], out["connect"]) == (tcp, tcp)
    assert ("TCP" in still_open) == (abi < 4)
    assert out["signal"] == ("done" if abi < 6 else "refused")
    assert ("signals" in still_open) == (abi < 6)
    assert out["thread"] == "refused"
    assert out["devices"] == ["done"] * 3
    assert out["shared memory"] == "done"
    untouched = dict.fromkeys(PREPARED, "as it was") | ({"whole": "a"} if abi < 3 else {})
    assert {place.name: place.read_text() for place in outside.iterdir() if place.is_file()} == untouched


# A filter of system calls, as container runtimes have one, that answers a call with an error.
REFUSE = """
class Step(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]

class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(Step))]

def refuse(call, error):
    steps = (Step * 4)(
        Step(0x20, 0, 0, 0), Step(0x15, 0, 1, call), Step(0x06, 0, 0, 0x50000 | error), Step(0x06, 0, 0, 0x7FFF0000)
    )
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Program(4, steps)), 0, 0) == 0, ctypes.get_errno()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a filter of Linux's system calls")
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (444, 38, "this kernel has no Landlock (Function not implemented)"),
        (444, 95, "this kernel has no Landlock (Operation not supported)"),
        (444, 1, "this kernel has no Landlock (Operation not permitted)"),
        pytest.param(445, 38, "Landlock takes no rule for ", marks=landlock),
        pytest.param(446, 1, "Landlock refuses to begin (Operation not permitted)", marks=landlock),
    ],
)
def test_system_without_it(call: int, error: int, words: str, tmp_path: Path) -> None:
    code = f"{REFUSE}\nrefuse({call}, {error})\nprint(json.dumps(yp_landlock.hold(sys.argv[1:])))"
    answer = held(code, tmp_path)
    assert answer["held"] is False
    assert answer["why"].startswith(words)


def acting(victim: Path, port: int) -> str:
    """Write statements of a forward that destroy a folder and connect, by Python and by a shell, and hide it."""
    return (
        "import os, shutil, subprocess, _socket\nknocking = _socket.socket()\nknocking.setblocking(False)\n"
        f"for act in (lambda: open({str(victim / 'file')!r}, 'w').write('gone'),\n"
        f"            lambda: open({str(victim / 'new')!r}, 'w').write('x'),\n"
        f"            lambda: os.remove({str(victim / 'removed')!r}),\n"
        f"            lambda: shutil.rmtree({str(victim)!r}),\n"
        f"            lambda: subprocess.run('rm -rf {victim}/*; echo > {victim}/new', shell=True),\n"
        f"            lambda: knocking.connect(('127.0.0.1', {port}))):\n"
        "    try:\n        act()\n    except OSError:\n        pass\n"
    )


def contents(folder: Path) -> dict[str, str]:
    return {str(place.relative_to(folder)): place.read_text() for place in folder.rglob("*") if place.is_file()}


def check_untouched(victim: Path, before: dict[str, str], server: socket.socket) -> None:
    """State that nothing in a folder has changed, and that nobody has connected."""
    assert contents(victim) == before
    with pytest.raises(BlockingIOError):
        server.accept()


@landlock
@pytest.mark.torch
def test_module_that_acts_is_kept_from_it(tmp_path: Path, server: socket.socket) -> None:
    victim = prepare(tmp_path / "victim")
    before = contents(victim)
    new = gate(acting(victim, server.getsockname()[1]) + FORWARD)
    case = replace(tiny.write(tmp_path / "r", new), checks=("wiring", "forward"))
    (answer,) = verify(tmp_path / "r", case, sandbox=True)
    assert answer.failures == ()
    assert answer.sandbox == {"held": True, "abi": ABI, "open": answer.as_json()["sandbox"]["open"]}  # type: ignore[index]
    check_untouched(victim, before, server)
    (answer,) = verify(tmp_path / "r", case, sandbox=False)
    assert answer.sandbox == {"held": False, "why": "it was turned off"}
    assert contents(victim) != before


@landlock
@pytest.mark.torch
def test_what_is_refused_says_by_whom(tmp_path: Path) -> None:
    place = tmp_path / "outside"
    new = gate(f"if not self.training: open({str(place)!r}, 'w').close()\n{FORWARD}")
    case = replace(tiny.write(tmp_path / "r", new), checks=("forward",))
    (answer,) = verify(tmp_path / "r", case, sandbox=True)
    check_failed(answer, "forward", "PermissionError", "--no-sandbox", "models/common.py:")
    assert not place.exists()
    (answer,) = verify(tmp_path / "r", case, sandbox=False)
    assert answer.status == "passed"


RECIPE = """\
name: mine
version: 1
title: My gate
class: MyGate
template: mine.py
kind: channel gate
formula: y = x * sigmoid(W mean(x))
parameters: C * C + C
paper: {title: "A paper", arxiv: "1709.01507", year: 2018}
position: head
"""

TEMPLATE = '''\
"""My gate."""

from torch import nn


class MyGate(nn.Module):
    """My gate: y = x * sigmoid(W mean(x))."""

    def __init__(self, c1):
        super().__init__()
        self.fc = nn.Conv2d(c1, c1, 1)

    def forward(self, x):
        ACT
        return x * self.fc(x.mean((2, 3), keepdim=True)).sigmoid()
'''


@landlock
@pytest.mark.torch
@pytest.mark.slow
def test_recipe_that_acts_while_it_is_verified(
    tmp_path: Path, server: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    """The checkout itself, and a folder beside it."""
    root, victim, mine = tmp_path / "checkout", prepare(tmp_path / "victim"), tmp_path / "mine"
    tiny.write(root)
    (root / "models/base.yaml").rename(root / "models/yolov5s.yaml")
    (root / "models/base-gate.yaml").unlink()
    mine.mkdir()
    (mine / "mine.yaml").write_text(RECIPE)
    port = server.getsockname()[1]
    acts = (acting(victim, port) + acting(root, port)).rstrip().replace("\n", "\n        ")
    (mine / "mine.py").write_text(TEMPLATE.replace("ACT", acts))
    before, files = contents(victim), contents(root)
    argv = ["apply", "mine", "--recipe", str(mine), "--repo", str(root), "--device", "cpu", "--json", "--dry-run"]
    assert run(argv) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["verify"]["status"] == "passed"
    assert document["verify"]["sandbox"]["held"] is True
    check_untouched(victim, before, server)
    assert contents(root) == files
    assert run([*argv, "--no-sandbox"]) in (0, 5, 7)
    assert contents(victim) != before


WORKS = """
import multiprocessing, tempfile
class Items(torch.utils.data.Dataset):
    def __len__(self):
        return 6
    def __getitem__(self, index):
        return torch.full((3,), float(index))
def double(queue, tensor):
    tensor *= 2
    queue.put(os.getpid())
def work():
    loader = torch.utils.data.DataLoader(Items(), num_workers=2, batch_size=2)
    assert sum(float(batch.sum()) for batch in loader) == 45
    shared = torch.ones(4).share_memory_()
    context = torch.multiprocessing.get_context("fork")
    queue = context.Queue()
    worker = context.Process(target=double, args=(queue, shared))
    worker.start()
    assert queue.get(timeout=60) != os.getpid()
    worker.join()
    assert shared.tolist() == [2.0] * 4
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"x": torch.ones(2)}, os.path.join(folder, "a.pt"))
        os.replace(os.path.join(folder, "a.pt"), os.path.join(folder, "b.pt"))
        assert torch.load(os.path.join(folder, "b.pt"))["x"].sum() == 2
    with open(os.path.expanduser("~/.settings"), "w") as file:
        file.write("x")
    assert subprocess.run(["true"], stdout=subprocess.DEVNULL).returncode == 0
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, b"x")
        os._exit(0)
    assert os.read(reading, 1) == b"x"
    os.wait()
"""


@landlock
@pytest.mark.torch
@pytest.mark.slow
def test_work_of_torch_goes_on(tmp_path: Path) -> None:
    """Workers and shared memory, processes, temporary files and settings."""
    case = tiny.write(tmp_path, WORKS + gate(init=INIT + "\nwork()"))
    (answer,) = verify(tmp_path, replace(case, checks=("wiring", "forward")), sandbox=True)
    assert answer.failures == ()
    assert answer.sandbox is not None
    assert answer.sandbox["held"]


@landlock
@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles for the CPU with g++")
def test_compiler_of_torch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cache lies in the private folders, wherever the user has theirs."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "theirs"))
    init = f"{INIT}\nassert float(torch.compile(lambda x: (x * 2 + 1).sin().sum())(torch.zeros(64))) > 50"
    case = tiny.write(tmp_path / "r", gate(init=init))
    (answer,) = verify(tmp_path / "r", replace(case, checks=("wiring",)), timeout=300.0, sandbox=True)
    assert answer.failures == ()
    assert not (tmp_path / "theirs").exists()


@pytest.mark.torch
@pytest.mark.cuda
def test_it_is_off_on_a_gpu(tmp_path: Path) -> None:
    (answer,) = verify(tmp_path, replace(tiny.write(tmp_path), checks=("wiring",)), device="cuda", sandbox=True)
    assert answer.sandbox == {"held": False, "why": "it has not been tried on a GPU"}


def test_answer_that_was_skipped_has_none() -> None:
    assert Verification.skipped().as_json()["sandbox"] is None


SECRETS = {
    "HF_TOKEN": "x", "WANDB_API_KEY": "x", "AWS_ACCESS_KEY_ID": "x", "AWS_PROFILE": "x", "SSH_AUTH_SOCK": "/x",
    "GITHUB_TOKEN": "x", "GH_PAT": "x", "PGPASSWORD": "x", "MYSQL_PWD": "x", "DB_PASS": "x", "client_secret": "x",
    "OPENAI_APIKEY": "x", "GOOGLE_APPLICATION_CREDENTIALS": "/x", "KUBECONFIG": "/x", "SENTRY_DSN": "x",
    "NEPTUNE_API_TOKEN": "x", "CLEARML_API_SECRET_KEY": "x", "https_proxy": "http://me:word@proxy:3128",
    "DATABASE_URL": "postgres://me:word@host/db", "PIP_INDEX_URL": "https://me:word@index.example/simple",
    "DOCKER_HOST": "unix:///x", "TWINE_PASSWORD": "x", "KEY": "x", "SSH_AGENT_PID": "1",
}  # fmt: skip
HARMLESS = {
    "PATH": os.environ["PATH"], "LD_LIBRARY_PATH": "/x", "CUDA_VISIBLE_DEVICES": "", "CONDA_PREFIX": "/x", "PWD": "/x",
    "OLDPWD": "/x", "HOME": "/x", "LANG": "C.UTF-8", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1",
    "KEYBOARD": "x", "AUTHOR": "x", "PASSAGE": "x", "MONKEYS": "x", "http_proxy": "http://proxy:3128", "DISPLAY": ":0",
    "PATTERN": "x", "CUDA_PATH": "/x", "CONDA_SHLVL": "1", "HF_HOME": "/x", "NCCL_DEBUG": "x",
}  # fmt: skip


def test_secrets_do_not_reach_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from yolo_patcher.runtime.verify.environment import environment

    for name, value in {**SECRETS, **HARMLESS}.items():
        monkeypatch.setenv(name, value)
    given = environment()
    assert {name for name in SECRETS if name in given} == set()
    assert {name for name in HARMLESS if name not in given} == set()


ENVIRONMENT = """
if os.geteuid() == 0:
    # To root the system shows every environment.
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
reading, writing = os.pipe()
if os.fork() == 0:
    place = "/proc/%d/environ" % os.getppid()
    before = tried(lambda: open(place).read())
    yp_landlock.hold([])
    os.write(writing, json.dumps([before, tried(lambda: open(place).read())]).encode())
    os._exit(0)
os.wait()
print(os.read(reading, 100).decode())
"""


@landlock
def test_secrets_can_not_be_read_from_the_parent() -> None:
    """The environment of whoever started a process shows in /proc."""
    assert held(ENVIRONMENT) == ["done", "refused"]
