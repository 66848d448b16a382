"""What branches of `parse_model` do before and behind `c2 = ...`, and what is left unknown of it."""

from __future__ import annotations

import pytest
from channel_checks import chain, check_channels
from synthetic import PARSE_MODEL, model_channels, model_yaml, parse_model_of, with_rows

IMAGE_FIRST = PARSE_MODEL.replace("        if i == 0:\n            ch = []\n", "")


def check_mine(body: list[str], width: int | None) -> None:
    """Check the width that a branch gives a row `[-1, 1, Mine, [2, 8]]` below rows of 16 and 32 channels."""
    check_channels("[-1, 1, Mine, [2, 8]]", width, chain("m is Mine", *body))


@pytest.mark.parametrize(
    ("body", "width"),
    [
        (["c1 = c2 = args[1]"], 8),
        (["c2 = ch[f]", "c2 *= 2"], 64),
        (["c2 *= 2"], 64),
        (["c2 = 0", "for x in [f] if isinstance(f, int) else f:", "    c2 += ch[x]"], 32),
        (["c2 = 0", "for x in args:", "    if x == 8:", "        c2 += x"], 8),
        (["c2: int = args[1]"], 8),
        (["c2, k = args"], 2),
        (["[c2, _] = [args[1], 1]"], 8),
        (["(c1, c2), k = [3, 4], 5"], 4),
        (["c1, c2 = 5, 7", "c1, c2 = c2, c1"], 5),
        (["args = [(c2 := args[1])]"], 8),
        (["args[0] = 96", "c2 = args[0]"], 96),
        (["args[0] += 1", "c2 = args[0]"], 3),
        (["ch[f] = 99", "c2 = ch[f]"], 99),
        (["c2 = args[7] if len(args) > 7 else 5"], 5),
        (["c2 = len(args) > 7 and args[7] or 5"], 5),
        (["x = 7", "k = [x for x in args]", "c2 = x"], 7),
        (["args.insert(2, n)", "c2 = 7"], 7),
        (["args.insert(0, 4)", "c2 = args[0]"], 4),
        (["args.insert(0, secret())", "c2 = args[1]"], 2),
        (["args.extend((5, 6))", "c2 = args[-1]"], 6),
        (["args[0:1] = [5]", "c2 = args[0]"], 5),
        (["args[2:3] = [5]", "c2 = args[2]"], 5),
        (["args.pop()", "c2 = args[-1]"], 2),
        (["args = [9, *args[1:]]", "c2 = args[1]"], 8),
        (["args = [secret(), *args]", "c2 = args[2]"], 8),
        (["ch.append(5)", "c2 = ch[-1]"], 5),
        (["LOGGER.info(args)", "c2 = 7"], 7),
    ],
)
def test_what_is_understood(body: list[str], width: int) -> None:
    check_mine(body, width)


@pytest.mark.parametrize(
    "body",
    [
        ["c2, *rest = args"],
        ["c2, k = args[0]"],
        ["c2 = 5", "c2 += secret()"],
        ["try:", "    c2 = args[1]", "except IndexError:", "    c2 = ch[f]"],
        ["with secret():", "    c2 = args[1]"],
        ["while secret():", "    c2 = args[1]"],
        ["for c2 in secret():", "    pass"],
        ["c2 = 5", "for x in args:", "    if x == 2:", "        break", "    c2 = x"],
        ["match args[1]:", "    case c2:", "        pass"],
        ["match args:", "    case [c2, *_]:", "        pass"],
        ["match args:", "    case [_, *c2]:", "        pass"],
        ["import secret as c2"],
        ["def c2():", "    pass"],
        ["c1, c2 = secret(ch, f, args)"],
        ["c2 = args[0]", "del c2"],
        ["k = [(c2 := 5) for x in args]", "c2 = k"],
        ["k = secret(c2 := 5)"],
        ["c2 = args.pop(0)"],
        ["args.insert(secret(), 4)", "c2 = args[0]"],
        ["args.extend(secret())", "c2 = args[0]"],
        ["args = [9, *secret()]", "c2 = args[0]"],
        ["args = args[::2]", "c2 = args[0]"],
        ["args.pop(0) if secret() else 5", "c2 = args[0]"],
        ["k = args.pop(0)", "c2 = args[0]"],
        ["k = args", "k.clear()", "c2 = args[0]"],
        ["secret(args)", "c2 = args[0]"],
        ["secret(k=args)", "c2 = args[0]"],
        ["args[secret()] = 5", "c2 = args[0]"],
        ["args[7] = 5", "c2 = args[0]"],
        ["args[0] = secret()", "c2 = args[0]"],
        ["args[0] = secret()", "c2 = 5 if 8 in args else 6"],
        ["args[0:1] = secret()", "c2 = args[0]"],
        ["args[0:secret()] = [5]", "c2 = args[0]"],
        ["args[::2] = [5]", "c2 = args[0]"],
        ["if secret():", "    args[0] = 5", "c2 = args[0]"],
        ["c2 = 5", "raise ValueError"],
        ["c2 = args * 3"],
    ],
    ids="; ".join,
)
def test_what_is_not_understood_is_unknown(body: list[str]) -> None:
    check_mine(body, None)


@pytest.mark.parametrize(
    ("entry", "width"), [("-1", 32), ("-2", 16), ("-3", None), ("0", 16), ("1", 32), ("2", None), ("f - 1", 16)]
)
def test_the_rows_that_a_number_names(entry: str, width: int | None) -> None:
    check_mine([f"c2 = ch[{entry}]"], width)


@pytest.mark.parametrize(("entry", "width"), [("-1", 32), ("-3", 3), ("-4", None), ("0", 3), ("1", 16), ("2", 32)])
def test_the_rows_that_a_number_names_behind_the_image(entry: str, width: int | None) -> None:
    text = chain("m is Mine", f"c2 = ch[{entry}]").replace("        if i == 0:\n            ch = []\n", "")
    check_channels("[-1, 1, Mine, [2, 8]]", width, text)


@pytest.mark.parametrize(("text", "second"), [(PARSE_MODEL, [3, None]), (IMAGE_FIRST, [3, 3])])
def test_the_first_row_finds_the_image(text: str, second: list[int | None]) -> None:
    text = text.replace("m is nn.BatchNorm2d", "m is Mine").replace("args = [ch[f]]", "c2 = ch[-args[0]]")
    model = model_yaml(with_rows(["[-1, 1, Mine, [1]]", "[-1, 1, Mine, [2]]"], ["[[1], 1, Detect, [nc]]"]))
    assert model_channels(model, parse_model_of(text))[:2] == second


@pytest.mark.parametrize(
    ("body", "widths"),
    [(["ch[-1] = 9", "c2 = 5"], [9, 14]), (["secret(ch)", "c2 = 5"], [None, None]), (["c2 = 5"], [32, 37])],
)
def test_what_a_row_does_to_the_list_holds_for_later_rows(body: list[str], widths: list[int | None]) -> None:
    text = with_rows(
        ["[-1, 1, Conv, [32]]", "[-1, 1, Mine, []]", "[0, 1, nn.Identity, []]", "[[0, 1], 1, Concat, [1]]"],
        ["[[3], 1, Detect, [nc]]"],
    )
    found = model_channels(model_yaml(text), parse_model_of(chain("m is Mine", *body)))
    assert found[:4] == [32, 5, *widths]


def test_the_arguments_of_the_model_stay() -> None:
    model = model_yaml(with_rows(["[-1, 1, Mine, [[2, 3], 4]]"], ["[[0], 1, Detect, [nc]]"]))
    body = ["k = args[0]", "k[0] = 7", "args[1] = 8", "c2 = k[0] + args[1]"]
    for _ in range(2):
        assert model_channels(model, parse_model_of(chain("m is Mine", *body)))[0] == 15
    assert model.rows[0].args == ([2, 3], 4)


def test_what_stands_behind_the_chain() -> None:
    behind = "        row = m(*args)\n"
    for line, width in (("c2 = c2 * 2", 64), ("c2 = secret(c2)", None)):
        text = PARSE_MODEL.replace(behind, f"        if m is Mine:\n            {line}\n{behind}")
        check_channels("[-1, 1, Mine, [2, 8]]", width, text)


@pytest.mark.parametrize(
    ("test", "width"),
    [
        ("m.__name__ == 'Mine'", 7),
        ("m.__name__ != 'Mine'", 32),
        ("m.__name__ in {'Theirs', 'Mine'}", 7),
        ("m.__name__ not in ('Theirs', 'Mine')", 32),
        ("m.__name__ in frozenset({'Theirs'})", 32),
        ("m.__name__ == 'Foo' or m.__name__ in ['Mine']", 7),
        ("'Min' in m.__name__", 7),
        ("'Min' in str(m)", 7),
        ("'Att' in str(m)", 32),
        ("'Att' not in str(m)", 7),
        ("'att' in str(m)", None),
        ("'Path' in str(m)", None),
        ("m.kind == 'Mine'", None),
        ("m in MODULES", None),
        ("m in ['Mine']", None),
        ("m in ['Theirs']", 32),
    ],
)
def test_tests_of_the_module(test: str, width: int | None) -> None:
    text = "from extra.Path.file import *\n\n\n" + chain(test, "c2 = 7")
    check_channels("[-1, 1, Mine, [2, 8]]", width, text)


@pytest.mark.parametrize("first", ["from a import Theirs as Mine", "Mine = Theirs"])
def test_a_class_of_another_name(first: str) -> None:
    text = f"{first}\n\n\n" + chain("m.__name__ == 'Mine'", "c2 = 7")
    check_channels("[-1, 1, Mine, [2, 8]]", None, text)


READS = """\
class Model:
    def __init__(self, ch=3):
        ch = self.yaml["{0}"] = self.yaml.get("{0}", ch)


"""
WRITES = READS.replace("ch = self.yaml", "self.yaml").replace('self.yaml.get("{0}", ch)', "ch")


@pytest.mark.parametrize(
    ("top", "before", "width"),
    [
        ("ch: 6", READS.format("ch"), 6),
        ("ch: 3", "", 3),
        ("ch: 6", "", None),
        ("ch: 6", READS.format("channels"), None),
        ("channels: 4", READS.format("channels"), 4),
        ("channels: 4", READS.format("channels") + WRITES.format("channels"), None),
        ("channels: 4\nch: 6", READS.format("channels"), None),
        ("ch: x", READS.format("ch"), None),
        ("ch: true", READS.format("ch"), None),
        ("ch: 0", READS.format("ch"), None),
    ],
)
def test_the_channels_of_the_image(top: str, before: str, width: int | None) -> None:
    model = model_yaml(with_rows(["[-1, 1, nn.Identity, []]"], ["[[0], 1, Detect, [nc]]"], f"nc: 4\n{top}\n"))
    assert model_channels(model, parse_model_of(before + PARSE_MODEL))[0] == width
