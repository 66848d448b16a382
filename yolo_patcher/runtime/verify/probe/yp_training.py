"""The check `train`, and a training step for others."""

import torch
import yp_build
from yp_checks import require_finite
from yp_report import Failed, Skip


def step(model, image):
    """Run forward and backward on the mean square of everything that comes out; give the output."""
    model.train()
    model.zero_grad()
    output = yp_build.run_training(model, image)
    wanted = [t for t in yp_build.tensors(output) if t.is_floating_point() and t.requires_grad]
    if not wanted:
        raise Failed("no output of the training model has a gradient")
    sum(t.float().pow(2).mean() for t in wanted).backward()
    return output


def gradients(model):
    """Give per row the names of its parameters, each with None, "finite", "zero" or "not finite"."""
    kinds = []
    for row in model.model:
        found = {}
        for name, parameter in row.named_parameters():
            if parameter.requires_grad:
                found[name] = kind(parameter.grad)
        kinds.append(found)
    return kinds


def kind(gradient):
    """Class one gradient."""
    if gradient is None:
        return None
    if not bool(torch.isfinite(gradient).all()):
        return "not finite"
    return "finite" if bool((gradient != 0).any()) else "zero"


def train(session):
    """With one image and with two: every new parameter gets a finite gradient, and the rows before keep theirs."""
    notes = []
    for batch in (1, 2):
        image = session.image(batch)

        def run(model, image=image):
            output = step(model, image)
            return gradients(model), output if model is session.patched else None

        try:
            found, output = session.against_base(("train", batch), run)
        except Skip:
            if batch == 2:
                raise
            notes.append("batch 2 only: the unpatched model can't train on one image")
            continue
        require_finite(output, "the training output")
        judge(session, found, lambda batch=batch, run=run: session.base.ask(("train", batch), run), batch)
    session.patched.zero_grad()
    return "; ".join(notes)


def judge(session, found, ask_base, batch):
    """Fail on what a gradient of this step says against the patch."""
    where = " (batch {})".format(batch)
    for number in session.new:
        for name, state in found[number].items():
            if state in (None, "not finite"):
                what = "gets no gradient" if state is None else "gets a gradient that is not finite"
                raise Failed("row {}: parameter {} {}{}".format(number, name, what, where))
    old = [number for number in range(len(found)) if number not in session.new]
    suspect = [number for number in old if any(state != "finite" for state in found[number].values())]
    if not suspect:
        return
    base, error = ask_base()
    if error is not None:
        return
    for number in suspect:
        before = base[0][old.index(number)]
        worse = [
            n for n, s in found[number].items() if s in (None, "not finite") and before.get(n) in ("finite", "zero")
        ]
        if worse:
            raise Failed("row {}: parameter {} lost its gradient{}".format(number, worse[0], where))
        if "finite" in before.values() and "finite" not in found[number].values():
            raise Failed("row {}: all its gradients are zero, unlike in the unpatched model{}".format(number, where))


CHECKS = {"train": train}
