"""Names that a recipe may not take: of hyper-parameters, of classes that YOLO models stand on, of Windows devices."""

from __future__ import annotations

import builtins
import keyword

_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in range(10))
DEVICES = frozenset({"con", "prn", "aux", "nul", *_PORTS})
"""File names that Windows takes for devices, whatever their suffix."""

VARIABLES = frozenset({"strict", "parameters", "min", "max", "self", "c1"})
"""`strict` is a setting of the tool, the others are taken by expressions and by the class that a recipe describes."""

_TORCH = frozenset({
    "AvgPool2d", "BatchNorm2d", "Conv1d", "Conv2d", "ConvTranspose2d", "Dropout", "Embedding", "F", "Function",
    "GroupNorm", "Identity", "LayerNorm", "LeakyReLU", "Linear", "MaxPool2d", "Module", "ModuleDict", "ModuleList",
    "MultiheadAttention", "Parameter", "ReLU", "Sequential", "SiLU", "Tensor", "Upsample", "UpsamplingNearest2d",
    "ZeroPad2d",
})  # fmt: skip

_FINAL = frozenset({
    "ASFF_Detect", "CBFuse", "CDetect", "CLinear", "CSegment", "Classify", "DDetect", "DPanoptic", "DSegment",
    "Decoupled_Detect", "Detect", "DualDDetect", "DualDetect", "IAuxDetect", "IBin", "IDetect", "IKeypoint", "OBB",
    "OBB26", "Pose", "Pose26", "RTDETRDecoder", "Segment", "Segment26", "TripleDDetect", "TripleDetect",
    "WorldDetect", "YOLOEDetect", "YOLOESegment",
})  # fmt: skip

_STRUCTURE = frozenset({
    "ADown", "AConv", "AutoBackend", "BaseModel", "BlazeBlock", "Bottleneck", "C2f", "C3", "CBLinear",
    "ClassificationModel", "Concat", "Contract", "Conv", "Conv2", "ConvTranspose", "CrossConv", "DSConv", "DWConv",
    "DWConvTranspose2d", "DetectMultiBackend", "DetectionModel", "DoubleBlazeBlock", "DownC", "DownsampleConv",
    "DySample", "Expand", "Focus", "FullPAD_Tunnel", "GSConv", "GhostConv", "HGBlock", "HGStem", "HyperACE", "MP",
    "MixConv2d", "Model", "ReOrg", "RepConv", "RepConvN", "RepConv_OREPA", "RepVGGBlock", "ResNetLayer", "SCDown",
    "SP", "SPDConv", "SPP", "SPPF", "ScalSeq", "SegmentationModel", "ShuffleV2Block", "Shuffle_Block", "SimpleStem",
    "StemBlock", "VisionClueMerge", "YOLO", "Zoom_cat",
})  # fmt: skip


def owner_of_class(name: str) -> str:
    """Tell whose a class name is that a recipe may not take; empty for a name that is free.

    Names of further modules of a checkout are free: there the class gets another name. These are those by which the
    structure of every model is read, so a class of the same name would be taken for the module itself.
    """
    if keyword.iskeyword(name) or hasattr(builtins, name):
        return "Python's own name"
    if name in _TORCH:
        return "a name of torch"
    return "a name of the YOLO repositories' own" if name in _FINAL | _STRUCTURE else ""
