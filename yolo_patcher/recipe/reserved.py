"""Names that a recipe may not take: hyper-parameters, choices, classes that YOLO models stand on, Windows devices."""

from __future__ import annotations

import builtins
import keyword

_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in range(10))
DEVICES = frozenset({"con", "prn", "aux", "nul", *_PORTS})
"""File names that Windows takes for devices, whatever their suffix."""

VARIABLES = frozenset({"strict", "parameters", "min", "max", "divisor", "self", "c1"})
"""`strict` is a setting of the tool, the others are taken by expressions and by the class that a recipe describes."""

_HOSTS = frozenset({
    "act", "amp", "anchors", "annotations", "argparse", "args", "ast", "attempt_download", "attempt_load", "autopad",
    "base_modules", "block", "cfg", "check_file", "color_list", "colors", "colorstr", "contextlib", "copy", "copy_attr",
    "cv2", "deepcopy", "default_act", "depth", "device", "dist2bbox", "emojis", "end2end", "exif_transpose",
    "feature_visualization", "fuse_conv_and_bn", "hidden_channels", "importlib", "increment_path", "initialize_weights",
    "intersect_dicts", "is_jupyter", "is_qat", "json", "kpt_shape", "layers", "legacy", "letterbox", "load_checkpoint",
    "logger", "logging", "make_anchors", "make_divisible", "math", "max_channels", "model", "model_info", "namedtuple",
    "non_max_suppression", "numpy", "opt", "pandas", "parse_model", "parser", "pathlib", "pickle", "platform",
    "plot_one_box", "print_args", "profile", "random", "reg_max", "repeat_modules", "requests", "restore_qat",
    "restricted", "results", "save", "save_one_box", "scale", "scale_boxes", "scale_coords", "scale_img", "scales",
    "select_device", "set_logging", "smart_inference_mode", "sys", "temporary_modules", "thop", "threading", "time",
    "time_sync", "time_synchronized", "torch", "torch_load", "torchvision", "typing", "urlparse", "verbose", "warnings",
    "width", "yaml", "yaml_load", "yaml_model_load", "zipfile",
})  # fmt: skip
_LITERALS = frozenset({"false", "null", "off", "true", "yes"})

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


def meaning_of_word(word: str) -> str:
    """Tell what else a word would mean in the row of a model YAML; empty where it stands for itself.

    Every `parse_model` evaluates the texts of a row: its own variables and what its file imports by these names take
    their place there (`copy` is a function in YOLOv5). A word of one or two characters may be a variable in any fork.
    """
    if keyword.iskeyword(word) or hasattr(builtins, word):
        return "Python's own name"
    if word in _HOSTS or len(word) < 3:
        return "a name that parse_model may give another value"
    return "a literal" if word in _LITERALS else ""


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
