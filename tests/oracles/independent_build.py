"""Build, run and differentiate models through a checkout's own API; knows nothing of yolo-patcher.

Run as a script in a complete environment: `independent_build.py ROOT LOAD...`. Prints one JSON document: for each model
the type of each row and the shapes of the outputs, or the error.
"""

import json
import os
import sys
import tempfile
import traceback


def tensors(value):
    """Flatten nested outputs into a list of tensors."""
    if hasattr(value, "shape"):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [one for item in value for one in tensors(item)] if isinstance(value, (list, tuple)) else []


def build(load):
    """Build a model as the repository's users do."""
    if os.path.isdir(os.path.join(root, "ultralytics")):
        from ultralytics import YOLO

        return YOLO(load).model
    if os.path.isdir(os.path.join(root, "yolov5")):
        from yolov5.models import yolo
    else:
        from models import yolo

    final = open(load, encoding="utf-8").read()
    name = "SegmentationModel" if "Segment, [" in final else "DetectionModel"
    return getattr(yolo, name, yolo.Model)(load)


def examine(load):
    """Build one model, run it forward and backward."""
    import torch

    torch.manual_seed(0)
    model = build(load)
    rows = [type(row[0] if isinstance(row, torch.nn.Sequential) else row).__name__ for row in model.model]
    sources = [row.f for row in model.model]
    model.eval()
    with torch.no_grad():
        outputs = tensors(model(torch.rand(1, 3, 64, 96)))
    assert all(torch.isfinite(one).all() for one in outputs if one.is_floating_point())
    model.train()
    sum((one.float() ** 2).mean() for one in tensors(model(torch.rand(2, 3, 64, 64)))).backward()
    without = [name for name, one in model.named_parameters() if one.requires_grad and one.grad is None]
    return {
        "rows": rows,
        "sources": sources,
        "shapes": [list(one.shape) for one in outputs],
        "parameters": sum(one.numel() for one in model.parameters()),
        "without_gradient": without,
        "file": sys.modules[type(model).__module__].__file__,
    }


if __name__ == "__main__":
    root = os.path.abspath(sys.argv[1])
    sys.path.insert(0, root)
    home = tempfile.mkdtemp()
    os.environ.update(YOLO_CONFIG_DIR=home, MPLCONFIGDIR=home, YOLO_AUTOINSTALL="false", YOLO_VERBOSE="false")
    os.chdir(root)
    stdout, sys.stdout = sys.stdout, sys.stderr
    answers = {}
    for load in sys.argv[2:]:
        try:
            answers[load] = examine(load)
        except Exception:
            answers[load] = {"error": traceback.format_exc()}
    json.dump(answers, stdout)
