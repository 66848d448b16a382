"""What a careful author would write to check a patched ultralytics checkout: the passes of `verify`, without its care.

`verify_by_hand.py CHECKOUT BASE PATCHED`
"""

import copy
import io
import sys

sys.path.insert(0, sys.argv[1])

import torch
from ultralytics.nn.tasks import DetectionModel


def tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [one for item in value for one in tensors(item)] if isinstance(value, list | tuple) else []


def build(name, seed=0):
    torch.manual_seed(seed)
    return DetectionModel(name, verbose=False)


def evaluate(model, height, width):
    model.eval()
    torch.manual_seed(0)
    with torch.no_grad():
        return tensors(model(torch.rand(1, 3, height, width)))


def step(model, batch):
    model.train()
    model.zero_grad()
    sum(
        one.float().pow(2).mean() for one in tensors(model(torch.rand(batch, 3, 128, 128))) if one.requires_grad
    ).backward()


base, patched = build(sys.argv[2]), build(sys.argv[3])
for height, width in ((128, 128), (96, 160)):
    expected, found = evaluate(base, height, width), evaluate(patched, height, width)
    assert [one.shape for one in expected] == [one.shape for one in found]
    assert all(torch.isfinite(one).all() for one in found if one.is_floating_point())
with torch.no_grad():
    for training in (False, True):
        patched.train(training)
        patched(torch.rand(2, 3, 128, 128))
    patched.eval()
    pair = torch.rand(2, 3, 128, 128)
    together, again, *alone = (tensors(patched(image)) for image in (pair, pair, pair[:1], pair[1:]))
    assert all(torch.allclose(a, b) for a, b in zip(together, again, strict=True))
    assert all(a.shape[1:] == b.shape[1:] for one in alone for a, b in zip(together, one, strict=True))
for batch in (1, 2):
    step(patched, batch)
    assert all(torch.isfinite(one.grad).all() for one in patched.parameters() if one.requires_grad)
with torch.autocast("cpu", dtype=torch.bfloat16):
    step(patched, 2)
evaluate(patched, 128, 128)
old = torch.__version__.startswith("1.")
narrow = torch.bfloat16 if old else torch.float16
with torch.no_grad():
    found = tensors(copy.deepcopy(patched).to(narrow).eval()(torch.rand(1, 3, 128, 128).to(narrow)))
assert all(torch.isfinite(one).all() for one in found if one.is_floating_point())
step(patched, 2)
twin = copy.deepcopy(patched)
assert all(torch.equal(a, b) for a, b in zip(evaluate(patched, 128, 128), evaluate(twin, 128, 128), strict=True))
evaluate(patched, 128, 128)
evaluate(copy.deepcopy(patched).fuse(verbose=False), 128, 128)
saved = io.BytesIO()
torch.save(patched.state_dict(), saved)
saved.seek(0)
whole = io.BytesIO()
torch.save(patched, whole)
whole.seek(0)
loaded = torch.load(whole, **({} if old else {"weights_only": False}))
assert all(torch.allclose(a, b) for a, b in zip(evaluate(patched, 128, 128), evaluate(loaded, 128, 128), strict=True))
other = build(sys.argv[3], 1)
other.load_state_dict(torch.load(saved))
assert all(torch.allclose(a, b) for a, b in zip(evaluate(patched, 128, 128), evaluate(other, 128, 128), strict=True))
