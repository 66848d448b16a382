"""The page in a real browser: what is seen is there, and nothing sticks out."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from reporting import make_page

from yolo_patcher.report.page.render import to_html

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# A frame, since the window of a browser without a screen is never narrower than 500 pixels.
FRAME = """<!DOCTYPE html>
<title>not measured</title>
<iframe id="page" src="page.html" style="width: {width}px; height: 800px; border: 0"></iframe>
<script>
window.onload = () => {{
  const inner = document.getElementById("page").contentDocument.documentElement;
  const svg = inner.querySelector("svg").getBoundingClientRect();
  document.title = [inner.clientWidth, inner.scrollWidth, Math.round(svg.width), Math.round(svg.height)].join(" ");
}};
</script>
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no chromium on this machine"),
]


def browse(page: Path, *options: str) -> str:
    """Give the document as the browser has it once everything is loaded."""
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={page.parent / 'profile'}", *options, "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, timeout=600)
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")[-2000:]
    return ended.stdout.decode()


def test_text_and_graph_are_there(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(to_html(make_page(tmp_path / "c", "se@head", "sae@backbone")), encoding="utf-8")
    document = browse(tmp_path / "page.html")
    text = " ".join(re.sub(r"<[^>]+>", " ", document.split("</style>", 1)[1]).split())
    for part in ("verification passed", "+ 13 SE", "8.74 G", "12.1 to 12.9", "Repeat it", "A Processor, 2 threads"):
        assert part in text, part
    assert document.count("<svg") == document.count("</svg>") == 2


@pytest.mark.parametrize("width", [1000, 420])
def test_nothing_sticks_out(tmp_path: Path, width: int) -> None:
    long = "a-folder-with-a-name-that-has-no-place-to-break/" * 4
    html = to_html(make_page(tmp_path / "c", "se@head")).replace("A Processor", long)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")
    document = browse(tmp_path / "frame.html", "--allow-file-access-from-files")
    measured = re.search(r"<title>(\d+) (\d+) (\d+) (\d+)</title>", document)
    assert measured, document[:500]
    inner, needed, svg_width, svg_height = map(int, measured.groups())
    assert width - 20 <= inner <= width
    assert needed <= inner
    assert svg_width >= 500
    assert svg_height >= 200
