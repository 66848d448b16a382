"""Modules that are unusual and right: no check fails, whatever it looks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from tiny import INIT, gate

from yolo_patcher.runtime.verify.results import Case, Verification
from yolo_patcher.runtime.verify.run import run_probe

pytestmark = pytest.mark.torch
SOUND = {
    "starts as the identity": gate(
        "return x + self.scale.view(1, -1, 1, 1) * self.fc(x)", INIT + "\nself.scale = nn.Parameter(torch.zeros(c))"
    ),
    "few hidden channels behind a ReLU": gate(
        "return x * self.up(self.fc(x.mean((2, 3), keepdim=True)).relu()).sigmoid()",
        "self.fc = nn.Conv2d(c, 1, 1)\nself.up = nn.Conv2d(1, c, 1)",
    ),
    "attention over all places without a skip": gate(
        "b, c, h, w = x.shape\nx = nn.functional.avg_pool2d(x, 2, ceil_mode=True)\n"
        "q, k, v = (p(x).flatten(2) for p in self.p)\n"
        "y = v @ (q.transpose(1, 2) @ k).softmax(2).transpose(1, 2)\ny = y.view(b, c, (h + 1) // 2, (w + 1) // 2)\n"
        "return nn.functional.interpolate(y, (h, w))",
        "self.p = nn.ModuleList(nn.Conv2d(c, c, 1) for _ in range(3))",
    ),
    "attention over a few large cells, of which a small map has a single one": gate(
        "b, c, h, w = x.shape\nx = nn.functional.avg_pool2d(x, 16, ceil_mode=True)\nd, r = x.shape[2:]\n"
        "q, k, v = (p(x).flatten(2) for p in self.p)\n"
        "y = v @ (q.transpose(1, 2) @ k).softmax(2).transpose(1, 2)\n"
        "return nn.functional.interpolate(y.view(b, c, d, r), (h, w))",
        "self.p = nn.ModuleList(nn.Conv2d(c, c, 1) for _ in range(3))",
    ),
    "attention to means over windows": gate(
        "b, c, h, w = x.shape\nq, k, v = (p(y).flatten(2) for p, y in zip(self.p, (x, self.pool(x), self.pool(x))))\n"
        "return x + (v @ (q.transpose(1, 2) @ k).softmax(2).transpose(1, 2)).view(b, c, h, w)",
        "self.p = nn.ModuleList(nn.Conv2d(c, c, 1) for _ in range(3))\nself.pool = nn.AvgPool2d(8, 8, 0, True, False)",
    ),
    "large kernel": gate("return x * self.fc(x).sigmoid()", "self.fc = nn.Conv2d(c, c, 7, 1, 9, 3, c)"),
    "dropout in training": gate("return self.drop(self.fc(x))", INIT + "\nself.drop = nn.Dropout(0.2)"),
    "random numbers in training": gate("return self.fc(x + torch.rand_like(x) if self.training else x)"),
    "buffer": gate(
        "return self.fc(x) * self.share", INIT + "\nself.register_buffer('share', torch.full((1, c, 1, 1), 0.5))"
    ),
    "constant on the input's device": gate(
        "return self.fc(x) * torch.full((1, 1, 1, 1), 0.5, device=x.device, dtype=x.dtype)"
    ),
    "cached table of positions": gate(
        "if x.shape[2:] not in self.known:\n"
        "    self.known = {x.shape[2:]: torch.linspace(0, 1, x.shape[3], device=x.device)}\n"
        "return self.fc(x) + self.known[x.shape[2:]].to(x)",
        INIT + "\nself.known = {}",
    ),
    "function of its own": gate("return Twice.apply(self.fc(x))")
    + """

class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2
""",
    "recurrent": gate(
        "y, _ = self.rnn(x.mean(3).transpose(1, 2))\nreturn x * y.transpose(1, 2).unsqueeze(3).sigmoid()",
        "self.rnn = nn.LSTM(c, c, batch_first=True)",
    ),
    "normalisation of a group": gate("return self.norm(self.fc(x))", INIT + "\nself.norm = nn.GroupNorm(4, c)"),
    "own gradient mode": gate("with torch.no_grad():\n    m = x.mean((2, 3), keepdim=True)\nreturn self.fc(x - m)"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verification]:
    folder = tmp_path_factory.mktemp("sound")
    cases: list[Case] = tiny.write_many(folder, list(SOUND.values()))
    found = run_probe(folder, "models.yolo", cases, python=None, device="cpu", timeout=120.0)
    return dict(zip(SOUND, found, strict=True))


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_module_passes(name: str, answers: dict[str, Verification]) -> None:
    assert answers[name].failures == ()
    assert answers[name].warnings == ()


def test_a_module_that_declares_to_mix_positions_is_not_asked_where(tmp_path: Path) -> None:
    case = tiny.write(tmp_path, gate("return self.fc(x).flip(3)"))
    rows = tuple(replace(row, mixes=row.new) for row in case.rows)
    cases = [replace(case, checks=("build", "space")), replace(case, checks=("build", "space"), rows=rows)]
    answers = run_probe(tmp_path, "models.yolo", cases, python=None, device="cpu", timeout=60.0)
    assert [answer.checks[-1].status for answer in answers] == ["failed", "skipped"]
    assert "mixes positions by design" in answers[1].checks[-1].detail
