"""Record a real `yolo-patcher apply` in a terminal of its own, and draw what it showed as an SVG.

`record.py PICTURE.svg`
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

VERSION = "8.4.190"
COLUMNS = 104
COMMANDS = (
    "yolo-patcher apply sae --repo ultralytics --model yolov8n --position head",
    "yolo-patcher status --repo ultralytics",
    "yolo-patcher revert --repo ultralytics",
)
_PROGRESS = re.compile(r"\r\x1b\[2K[^\r\n]*(?=\r\x1b\[2K)|\r\x1b\[2K")
_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def in_terminal(command: str, folder: Path) -> str:
    """Run a command in a pseudo-terminal and give what it wrote, colours included."""
    written = io.BytesIO()

    def keep(descriptor: int) -> bytes:
        data = os.read(descriptor, 4096)
        written.write(data)
        return data

    os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES="50")
    before = Path.cwd()
    os.chdir(folder)
    try:
        status = pty.spawn(["sh", "-c", command], keep)
    finally:
        os.chdir(before)
    if status:
        raise SystemExit(f"{command} failed")
    return written.getvalue().decode().replace("\r\n", "\n")


def main(picture: str) -> None:
    """Fetch a checkout, run the commands in it, and save the picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
        subprocess.run([*fetch, f"ultralytics=={VERSION}"], check=True, cwd=folder)
        (wheel,) = folder.glob("*.whl")
        subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, "ultralytics"], check=True, cwd=folder)
        for command in COMMANDS:
            console.print(Text(f"$ {command}", "bold"))
            text = _PROGRESS.sub("", in_terminal(command, folder))
            console.print(Text.from_ansi(text.rstrip()))
            console.print()
    drawn = console.export_svg(title="yolo-patcher")
    Path(picture).write_text(_FONT.sub("", drawn).replace("Fira Code", "monospace"), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
