"""Compare variants of a checkout's blocks with the blocks themselves; knows nothing of how variants are written.

Run as a script: `variants_live.py ROOT MODULE`, with a JSON list of cases on stdin. Prints a JSON list: for each case
what is wrong, empty where nothing is.

The modules in the variants are SE with all weights zero, whose gate is exactly a half; so a variant must give what its
block gives when the output of each layer behind which a module stands is halved, by a hook, once for each module.
"""

import copy
import functools
import io
import json
import pickle
import sys
from pathlib import Path

import torch
from torch import nn

PROBE = Path(__file__).resolve().parents[2] / "yolo_patcher" / "runtime" / "verify" / "probe"
# The layer behind which the module of a residual unit stands, by hand.
LAST = {
    "Bottleneck": "cv2", "RepBottleneck": "cv2", "CrossConv": "cv2", "GhostBottleneck": "conv", "PSABlock": "ffn",
    "PSA": "ffn", "ABlock": "mlp", "CIB": "cv1", "HGBlock": "ec", "ResNetBlock": "cv3", "SPPF": "cv2",
}  # fmt: skip


def halved(factor, module, inputs, output):
    return output * factor


def hooked(block, case):
    """Give the block with halved outputs where modules stand, and how many places these are."""
    block, places = copy.deepcopy(block), 0
    if case["within"]:
        factor = 0.5 ** case["within"]
        for unit in [one for one in block.modules() if type(one).__name__ in LAST]:
            getattr(unit, LAST[type(unit).__name__]).register_forward_hook(functools.partial(halved, factor))
            places += case["within"]
    if case["behind"]:
        block.register_forward_hook(functools.partial(halved, 0.5 ** case["behind"]))
        places += case["behind"]
    return block, places


def fused(model, host):
    """Do as the hosts' `fuse` does."""
    for m in model.modules():
        if isinstance(m, host.Conv) and hasattr(m, "bn"):
            m.conv = host.fuse_conv_and_bn(m.conv, m.bn)
            delattr(m, "bn")
            m.forward = m.forward_fuse if hasattr(m, "forward_fuse") else m.fuseforward
        elif type(m).__name__ == "RepConv":
            m.fuse_convs()
            m.forward = m.forward_fuse
    return model


def copies(variant, inputs):
    """Give the variant as hosts copy it."""
    yield "deepcopy", copy.deepcopy(variant)
    stored = io.BytesIO()
    torch.save(variant, stored)
    stored.seek(0)
    try:
        yield "saved", torch.load(stored, weights_only=False)
    except TypeError:
        stored.seek(0)
        yield "saved", torch.load(stored)
    yield "pickled", pickle.loads(pickle.dumps(variant))
    yield "traced", torch.jit.trace(variant, inputs, check_trace=False)
    yield "double and back", copy.deepcopy(variant).double().float()


def faults(host, case):
    torch.manual_seed(0)
    base, made = getattr(host, case["base"]), getattr(host, case["variant"])
    block, variant = base(*case["args"]), made(*case["args"])
    for one in block.modules():
        if isinstance(one, nn.BatchNorm2d):
            one.running_mean.uniform_(-0.1, 0.1)
            one.running_var.uniform_(0.5, 1.5)
    if not isinstance(variant, base):
        yield "is no instance of its base"
    own, new = block.state_dict(), variant.state_dict()
    lost = [name for name, tensor in own.items() if name not in new or new[name].shape != tensor.shape]
    if lost:
        yield f"lost or changed: {lost}"
    answer = variant.load_state_dict(own, strict=False)
    gates = [one for one in variant.modules() if type(one).__name__ == "SE"]
    if (
        answer.unexpected_keys
        or set(answer.missing_keys) != set(new) - set(own)
        or len(answer.missing_keys) < len(gates)
    ):
        yield f"does not load: {answer}"
    for one in gates:
        for parameter in one.parameters():
            nn.init.zeros_(parameter)
    block.eval(), variant.eval()
    wanted, places = hooked(block, case)
    if len(gates) != places or not places:
        yield f"{len(gates)} modules for {places} places"
    inputs = tuple(torch.randn(shape) for shape in case["inputs"])
    with torch.no_grad():
        expected = wanted(*inputs)
        if torch.equal(expected, block(*inputs)):
            yield "the oracle changes nothing"
        if not torch.allclose(variant(*inputs), expected, atol=1e-6):
            yield "forward differs"
        for name, other in copies(variant, inputs):
            if not torch.allclose(other(*inputs), expected, atol=1e-6):
                yield f"{name} differs"
        flat = fused(copy.deepcopy(variant), host)
        if not torch.allclose(flat(*inputs), fused(copy.deepcopy(wanted), host)(*inputs), atol=1e-5):
            yield "fused differs"
        if sum(isinstance(one, nn.BatchNorm2d) for one in flat.modules()) > case.get("norms", 0):
            yield "is not fused"
        if hasattr(variant, "forward_split"):
            split = copy.deepcopy(variant)
            split.forward = split.forward_split
            if not torch.allclose(split(*inputs), expected, atol=1e-6):
                yield "forward_split differs"
    variant.train()
    variant(*inputs).sum().backward()
    idle = [name for name, one in variant.named_parameters() if one.grad is None]
    if idle:
        yield f"without gradient: {idle}"
    if case.get("compiled") and hasattr(torch, "compile"):
        variant.eval()
        with torch.no_grad():
            compiled = torch.compile(variant, backend="eager", fullgraph=True)(*inputs)
            if not torch.allclose(compiled, variant(*inputs), atol=1e-6):
                yield "compiled differs"
    if case.get("exported"):
        torch.onnx.export(variant.eval(), inputs, io.BytesIO(), **case["exported"])


def main(root, name):
    """Answer the request."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(PROBE))
    import yp_quiet
    import yp_standins

    yp_quiet.quieten(str(Path.cwd()))
    sys.path[0] = root
    yp_standins.StandIns(root, ()).install()
    host = __import__(name, fromlist=["parse_model"])
    answers = []
    for case in json.load(sys.stdin):
        try:
            answers.append(list(faults(host, case)))
        except Exception as error:
            answers.append([f"{type(error).__name__}: {error}"])
    json.dump(answers, stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
