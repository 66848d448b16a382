"""How the key `proof` of a recipe is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from yolo_patcher.errors import PatcherError
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.proof import Changed, Counted, Filled, Golden, Initial, Points, Proof, Refused, Said
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.recipe.reader import read_recipe
from yolo_patcher.recipe.recipe import Recipe

HEAD = """\
name: my-block
version: 1
title: My block
class: MyBlock
template: se.py
kind: channel gate
formula: y = x
parameters: 0
hyperparameters:
  reduction: {type: int, default: 16, min: 1, max: 64, help: channels per unit}
  scale: {type: float, default: 0.5, help: factor}
  variant: {type: choice, choices: [paper, released], default: paper, help: form}
"""
PROOF = """\
proof:
  widths: [16, 32]
  settings:
    - {reduction: 8, variant: released}
  golden:
    - settings: {scale: 2}
      input: {shape: [1, 2, 1, 3], values: [[[1]], [[-2.5]]]}
      weights: {"*": 0, fc.weight: identity, "*.bias": [1, 2]}
      output: [[[1, 2, 3]], [[4, 5, 6]]]
    - input: {shape: [1, 4, 2, 2], values: ramp}
      output: {points: [[0, 1, 3, 2, 1e-3]]}
      shape: [1, 8, 4, 4]
      tolerance: 0
    - input: {shape: [1, 2, 1, 1], values: waves}
      output: {times: 0.5, plus: -1, channels: [1, 0]}
  counts:
    - {settings: {reduction: 4}, channels: [16, 64], parameters: [0, 12]}
  initial:
    - {channels: 16, largest: {fc.weight: 0.25, "*.bias": 0}}
  adapted:
    - {channels: [], message: a part}
  warned:
    - {settings: {reduction: 4}, channels: [16], message: few}
  refused:
    - {settings: {reduction: 99}, channels: 24, message: reduction}
  idle: [fc.bias]
  smallest: 4
  half: 30
"""
FIRST = HEAD.count("\n") + 1


def read(folder: Path, text: str) -> Proof:
    path = folder / "my-block.yaml"
    path.write_text(text, encoding="utf-8")
    return read_proof(read_recipe(path))


def test_every_key(tmp_path: Path) -> None:
    proof = read(tmp_path, HEAD + PROOF)
    assert proof.widths == (16, 32)
    assert proof.settings == ({"reduction": 8, "variant": "released"},)
    assert proof.golden == (
        Golden(
            settings={"scale": 2.0},
            inputs=(Filled((1, 2, 1, 3), (((1.0,),), ((-2.5,),))),),
            weights=(("*", 0.0), ("fc.weight", "identity"), ("*.bias", (1.0, 2.0))),
            output=(((1.0, 2.0, 3.0),), ((4.0, 5.0, 6.0),)),
            shape=(1, 2, 1, 3),
            tolerance=1e-5,
            channels_out=None,
            repeats=None,
            line=FIRST + 5,
        ),
        Golden(
            settings={},
            inputs=(Filled((1, 4, 2, 2), "ramp"),),
            weights=(),
            output=Points((((0, 1, 3, 2), 0.001),)),
            shape=(1, 8, 4, 4),
            tolerance=0.0,
            channels_out=None,
            repeats=None,
            line=FIRST + 9,
        ),
        Golden(
            settings={},
            inputs=(Filled((1, 2, 1, 1), "waves"),),
            weights=(),
            output=Changed(0.5, -1.0, (1, 0)),
            shape=(1, 2, 1, 1),
            tolerance=1e-5,
            channels_out=None,
            repeats=None,
            line=FIRST + 13,
        ),
    )
    assert proof.counts == (Counted({"reduction": 4}, (16, 64), (0, 12)),)
    assert proof.initial == (Initial({}, 16, (("fc.weight", 0.25), ("*.bias", 0.0))),)
    assert proof.adapted == (Said({}, (), "a part"),)
    assert proof.warned == (Said({"reduction": 4}, (16,), "few"),)
    assert proof.refused == (Refused({"reduction": 99}, 24, "reduction"),)
    assert (proof.idle, proof.smallest, proof.half) == (("fc.bias",), 4, 30.0)


SEVERAL = """\
signature: {inputs: many, channels: argument, repeats: taken}
proof:
  golden:
    - input: [{shape: [1, 4, 2, 2], values: ramp}, {shape: [1, 2, 2, 2], values: 7}]
      output: 1
      shape: [1, 8, 2, 2]
      channels_out: 8
      repeats: 3
  counts:
    - {channels: [16, [16, 32]], channels_out: [64, 8], repeats: 2, parameters: [0, 12]}
  initial:
    - {channels: [16, 32], channels_out: 4, repeats: 2, largest: {fc.weight: 1}}
  warned:
    - {channels: [16], channels_out: 4, repeats: 2, message: few}
  refused:
    - {channels: [16, 3], channels_out: 4, repeats: 2, message: odd}
"""


def test_keys_of_classes_that_take_several_maps_or_more_numbers(tmp_path: Path) -> None:
    proof = read(tmp_path, HEAD + SEVERAL)
    (golden,) = proof.golden
    assert golden.inputs == (Filled((1, 4, 2, 2), "ramp"), Filled((1, 2, 2, 2), 7.0))
    assert (golden.channels_out, golden.repeats) == (8, 3)
    assert proof.counts == (Counted({}, (16, (16, 32)), (0, 12), (64, 8), 2),)
    assert proof.initial == (Initial({}, (16, 32), (("fc.weight", 1.0),), 4, 2),)
    assert proof.warned == (Said({}, (16,), "few", 4, 2),)
    assert proof.refused == (Refused({}, (16, 3), "odd", 4, 2),)


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("channels: argument", "channels: sum", "unknown key proof.golden[0].channels_out"),
        ("repeats: taken", "repeats: ignored", "unknown key proof.golden[0].repeats"),
        ("inputs: many, ", "", "several feature maps, and the class takes one"),
        ("channels_out: [64, 8]", "channels_out: [64]", "one number for each"),
        ("channels: [16, [16, 32]]", "channels: []", "must name channels"),
        ("channels: [16, [16, 32]]", "channels: [16, [16, 0]]", "at least 1"),
    ],
)
def test_keys_that_do_not_fit_the_signature_are_refused(tmp_path: Path, before: str, after: str, part: str) -> None:
    assert SEVERAL.count(before) == 1
    with pytest.raises(PatcherError) as caught:
        read(tmp_path, HEAD + SEVERAL.replace(before, after))
    assert part in caught.value.message


@pytest.mark.parametrize("text", [HEAD, HEAD + "proof: {}\n"])
def test_without_a_proof(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Proof()


@pytest.mark.parametrize("recipe", all_recipes(), ids=lambda recipe: recipe.name)
def test_every_recipe_of_the_catalogue_has_one(recipe: Recipe) -> None:
    proof = read_proof(recipe)
    assert proof.golden
    assert proof.counts


@pytest.mark.parametrize(
    ("before", "after", "line", "part"),
    [
        ("  widths: [16, 32]", "  width: [16, 32]", 1, "unknown key proof.width"),
        ("  widths: [16, 32]", "  widths: []", 1, "numbers of channels"),
        ("  widths: [16, 32]", "  widths: [16, 16]", 1, "all different"),
        ("  widths: [16, 32]", "  widths: [16, 0]", 1, "at least 1"),
        ("  widths: [16, 32]", "  widths: 16", 1, "must be a list"),
        ("{reduction: 8, ", "{reductions: 8, ", 3, "no hyper-parameter"),
        ("{reduction: 8, ", "{reduction: 65, ", 3, "is not 1 to 64"),
        ("{reduction: 8, ", "{reduction: 8.5, ", 3, "must be an integer"),
        ("variant: released}", "variant: other}", 3, "is not paper or released"),
        ("variant: released}", "variant: true}", 3, "must be text"),
        ("settings: {scale: 2}", "setting: {scale: 2}", 5, "unknown key proof.golden[0].setting"),
        ("settings: {scale: 2}", "settings: {scale: x}", 5, "must be a number"),
        ("[1, 2, 1, 3], values", "[1, 2, 3], values", 6, "batch, channels, height and width"),
        ("[1, 2, 1, 3], values", "[1, 2, 0, 3], values", 6, "at least 1"),
        ("[1, 2, 1, 3], values", "[1, 2, 99999, 99999], values", 6, "at most 1048576 values"),
        ("[[[1]], [[-2.5]]]", "[[[1]], [[-2.5]], [[1]]]", 6, "does not broadcast to [1, 2, 1, 3]"),
        ("[[[1]], [[-2.5]]]", "[[[1]], [-2.5]]", 6, "equal lengths"),
        ("[[[1]], [[-2.5]]]", "[]", 6, "none empty"),
        ("[[[1]], [[-2.5]]]", "[[[x]], [[-2.5]]]", 6, "must be a number"),
        ("[[[1]], [[-2.5]]]", "noise", 6, "one of ramp, rows, columns, waves, identity"),
        ("[[[1]], [[-2.5]]]", "identity", 6, "is for weights"),
        ("[[[1]], [[-2.5]]]", "{a: 1}", 6, "must be a number"),
        ("fc.weight: identity", "fc weight: identity", 7, "names no parameters"),
        ("fc.weight: identity", "fc.weight: unity", 7, "one of ramp"),
        ("output: [[[1, 2, 3]], [[4, 5, 6]]]", "output: [[[1, 2, 3, 4]]]", 8, "does not broadcast"),
        ("output: [[[1, 2, 3]], [[4, 5, 6]]]", "output: waves", 8, "must be a number"),
        ("output: [[[1, 2, 3]], [[4, 5, 6]]]", "output: {plus: 1}", 8, "either points, or times"),
        ("output: [[[1, 2, 3]], [[4, 5, 6]]]", "output: {times: 1, points: []}", 8, "either points, or times"),
        ("output: [[[1, 2, 3]], [[4, 5, 6]]]", "tolerance: 0.1", 5, "no key 'output'"),
        ("input: {shape: [1, 4, 2, 2], values: ramp}", "input: []", 9, "no feature map"),
        ("[0, 1, 3, 2, 1e-3]", "[0, 1, 4, 2, 1e-3]", 10, "an index within [1, 8, 4, 4]"),
        ("[0, 1, 3, 2, 1e-3]", "[1, 3, 2, 1e-3]", 10, "an index within"),
        ("[0, 1, 3, 2, 1e-3]", "[0, 1, 3, 2, x]", 10, "must be a number"),
        ("[0, 1, 3, 2, 1e-3]", "[]", 10, "an index within"),
        ("tolerance: 0", "tolerance: -1", 12, "at least 0"),
        ("channels: [1, 0]}", "channels: [1, 2]}", 14, "an input channel for each output channel"),
        ("channels: [1, 0]}", "channels: [1]}", 14, "an input channel for each output channel"),
        ("parameters: [0, 12]", "parameters: [0]", 16, "one number for each"),
        ("parameters: [0, 12]", "parameters: [0, -12]", 16, "at least 0"),
        ("fc.weight: 0.25", "fc.weight: -0.25", 18, "at least 0"),
        ("message: a part", "message: [a]", 20, "must be text"),
        ("channels: [16], message: few", "message: few", 22, "no key 'channels'"),
        ("{reduction: 99}", "{reduction: x}", 24, "must be an integer"),
        ("smallest: 4", "smallest: 0", 26, "at least 1"),
        ("half: 30", "half: 0", 27, "more than 0"),
        ("half: 30", "half: 30\n  half: 40", 28, "stands here twice"),
        ("half: 30", "half: *a", 27, "anchors"),
        ("half: 30", "half: [[[[[[[[[[30]]]]]]]]]]", 27, "nested too deeply"),
    ],
)
def test_refused(tmp_path: Path, before: str, after: str, line: int, part: str) -> None:
    assert PROOF.count(before) == 1
    with pytest.raises(PatcherError) as caught:
        read(tmp_path, HEAD + PROOF.replace(before, after))
    assert caught.value.kind == "recipe"
    assert part in caught.value.message
    assert caught.value.line == FIRST + line
