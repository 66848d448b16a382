"""What a patch costs: exact where it can be counted, and sane where it is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from conftest import COMPLETE_PYTHON
from tiny import FORWARD, gate

from yolo_patcher.cli.main import run
from yolo_patcher.recipe.catalogue import all_recipes
from yolo_patcher.recipe.expression import format_value
from yolo_patcher.recipe.proof_reader import read_proof
from yolo_patcher.runtime.verify.costs import Amount, Costs
from yolo_patcher.runtime.verify.results import Verification
from yolo_patcher.runtime.verify.run import PROBE, run_probe

pytestmark = pytest.mark.torch

# Two matrix products per image on a map of 16 channels and 8 x 8 positions; no module of torch computes them.
ATTENTION = (
    "flat = x.flatten(2)\nscores = flat.transpose(1, 2) @ flat\n"
    "return x + (flat @ scores.softmax(1)).view_as(x) * self.fc.weight.mean() + self.fc.bias.mean()"
)
PRODUCT = 2 * 16 * 64 * 64
CONVOLUTIONS = 2 * (
    8 * 3 * 9 * 32 * 32  # row 0
    + 8 * 8 * 9 * 16 * 16  # row 1
    + 16 * 8 * 9 * 8 * 8  # row 2
    + 8 * 24 * 9 * 16 * 16  # row 5
    + 2 * 8 * 16 * 16  # the final row, P2
    + 2 * 16 * 8 * 8  # the final row, P3
)
"""The FLOPs of the tiny model on 64 x 64 pixels, by hand."""


def measure(
    root: Path, new: str | None = None, python: str | None = None, side: int = 64
) -> tuple[Verification, Costs]:
    """Verify the tiny patch with its costs."""
    case = replace(tiny.write(root, new), costs=side, checks=("import", "build", "forward"))
    (answer,) = run_probe(root, "models.yolo", [case], python=python, device="cpu", timeout=600.0)
    assert answer.failures == ()
    assert answer.costs is not None
    return answer, answer.costs


def test_flops_are_exact(tmp_path: Path) -> None:
    answer, costs = measure(tmp_path)
    # A 1 x 1 convolution from 16 to 16 channels on the mean.
    assert costs.flops == Amount(CONVOLUTIONS, CONVOLUTIONS + 2 * 16 * 16)
    assert costs.row_flops == {3: 2 * 16 * 16}
    assert costs.image == (1, 3, 64, 64)
    assert answer.params == {**costs.parameters.as_json()}
    assert costs.missing == {}
    assert costs.seed == 0
    assert costs.threads is not None
    assert costs.device_name


def test_flops_of_a_matrix_product_are_counted(tmp_path: Path) -> None:
    _, costs = measure(tmp_path, gate(ATTENTION))
    assert costs.row_flops == {3: 2 * PRODUCT}
    assert costs.flops == Amount(CONVOLUTIONS, CONVOLUTIONS + 2 * PRODUCT)


def test_the_image_fits_the_stride(tmp_path: Path) -> None:
    _, costs = measure(tmp_path, side=61)
    assert costs.image == (1, 3, 64, 64)


def test_latency_and_memory_are_sane(tmp_path: Path) -> None:
    _, costs = measure(tmp_path)
    latency = costs.latency
    assert latency is not None
    assert 6 <= latency.pairs <= 200
    assert 0 <= latency.slower <= latency.pairs
    for one in (latency.base, latency.patched):
        assert 0 < one.q1 <= one.median <= one.q3
    assert latency.added.q1 <= latency.added.median <= latency.added.q3
    assert costs.inference_memory is not None
    assert costs.training_memory is not None
    # Row 0 alone gives 8 x 32 x 32 floats, before and behind its normalisation.
    assert costs.inference_memory.base >= 2 * 4 * 8 * 32 * 32
    assert costs.training_memory.base > costs.inference_memory.base
    assert costs.training_batch == 1


def test_memory_that_a_row_keeps_is_seen(tmp_path: Path) -> None:
    """A row whose backward needs a hundred maps of 16 x 8 x 8 floats costs at least those."""
    _, costs = measure(tmp_path, gate("return sum((x * n).exp() for n in range(100)) * self.fc.bias.mean()"))
    assert costs.training_memory is not None
    assert costs.training_memory.added >= 100 * 4 * 16 * 8 * 8


def test_training_on_two_images_where_one_is_not_enough(tmp_path: Path) -> None:
    """A normalisation over one value refuses to train; the tiny model is built on two images so that it gets there."""
    new = gate("return x * self.bn(x.mean((2, 3), keepdim=True))", "self.bn = nn.BatchNorm2d(c)")
    case = tiny.write(tmp_path, new, yolo=tiny.YOLO.replace("torch.zeros(1, 3", "torch.zeros(2, 3"))
    case = replace(case, costs=64, checks=("import", "build", "forward"))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=600.0)
    assert answer.costs is not None
    assert answer.costs.missing == {}
    assert answer.costs.training_batch == 2


def test_a_figure_that_can_not_be_had_has_its_reason(tmp_path: Path) -> None:
    """Training fails on maps of 9 x 9 only, which no check has."""
    planted = "if self.training and x.shape[-1] == 9: raise RuntimeError('planted')\n"
    _, costs = measure(tmp_path, gate(planted + FORWARD), side=72)
    assert costs.training_memory is None
    assert costs.training_batch == 0
    assert list(costs.missing) == ["training memory"]
    assert "planted (models/common.py:" in costs.missing["training memory"]
    assert costs.flops is not None
    assert costs.latency is not None
    assert costs.inference_memory is not None
    memory = costs.as_json()["memory_bytes"]
    assert memory == {"inference": costs.inference_memory.as_json(), "training": None}


def test_nothing_is_measured_unless_asked(tmp_path: Path) -> None:
    case = replace(tiny.write(tmp_path), checks=("import", "build"))
    (answer,) = run_probe(tmp_path, "models.yolo", [case], python=None, device="cpu", timeout=600.0)
    assert answer.costs is None
    assert "costs" not in answer.as_json()


@pytest.mark.complete
def test_a_torch_without_a_flop_counter(tmp_path: Path) -> None:
    answer, costs = measure(tmp_path, python=COMPLETE_PYTHON)
    if tuple(map(int, answer.torch.split(".")[:2])) >= (2, 1):
        pytest.skip(f"torch {answer.torch} at {COMPLETE_PYTHON} has the counter")
    assert costs.flops is None
    assert costs.row_flops == {}
    assert costs.missing == {"flops": f"torch {answer.torch} has no torch.utils.flop_counter (2.1 has)"}
    assert costs.as_json()["flops"] is None
    assert costs.inference_memory is not None
    assert costs.training_memory is not None
    assert costs.latency is not None


PEAK = """
import sys
sys.path.insert(0, sys.argv[1])
import torch, yp_cost

def work():
    first = torch.empty(1000000, dtype=torch.uint8)
    second = torch.empty(500000, dtype=torch.uint8)
    del first
    third = torch.empty(200000, dtype=torch.uint8)
    return torch.empty(100000, dtype=torch.uint8)

print(yp_cost.peak(torch.device("cpu"), work))
print(yp_cost.spread([4.0, 1.0, 3.0, 2.0]))
"""


@pytest.mark.parametrize("python", [sys.executable, pytest.param(COMPLETE_PYTHON, marks=pytest.mark.complete)])
def test_the_peak_is_what_lives_at_one_time(python: str) -> None:
    ended = subprocess.run([python, "-W", "ignore", "-c", PEAK, str(PROBE)], capture_output=True, timeout=600)
    lines = ended.stdout.decode().splitlines()
    assert ended.returncode == 0, ended.stderr.decode()
    assert lines[-2:] == ["1500000", "{'q1': 1.75, 'median': 2.5, 'q3': 3.25}"]


# The formulas are held against the classes elsewhere; here some stand for all.
INSERTED = [recipe for recipe in all_recipes() if recipe.signature.keeps_shape]
INSERTED = INSERTED[:: -(-len(INSERTED) // 8)]
SETTINGS = {
    recipe.name: [f"{name}={format_value(value)}" for name, value in settings.items()]
    for recipe in INSERTED
    for settings in read_proof(recipe).settings[:1]
}


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, SETTINGS], ids=["published", "set"])
def test_a_row_costs_what_its_recipe_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: dict[str, list[str]]
) -> None:
    tiny.write(tmp_path, "", base=tiny.WIDE)
    (tmp_path / "models" / "base-gate.yaml").unlink()
    names = [recipe.name for recipe in INSERTED]
    wanted = [f"{name}@{tiny.PLACES[number % len(tiny.PLACES)]}" for number, name in enumerate(names)]
    sets = [word for name in names for pair in settings.get(name, ()) for word in ("--set", f"{name}.{pair}")]
    repo = ["--repo", str(tmp_path), "--json"]
    assert run(["apply", *wanted, *sets, "--model", "base", "--output", "all.yaml", "--no-verify", *repo]) == 0
    capsys.readouterr()
    assert run(["verify", "--costs", "--imgsz", "64", "--device", "cpu", *repo]) == 0
    (patch,) = json.loads(capsys.readouterr().out)["patches"]
    costs = patch["verify"]["costs"]
    assert sorted(row["recipe"] for row in costs["rows"]) == sorted(names)
    for row in costs["rows"]:
        assert row["equal"] is True, row
        assert row["parameters"] == row["parameters_by_formula"] is not None
        assert row["level"] in (1, 2, 3)
        assert row["channels"] in (32, 64)
    assert sum(row["parameters"] for row in costs["rows"]) == costs["parameters"]["added"]
    assert sum(row["flops"] for row in costs["rows"]) == costs["flops"]["added"]
