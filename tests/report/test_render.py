from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from reporting import CHECKS, COSTS, make_page
from synthetic import write_checkout

from yolo_patcher.cli.main import run
from yolo_patcher.cli.text import printable_console
from yolo_patcher.commit.patch import Asked
from yolo_patcher.report.checks import show_verification
from yolo_patcher.report.page.content import Inserted, repeat_command
from yolo_patcher.report.page.render import FORMATS, MARK, to_html, to_json, to_markdown
from yolo_patcher.report.trials import show_trials
from yolo_patcher.runtime.verify.options import HowToVerify
from yolo_patcher.runtime.verify.results import Check, Verification
from yolo_patcher.runtime.verify.variants import Variants

HOSTILE = '<script>alert(1)</script> | " onload="x ```\n# title [a](b) **b** \u202e\x1b'


class Outline(HTMLParser):
    """The elements of a page, with the attributes and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def test_the_page_says_it_all(tmp_path: Path) -> None:
    page = make_page(tmp_path / "c", settings=("reduction=8",))
    text = to_html(page)
    outline = Outline(text)
    assert outline.open == []
    for part in (
        page.parts[0].record.id, "Squeeze-and-Excitation", "recipe se , version 1", "arXiv 1709.01507, CVPR 2018",
        "y = x * sigmoid(W2 relu(W1 mean(x)))", "reduction=8", "(published: 16)", "verification passed",
        "8.74 G", "+43.0 k", "12.3 ms", "12.1 to 12.9", "A Processor, 2 threads", "2.13.0", "3.11.7", "seed 0",
        "2026-01-02 03:04 UTC", "median of 31 runs", "needs CUDA", "stand-ins: cv2", "the models unfused",
    ):  # fmt: skip
        assert part in outline.text, part
    assert text.count('class="row inserted"') == 2
    assert ("a", {"href": "https://arxiv.org/abs/1709.01507"}) in outline.tags


@pytest.mark.parametrize("name", FORMATS)
def test_reports_are_known_by_their_beginning(tmp_path: Path, name: str) -> None:
    assert MARK in FORMATS[name](make_page(tmp_path / "c"))[:300]


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    outline = Outline(to_html(make_page(tmp_path / "c")))
    names = {tag for tag, _ in outline.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in outline.tags:
        assert not any(name.startswith("on") or name == "src" for name in attributes), (tag, attributes)
    addresses = re.findall(r"https?://[^\s\"'<>]+", to_html(make_page(tmp_path / "d")))
    assert set(addresses) == {"https://arxiv.org/abs/1709.01507", "http://www.w3.org/2000/svg"}


def test_several_patches_are_one_page(tmp_path: Path) -> None:
    page = make_page(tmp_path / "c", "se@head", "sae@backbone")
    outline = Outline(to_html(page))
    assert [tag for tag, _ in outline.tags].count("article") == 2
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"url\(#([^)]+)\)", to_html(page)))
    assert used
    assert used <= set(ids)
    labels = [attributes["aria-labelledby"] for _, attributes in outline.tags if "aria-labelledby" in attributes]
    assert len(labels) == 2
    assert set(labels) <= set(ids)
    assert to_markdown(page).count("```mermaid") == 2
    assert len(json.loads(to_json(page))["patches"]) == 2


def test_several_patches_are_compared_first(tmp_path: Path) -> None:
    page = make_page(tmp_path / "c", "se@head", "sae@backbone")
    single = make_page(tmp_path / "d")
    text = to_markdown(page)
    headings = re.findall(r"^#+ .*", text, re.MULTILINE)
    assert headings[0] == "# 2 patches compared"
    assert len(headings) == len(set(headings))
    for part in page.parts:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| [{part.record.id}](#{part.record.id})")]
        assert "| passed | 3,158,000 | +800 | 8.74 G | +43.0 k |" in row
    outline = Outline(to_html(page))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    links = [attributes["href"] for tag, attributes in outline.tags if tag == "a"]
    assert [one for one in links if one and one[0] == "#"] == [f"#{one}" for one in ids if one and one[:4] == "part"]
    assert "compared" not in to_markdown(single) + to_html(single)
    # What makes the report again writes nothing to the checkout.
    assert text.count("## Apply it") == 2
    assert text.split("Repeat it")[1].count("yolo-patcher") == 1


def test_text_of_strangers_stays_text(tmp_path: Path) -> None:
    checks = (*CHECKS, Check("forward", "failed", 0.1, HOSTILE))
    page = make_page(
        tmp_path / "c", checks=checks, costs=replace(COSTS, missing={"flops": HOSTILE}, device_name=HOSTILE)
    )
    plain = Outline(to_html(make_page(tmp_path / "d")))
    hostile = Outline(to_html(page))
    assert {tag for tag, _ in hostile.tags} == {tag for tag, _ in plain.tags}
    assert hostile.text.count("<script>alert(1)</script>") == 4
    assert "\u202e" not in hostile.text
    assert "\x1b" not in hostile.text
    table = [line for line in to_markdown(page).splitlines() if line.startswith("| forward")]
    assert len(table) == 1
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 5
    assert "<script" not in to_markdown(page).replace("\\<script", "")
    assert to_markdown(page).count("```") == to_markdown(make_page(tmp_path / "e")).count("```")
    assert json.loads(to_json(page))["patches"][0]["verify"]["checks"][-1]["detail"] == HOSTILE


def test_a_failure_and_no_costs(tmp_path: Path) -> None:
    checks = (Check("import", "failed", 0.1, "SyntaxError"), Check("build", "skipped", 0.0, "not run"))
    page = make_page(tmp_path / "c", checks=checks, costs=None)
    text = Outline(to_html(page)).text
    assert "verification failed import: SyntaxError What was inserted" in text
    assert "Costs" not in text
    assert "Inserted rows" not in text
    assert "**verification failed**, import: SyntaxError\n" in to_markdown(page)
    document = json.loads(to_json(page))
    assert document["ok"] is False
    assert "costs" not in document["patches"][0]["verify"]


def test_a_count_that_the_formula_does_not_give_is_shown(tmp_path: Path) -> None:
    page = make_page(tmp_path / "c")
    rows = page.parts[0].answer.costs.rows  # type: ignore[union-attr]
    assert [row.equal for row in rows] == [False, False]
    assert to_html(page).count('class="number failed"') == 2
    document = json.loads(to_json(page))["patches"][0]["verify"]["costs"]["rows"]
    assert [row["parameters_by_formula"] for row in document] == [row.expected for row in rows]


def test_exact_numbers_in_json(tmp_path: Path) -> None:
    document = json.loads(to_json(make_page(tmp_path / "c")))
    patch = document["patches"][0]
    assert patch["verify"]["costs"]["flops"] == {"base": 8743987200, "patched": 8744030208, "added": 43008}
    assert patch["verify"]["costs"]["latency_ms"]["base"] == {"median": 12.34, "q1": 12.1, "q3": 12.9}
    inserted = [row for row in patch["graph"] if row["inserted"]]
    assert [row["row"] for row in inserted] == patch["rows"]
    assert [row["module"] for row in inserted] == ["SE", "SE"]
    assert all(len(row["from"]) == 1 for row in inserted)


def test_an_unknown_recipe_leaves_gaps_not_errors(tmp_path: Path) -> None:
    page = make_page(tmp_path / "c")
    gone = Inserted(Asked("mine", 3, {"width": 2}, ("head",)), "Mine", None)
    page = replace(page, parts=(replace(page.parts[0], inserted=(gone,)),))
    text = Outline(to_html(page)).text
    assert "class Mine" in text
    assert "width=2" in text
    assert "published" not in text
    assert "class Mine" in to_markdown(page)
    assert json.loads(to_json(page))["patches"][0]["recipes"][0]["formula"] is None


def test_the_command_makes_the_same_patch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = make_page(tmp_path / "c", "sae@head:p4", settings=("reduction=8", "bias=true"))
    words = shlex.split(page.parts[0].apply_command)
    assert words[:2] == ["yolo-patcher", "apply"]
    words[words.index("PATH")] = str(write_checkout(tmp_path / "d"))
    assert run([*words[1:], "--no-verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["patch"]["id"] == page.parts[0].record.id


def test_the_command_that_makes_the_report_again(tmp_path: Path) -> None:
    seen = make_page(tmp_path / "c").parts[0].answer
    how = HowToVerify(device="auto", costs=320, optional=("export",), sandbox=False)
    assert repeat_command(["se-head-1"], how, seen, tmp_path / "my page.html") == (
        "yolo-patcher verify se-head-1 --repo PATH --device cpu --check export --no-sandbox --imgsz 320"
        " --report 'my page.html'"
    )
    variants = Variants(("n", "s"), ("se@head",), "yolov8")
    assert repeat_command([], HowToVerify(costs=0), seen, Path("a.md"), variants) == (
        "yolo-patcher verify --repo PATH --device cpu --try se@head --model yolov8 --scale n --scale s --report a.md"
    )
    assert repeat_command([], HowToVerify(costs=0), replace(seen, device=""), Path("a.md")) == (
        "yolo-patcher verify --repo PATH --device auto --report a.md"
    )


@pytest.mark.parametrize(
    ("encoding", "passed", "failed"), [("utf-8", "✓", "✗"), ("ascii", "ok", "FAILED"), ("gbk", "ok", "FAILED")]
)
def test_a_sign_that_a_terminal_lacks_is_a_word(encoding: str, passed: str, failed: str) -> None:
    checks = (Check("build", "passed", 0.3, ""), Check("forward", "failed", 0.1, ""))
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, errors="replace")
    show_verification(
        printable_console(stream, 80), Verification("failed", "cpu", "3.11", "2.13", (), None, checks, {})
    )
    stream.flush()
    lines = written.getvalue().decode(encoding).splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [[passed, "build"], [failed, "forward"]]


def test_a_table_of_trials_says_what_each_adds(tmp_path: Path) -> None:
    page = make_page(tmp_path / "c", "se@head", "sae@backbone")
    console = printable_console(io.StringIO(), 120)
    answers = [replace(part.answer, params={"base": 100, "patched": 900, "added": 800}) for part in page.parts]
    failed = replace(answers[1], status="failed", costs=None, checks=(Check("amp", "failed", 0.1, "NaN"),))
    show_trials(console, [part.record for part in page.parts], [answers[0], failed])
    lines = console.file.getvalue().split("\n")  # type: ignore[attr-defined]
    assert lines[0].split() == ["model", "parameters", "added", "FLOPs", "added", "latency", "added", "verification"]
    assert lines[1].split()[:4] == ["yolov8n-se-head.yaml", "900", "+800", "+43.0"]
    assert lines[2].split() == ["yolov8n-sae-backbone.yaml", "900", "+800", "–", "–", "failed", "amp"]
