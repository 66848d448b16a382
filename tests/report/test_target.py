from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from refusing import check_refused

from yolo_patcher.errors import PatcherError
from yolo_patcher.report.page.render import MARK
from yolo_patcher.report.page.target import check_target, write_report


def check_no_target(file: Path, kind: str, part: str) -> None:
    """State that a report can't go there, and that nothing is left or changed."""
    error = check_refused(lambda: check_target(file), kind, part, root=file.parent)
    assert error.help


@pytest.mark.parametrize("name", ["a.html", "a.MD", "a b.json", "报告.html"])
def test_formats(tmp_path: Path, name: str) -> None:
    assert check_target(tmp_path / name) == "." + name.rsplit(".")[-1].lower()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "part"), [("a.pdf", "a report is no .pdf"), ("a", "has no suffix"), (".html", "has no suffix")]
)
def test_other_suffixes(tmp_path: Path, name: str, part: str) -> None:
    check_no_target(tmp_path / name, "usage", part)


def test_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "a.html").mkdir()
    check_no_target(tmp_path / "a.html", "usage", "that of a folder")
    check_no_target(tmp_path / "none" / "a.html", "io", "there is no folder")
    os.mkfifo(tmp_path / "b.md")
    with pytest.raises(PatcherError, match="no ordinary file"):
        check_target(tmp_path / "b.md")


def test_a_file_that_is_no_report_is_kept(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Mine\n" + MARK.upper())
    check_no_target(tmp_path / "README.md", "refused", "no report of yolo-patcher")


def test_a_report_and_an_empty_file_are_replaced(tmp_path: Path) -> None:
    for content in ("", f"<!-- {MARK} -->\nold"):
        file = tmp_path / "r.md"
        file.write_text(content)
        file.chmod(0o640)
        check_target(file)
        write_report(file, "neu é")
        assert file.read_bytes() == "neu é".encode()
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "r.md").symlink_to("real/r.md")
    check_target(tmp_path / "r.md")
    write_report(tmp_path / "r.md", "text")
    assert (tmp_path / "r.md").is_symlink()
    assert (tmp_path / "real" / "r.md").read_text() == "text"


def test_a_full_disk_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.json"
    file.write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PatcherError, match="No space left") as caught:
        write_report(file, "new")
    assert caught.value.code == 6
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    check_no_target(tmp_path / "r.html", "io", "can't be written")
