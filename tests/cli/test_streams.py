"""What is printed: nothing that a terminal would obey, and an answer though stdout can't be written."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic import apply, contents, write_checkout

from yolo_patcher.cli.main import run
from yolo_patcher.cli.screen import Screen
from yolo_patcher.cli.text import printable, printable_console

Capture = pytest.CaptureFixture[str]

COMMANDS = (
    "list", "list --json", "show se", "--help", "--version", "inspect", "inspect --format svg", "check yolov8 --json",
    "status", "doctor", "apply se --dry-run --no-verify", "reapply --dry-run --no-verify --json",
)  # fmt: skip
WRITING = {
    "apply se --no-verify": "Applied se-head-",
    "reapply --no-verify": "Reapplied sae-head-",
    "revert": "Reverted sae-head-",
    "status --export": "Wrote yolo-patcher.toml",
}
full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device stands for a full disk here")


def ended(root: Path, words: str, stdout: str) -> tuple[int, str]:
    """Run the command line in a process with a stdout that is `full` or `closed`."""
    line = f'exec "$0" -m yolo_patcher {words} {">/dev/full" if stdout == "full" else ">&-"}'
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "dumb"}
    done = subprocess.run(
        ["sh", "-c", line, sys.executable], cwd=root, env=environment, stderr=subprocess.PIPE, timeout=120
    )
    return done.returncode, done.stderr.decode()


@full_disk
@pytest.mark.slow
@pytest.mark.parametrize("stdout", ["full", "closed"])
def test_every_command_says_that_its_result_can_not_be_written(tmp_path: Path, stdout: str) -> None:
    root = write_checkout(tmp_path)
    apply(root, "sae")
    before = contents(root)
    for words in COMMANDS if stdout == "full" else COMMANDS[:4]:
        code, said = ended(root, words, stdout)
        assert (code, "Traceback" in said) == (6, False), (words, said)
        assert "Error: stdout can't be written" in said, words
        assert "Exception ignored" not in said, words
    assert contents(root) == before


@full_disk
@pytest.mark.slow
@pytest.mark.parametrize("stdout", ["full", "closed"])
@pytest.mark.parametrize("more", ["", " --json"])
def test_what_was_written_to_the_checkout_is_said(tmp_path: Path, stdout: str, more: str) -> None:
    for number, (words, done) in enumerate(WRITING.items()):
        root = write_checkout(tmp_path / str(number))
        patch = apply(root, "sae").patch
        if words.startswith("reapply"):
            (root / patch.model).unlink()
        before = contents(root)
        code, said = ended(root, words + more, stdout)
        assert (code, "Traceback" in said) == (6, False), (words, said)
        assert re.search(rf"Error: {done}.*, but stdout can't be written", said), said
        assert contents(root) != before


@full_disk
def test_an_error_that_can_not_be_written_as_a_document_is_written_as_text(tmp_path: Path) -> None:
    code, said = ended(write_checkout(tmp_path), "apply nonesuch --json", "full")
    assert (code, said.count("Error: there is no recipe 'nonesuch'")) == (2, 1)


def test_a_reader_of_an_error_that_has_gone_is_no_traceback(tmp_path: Path) -> None:
    line = '"$0" -m yolo_patcher show nonesuch --json | true'
    done = subprocess.run(["sh", "-c", line, sys.executable], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE)
    assert done.stderr == b""


HOSTILE = "a\x1b[2J\x1b]0;owned\x07\r\u202eb\nError: c\udcff"


def check_harmless(text: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udcff]", text), repr(text)


def test_what_can_not_be_printed_is_written_out() -> None:
    assert printable(HOSTILE) == r"a\x1b[2J\x1b]0;owned\x07\r\u202eb\nError: c\udcff"
    assert printable("注意力 🚀 größer\tx") == "注意力 🚀 größer\tx"
    assert printable("a\nb\x1b", "\n\t") == "a\nb\\x1b"


def test_each_way_to_print_goes_through_it(capsys: Capture) -> None:
    screen = Screen()
    screen.line(HOSTILE, "red")
    screen.block(HOSTILE)
    screen.remark(HOSTILE)
    screen.warn(HOSTILE)
    out, err = capsys.readouterr()
    check_harmless(out + err)
    assert len(err.splitlines()) == 2


def test_a_diff_is_harmless_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("NO_COLOR", "1")
    Screen().diff("+a\x1b[2J\n+b\r\n\tc")
    assert stream.getvalue() == "+a\\x1b[2J\n+b\n\tc\n"


def test_tables_are_harmless() -> None:
    from rich.table import Table
    from rich.text import Text

    stream = io.StringIO()
    table = Table()
    table.add_column(Text(HOSTILE))
    table.add_row(Text(HOSTILE))
    printable_console(stream, 120).print(table, HOSTILE, markup=False)
    check_harmless(stream.getvalue())
    assert r"\x1b" in stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolo\x1b[2J\x1b[1;1Hv8.yaml", "yolo\rnothing wrong.yaml", "yolo\nx: 3 rows.yaml"])
def test_a_file_name_that_would_clear_the_screen(tmp_path: Path, capsys: Capture, name: str) -> None:
    root = write_checkout(tmp_path)
    folder = root / "ultralytics/cfg/models/v8"
    folder.joinpath("yolov8.yaml").rename(folder / name)
    path = f"ultralytics/cfg/models/v8/{name}"
    for words in (
        ["check", path], ["inspect", "--model", path], ["apply", "se", "--model", path, "--no-verify", "--check"],
        ["apply", "se", "--model", path, "--output", "se-mine", "--no-verify"], ["status"], ["doctor"],
        ["revert"], ["check", f"{path}x"],
    ):  # fmt: skip
        capsys.readouterr()
        run([*words, "--repo", str(root)])
        out, err = capsys.readouterr()
        # To a pipe a diff goes byte for byte.
        check_harmless(err if "--check" in words else out + err)
