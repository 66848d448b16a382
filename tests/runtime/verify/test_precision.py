"""What the check `amp` takes for the module's fault is not torch's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import yolo_patcher

PROBE = Path(yolo_patcher.__file__).parent / "runtime/verify/probe"

CONVOLUTIONS = """
import torch
from yp_precision import confirmed

def step():
    conv.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = conv(x) * factor
    output.float().pow(2).mean().backward()
    return [] if torch.isfinite(conv.weight.grad).all() else ["weight"]

def only_with_onednn():
    if torch.backends.mkldnn.enabled:
        return ["weight"]
    raise RuntimeError("not implemented for BFloat16")

assert confirmed(only_with_onednn) == ["weight"]
assert confirmed(lambda: ["weight"] if torch.backends.mkldnn.enabled else None) == ["weight"]
torch.manual_seed(0)
for factor, wanted in ((1.0, []), (float("inf"), ["weight"])):
    for _ in range(100):
        conv, x = torch.nn.Conv2d(256, 64, 7, padding=3), torch.randn(2, 256, 2, 2)
        torch.full((500_000,), float("nan"))  # is what lies in the memory that comes next
        assert confirmed(step) == wanted, (factor, confirmed(step))
        if wanted:
            break
"""


@pytest.mark.torch
def test_a_gradient_that_torch_did_not_write_is_no_fault() -> None:
    environment = {"PYTHONPATH": str(PROBE), "PATH": ""}
    ended = subprocess.run([sys.executable, "-c", CONVOLUTIONS], env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
