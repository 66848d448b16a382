"""The check `train`, and the training steps that it shares with others."""

import copy

import torch
import yp_build
import yp_learning
from yp_checks import require_finite
from yp_report import Failed

BATCHES = (1, 4)
LEAK = (
    "{} keeps a feature map and the graph behind it in {}: a deepcopy, which the moving average of weights is, "
    "can't copy that; keep nothing, or detach() it"
)


class Step(object):
    """What a training step left.

    Attributes:
        batch: how many images it took.
        gradients: as `gradients` gives them.
        finite: whether the output was.
        output: what the model gave, of the patched model only.
        operations: the names of the nodes of its graph of gradients.
    """

    def __init__(self, batch, gradients, output, operations):
        self.batch, self.gradients, self.output, self.operations = batch, gradients, output, operations


class Trained(object):
    """What the steps of the check `train` left: them, why some were not possible, and a copy of the model.

    Attributes:
        steps: a `Step` for each batch size that was possible.
        notes: what was left out.
        failure: what was raised by the step with one image, which the base can do.
        copied: a copy made after the last step, None where that was not possible.
        problem: the exception that was raised instead.
        leaked: what that says of the model, "" where it is another matter.
        moved: what the new parameters did when they were moved, as `yp_learning.moved` gives it.
    """

    def __init__(self):
        self.steps, self.notes, self.failure = [], [], None
        self.copied, self.problem, self.leaked, self.moved = None, None, "", ""


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


def trained(session, model):
    """Train with one image and with four, the new parameters moved in between, and copy the model after it."""
    found, ours = Trained(), model is session.patched
    if ours and session.trained is not None:
        return session.trained
    if ours:
        session.steps += 1
    for batch in BATCHES:
        try:
            output = step(model, session.image(batch))
        except ValueError as error:  # normalisation over one value, for one
            if batch == BATCHES[-1]:
                raise
            if ours and not session.base_fails_alike(("step", batch), lone_step(session), error):
                found.failure = error
                continue
            found.notes.append("the unpatched model can't train on one image")
            continue
        nodes = yp_build.graph([t.grad_fn for t in yp_build.tensors(output) if t.grad_fn is not None])
        found.steps.append(Step(batch, gradients(model), output if ours else None, nodes))
        if ours and batch != BATCHES[-1]:
            push = yp_learning.push(session)
        elif ours and len(found.steps) > 1:
            found.moved = yp_learning.moved(session, push)
    if ours:
        try:
            found.copied = copy.deepcopy(model)
        except Exception as error:
            found.problem, found.leaked = error, leak(model, error)
        session.trained = found
    model.zero_grad()
    return found


def lone_step(session):
    """Give the step with one image, for asking the base."""
    return lambda model: step(model, session.image(1)) and None


def leak(model, error):
    """Say in which attribute a feature map was kept with its history; "" where the copy failed for something else."""
    if "deepcopy" not in str(error):
        return ""
    for number, row in enumerate(model.model):
        for place, module in row.named_modules():
            for name, value in vars(module).items():
                if any(t.grad_fn is not None for t in yp_build.tensors(value)):
                    where = ".".join(filter(None, (place, name)))
                    return LEAK.format("row {} ({})".format(number, type(row).__name__), where)
    return "a tensor with the graph behind it was kept, which no deepcopy can copy: " + " ".join(str(error).split())


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
    """With one image and with four: each new parameter gets a finite gradient and learns; the others keep theirs."""
    found = session.against_base("trained", lambda model: trained(session, model))
    if found.failure is not None:
        raise found.failure
    for one in found.steps:
        judge(session, one)
        require_finite(one.output, "the training output")
        one.output = None
    if found.moved:
        raise Failed(found.moved)
    yp_learning.all_learn(session, found.steps)
    return "; ".join(["batch {}".format(" and ".join(str(one.batch) for one in found.steps)), *found.notes])


def judge(session, one):
    """Fail on what a gradient of this step says against the patch."""
    where, found = " (batch {})".format(one.batch), one.gradients
    for number in session.new:
        for name, state in found[number].items():
            if state in (None, "not finite"):
                what = "gets no gradient" if state is None else "gets a gradient that is not finite (NaN or infinite)"
                raise Failed("row {}: parameter {} {}{}".format(number, name, what, where))
    old = [number for number in range(len(found)) if number not in session.new]
    suspect = [number for number in old if any(state != "finite" for state in found[number].values())]
    if not suspect:
        return
    base, error = session.base.ask("trained", lambda model: trained(session, model))
    before_all = [] if error is not None else [each.gradients for each in base.steps if each.batch == one.batch]
    if not before_all:
        return
    for number in suspect:
        before = before_all[0][old.index(number)]
        for name, state in found[number].items():
            if state in (None, "not finite") and before.get(name) in ("finite", "zero"):
                what = "lost its gradient" if state is None else "gets a gradient that is not finite (NaN or infinite)"
                raise Failed(
                    "row {}: parameter {} {}, unlike in the unpatched model{}".format(number, name, what, where)
                )
        if "finite" in before.values() and "finite" not in found[number].values():
            raise Failed("row {}: all its gradients are zero, unlike in the unpatched model{}".format(number, where))


CHECKS = {"train": train}
