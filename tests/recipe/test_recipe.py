from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.identity import Identity
from yolo_patcher.recipe.reader import read_recipe
from yolo_patcher.recipe.recipe import ChannelNotes, Hyperparameter, Placement, Recipe
from yolo_patcher.signature import Signature

VALID = """\
name: my-block
version: 1
title: My block
class: MyBlock
template: se.py
kind: channel gate
formula: y = x
parameters: 2 * C * h + bias * C + 7 * (variant == "released")
aliases: [mine, 我的]
paper: {title: "A paper", arxiv: "1709.01507", year: 2018, venue: CVPR}
hyperparameters:
  reduction: {type: int, default: 16, min: 1, max: 64, help: channels per unit}
  kernel: {type: int, default: 7, min: 1, step: 2, help: size}
  bias: {type: bool, default: false, help: bias}
  scale: {type: float, default: 0.5, max: 1, help: factor}
  variant: {type: choice, choices: [paper, released], default: paper, help: form}
sizes:
  h: max(C // reduction, 1)
  twice: 2 * h
channels:
  - {when: C // reduction == 0, adapt: "one unit at {C}"}
  - {when: h < 8, warn: "{h} units, {parameters} parameters"}
  - {when: C % 2 != 0, refuse: "{C} is odd"}
notes: [a note]
"""


PARAMETERS = VALID.splitlines()[7]


def write(folder: Path, text: str) -> Path:
    path = folder / "my-block.yaml"
    path.write_bytes(text.encode())
    return path


def load(folder: Path, text: str = VALID) -> Recipe:
    return read_recipe(write(folder, text))


def check_refused(folder: Path, text: str, line: int | None, part: str) -> None:
    path = write(folder, text)
    with pytest.raises(PatcherError) as caught:
        read_recipe(path)
    error = caught.value
    assert (error.kind, error.path, error.line) == ("recipe", str(path), line), error.message
    assert part in error.message


def test_valid(tmp_path: Path) -> None:
    recipe = load(tmp_path)
    assert (recipe.name, recipe.version, recipe.title, recipe.class_name) == ("my-block", 1, "My block", "MyBlock")
    assert recipe.source == tmp_path / "my-block.yaml"
    assert recipe.template.name == "se.py"
    assert recipe.template.is_file()
    assert recipe.aliases == ("mine", "我的")
    assert recipe.paper is not None
    assert recipe.paper.url == "https://arxiv.org/abs/1709.01507"
    assert recipe.hyperparameters[0] == Hyperparameter("reduction", "int", 16, "channels per unit", 1, 64)
    assert recipe.defaults == {"reduction": 16, "kernel": 7, "bias": False, "scale": 0.5, "variant": "paper"}
    assert recipe.position == "head"
    assert recipe.sizes == (("h", "max(C // reduction, 1)"), ("twice", "2 * h"))
    assert recipe.notes == ("a note",)
    assert recipe == load(tmp_path)


def test_minimal(tmp_path: Path) -> None:
    text = "".join(VALID.splitlines(keepends=True)[:7]) + "parameters: 0\n"
    recipe = load(tmp_path, text)
    assert recipe.paper is None
    assert recipe.row_arguments({}) == ()
    assert recipe.parameter_count(64, {}) == 0
    assert recipe.channel_notes(64, {"strict": True}) == ChannelNotes()


@pytest.mark.parametrize("schema", ["schema: 1\n", "schema: 1 # the first\n"])
def test_schema_1_is_what_a_recipe_without_a_schema_has(tmp_path: Path, schema: str) -> None:
    assert load(tmp_path, schema + VALID) == load(tmp_path)


@pytest.mark.parametrize("more", ["", "kinds: [gate]\n", "class: 7\n", "kinds: gate\nproof: {gold: 1}\n"])
def test_a_later_schema_gives_the_one_error(tmp_path: Path, more: str) -> None:
    check_refused(
        tmp_path, VALID + more + "schema: 3\n", VALID.count("\n") + more.count("\n") + 1, "later yolo-patcher"
    )
    with pytest.raises(PatcherError) as caught:
        read_recipe(tmp_path / "my-block.yaml")
    assert caught.value.help == "Update yolo-patcher: this version reads schema 2."


@pytest.mark.parametrize(
    ("schema", "part"), [("0", "at least 1"), ("'1'", "integer"), ("[1]", "integer"), ("", "integer")]
)
def test_a_schema_is_a_number(tmp_path: Path, schema: str, part: str) -> None:
    check_refused(tmp_path, f"schema: {schema}\n{VALID}", 1, part)


def test_template_beside_the_recipe_comes_first(tmp_path: Path) -> None:
    (tmp_path / "se.py").touch()
    assert load(tmp_path).template == tmp_path / "se.py"


@pytest.mark.parametrize("text", ["\ufeff" + VALID, VALID.replace("\n", "\r\n"), "# first\n---\n" + VALID + "...\n"])
def test_forms_of_text(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).notes == ("a note",)


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({}, ()),
        ({"reduction": 16, "bias": False, "strict": True}, ()),
        ({"reduction": 8}, (8,)),
        ({"bias": True}, (16, 7, True)),
        ({"scale": 0.25, "kernel": 3}, (16, 3, False, 0.25)),
        ({"variant": "released"}, (16, 7, False, 0.5, "released")),
    ],
)
def test_row_arguments(tmp_path: Path, settings: dict[str, object], arguments: tuple[object, ...]) -> None:
    assert load(tmp_path).row_arguments(settings) == arguments


def test_parameter_count(tmp_path: Path) -> None:
    recipe = load(tmp_path)
    assert recipe.parameter_count(64, {}) == 512
    assert recipe.parameter_count(64, {"bias": True, "reduction": 8, "strict": False}) == 1088
    assert recipe.parameter_count(64, {"variant": "released"}) == 519
    # What a hand may have written into a row.
    assert recipe.parameter_count(64, {"variant": "nonsense", "reduction": "16"}) == 512
    assert recipe.parameter_count(64, {"variant": True}) == 512


def signed(folder: Path, signature: str, formula: str) -> Recipe:
    text = VALID.replace(PARAMETERS, f"parameters: {formula}")
    return load(folder, f"{text}signature: {signature}\n")


def test_parameter_count_of_other_signatures(tmp_path: Path) -> None:
    recipe = signed(tmp_path, "{channels: argument, repeats: taken, least_repeats: 2}", "1000 * C + 10 * C2 + R")
    assert recipe.parameter_count(4, {}) == 4042
    assert recipe.parameter_count(4, {}, 5) == 4052
    assert recipe.parameter_count(4, {}, 5, 3) == 4053
    assert recipe.parameter_count(4, {}, 5, repeats=1) == 4052
    recipe = signed(tmp_path, "{inputs: many, channels: sum}", "1000 * C + 100 * L + 10 * S + N")
    assert recipe.parameter_count(3, {}) == 3000 + 300 + 60 + 2
    assert recipe.parameter_count((1, 3, 2), {}) == 1000 + 200 + 60 + 3
    recipe = signed(tmp_path, "{inputs: many, channels: argument}", "10 * C2 + N")
    assert recipe.parameter_count((3, 4), {}) == 32
    assert recipe.parameter_count((3, 4), {}, 5) == 52


def test_channel_notes_of_other_signatures(tmp_path: Path) -> None:
    text = VALID.replace("C % 2 != 0", "C2 % 2 != 0").replace("{C} is odd", "{C2} is odd")
    recipe = load(tmp_path, f"{text}signature: {{channels: argument, repeats: taken}}\n")
    assert recipe.channel_notes(128, {}).refused == ()
    assert recipe.channel_notes(128, {}, 9).refused == ("9 is odd",)
    assert recipe.channel_notes(129, {}, 8).refused == ()


@pytest.mark.parametrize(
    ("signature", "unknown"),
    [
        ("{}", ["C2", "R", "N", "S", "L"]),
        ("{channels: argument}", ["R", "N", "S", "L"]),
        ("{repeats: taken}", ["C2", "N", "S", "L"]),
        ("{inputs: many}", ["C2", "R"]),
    ],
)
def test_an_expression_uses_only_what_the_signature_has(tmp_path: Path, signature: str, unknown: list[str]) -> None:
    for name in ("C", "C2", "R", "N", "S", "L"):
        if name in unknown:
            with pytest.raises(PatcherError, match=f"unknown name '{name}'"):
                signed(tmp_path, signature, name)
        else:
            assert signed(tmp_path, signature, name).parameters == name


@pytest.mark.parametrize("formula", ["C - 100", "0.5 * C", "C > 1", "C // (reduction - 16)", "C ** 16"])
def test_parameter_count_must_be_a_count(tmp_path: Path, formula: str) -> None:
    recipe = load(tmp_path, VALID.replace(PARAMETERS, f"parameters: {formula}"))
    with pytest.raises(PatcherError) as caught:
        recipe.parameter_count(64, {})
    assert (caught.value.kind, caught.value.path, caught.value.line) == ("recipe", str(recipe.source), 8)


def test_channel_notes(tmp_path: Path) -> None:
    recipe = load(tmp_path)
    assert recipe.channel_notes(128, {}) == ChannelNotes()
    assert recipe.channel_notes(64, {}) == ChannelNotes(warnings=("4 units, 512 parameters",))
    assert recipe.channel_notes(9, {}).refused == ("9 is odd",)
    assert recipe.channel_notes(8, {}).adapted == ("one unit at 8",)
    strict = recipe.channel_notes(8, {"strict": True})
    assert (strict.adapted, strict.refused) == ((), ("one unit at 8",))


@pytest.mark.parametrize(
    ("before", "after", "line", "part"),
    [
        ("title: My block\n", "", 1, "no key 'title'"),
        ("kind: channel gate", "kin: channel gate", 6, "unknown key kin"),
        ("year: 2018", "yaer: 2018", 10, "unknown key paper.yaer"),
        ("name: my-block", "<<: {name: my-block}", 1, "must be text"),
        ("title: My block", "title: My block\ntitle: Again", 4, "title stands here twice"),
        ("version: 1", 'version: "1"', 2, "must be an integer"),
        ("version: 1", "version: 0", 2, "at least 1"),
        ("version: 1", "version: 1.0", 2, "must be an integer"),
        ("version: 1", "version: 0x1", 2, "must be an integer"),
        ("version: 1", "version: 99999999999", 2, "must be an integer"),
        ("version: 1", "version: [1]", 2, "must be an integer"),
        ("title: My block", "title: 7", 3, "must be text"),
        ("title: My block", "title: yes", 3, "must be text"),
        ("title: My block", "title:", 3, "must be text"),
        ("title: My block", "title: [a]", 3, "must be text"),
        ("title: My block", 'title: ""', 3, "one line"),
        ("title: My block", 'title: "a\\nb"', 3, "one line"),
        ("title: My block", 'title: "a\\e[31mb"', 3, "one line"),
        ("title: My block", 'title: "a\\u202eb"', 3, "one line"),
        ("title: My block", "title: !!python/name:os.system x", 3, "tags"),
        ("title: My block", "title: !mine x", 3, "tags"),
        ("title: My block", "title: ! x", 3, "tags"),
        ("title: My block", "title: !!str x", 3, "tags"),
        ("title: My block", "title: &anchor x", 3, "anchors"),
        ("aliases: [mine, 我的]", "aliases: [&a mine, *a]", 9, "anchors"),
        ("aliases: [mine, 我的]", "aliases: &a [*a]", 9, "anchors"),
        ("aliases: [mine, 我的]", "aliases: mine", 9, "must be a list"),
        ("aliases: [mine, 我的]", "aliases: [../mine]", 9, "aliases[0] may not be"),
        ("aliases: [mine, 我的]", "aliases: [mine@head]", 9, "aliases[0] may not be"),
        ("aliases: [mine, 我的]", "aliases: [[[[[[[[[[[x]]]]]]]]]]]", 9, "nested too deeply"),
        ("name: my-block", "name: My-Block", 1, "name may not be"),
        ("name: my-block", "name: ../x", 1, "name may not be"),
        ("name: my-block", "name: " + "a" * 41, 1, "name may not be"),
        ("class: MyBlock", "class: myBlock", 4, "class may not be"),
        ("class: MyBlock", "class: nn", 4, "class may not be"),
        ("class: MyBlock", "class: My.Block", 4, "class may not be"),
        ("class: MyBlock", "class: Ünit", 4, "class may not be"),
        ("class: MyBlock", "class: 'None'", 4, "Python's own"),
        ("class: MyBlock", "class: ValueError", 4, "Python's own"),
        ("template: se.py", "template: ../templates/se.py", 5, "template may not be"),
        ("template: se.py", "template: /etc/se.py", 5, "template may not be"),
        ("template: se.py", "template: se.txt", 5, "template may not be"),
        ("template: se.py", "template: absent.py", 5, "no template absent.py"),
        ("template: se.py", "template: __init__.py", 5, "no template __init__.py"),
        ('arxiv: "1709.01507"', 'arxiv: "../1709"', 10, "paper.arxiv may not be"),
        ('arxiv: "1709.01507"', "arxiv: 1709.01507", 10, "must be text"),
        ('{title: "A paper", arxiv', "{arxiv", 10, "paper has no key 'title'"),
        (PARAMETERS, "parameters: 2 * D", 8, "unknown name 'D'"),
        (PARAMETERS, "parameters: 2 * strict", 8, "unknown name 'strict'"),
        (PARAMETERS, "parameters: parameters", 8, "unknown name 'parameters'"),
        (PARAMETERS, "parameters: 2 *", 8, "not an expression"),
        (PARAMETERS, "parameters: print(C)", 8, "may not contain Call"),
        (PARAMETERS, "parameters: 2", 0, ""),
        ("reduction: {type: int", "reduction: {type: str", 12, "must be choice, int, float or bool"),
        ("reduction: {type: int", "strict: {type: int", 12, "cannot name a value"),
        ("reduction: {type: int", "c1: {type: int", 12, "cannot name a value"),
        ("reduction: {type: int", "class: {type: int", 12, "cannot name a value"),
        ("reduction: {type: int", "C: {type: int", 12, "cannot name a value"),
        ("default: 16, min: 1", "default: 16.5, min: 1", 12, "must be an integer"),
        ("default: 16, min: 1", "default: 0, min: 1", 12, "default is not 1 to 64"),
        ("default: 16, min: 1", "default: 65, min: 1", 12, "default is not 1 to 64"),
        ("default: 16, min: 1", "min: 1", 12, "no key 'default'"),
        (", help: channels per unit", "", 12, "no key 'help'"),
        ("default: 7", "default: 6", 13, "default is not 1, 3, …"),
        ("min: 1, step: 2", "step: 2", 13, "needs the type int and a min"),
        ("min: 1, step: 2", "min: 1, step: 0", 13, "at least 1"),
        ("default: false", "default: no", 14, "must be true or false"),
        ("default: false", "default: 0", 14, "must be true or false"),
        ("default: false", "default: false, min: 0", 14, "meaningless"),
        *(
            (before, after, 16, part)
            for before, after, part in (
                ("choices: [paper, released], ", "", "no key 'choices'"),
                ("[paper, released]", "[paper]", "two words or more"),
                ("[paper, released]", "[paper, paper]", "all different"),
                ("[paper, released]", "paper", "must be a list"),
                ("[paper, released]", "[paper, 7]", "must be text"),
                ("[paper, released]", "[paper, yes]", "must be text"),
                ("[paper, released]", "[paper, 'yes']", "a literal"),
                ("[paper, released]", "[paper, 'true']", "a literal"),
                ("[paper, released]", "[paper, released code]", "choices[1] may not be"),
                ("[paper, released]", "[paper, Released]", "choices[1] may not be"),
                ("[paper, released]", "[paper, '1e5']", "choices[1] may not be"),
                ("[paper, released]", "[paper, c2]", "parse_model may give another value"),
                ("[paper, released]", "[paper, n]", "parse_model may give another value"),
                ("[paper, released]", "[paper, args]", "parse_model may give another value"),
                ("[paper, released]", "[paper, copy]", "parse_model may give another value"),
                ("[paper, released]", "[paper, max]", "Python's own name"),
                ("[paper, released]", "[paper, lambda]", "Python's own name"),
                ("default: paper", "default: papers", "default is not paper or released"),
                ("default: paper", "default: true", "must be text"),
                ("default: paper", "default: paper, min: 1", "meaningless for a choice"),
            )
        ),
        ("default: 16, min: 1", "choices: [paper, released], default: 16", 12, "meaningless for a int"),
        (PARAMETERS, "parameters: C * variant", 8, "takes the choice 'variant' for a number"),
        (PARAMETERS, """parameters: 'C * (variant == "other")'""", 8, "'other', which is none of its choices"),
        (PARAMETERS, """parameters: 'C * (bias == "paper")'""", 8, "compares the number 'bias' with the text 'paper'"),
        (PARAMETERS, """parameters: 'C * (form == "paper")'""", 8, "unknown name 'form'"),
        ("  h: max", "  variant: max", 18, "already names another value"),
        ("{C} is odd", "{variant * 2} is odd", 23, "takes the choice 'variant' for a number"),
        ("{C} is odd", "{C} is odd in {variant}", 0, ""),
        ("default: 0.5", "default: .inf", 15, "must be a number"),
        ("default: 0.5", "default: 2", 15, "default is not at most 1"),
        ("  h: max", "  C: max", 18, "cannot name a value"),
        ("  h: max", "  bias: max", 18, "already names another value"),
        ("max(C // reduction, 1)", "twice", 18, "unknown name 'twice'"),
        ("max(C // reduction, 1)", "[1]", 18, "must be text"),
        ("when: h < 8, ", "", 22, "no key 'when'"),
        ('warn: "{h} units', 'say: "{h} units', 22, "unknown key channels[1].say"),
        ('refuse: "{C} is odd"', "", 23, "exactly one of"),
        ('refuse: "{C} is odd"', "refuse: a, warn: b", 23, "exactly one of"),
        ("{C} is odd", "{C is odd", 23, "braces"),
        ("{C} is odd", "{Q} is odd", 23, "unknown name 'Q'"),
        ("{C} is odd", "{C.x} is odd", 23, "may not contain Attribute"),
        ("notes: [a note]", "notes: [a note", 25, "not YAML"),
        ("notes: [a note]", "notes: [a note]\n---\nname: x", 25, "not YAML"),
        ("notes: [a note]", "notes: [a\x07note]", 24, "not YAML"),
        ("notes: [a note]", "notes: [a note]\n? [a]\n: b", 25, "must be text"),
    ],
)
def test_refused(tmp_path: Path, before: str, after: str, line: int, part: str) -> None:
    assert VALID.count(before) == 1
    text = VALID.replace(before, after)
    if line:
        check_refused(tmp_path, text, line, part)
    else:
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("just text", 1, "must be a mapping"),
        ("- a\n", 1, "must be a mapping"),
        ("[" * 30_000, 1, "nested too deeply"),
        (VALID + "#" * 70_000, 1, "larger than 64 KiB"),
    ],
)
def test_refused_as_a_whole(tmp_path: Path, text: str, line: int | None, part: str) -> None:
    check_refused(tmp_path, text, line, part)


def test_refused_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(VALID.replace("我的", "\udcce").encode("utf-8", "surrogateescape"))
    with pytest.raises(PatcherError, match="not UTF-8") as caught:
        read_recipe(path)
    assert caught.value.line == 9


def test_unreadable(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.yaml"
    os.mkfifo(fifo)
    for path, kind, line in ((tmp_path / "absent.yaml", "io", None), (tmp_path, "recipe", 1), (fifo, "recipe", 1)):
        with pytest.raises(PatcherError) as caught:
            read_recipe(path)
        assert (caught.value.kind, caught.value.path, caught.value.line) == (kind, str(path), line)


@given(
    st.integers(0, len(VALID)),
    st.integers(0, 30),
    st.text(alphabet="a1: -{}[]&*!|>'\"#%@,\n\t\0\ufeff\ud800é", max_size=6),
)
def test_damage_gives_a_recipe_or_the_one_error(start: int, length: int, text: str) -> None:
    damaged = VALID[:start] + text + VALID[start + length :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_bytes(damaged.encode("utf-8", "surrogatepass"))
        try:
            read_recipe(path).channel_notes(64, {})
        except PatcherError as error:
            outcome = (error.kind, error.path)
        else:
            outcome = ("recipe", str(path))
    assert outcome == ("recipe", str(path))


@pytest.mark.parametrize(
    ("hyperparameter", "text"),
    [
        (Hyperparameter("a", "bool", False, ""), "true or false"),
        (Hyperparameter("a", "int", 1, ""), "any int"),
        (Hyperparameter("a", "int", 1, "", 1), "at least 1"),
        (Hyperparameter("a", "float", 1.0, "", None, 2.5), "at most 2.5"),
        (Hyperparameter("a", "int", 1, "", 1, 9), "1 to 9"),
        (Hyperparameter("a", "int", 1, "", 1, 9, 2), "1, 3, … 9"),
        (Hyperparameter("a", "int", 1, "", 1, None, 2), "1, 3, …"),
    ],
)
def test_range_text(hyperparameter: Hyperparameter, text: str) -> None:
    assert hyperparameter.range_text == text


@pytest.mark.parametrize(
    ("keys", "signature"),
    [
        ("", Signature()),
        ("signature: {inputs: many}\n", Signature("many", "first")),
        ("signature: {channels: argument, level: down}\n", Signature("one", "argument", level=1)),
        ("signature: {level: up}\n", Signature(level=-1)),
        (
            "signature: {channels: argument, repeats: taken, least_repeats: 2}\n",
            Signature("one", "argument", "taken", 2),
        ),
    ],
)
def test_a_signature_is_read(tmp_path: Path, keys: str, signature: Signature) -> None:
    recipe = load(tmp_path, VALID + keys)
    assert recipe.signature == signature
    assert recipe.identity == Identity("gate" if keys == "" else "none")


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ("signature: {inputs: two}\n", "one of one, many"),
        ("signature: {channels: sum}\n", "one input"),
        ("signature: {least_repeats: 2}\n", "ignores"),
        ("signature: {level: 1}\n", "text"),
        ("identity: {zero: []}\n", "must name a parameter"),
        ("identity: {zero: [a b]}\n", "may not be 'a b'"),
        ("identity: zero\n", "one of native, gate, none"),
        ("group: gates\n", "one of gate, transform"),
        ("tags: [Big]\n", "may not be 'Big'"),
        ("placement: {paper: here}\n", "paper"),
    ],
)
def test_facts_about_a_module_are_of_their_kinds(tmp_path: Path, keys: str, part: str) -> None:
    check_refused(tmp_path, VALID + keys, VALID.count("\n") + 1, part)


def test_only_a_module_that_keeps_its_shape_begins_as_the_identity(tmp_path: Path) -> None:
    keys = "signature: {level: up}\nidentity: gate\n"
    check_refused(tmp_path, VALID + keys, VALID.count("\n") + 2, "must be none")


def test_identity_and_facts_are_read(tmp_path: Path) -> None:
    keys = "identity: {zero: [excite.weight]}\ngroup: block\ntags: [light]\nlicence: MIT\nplacement: {authors: neck}\n"
    recipe = load(tmp_path, VALID + keys)
    assert (recipe.identity, recipe.group, recipe.tags) == (Identity("zero", ("excite.weight",)), "block", ("light",))
    assert (recipe.licence, recipe.placement) == ("MIT", Placement("neck"))
