from __future__ import annotations

import pytest
from synthetic import FORMS, PARSE_MODEL, Form, chain_in, parse_model_of

from yolo_patcher.checkout.parse_model import recognise_parse_model
from yolo_patcher.checkout.text import SourceText, insert_at
from yolo_patcher.plan.code.branch import Branch, add_branches

MARKER = "yolo-patcher se-head-000000"
ELSE = "        else:\n            c2 = ch[f]\n"
NEW = f"        elif m is SE:  # {MARKER}\n            c2 = ch[f]\n            args = [c2, *args]\n"


def transform(text: str, names: tuple[str, ...] = ("SE",), form: Form | None = None) -> SourceText:
    found = parse_model_of(text, form)
    edits = add_branches(found, [Branch(name, MARKER) for name in names])
    return found.source.with_text(insert_at(found.source.text, edits))


def check_transformed(before: str, after: str, form: Form | None = None) -> None:
    patched = transform(before, form=form)
    assert patched.encode() == (form or Form()).python(after)
    again = recognise_parse_model(patched)
    assert "SE" in again.module_names
    assert add_branches(again, [Branch("SE", "another marker")]) == []


def check_noop(text: str, *names: str) -> None:
    assert add_branches(parse_model_of(text), [Branch(name, MARKER) for name in names]) == []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_before_the_else(form: Form) -> None:
    check_transformed(PARSE_MODEL, PARSE_MODEL.replace(ELSE, NEW + ELSE), form)


@pytest.mark.parametrize("container", ["[Conv]", "(Conv,)", "{Conv}", "frozenset({Conv})", "scaled"])
def test_any_container(container: str) -> None:
    text = chain_in(container)
    check_transformed(text, text.replace(ELSE, NEW + ELSE))


def test_the_files_own_names() -> None:
    text = PARSE_MODEL.replace("(f, n, m, args)", "(src, n, mod, a)").replace("if m ", "if mod ")
    other = "        else:\n            co = chs[src if src < 0 else src + 1]\n"
    new = NEW.replace("m is", "mod is").replace("c2 = ch[f]", "co = chs[src if src < 0 else src + 1]")
    text = text.replace(ELSE, other)
    check_transformed(text, text.replace(other, new.replace("[c2, *args]", "[co, *a]").replace("args", "a") + other))


@pytest.mark.parametrize(
    "other",
    [
        "        else:  # keeps\n\n            # its channels\n            c2 = ch[f]  # ch out\n            n = 1\n",
        "        # all others\n        else:\n            c2 = ch[f]\n",
        "        else: c2 = ch[f]\n",
        "        else:\n          c2 = ch[f]\n",
        "        else:\n            c2 = ch[f]\n        # after the chain\n",
        "        else:\n            c2 = (\n  ch[\nf])\n",
    ],
)
def test_what_stands_around_stays(other: str) -> None:
    before = PARSE_MODEL.replace(ELSE, other)
    patched = transform(before).text
    start = patched.index("        elif m is SE:")
    assert patched[:start] + patched[start + len(NEW) :] == before


def test_an_else_with_a_nested_if_is_no_branch_of_the_chain() -> None:
    other = "        else:\n            if m is Sum:\n                pass\n            c2 = ch[f]\n"
    before = PARSE_MODEL.replace(ELSE, other)
    check_transformed(before, before.replace(other, NEW + other))


def test_several_in_their_order() -> None:
    after = PARSE_MODEL.replace(ELSE, NEW + NEW.replace("SE", "SaE") + ELSE)
    assert transform(PARSE_MODEL, ("SE", "SaE")).text == after
    assert transform(PARSE_MODEL, ("SE", "Concat", "SaE")).text == after


def test_a_class_that_has_a_branch_gets_none() -> None:
    check_noop(PARSE_MODEL, "Concat")
    check_noop(PARSE_MODEL, "Conv", "Detect")
    check_noop(PARSE_MODEL.replace("m is Concat", "m in (Concat, SE)"), "SE")
    check_noop(PARSE_MODEL)


def test_a_name_elsewhere_is_no_branch() -> None:
    before = PARSE_MODEL.replace(
        "        row = m(*args)", "        row = m(*args)  # SE\n        if m is SE:\n            n = 1"
    )
    check_transformed(before, before.replace(ELSE, NEW + ELSE))


def test_a_chain_that_shares_its_line_is_refused() -> None:
    found = parse_model_of(PARSE_MODEL.replace("        if m in", "        x = 1; y = 2\n        if m in"))
    assert add_branches(found, [Branch("SE", MARKER)])
    text = "def parse_model(d, ch):\n  for i, (f, n, m, args) in enumerate(d['backbone'] + d['head']):\n"
    text += "    if m is Conv: c2 = 1\n    else: c2 = ch[f]\n"
    assert transform(text).text.count(" is ") == 2


@pytest.mark.parametrize(
    "end",
    [
        "",
        "        else:\n            raise Wrong(m)\n",
        "        else:\n            if f == 1:\n                c2 = 8\n            else:\n                c2 = 4\n",
        "        elif isinstance(f, int):\n            c2 = ch[f]\n        else:\n            c2 = ch[f[0]]\n",
    ],
)
def test_behind_the_last_module_where_the_chain_ends_otherwise(end: str) -> None:
    check_transformed(PARSE_MODEL.replace(ELSE, end), PARSE_MODEL.replace(ELSE, NEW + end))


def test_a_module_inside_the_else() -> None:
    end = "        else:\n            if m is Sum:\n                c2 = 8\n            else:\n                c2 = 4\n"
    check_transformed(PARSE_MODEL.replace(ELSE, end), PARSE_MODEL.replace(ELSE, NEW + end))
