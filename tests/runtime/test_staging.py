"""What is copied for a verification: plain files of the checkout; the rest is left out, and said."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import tiny

from yolo_patcher.checkout.checkout import open_checkout
from yolo_patcher.checkout.site import Site
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.planned import plan_request
from yolo_patcher.plan.request import Request
from yolo_patcher.runtime.scratch import remove_tree
from yolo_patcher.runtime.staging import Staged, staged
from yolo_patcher.runtime.verify.cases import verify_plan
from yolo_patcher.runtime.verify.options import HowToVerify


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tiny.write(tmp_path / "checkout")
    (tmp_path / "checkout/models/base.yaml").rename(tmp_path / "checkout/models/yolov5s.yaml")
    return tmp_path / "checkout"


def site_of(root: Path) -> Site:
    return open_checkout(root).site


def check_left_out(root: Path, **why: str) -> Staged:
    """State that exactly the files of these stems are left out, for these reasons, and that the sources are copied."""
    with staged(site_of(root), {}) as copy:
        assert {Path(one.path).name.partition(".")[0]: one.why for one in copy.left_out} == why
        assert not [one for one in copy.left_out if os.path.lexists(copy.root / one.path)]
        assert (copy.root / "models/yolo.py").read_bytes() == (root / "models/yolo.py").read_bytes()
        return copy


def test_links_devices_and_pipes(root: Path, tmp_path: Path) -> None:
    data = root / "data"
    data.mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (data / "endless.txt").symlink_to("/dev/zero")
    (data / "dangling.txt").symlink_to("/mnt/not/mounted/train.txt")
    (data / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (data / "around.txt").symlink_to("around.txt")
    (data / "folder.yaml").symlink_to(root / "models")
    (data / "linked").symlink_to(root / "models")
    (data / "large.json").write_bytes(b"x" * (2**20 + 1))
    os.mkfifo(data / "pipe.txt")
    check_left_out(
        root,
        endless="a link out of the checkout",
        dangling="a link out of the checkout",
        outside="a link out of the checkout",
        around="too many levels of symbolic links",
        folder="no plain file",
        linked="a link to a folder",
        large="larger than 1 MiB",
        pipe="no plain file",
    )


def test_links_inside_are_copied(root: Path) -> None:
    (root / "data").mkdir()
    (root / "data/again.yaml").symlink_to("../models/yolov5s.yaml")
    with staged(site_of(root), {}) as copy:
        assert copy.left_out == ()
        assert (copy.root / "data/again.yaml").read_bytes() == (root / "models/yolov5s.yaml").read_bytes()
        assert not (copy.root / "data/again.yaml").is_symlink()


def test_checkout_that_is_reached_by_a_link(root: Path, tmp_path: Path) -> None:
    (root / "again.yaml").symlink_to(root / "models/yolov5s.yaml")
    (tmp_path / "link").symlink_to(root)
    with staged(site_of(tmp_path / "link"), {}) as copy:
        assert copy.left_out == ()
        assert (copy.root / "again.yaml").is_file()


def test_names_that_are_no_text(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (root / name).write_text("x")
    (root / os.fsdecode(b"th\xe9.txt")).symlink_to("/dev/zero")
    with staged(site_of(root), {}) as copy:
        assert (copy.root / name).read_text() == "x"
        (left,) = copy.left_out
        assert str(left) == r"'th\udce9.txt' (a link out of the checkout)"
        assert copy.missed(f"no such file: {left.path}").isascii()


@pytest.mark.slow
def test_folders_that_are_nested_deeply(root: Path) -> None:
    place = os.open(root, os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    try:
        with staged(site_of(root), {}) as copy:
            (left,) = copy.left_out
            assert left.why == "file name too long"
            assert left.path.startswith("d/d/d")
    finally:
        remove_tree(root)


@pytest.mark.slow
def test_files_that_come_and_go(root: Path) -> None:
    """While the copy is made: each is copied whole, or left out."""
    (root / "data").mkdir()
    done = threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            for number in range(50):
                (root / "data" / f"{number}.txt").write_text("whole")
            for number in range(50):
                (root / "data" / f"{number}.txt").unlink()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(30):
            with staged(site_of(root), {}) as copy:
                assert {one.why for one in copy.left_out} <= {"no such file or directory"}
                found = copy.root.glob("data/*.txt")
                assert {place.read_text() for place in found} <= {"whole", ""}
    finally:
        done.set()
        thread.join()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as another user")
def test_files_without_permission(root: Path) -> None:
    """For a user who is not root, whom the rights of files bind."""
    script = (
        "import sys, os\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path\n"
        "import fcntl, test_staging as t\n"
        "root = Path(sys.argv[1])\n"
        "site = t.site_of(root)\n"
        "os.setuid(65534)\n"
        "with t.staged(site, {}) as copy: print(*sorted(map(str, copy.left_out)), sep='\\n')\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        place = Path(folder, "checkout")
        tiny.write(place)
        (place / "closed.txt").touch(0o000)
        (place / "closed").mkdir(0o700)
        for each in (Path(folder), place, place / "models"):
            each.chmod(0o777)
        ended = subprocess.run(
            [sys.executable, "-c", script, str(place)],
            env={**os.environ, "TMPDIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    assert ended.stdout.splitlines() == ["closed (permission denied)", "closed.txt (permission denied)"]


def plan_and_verify(root: Path) -> None:
    checkout = open_checkout(root)
    from yolo_patcher.commit.state import holds

    planned = plan_request(checkout, holds(checkout.snapshot), Request.from_words(["se"]), ())
    verify_plan(checkout.site, planned.plan, HowToVerify(device="cpu", timeout=60.0))


@pytest.mark.torch
@pytest.mark.parametrize("when", ["imported", "built"])
def test_what_the_build_misses_is_named(root: Path, tmp_path: Path, when: str) -> None:
    (tmp_path / "sizes.py").write_text("WIDTH = 8\n")
    (tmp_path / "sizes.txt").write_text("8\n")
    (root / "models/unrelated.txt").symlink_to("/dev/zero")
    yolo = root / "models/yolo.py"
    if when == "imported":
        (root / "models/sizes.py").symlink_to(tmp_path / "sizes.py")
        yolo.write_text("from models.sizes import WIDTH\nassert WIDTH + 0 == 8\n" + yolo.read_text())
    else:
        (root / "models/sizes.txt").symlink_to(tmp_path / "sizes.txt")
        text = "        open(__file__.replace('yolo.py', 'sizes.txt')).close()\n        super().__init__()"
        yolo.write_text(yolo.read_text().replace("        super().__init__()", text))
    with pytest.raises(PatcherError) as caught:
        plan_and_verify(root)
    assert caught.value.kind == "checkout"
    assert "sizes" in caught.value.message
    assert caught.value.help.splitlines()[-1] == (
        f"Not in the copy that is verified: models/sizes.{'py' if when == 'imported' else 'txt'}"
        " (a link out of the checkout)."
    )
