"""The graph of a model: which row reads which, and the level (log2 of the stride) of each row's output."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from yolo_patcher.model.rows import IMAGE, ModelYaml, Row

Edge = tuple[int, int]
"""`(source, reader)`; the source may be `IMAGE`."""


def readers(model: ModelYaml) -> dict[int, list[int]]:
    """Give, for each row (and `IMAGE`), the rows that read it."""
    found: dict[int, list[int]] = {index: [] for index in range(IMAGE, len(model.rows))}
    for row in model.rows:
        for source in row.sources:
            found[source].append(row.index)
    return found


def levels(model: ModelYaml, same_level: frozenset[str] = frozenset()) -> dict[int, int | None]:
    """Give each row's level: 3 for P3 (stride 8); None where it can't be told from the YAML.

    Args:
        model: the model.
        same_level: further modules, known to keep their input's size.
    """
    strides: dict[int, Fraction | None] = {IMAGE: Fraction(1)}
    for row in model.rows:
        strides[row.index] = _stride(row, [strides[source] for source in row.sources], same_level)
    return {index: _log2(stride) for index, stride in strides.items()}


def unknown_rows(model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the rows whose own change of the level is not known: their inputs have one level, and they have none."""
    found = []
    for row in model.rows[:-1]:
        inputs = {level[source] for source in row.sources}
        if level[row.index] is None and len(inputs) == 1 and None not in inputs:
            found.append(row.index)
    return found


def _log2(stride: Fraction | None) -> int | None:
    if stride is None or stride.denominator != 1 or stride.numerator & (stride.numerator - 1):
        return None
    return stride.numerator.bit_length() - 1


def _stride(row: Row, inputs: Sequence[Fraction | None], same_level: frozenset[str]) -> Fraction | None:
    if row.module in _LIKE_ONE_INPUT:
        return inputs[_LIKE_ONE_INPUT[row.module]] if inputs else None
    if not inputs or len(set(inputs)) != 1 or inputs[0] is None:
        return None
    if row.module in same_level:
        return inputs[0]
    factor = _factor(row)
    return None if factor is None else inputs[0] * factor


_LIKE_ONE_INPUT = {"CBFuse": -1, "HyperACE": 1, "Zoom_cat": 1, "ScalSeq": 0, "FullPAD_Tunnel": 0}
"""Modules that bring inputs of several levels to the level of one of them, by that input's position."""


def main_input(row: Row) -> int | None:
    """Give the position of the input that a row brings its others to the level of; None where all have one level."""
    return _LIKE_ONE_INPUT.get(row.module)


def level_change(row: Row) -> int | None:
    """Give by how many levels a row's output lies above its (main) input; None where it can't be told from the YAML."""
    factor = Fraction(1) if row.module in _LIKE_ONE_INPUT else _factor(row)
    if factor is None or factor >= 1:
        return _log2(factor)
    down = _log2(1 / factor)
    return None if down is None else -down


def _factor(row: Row) -> Fraction | None:
    """Give the factor by which a row multiplies the stride, or None when its module is not known."""
    rule = _RULES.get(row.module.removeprefix("torch."))
    if rule is None:
        return Fraction(1) if row.module in _SAME_SIZE or ATTENTION.search(row.module) else None
    try:
        factor = rule(row.args)
    except (IndexError, TypeError, ValueError, ArithmeticError):
        return None
    return factor if factor > 0 else None


def _argument(args: Sequence[object], position: int, default: int) -> Fraction:
    value = args[position] if position < len(args) else default
    if isinstance(value, list) and len(set(value)) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return Fraction(value)


def _by(position: int, default: int) -> Callable[[Sequence[object]], Fraction]:
    return lambda args: _argument(args, position, default)


def _upsample(args: Sequence[object]) -> Fraction:
    return 1 / _argument(args, 1, 1)


def _pool(args: Sequence[object]) -> Fraction:
    return _argument(args, 1, int(_argument(args, 0, 1)))


def _resnet(args: Sequence[object]) -> Fraction:
    first = len(args) > 3 and args[3] is True
    return Fraction(4) if first else _argument(args, 2, 1)


_CONVOLUTIONS = (
    "Conv", "Conv2", "DWConv", "GhostConv", "RepConv", "SCDown", "MixConv2d", "CrossConv", "nn.Conv2d",
    "RepConv_OREPA", "RepConvN", "GSConv", "DSConv", "RepVGGBlock", "BlazeBlock", "DoubleBlazeBlock",
)  # fmt: skip

_RULES: Mapping[str, Callable[[Sequence[object]], Fraction]] = {
    **{name: _by(2, 1) for name in _CONVOLUTIONS},
    "Focus": lambda args: 2 * _argument(args, 2, 1),
    "nn.Upsample": _upsample,
    "nn.UpsamplingNearest2d": _upsample,
    "nn.ConvTranspose2d": lambda args: 1 / _argument(args, 2, 1),
    "ConvTranspose": lambda args: 1 / _argument(args, 2, 2),
    "DWConvTranspose2d": lambda args: 1 / _argument(args, 2, 1),
    "nn.MaxPool2d": _pool,
    "nn.AvgPool2d": _pool,
    "MP": _by(0, 2),
    "SP": lambda args: _argument(args, 1, 1),
    "ADown": lambda args: Fraction(2),
    "AConv": lambda args: Fraction(2),
    "DownC": _by(2, 2),
    "ReOrg": lambda args: Fraction(2),
    "Contract": _by(0, 2),
    "Expand": lambda args: 1 / _argument(args, 0, 2),
    "VisionClueMerge": lambda args: Fraction(2),
    "DownsampleConv": lambda args: Fraction(2),
    "Shuffle_Block": _by(1, 1),
    "ShuffleV2Block": _by(1, 1),
    "conv_bn_relu_maxpool": lambda args: Fraction(4),
    "StemBlock": lambda args: 2 * _argument(args, 2, 2),
    "SimpleStem": lambda args: Fraction(4),
    "space_to_depth": lambda args: Fraction(2),
    "SPDConv": lambda args: Fraction(2),
    "DySample": lambda args: 1 / _argument([one for one in args if isinstance(one, int)], 0, 2),
    "HGStem": lambda args: Fraction(4),
    "HGBlock": lambda args: Fraction(1),
    "ResNetLayer": _resnet,
}

ATTENTION = re.compile(
    r"CBAM|SimAM|CoordAtt|Attention\d?$|^(SE|SK|ECA|EMA|CA|SA|GAM|NAM|BAM)(Layer|Block|Net|Module|\d)?$", re.IGNORECASE
)
"""What people call attention modules, which keep the size of their input."""

_SAME_SIZE = frozenset({
    "A2C2f", "ADD", "AIFI", "Bottleneck", "BottleneckCSP", "BottleneckCSP2", "BottleneckCSPA", "BottleneckCSPB",
    "BottleneckCSPC", "C1", "C2", "C2PSA", "C2f", "C2fAttn", "C2fCIB", "C2fPSA", "C3", "C3Ghost", "C3SPP", "C3STR",
    "C3TR", "C3k2", "C3x", "Chuncat", "Concat", "Concat_bifpn", "DSC3k2", "ELAN1", "GhostBottleneck",
    "HyperComputeModule", "ImplicitA", "ImplicitM", "LightConv", "MANet", "PSA", "RepBottleneck", "RepC3",
    "RepNCSP", "RepNCSPELAN4", "RepVGGDW", "Res", "ResCSPA", "ResCSPB", "ResCSPC", "SPP", "SPPCSP", "SPPCSPC",
    "SPPELAN", "SPPF", "SPPFCSPC", "STCSPA", "STCSPB", "STCSPC", "Shortcut", "Silence", "SimSPPF", "Stem",
    "Sum", "SwinTransformerBlock", "TransformerBlock", "VSSBlock", "VoVGSCSP", "XSSBlock", "attention_model",
    "nn.BatchNorm2d", "nn.Dropout", "nn.Identity", "nn.LeakyReLU", "nn.ReLU", "nn.SiLU", "nn.ZeroPad2d",
})  # fmt: skip


def fusions(model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the head's rows that join paths of two levels, as a Concat of an upsampled and a lateral map does.

    Two inputs have the same path when they come through the same changes of level from the same row or fusion; so
    neither the inner Concats of an ELAN nor the two ways of a pooled and a strided convolution count.
    """
    numbers: dict[object, int] = {}
    paths = {IMAGE: numbers.setdefault("image", 0)}
    found = []
    for row in model.rows:
        came = [paths[source] for source in row.sources]
        joined = len(set(came)) > 1
        if joined and level[row.index] is not None and row.index >= model.backbone_length:
            found.append(row.index)
        path = numbers.setdefault(("join", row.index), len(numbers)) if joined or not came else came[0]
        if level[row.index] is None:
            path = numbers.setdefault(("unknown", row.index), len(numbers))
        elif row.sources and level[row.index] != level[row.sources[0]]:
            path = numbers.setdefault((level[row.index], path), len(numbers))
        paths[row.index] = path
    return [index for index in found if index != model.final.index]


def stage_ends(model: ModelYaml, level: Mapping[int, int | None]) -> list[int]:
    """Give the last row of each stage that a fusion of the head begins."""
    read = readers(model)
    return [_stage_end(model, start, level, read) for start in fusions(model, level)]


def stage_end(model: ModelYaml, start: int, level: Mapping[int, int | None]) -> int:
    """Give the last row of the stage that a fusion begins: up to the next change of level or the final row.

    It is the last row that all ways out of the stage go through: in YOLOv7 the Conv behind an ELAN that only narrows
    the way to the next Upsample is not what the other readers see.
    """
    return _stage_end(model, start, level, readers(model))


def _stage_end(model: ModelYaml, start: int, level: Mapping[int, int | None], read: Mapping[int, list[int]]) -> int:
    rows = _stage(model, start, level)
    # Rows of the same level may follow far behind, as the last Conv in front of Detect: the stage goes on there only
    # when no row before the gap ends it.
    gaps = [place for place, row in enumerate(rows) if place and row != rows[place - 1] + 1]
    for length in (*gaps, len(rows)):
        end = _last_common(_read(rows[:length], read), read)
        if end != start:
            return end
    return start


def _stage(model: ModelYaml, start: int, level: Mapping[int, int | None]) -> list[int]:
    """Give a fusion and the rows of its level that read nothing but these."""
    inside = {start}
    for row in model.rows[start + 1 : -1]:
        if row.sources and inside.issuperset(row.sources) and level[row.index] == level[start]:
            inside.add(row.index)
    return sorted(inside)


def _read(rows: Sequence[int], read: Mapping[int, list[int]]) -> list[int]:
    """Give rows without the last that no row reads, as where `from: []` means the outputs of YOLOv5 v1.0."""
    last = max((place for place, row in enumerate(rows) if read[row]), default=0)
    return list(rows[: last + 1])


def _last_common(rows: Sequence[int], read: Mapping[int, list[int]]) -> int:
    """Give the last row that all ways from the first row out of them go through.

    A row in the middle that is read from outside as well, as an auxiliary output of YOLOv7-E6E reads one of the two
    branches that a Shortcut adds, is no way out: another way passes it and meets it again.
    """
    inside = frozenset(rows)
    leads: dict[int, bool] = {}
    for row in reversed(rows):
        leads[row] = any(reader not in inside or leads[reader] for reader in read[row])
    edges = [(row, reader) for row in rows for reader in read[row] if reader in inside and leads[reader]]

    def is_passed(row: int) -> bool:
        return any(before < row < reader for before, reader in edges)

    goes_on = {row for row, _ in edges}
    outs = [row for row in rows if any(reader not in inside for reader in read[row])]
    first = min((row for row in outs if row not in goes_on or not is_passed(row)), default=rows[0])
    return max((row for row in rows if row <= first and leads[row] and not is_passed(row)), default=rows[0])
