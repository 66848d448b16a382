"""Build models row by row on torch's meta device, with a checkout's own `parse_model`; knows nothing of the planner.

Run as a script: `live_rows.py ROOT MODULE`, with a JSON list of `[path, scale]` on stdin. Prints one JSON list: for
each model the channels and the height of each row's output on a 1024 x 1024 image, or the error.
"""

import copy
import json
import sys
from pathlib import Path

import torch
import yaml

SIZE = 1024
PROBE = Path(__file__).resolve().parents[2] / "yolo_patcher" / "runtime" / "verify" / "probe"


def meta_device():
    """Make every new tensor on the meta device: `with torch.device("meta")`, and the same for torch 1.13."""
    if hasattr(torch.device, "__enter__"):
        return torch.device("meta")
    from torch.overrides import TorchFunctionMode

    names = ("arange", "empty", "eye", "full", "linspace", "ones", "rand", "randn", "tensor", "zeros")
    factories = {getattr(torch, name) for name in names}

    class OnMeta(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            kwargs = dict(kwargs or {})
            if function in factories and kwargs.get("device") is None:
                kwargs["device"] = "meta"
            return function(*args, **kwargs)

    return OnMeta()


def without_weights(model):
    """Leave out the weights of TorchVision's models, which would be downloaded."""
    for row in model["backbone"] + model["head"]:
        if row[2] == "TorchVision" and len(row[3]) > 2:
            row[3][2] = None


def rows_of(module, path, scale):
    """Give, for each row but the last, [channels, height], or None where the output is no feature map."""
    model = yaml.safe_load(Path(path).read_text("utf-8"))
    if scale:
        model["scale"] = scale
    model["ch"] = 3
    without_weights(model)
    with meta_device():
        try:
            built, _ = module.parse_model(copy.deepcopy(model), 3)
        except TypeError:
            built, _ = module.parse_model(copy.deepcopy(model), [3])
        image, text = torch.zeros(1, 3, SIZE, SIZE), torch.zeros(1, 80, 512)
        built.eval()
        outputs, facts = [], []
        for row in built[:-1]:
            sources = row.f if isinstance(row.f, list) else [row.f]
            inputs = [outputs[-1] if f == -1 and outputs else image if f == -1 else outputs[f] for f in sources]
            given = inputs if isinstance(row.f, list) else inputs[0]
            name = type(row).__name__
            outputs.append(row(given, text) if name in ("C2fAttn", "ImagePoolingAttn") else row(given))
            last = outputs[-1]
            facts.append([last.shape[1], last.shape[2]] if torch.is_tensor(last) and last.ndim == 4 else None)
    return facts


def main(root, name):
    """Answer the request."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(PROBE))
    import yp_quiet
    import yp_standins

    yp_quiet.quieten(str(Path.cwd()))
    sys.path[0] = root
    yp_standins.StandIns(root, ()).install()
    module = __import__(name, fromlist=["parse_model"])
    answers = []
    with torch.no_grad():
        for path, scale in json.load(sys.stdin):
            try:
                answers.append({"rows": rows_of(module, path, scale)})
            except Exception as error:
                answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
