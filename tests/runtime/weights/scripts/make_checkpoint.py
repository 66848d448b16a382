"""Make a checkpoint as a repository's trainer leaves it: `python make_checkpoint.py REQUEST`, run in the checkout."""

import copy
import importlib
import json
import os
import sys

import torch

sys.path.insert(0, os.getcwd())
request = json.loads(sys.argv[1])
torch.manual_seed(request.get("seed", 1))
model = getattr(importlib.import_module(request["module"]), request["class"])(request["load"], nc=request["nc"])
for tensor in model.state_dict().values():
    if tensor.is_floating_point():
        # Values that differ from tensor to tensor, and that half precision holds.
        tensor.copy_((tensor + torch.randn(tensor.shape) * 0.01).half().float())
model.names = {number: f"class {number}" for number in range(request["nc"])}
model.args = {"task": "detect", "imgsz": 64, "data": "some.yaml"}
content = copy.deepcopy(model).half() if request["form"] == "half" else model
if request["form"] == "state":
    content = model.state_dict()
elif request["form"] == "safetensors":
    from safetensors.torch import save_file

    save_file(model.state_dict(), request["out"])
    sys.exit()
else:
    average = copy.deepcopy(content) if request["form"] == "ema" else None
    content = {
        "epoch": 7, "best_fitness": 0.5, "model": content, "ema": average,
        "updates": 9, "optimizer": {"state": {}, "param_groups": []}, "train_args": {"imgsz": 64, "task": "detect"},
        "date": "today", "version": "1", "opt": None, "git": None,
    }  # fmt: skip
torch.save(content, request["out"])
