"""Tell whether a network computes what another did, its new rows taken for wires: run in the checkout.

`python compare_checkpoints.py OLD NEW ROWS`: both are whole-model checkpoints, ROWS the numbers of NEW's new rows.
"""

import json
import os
import sys

import torch

sys.path.insert(0, os.getcwd())


def load(path):
    """Load a checkpoint with no help but torch's."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=False)
    except TypeError:
        content = torch.load(path, map_location="cpu")
    return content, content["model"].float().eval()


def flat(output):
    """Give the tensors of a nested output in their order."""
    if torch.is_tensor(output):
        return [output]
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, (list, tuple)) else []
    return [tensor for part in parts for tensor in flat(part)]


(_, old), (document, new) = load(sys.argv[1]), load(sys.argv[2])
torch.manual_seed(4)
image = torch.rand(1, 3, 64, 96)
with torch.no_grad():
    before = flat(old(image))
    for number in json.loads(sys.argv[3]):
        new.model[number].forward = lambda x: x
    after = flat(new(image))
    old.fuse(), new.fuse()
    fused = [flat(old(image)), flat(new(image))]


def largest(one, other):
    """Give the largest difference of two lists of tensors."""
    assert [a.shape for a in one] == [b.shape for b in other]
    return max([float((a - b).abs().max()) for a, b in zip(one, other) if a.numel()] or [0.0])


facts = {name: document.get(name) for name in ("epoch", "optimizer", "best_fitness", "train_args", "version")}
print(
    json.dumps(
        dict(
            facts,
            difference=largest(before, after),
            fused=largest(*fused),
            tensors=len(before),
            names=[str(name) for name in (new.names.values() if isinstance(new.names, dict) else new.names)],
            keys=sorted(document),
            half=any(one.dtype == torch.float16 for one in load(sys.argv[2])[0]["model"].half().parameters()),
        )
    )
)
