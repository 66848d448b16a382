"""Classes that stand for others: what the lines say, where they stand, what runs then, and where they can't be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

import pytest
from recorded import Made, built
from synthetic import BLOCK, FORMS, PARSE_MODEL, Form, model_yaml, parse_model_of

from yolo_patcher.checkout.parse_model import ParseModel, recognise_parse_model
from yolo_patcher.checkout.text import insert_at
from yolo_patcher.errors import PatcherError
from yolo_patcher.plan.code.branch import Branch, add_branches
from yolo_patcher.plan.code.stand_in import StandIn, add_stand_ins
from yolo_patcher.revert.merge.merge import merge
from yolo_patcher.signature import Signature

MARKER = "yolo-patcher se-inside-C2f-000000"
CHAIN = "        if m in {Conv, C3, C2f, SPPF}:  # these scale\n"
MADE = "        row = m(*args)\n"
SUM = "            c2 = sum(ch[x] for x in f)\n"
INSIDE = StandIn("C2f_SE", "C2f", MARKER, None)
SPD = StandIn("SPDConv", "Conv", "yolo-patcher b-1", Signature(channels="argument", level=1))
OSA = StandIn("RCSOSA", "C2f", "yolo-patcher c-1", Signature(channels="argument", repeats="taken", least_repeats=2))
UP = StandIn("CARAFE", "nn.Upsample", "yolo-patcher d-1", Signature(level=-1))
FUSE = StandIn("BiFPN", "Concat", "yolo-patcher e-1", Signature("many", "first"))
EVERY = (INSIDE, SPD, OSA, UP, FUSE)


def with_stand_ins(found: ParseModel, wanted: Sequence[StandIn]) -> ParseModel:
    text = insert_at(found.source.text, add_stand_ins(found, wanted))
    return recognise_parse_model(found.source.with_text(text))


def lines(text: str, *wanted: StandIn) -> list[str]:
    """Give the lines that come, each with the line behind all that came there."""
    before, after = text.split("\n"), with_stand_ins(parse_model_of(text), wanted).source.text.split("\n")
    added = [line for line in after if "# yolo-patcher" in line]
    assert [line for line in after if "# yolo-patcher" not in line] == before
    return [line.strip().partition("  # yolo-patcher")[0] for line in added]


def check_refused(text: str, wanted: StandIn, reason: str) -> None:
    with pytest.raises(PatcherError, match=reason) as caught:
        add_stand_ins(parse_model_of(text), [wanted])
    assert caught.value.line
    assert caught.value.code in (3, 5)


def rows_of(text: str, *wanted: StandIn, parse_model: str = PARSE_MODEL) -> list[Made]:
    found = with_stand_ins(parse_model_of(parse_model), wanted)
    return built(found, model_yaml(text), {one.class_name: one.base for one in wanted if "." not in one.base}, "s")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_around_the_chain_as_the_file_is_written(form: Form) -> None:
    above = f"        is_C2f_SE = m is C2f_SE  # {MARKER}\n        m = C2f if is_C2f_SE else m  # {MARKER}\n"
    below = f"        m = C2f_SE if is_C2f_SE else m  # {MARKER}\n"
    after = with_stand_ins(parse_model_of(PARSE_MODEL, form), [INSIDE])
    expected = PARSE_MODEL.replace(CHAIN, above + CHAIN).replace(MADE, below + MADE)
    assert after.source.encode() == form.python(expected)
    assert after.stands_for == {"C2f_SE": "C2f"}
    assert add_stand_ins(after, [StandIn("C2f_SE", "C2f", "another marker", None)]) == []


@pytest.mark.parametrize(
    ("wanted", "above", "below"),
    [
        (SPD, "is_SPDConv = m is SPDConv", "m, n, args = (SPDConv, 1, [ch[f], c2]) if is_SPDConv else (m, n, args)"),
        (
            OSA,
            "repeats_RCSOSA = n if m is RCSOSA else 0",
            "m, n, args = (RCSOSA, 1, [ch[f], c2, max(repeats_RCSOSA, 2)]) if repeats_RCSOSA else (m, n, args)",
        ),
        (
            UP,
            "is_CARAFE = m is CARAFE",
            "m, n, args, c2 = (CARAFE, 1, [ch[f]], ch[f]) if is_CARAFE else (m, n, args, c2)",
        ),
        (
            FUSE,
            "is_BiFPN = m is BiFPN",
            "m, n, args, c2 = (BiFPN, 1, [[ch[x] for x in f]], ch[f[0]]) if is_BiFPN else (m, n, args, c2)",
        ),
        (
            StandIn("Fuse", "Concat", "yolo-patcher f-1", Signature("many", "sum")),
            "is_Fuse = m is Fuse",
            "m, n, args = (Fuse, 1, [[ch[x] for x in f]]) if is_Fuse else (m, n, args)",
        ),
        (
            StandIn("Fuse", "C2f", "yolo-patcher f-1", Signature(repeats="taken")),
            "repeats_Fuse = n if m is Fuse else 0",
            "m, n, args, c2 = (Fuse, 1, [ch[f], repeats_Fuse], ch[f]) if repeats_Fuse else (m, n, args, c2)",
        ),
    ],
)
def test_each_signature_has_its_arguments(wanted: StandIn, above: str, below: str) -> None:
    first, second, last = lines(PARSE_MODEL, wanted)
    flag = above.split(" = ")[0]
    assert (first, second, last) == (above, f"m = {wanted.base} if {flag} else m", below)


def test_a_table_with_the_image_in_front_is_read_as_the_host_reads_it() -> None:
    text = PARSE_MODEL.replace("            c2 = ch[f]\n\n", "            c2 = ch[f if f < 0 else f + 1]\n\n")
    assert lines(text, FUSE)[-1].startswith(
        "m, n, args, c2 = (BiFPN, 1, [[ch[x if x < 0 else x + 1] for x in f]], ch[f[0] if f[0] < 0 else f[0] + 1]) if"
    )


def test_a_variant_is_made_of_what_its_base_is_made_of() -> None:
    base, variant = rows_of(BLOCK), rows_of(BLOCK.replace("C2f,", "C2f_SE,"), INSIDE)
    assert [one[0] for one in variant].count("C2f_SE") == 4
    assert [("C2f", *one[1:]) if one[0] == "C2f_SE" else one for one in variant] == base


def test_a_class_with_a_signature_is_made_of_its_own_arguments() -> None:
    text = BLOCK
    for one in (OSA, UP, FUSE):
        text = text.replace(f"{one.base},", f"{one.class_name},")
    made = rows_of(text.replace("Conv, [64, 3, 2]", "SPDConv, [64, 3, 2]"), *EVERY)
    assert made[2] == ("SPDConv", (16, 32), 1, ([], None))
    assert made[3][:3] == ("RCSOSA", (32, 32, 2), 1)
    assert made[7][:3] == ("CARAFE", (48,), 1)
    assert made[8][:3] == ("BiFPN", ([48, 32],), 1)
    # The channels of the first, not their sum.
    assert made[9][:3] == ("RCSOSA", (48, 32, 2), 1)


def test_what_tests_the_module_once_it_is_made_takes_a_variant_for_its_base() -> None:
    later = "        if m is SPPF:\n            row.cv1.act = 1\n        t = str(m)\n"
    text = PARSE_MODEL.replace(MADE, MADE + later)
    wanted = StandIn("SPPF_SE", "SPPF", MARKER, None)
    assert lines(text, wanted)[-2:] == ["m = SPPF if is_SPPF_SE else m", "m = SPPF_SE if is_SPPF_SE else m"]
    named = BLOCK.replace("SPPF,", "SPPF_SE,")
    assert rows_of(named, wanted, parse_model=text)[6] == ("SPPF_SE", (48, 48, 5), 1, (["act"], None))
    # A class with a signature need not have what is set there.
    replaced = StandIn("LSKA", "SPPF", MARKER, Signature(channels="argument"))
    named = BLOCK.replace("SPPF,", "LSKA,")
    assert rows_of(named, replaced, parse_model=text)[6] == ("LSKA", (48, 48), 1, ([], None))


def test_a_variant_of_a_variant() -> None:
    again = StandIn("C2f_SE_GAM", "C2f_SE", "yolo-patcher z-1", None)
    once = with_stand_ins(with_stand_ins(parse_model_of(), [INSIDE]), [again])
    assert once.stands_for == {"C2f_SE": "C2f", "C2f_SE_GAM": "C2f"}
    assert once.source.text == with_stand_ins(parse_model_of(), [INSIDE, again]).source.text
    made = rows_of(BLOCK.replace("C2f, [64]", "C2f_SE_GAM, [64]").replace("C2f,", "C2f_SE,"), INSIDE, again)
    assert [one[0] for one in made if "SE" in one[0]] == ["C2f_SE", "C2f_SE", "C2f_SE_GAM", "C2f_SE"]
    assert [one[1] for one in made] == [one[1] for one in rows_of(BLOCK)]


LATER = "        if m is SPPF:\n            row.cv1.act = 1\n        t = str(m)\n"
SPPF = tuple(StandIn(f"SPPF_{name}", "SPPF", f"yolo-patcher {name}-1", None) for name in ("SE", "GAM"))


@pytest.mark.parametrize("wanted", [(INSIDE, SPD, FUSE), (*SPPF, SPD)], ids=["apart", "around the same test"])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_patches_go_in_any_order(order: tuple[int, ...], wanted: tuple[StandIn, ...]) -> None:
    branch = Branch("SE", "yolo-patcher se-head-1")

    def applied(numbers: Iterable[int]) -> Iterator[bytes]:
        """Give the text, and what each patch makes of it; the second brings a branch as well."""
        found = parse_model_of(PARSE_MODEL.replace(MADE, MADE + LATER))
        yield found.source.encode()
        for number in numbers:
            edits = [*add_stand_ins(found, [wanted[number]]), *(add_branches(found, [branch]) if number == 1 else [])]
            found = recognise_parse_model(found.source.with_text(insert_at(found.source.text, edits)))
            yield found.source.encode()

    texts = list(applied(range(3)))
    now, left = texts[-1], set(range(3))
    for number in order:
        # An edit makes the merge look for the lines.
        merged = merge(texts[number + 1], now + b"# mine\n", texts[number])
        assert merged.content is not None
        now, left = merged.content.removesuffix(b"# mine\n"), left - {number}
        (*_, expected) = applied(sorted(left))
        assert now == expected


def test_a_class_of_which_any_line_is_gone_is_not_whole() -> None:
    found = with_stand_ins(parse_model_of(PARSE_MODEL.replace(MADE, MADE + LATER)), SPPF)
    lines = found.source.text.splitlines(keepends=True)
    ours = [number for number, line in enumerate(lines) if "is_SPPF_SE" in line]
    assert (len(ours), found.broken_stand_ins) == (5, frozenset())
    for gone in ours:
        text = "".join(line for number, line in enumerate(lines) if number != gone)
        assert parse_model_of(text).broken_stand_ins == {"SPPF_SE"}
        check_refused(text, SPPF[0], "not whole")


def test_lines_and_branches_of_a_patch_do_not_meet() -> None:
    found = parse_model_of()
    branch = [Branch("SE", MARKER)]
    once = insert_at(found.source.text, add_branches(found, branch) + add_stand_ins(found, EVERY))
    twice = with_stand_ins(found, EVERY)
    assert once == insert_at(twice.source.text, add_branches(twice, branch))


@pytest.mark.parametrize("imports", ["import torch\n", "import torch.nn as nn\n", "from torch import nn\n"])
def test_a_class_of_torch_is_named_as_the_file_can(imports: str) -> None:
    text = imports + PARSE_MODEL.replace("        elif m is nn.BatchNorm2d:\n            args = [ch[f]]\n", "")
    name = "torch.nn.Upsample" if imports == "import torch\n" else "nn.Upsample"
    assert lines(text, UP)[1] == f"m = {name} if is_CARAFE else m"
    assert with_stand_ins(parse_model_of(text), [UP]).stands_for == {"CARAFE": "nn.Upsample"}


@pytest.mark.parametrize(
    ("old", "new", "wanted", "reason"),
    [
        (SUM, f"{SUM}            m = m(*args)\n", FUSE, "makes Concat within the chain"),
        (MADE, "        row = made.pop() if i else None\n", INSIDE, "does not make the module by m"),
        (MADE, "        row = m(*args) if m is not C2f else C2f(*args)\n", INSIDE, "tests for C2f where it makes"),
        (MADE, MADE + "        is_C2f_SE = 1\n", INSIDE, "uses the name is_C2f_SE"),
        ("m is Concat", "m in (Concat, C2f_SE)", INSIDE, "has a branch for it"),
        (CHAIN, "        if m is Conv:\n            n = 2\n" + CHAIN, OSA, "scales the repeats below"),
        ("        elif m is nn.BatchNorm2d:\n            args = [ch[f]]\n", "", UP, "nn is not imported"),
        ("    return made, kept", "        if m is C2f:\n            row.n = n\n    return made, kept", INSIDE,
         "at the end of its loop"),
    ],
)  # fmt: skip
def test_where_it_can_not_be_told_it_is_refused(old: str, new: str, wanted: StandIn, reason: str) -> None:
    assert old in PARSE_MODEL
    check_refused(PARSE_MODEL.replace(old, new), wanted, reason)


def test_a_branch_that_makes_other_classes_stands_in_no_way() -> None:
    text = PARSE_MODEL.replace(
        "        elif m in {Detect}:",
        "        elif m in {Timm}:\n            m = m(*args)\n        elif m in {Detect}:",
    )
    assert len(lines(text, INSIDE)) == 3
    check_refused(text.replace("{Conv, C3, C2f, SPPF}", "{Conv, C3, SPPF}"), StandIn("A", "Timm", "m", None), "within")


def test_a_loop_in_which_a_backbone_may_be_one_row() -> None:
    """Forks give a backbone of several maps a way of its own; a class may be looked up where it can fail."""
    text = PARSE_MODEL.replace(
        "        m = eval(m) if isinstance(m, str) else m\n",
        "        try:\n            t = m\n            m = getattr(nn, m[3:]) if 'nn.' in m else globals()[m]\n"
        "        except KeyError:\n            pass\n",
    )
    text = text.replace(
        "        elif m in {Detect}:",
        "        elif m in {Vit, Swin}:\n            m = m(*args)\n            c2 = m.width_list\n"
        "        elif isinstance(m, str):\n            m = make(m, *args)\n        elif m in {Detect}:",
    )
    text = text.replace(
        MADE,
        "        if isinstance(c2, list) and m not in {Pyramid}:\n            row = m\n        else:\n"
        "            row = m(*args)\n            t = str(m)[8:-2]\n",
    )
    after = with_stand_ins(parse_model_of(text), EVERY).source.text
    assert after.index("m = C2f_SE if is_C2f_SE else m") < after.index("        if isinstance(c2, list)")
    assert after.index("            pass\n") < after.index("is_C2f_SE = m is C2f_SE")
    made = rows_of(BLOCK.replace("C2f,", "C2f_SE,"), INSIDE, parse_model=text)
    assert [one[0] for one in made].count("C2f_SE") == 4
    check_refused(text, StandIn("Vit_SE", "Vit", MARKER, None), "makes Vit within the chain")
    check_refused(text, StandIn("Pyramid_SE", "Pyramid", MARKER, None), "tests for Pyramid where it makes the module")


def test_a_class_stands_for_one_base_only() -> None:
    text = with_stand_ins(parse_model_of(), [INSIDE]).source.text
    check_refused(text, StandIn("C2f_SE", "C3", MARKER, None), "stands for C2f already, not for C3")


def test_statements_on_a_shared_line_are_refused() -> None:
    check_refused(PARSE_MODEL.replace(MADE, "        x = 1; row = m(*args)\n"), INSIDE, "lines of its own")
