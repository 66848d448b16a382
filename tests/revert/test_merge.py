from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from yolo_patcher.revert.merge.insertions import find_insertions
from yolo_patcher.revert.merge.merge import Conflict, merge

CHAIN = """\
import torch
from .block import A, C2f

def parse_model(d, ch):
    for i, (f, n, m, args) in enumerate(d):
        if m in {Conv, C2f}:
            c2 = ch[f]
            args = [c2, *args]

        elif m is Concat:
            c2 = sum(ch[x] for x in f)
        else:
            c2 = ch[f]
            args = [c2, *args]

    return c2
"""
BLOCK = "        elif m is SaE:  # sae-head-1\n            c2 = ch[f]\n            args = [c2, *args]\n"
OTHER = BLOCK.replace("SaE", "GAM").replace("sae", "gam")
ELSE = "        else:\n"


def encode(text: str, newline: str) -> bytes:
    return text.replace("\n", newline).encode()


def check_merged(base: str, ours: str, theirs: str, expected: str) -> None:
    """Check a merge under every kind of newline."""
    for newline in ("\n", "\r\n", "\r"):
        merged = merge(*(encode(text, newline) for text in (base, ours, theirs)))
        assert merged.conflicts == ()
        assert merged.content == encode(expected, newline)


def check_conflict(base: str, ours: str, theirs: str, line: int | None = None) -> Conflict:
    merged = merge(base.encode(), ours.encode(), theirs.encode())
    assert merged.content is None
    assert line in (None, merged.conflicts[0].line)
    return merged.conflicts[0]


def inserted(block: str, text: str = CHAIN, before: str = ELSE) -> str:
    """Give a text with a block before a line."""
    assert text.count(before) == 1
    return text.replace(before, block + before)


def edited(old: str, new: str, text: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_trivial_merges() -> None:
    check_merged("a\nX\n", "a\nX\n", "a\n", "a\n")
    check_merged("a\nX\n", "a\n", "a\n", "a\n")
    check_merged("a\n", "a\nmine\n", "a\n", "a\nmine\n")
    check_merged("X\n", "", "", "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import torch\n", "import torch\nimport mine\n"),
        ("    return c2\n", "    return c2  # mine\n\n\ndef more():\n    pass\n"),
        ("            c2 = sum(ch[x] for x in f)\n", ""),
        ("            c2 = sum(ch[x] for x in f)\n", "            c2 = sum(ch[y] for y in f)\n"),
        ("            c2 = sum(ch[x] for x in f)\n", "            c2 = sum(ch[x] for x in f)\n            mine()\n"),
        (ELSE, "        else:  # mine\n"),
        (ELSE, "        elif m is Mine:\n            c2 = ch[f]\n            args = [c2, *args]\n        else:\n"),
    ],
)
def test_edits_far_and_beside(old: str, new: str) -> None:
    base = inserted(BLOCK)
    check_merged(base, edited(old, new, base), CHAIN, edited(old, new, CHAIN))


def test_lines_directly_at_both_borders_are_kept() -> None:
    mine = "        # mine\n"
    check_merged(inserted(BLOCK), inserted(mine + BLOCK + mine), CHAIN, inserted(mine + mine))


def test_a_block_below_equal_lines_is_the_right_one() -> None:
    before = CHAIN.replace("        elif m is Concat:\n            c2 = sum(ch[x] for x in f)\n", "")
    base = inserted(BLOCK, before)
    for count in (1, 2):
        ours = base.replace("            c2 = ch[f]\n            args = [c2, *args]\n\n", "", count)
        expected = before.replace("            c2 = ch[f]\n            args = [c2, *args]\n\n", "", count)
        check_merged(base, ours, before, expected)


STACKS = [
    ("x\ny\n", "x\nA1\nA2\ny\n", "x\nA1\nA2\nB\ny\n", "x\nB\ny\n"),
    ("x\ny\n", "x\nA1\nA2\ny\n", "x\nB\nA1\nA2\ny\n", "x\nB\ny\n"),
    ("import X\n", "import X, SaE\n", "import X, SaE, GAM\n", "import X, GAM\n"),
    ("import X\n", "import X, SaE\n", "import X, GAM, SaE\n", "import X, GAM\n"),
    ("import X\n", "import SaE, X\n", "import GAM, SaE, X\n", "import GAM, X\n"),
    ('n = ("A",)\n', 'n = ("A", "SaE",)\n', 'n = ("A", "SaE", "GAM",)\n', 'n = ("A", "GAM",)\n'),
    ('n = ("A")\n', 'n = ("A", "SaE")\n', 'n = ("A", "SaE", "GAM")\n', 'n = ("A", "GAM")\n'),
    ("(\n  A\n)\n", "(\n  A,\n  SaE\n)\n", "(\n  A,\n  SaE,\n  GAM\n)\n", "(\n  A,\n  GAM\n)\n"),
    (
        "x = 1",
        "x = 1\n\n\nclass SaE:\n  y",
        "x = 1\n\n\nclass SaE:\n  y\n\n\nclass GAM:\n  z",
        "x = 1\n\n\nclass GAM:\n  z",
    ),
    ("", "from .sae import SaE\n", "from .sae import SaE\nfrom .gam import GAM\n", "from .gam import GAM\n"),
    (CHAIN, inserted(BLOCK), inserted(BLOCK + OTHER), inserted(OTHER)),
    (CHAIN, inserted(BLOCK), inserted(OTHER + BLOCK), inserted(OTHER)),
]


@pytest.mark.parametrize(("before", "first", "second", "only_second"), STACKS)
def test_stacks_in_either_order(before: str, first: str, second: str, only_second: str) -> None:
    check_merged(first, second, before, only_second)
    check_merged(second, only_second, first, before)
    check_merged(second, second, first, first)


def test_three_on_one_line_in_every_order() -> None:
    texts = [b"from x import (A, B)\n"]
    for name in (b"SaE", b"GAM", b"CA"):
        texts.append(texts[-1].replace(b")", b", " + name + b")"))
    for order in permutations(range(3)):
        now = texts[-1]
        for number in order:
            content = merge(texts[number + 1], now, texts[number]).content
            assert content is not None
            now = content
        assert now == texts[0]


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        ("import A, Mine, SaE\n", "import A, Mine\n"),
        ("import A, SaE, Mine\n", "import A, Mine\n"),
        ("import Mine, SaE\n", "import Mine\n"),
        ("import A, SaE  # mine\n", "import A  # mine\n"),
        ("x\nimport A, SaE\nuse(A, SaE)\n", "x\nimport A\nuse(A, SaE)\n"),
        ("import A, Mine\n", "import A, Mine\n"),
    ],
)
def test_edits_of_the_same_line(ours: str, expected: str) -> None:
    check_merged("import A, SaE\n", ours, "import A\n", expected)


@pytest.mark.parametrize(
    "ours",
    [
        "import A, SaE as S\n",
        "import A,  SaE\n",
        "import SaE, A\n",
        "import A, SaE2, SaE\nuse(A, SaE)\n",
        "import (A,\nSaE)\n",
        "import A, SaEx\nSaE\n",
        "import A, SaE\nimport A, SaE\n",
        "import A\nSaE\n",
    ],
)
def test_an_edit_of_the_inserted_name_is_a_conflict(ours: str) -> None:
    check_conflict("import A, SaE\n", ours, "import A\n")


def test_a_users_own_use_is_never_taken_for_the_import() -> None:
    base, theirs = "import A, SaE\nx\ny\n", "import A\nx\ny\n"
    check_conflict(base, "import SaE, A\nx\nuse(B, SaE)\ny\n", theirs)
    check_conflict(base, "import B\nx\nuse(B, SaE)\ny\n", theirs)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("elif m is SaE:", "elif m in (SaE, Mine):"),
        ("elif m is SaE:", "elif m is Mine:"),
        ("# sae-head-1\n", "\n            mine()\n"),
        ("        elif m is SaE:  # sae-head-1\n", ""),
        ("# sae-head-1\n            c2 = ch[f]\n", "# sae-head-1\n"),
        ("# sae-head-1\n            c2 = ch[f]\n", "# sae-head-1\n            c2 = ch[f]\n            mine()\n"),
    ],
)
def test_an_edit_inside_is_a_conflict(old: str, new: str) -> None:
    ours = edited(old, new, inserted(BLOCK))
    conflict = check_conflict(inserted(BLOCK), ours, CHAIN)
    assert "SaE" in conflict.base.decode()
    assert "SaE" not in conflict.theirs.decode()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_edit_inside_a_block_that_ends_as_the_one_above_it_is_a_conflict(number: int) -> None:
    """Without the lines above and the block's head, the edit would move into the block above."""
    lines = OTHER.splitlines(keepends=True)
    mine = "".join([*lines[: number + 1], "            mine()\n", *lines[number + 1 :]])
    base, theirs = inserted(BLOCK + OTHER), inserted(BLOCK)
    if number == 2:
        check_merged(base, inserted(BLOCK + mine), theirs, inserted(BLOCK + "            mine()\n"))
    else:
        check_conflict(base, inserted(BLOCK + mine), theirs)
    check_merged(
        base, inserted(BLOCK + "            mine()\n" + OTHER), theirs, inserted(BLOCK + "            mine()\n")
    )


def test_a_copied_block_is_a_conflict_unless_it_stands_beside() -> None:
    base = inserted(BLOCK)
    check_conflict(base, base + BLOCK, CHAIN)
    check_merged(base, inserted(BLOCK + BLOCK), CHAIN, inserted(BLOCK))


def test_a_block_that_the_user_took_out() -> None:
    base = inserted(BLOCK)
    for old, new in [("import torch\n", "import numpy\n"), (ELSE, "        else:  # mine\n")]:
        check_merged(base, edited(old, new, CHAIN), CHAIN, edited(old, new, CHAIN))
    import_too = edited("import A, C2f", "import A, C2f, SaE", base)
    check_merged(import_too, edited("import A, C2f", "import A, C2f, SaE", CHAIN) + "#\n", CHAIN, CHAIN + "#\n")
    check_merged(import_too, base + "#\n", CHAIN, CHAIN + "#\n")


def test_a_number_of_the_users_is_not_what_is_left_of_a_block() -> None:
    base = inserted(BLOCK.replace("sae-head-1", "sae-after-6"))
    ours = inserted("        # step 6\n")
    check_merged(base, ours, CHAIN, ours)
    check_conflict(base, inserted("        # sae\n"), CHAIN)


def test_what_stood_there_before_is_never_taken_out() -> None:
    check_conflict("x\na\nb\nx\n", "a\nb\nx\nc\n", "a\nb\nx\n")
    check_conflict("a\na\n", "a\nmine\n", "a\n")


def test_moved_or_swapped_insertions_are_a_conflict() -> None:
    check_conflict("X\na\nY\n", "Y\na\nX\nb\n", "a\n")
    check_merged("X\na\nb\n", "a\nX\nb2\n", "a\nb\n", "a\nb2\n")


@pytest.mark.parametrize(
    ("base", "ours", "expected"),
    [
        ("x = 1\nSaE\n", "x = 1\nSaE\ny\n", "x = 1\ny\n"),
        ("x = 1\nSaE\n", "x = 2\nSaE\ny\n", "x = 2\ny\n"),
        ("x = 1\nSaE\n", "x = 1\nSaE\n\ny\n", "x = 1\n\ny\n"),
        ("x = 1\nSaE", "x = 1\nSaE\n", "x = 1\n"),
        ("x = 1\nSaE", "x = 1\nSaE\ny", "x = 1\ny"),
        ("x = 1\nSaE", "x = 2\nSaE", "x = 2"),
    ],
)
def test_a_file_without_a_final_newline(base: str, ours: str, expected: str) -> None:
    check_merged(base, ours, "x = 1", expected)


@pytest.mark.parametrize("number", [0, 1])
def test_a_comma_or_newline_that_parts_what_is_left_stays(number: int) -> None:
    before, first, second, only_second = [
        ("(\n  A\n)\n", "(\n  A,\n  SaE,\n)\n", "(\n  A,\n  SaE,\n  GAM,\n)\n", "(\n  A,\n  GAM,\n)\n"),
        ("x", "x\n\nSaE:\n  y\n", "x\n\nSaE:\n  y\n\nGAM:\n  z\n", "x\n\nGAM:\n  z\n"),
    ][number]
    check_merged(first, second, before, only_second)
    check_merged(first, first.replace("x", "z"), before, before.replace("x", "z"))


def test_a_comment_behind_the_last_inserted_line_is_an_edit_of_it() -> None:
    check_conflict("x\nSaE", "x\nSaE  # mine", "x")
    check_conflict("(\n  A,\n  SaE\n)\n", "(\n  A,\n  SaE  # mine\n)\n", "(\n  A\n)\n")


def test_a_patch_that_also_changed_text_is_a_conflict() -> None:
    conflict = check_conflict("a\nnew\nc\n", "a\nnew\nmine\nc\n", "a\nold\nc\n", line=2)
    assert (conflict.base, conflict.theirs) == (b"new\n", b"old\n")


def test_the_text_of_a_conflict() -> None:
    conflict = check_conflict("a\nX\xff1\nX2\nb\n", "top\na\nX\xff1\nmine\nX2\nb", "a\nb\n", line=3)
    assert conflict.text("nn/tasks.py").splitlines() == [
        "<<<<<<< now: nn/tasks.py, line 3",
        *["X\xff1", "mine", "X2", "b", "||||||| as the patch left it", "X\xff1", "X2", "b", "=======", "b"],
        ">>>>>>> without the patch",
    ]
    assert "\ufffd" in Conflict(1, b"\xff", b"", b"").text("x")


def test_every_conflict_is_listed_in_the_files_order() -> None:
    merged = merge(b"X1\nX2\na\nY1\nY2\n", b"X1\nm\nX2\na\nY1\nm\nY2\n", b"a\n")
    assert [one.line for one in merged.conflicts] == [1, 5]


@pytest.mark.slow
def test_ten_thousand_equal_lines() -> None:
    base = b"a\n" * 5000 + b"SaE\n" + b"a\n" * 5000
    ours = b"mine\n" + base[:-400] + b"mine\n"
    assert merge(base, ours, b"a\n" * 10000).content == b"mine\n" + b"a\n" * 9800 + b"mine\n"
    assert merge(b"a\n" * 12000, b"mine\n" + b"a\n" * 12000, b"a\n" * 10000).content is None


# What stands around insertions in the files concerned, and in the insertions themselves.
COMMON = ("c2 = ch[f]", "args = [c2, *args]", "", "else:")
LINES = st.sampled_from((*COMMON, "if a:", "b = 1"))
NEWLINES = st.sampled_from(("\n", "\r\n", "\r"))


@st.composite
def insert_only_patches(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, int]]]:
    """Give a file's lines, and the patched ones, each with the number of the insertion it is part of, or -1."""
    before = draw(st.lists(LINES, max_size=12))
    at = sorted(draw(st.sets(st.integers(0, len(before)), min_size=1, max_size=3)))
    after = [(line, -1) for line in before]
    for number, position in reversed(list(enumerate(at))):
        body = draw(st.lists(st.sampled_from(COMMON), max_size=3))
        body.insert(draw(st.integers(0, len(body))), f"elif m is SaE{number}:")
        after[position:position] = [(line, number) for line in body]
    return before, after


@st.composite
def user_edits(draw: st.DrawFn, after: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Edit lines outside the insertions; what the user writes may look like any line of the patch."""
    now = list(after)
    written = st.one_of(LINES, st.sampled_from([line for line, _ in after]), st.just("mine"))
    for _ in range(draw(st.integers(0, 6))):
        position = draw(st.integers(0, len(now)))
        kind = draw(st.sampled_from(("insert", "delete", "replace")))
        if kind == "insert":
            if 0 < position < len(now) and now[position - 1][1] == now[position][1] >= 0:
                continue
            now[position:position] = [(line, -1) for line in draw(st.lists(written, min_size=1, max_size=3))]
        elif position < len(now) and now[position][1] == -1:
            now[position : position + 1] = [] if kind == "delete" else [(draw(written), -1)]
    return now


def joined(lines: Sequence[str], newline: str) -> bytes:
    return "".join(line + newline for line in lines).encode()


@given(st.data())
def test_edits_outside_the_insertions_are_kept_exactly(data: st.DataObject) -> None:
    before, after = data.draw(insert_only_patches())
    now = data.draw(user_edits(after))
    newline = data.draw(NEWLINES)
    base, ours = (joined([line for line, _ in lines], newline) for lines in (after, now))
    # Where fewer insertions explain the same two files, the ones that were made can't be known.
    known = find_insertions(base, joined(before, newline))
    assume(known is None or len(known) == len({number for _, number in after} - {-1}))
    merged = merge(base, ours, joined(before, newline))
    if merged.content is not None:
        assert merged.content == joined([line for line, number in now if number == -1], newline)
    else:
        headers = [line for line, _ in now if line.startswith("elif m is SaE")]
        assert len(headers) > 1, "one insertion, and no copy of it: nothing is ambiguous"


def test_text_between_insertions_that_is_also_theirs_is_a_conflict() -> None:
    base, theirs = "elif m is SaE:\nc2\nc2\nSaE()\n", "c2\n"
    check_conflict(base, base.replace("c2\nc2", "c2\nmine\nc2"), theirs)
    check_conflict("SaE1\na\nb\na\nSaE2\n", "m\nSaE1\na\nb\na\nSaE2\n", "a\n")


@given(st.data())
def test_edits_of_any_lines_lose_nothing(data: st.DataObject) -> None:
    """An edit inside an insertion is a conflict, or took all of it."""
    before, after = data.draw(insert_only_patches())
    now = list(after)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, max(len(now) - 1, 0)))
        now[position : position + 1] = data.draw(st.lists(st.just(("mine", -1)), max_size=2))
    base, ours = (joined([line for line, _ in lines], "\n") for lines in (after, now))
    content = merge(base, ours, joined(before, "\n")).content
    if content is not None:
        assert content.count(b"mine") == ours.count(b"mine")
        # A line of both may be the patch's or the file's: which one is left can't be told.
        if not set(before) & {line for line, number in after if number != -1}:
            expected = joined([line for line, number in now if number == -1], "\n")
            assert content.split() in (expected.split(), ours.split())


TOKENS = st.sampled_from(("A", "B", ",", " ", "(", ")", "\n", "=", "é"))


@st.composite
def stacked(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[list[str], str, str, int, int]:
    tokens = draw(st.lists(TOKENS, max_size=8))
    name, other = f"SaE{draw(texts)}", f"GAM{draw(texts)}"
    return tokens, name, other, draw(st.integers(0, len(tokens))), draw(st.integers(0, len(tokens) + 1))


@given(stacked(st.sampled_from(("", ", ", ",", "\n", " "))))
@example((["A"], "\nSaE", "\nGAM", 1, 2))
def test_stacked_tokens(case: tuple[list[str], str, str, int, int]) -> None:
    tokens, name, other, first, second = case
    after = [*tokens[:first], name, *tokens[first:]]
    stack = [*after[:second], other, *after[second:]]
    only_other = "".join(token for token in stack if token is not name)
    before, base, ours = ("".join(one) for one in (tokens, after, stack))
    content = merge(base.encode(), ours.encode(), before.encode()).content
    assert content in (None, only_other.encode())


@pytest.mark.parametrize(
    ("opening", "glue", "closing"),
    [
        ("import ", ", ", "\n"),
        ("(", ",", ")"),
        ('("', '", "', '",)'),
        ("['", "', '", "']"),
        ("(\n  ", ",\n  ", ",\n)\n"),
        ("(\r\n  ", ",\r\n  ", "\r\n)"),
    ],
)
@given(st.lists(st.sampled_from(("A", "Bn", "é")), min_size=1, max_size=5), st.data())
def test_stacked_entries_of_a_list(
    opening: str, glue: str, closing: str, entries: list[str], data: st.DataObject
) -> None:
    """Entries come out in either order, and the bytes of before are back in the end."""
    # Where a line has no comma because it is the last, new entries stand behind it.
    first = len(entries) if closing == "\r\n)" else 0
    after = list(entries)
    after.insert(data.draw(st.integers(first, len(entries))), "SaE")
    stack = list(after)
    stack.insert(data.draw(st.integers(first and first + 1, len(after))), "GAM")
    rest = [one for one in stack if one != "SaE"]
    before, base, ours, other = ((opening + glue.join(one) + closing).encode() for one in (entries, after, stack, rest))
    assert merge(base, ours, before).content == other
    assert merge(ours, other, base).content == before
    assert merge(ours, ours, base).content == base


@given(*[st.binary(max_size=12)] * 3)
def test_any_bytes(base: bytes, ours: bytes, theirs: bytes) -> None:
    merged = merge(base, ours, theirs)
    assert (merged.content is None) == bool(merged.conflicts)
    for conflict in merged.conflicts:
        assert conflict.base in base
        assert conflict.ours in ours
        assert conflict.text("x").endswith(">>>>>>> without the patch\n")
