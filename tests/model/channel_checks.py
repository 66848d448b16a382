"""Check what a row gives under a made-up `parse_model`."""

from __future__ import annotations

from synthetic import PARSE_MODEL, model_channels, model_yaml, parse_model_of, with_rows


def check_channels(row: str, width: int | None, parse_model: str = PARSE_MODEL, top: str = "nc: 4\n") -> None:
    """Check the width of a row that stands below a row of 16 channels and one of 32."""
    text = with_rows(["[-1, 1, Conv, [16, 3, 2]]", "[-1, 1, Conv, [32, 3, 2]]"], [row, "[[2], 1, Detect, [nc]]"], top)
    found = model_channels(model_yaml(text), parse_model_of(parse_model))
    assert found[:2] == [16, 32]
    assert found[2] == width


def chain(test: str, *body: str, other: str = "c2 = ch[f]") -> str:
    """Give a `parse_model` with one more branch."""
    lines = "".join(f"            {line}\n" for line in body)
    text = PARSE_MODEL.replace("        elif m is Concat:", f"        elif {test}:\n{lines}        elif m is Concat:")
    return text.replace("            c2 = ch[f]\n\n", f"            {other}\n\n")
