"""The check `repeat`: two runs of three training steps from one seed give the same losses."""

import torch
import yp_build
from yp_report import Failed
from yp_training import step

STEPS = 3
RATE = 1e-3


def repeat(session):
    """Train twice from one seed; on the CPU the losses are equal, on CUDA the difference is told."""

    def run(model):
        base = model is session.base.model
        name = session.case["base" if base else "patched"]
        return [losses(session, name) for _ in range(2)]

    one, other = session.against_base("repeat", run)
    worst = max(abs(a - b) / max(abs(a), 1e-12) for a, b in zip(one, other))
    if session.device.type == "cuda":
        return "losses of {} steps differ by {:.1e} at most".format(STEPS, worst)
    if one != other:
        base, error = session.base.ask("repeat", run)
        if error is None and base[0] == base[1]:
            detail = "two runs of {} steps from one seed give other losses: {} and {}"
            raise Failed(
                detail.format(STEPS, *(", ".join("{:.9g}".format(loss) for loss in run) for run in (one, other)))
            )
        return "not judged: two runs of the unpatched model differ as well"
    return "{} steps, equal losses".format(STEPS)


def losses(session, name):
    """Give the losses of the steps of a model that is built from the seed."""
    model = yp_build.build(session.module, name, session.case["final"], session.seed).to(session.device)
    yp_build.seed_everything(session.seed)
    found = []
    for _ in range(STEPS):
        output = step(model, session.image(4))
        numbers = [t.detach() for t in yp_build.tensors(output) if t.is_floating_point() and t.requires_grad]
        found.append(float(sum(t.double().pow(2).mean() for t in numbers)))
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.sub_(RATE * parameter.grad)
    return found


CHECKS = {"repeat": repeat}
