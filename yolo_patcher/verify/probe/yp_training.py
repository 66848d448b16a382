"""The checks that go backward: train, amp, deterministic."""

import contextlib
import copy
import warnings

import torch
import yp_build
from yp_checks import evaluate, require_finite
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


def amp(session):
    """Mixed precision: float16 and half() on CUDA, bfloat16 on the CPU."""
    if session.device.type == "cuda":
        return amp_cuda(session)
    if not hasattr(torch, "autocast") or not hasattr(torch, "bfloat16"):
        raise Skip("this torch has no autocast on the CPU")
    return autocast(session, torch.bfloat16)


def autocast(session, dtype):
    """Train one step under autocast, on a scaled loss as a gradient scaler would give."""

    def run(model):
        model.train()
        model.zero_grad()
        with mixed(session.device.type, dtype):
            output = yp_build.run_training(model, session.image(2))
        sum(t.float().pow(2).mean() for t in yp_build.tensors(output) if t.requires_grad).backward()
        return gradients(model), output

    name = str(dtype).split(".")[-1]
    found, output = session.against_base(("amp", name), run)
    model = session.patched
    require_finite(output, "the output in " + name)
    for number in session.new:
        for parameter, state in found[number].items():
            if state == "not finite":
                raise Failed("row {}: the gradient of {} is not finite in {}".format(number, parameter, name))
    model.zero_grad()
    return name


def mixed(kind, dtype):
    """Give the autocast of this torch; before 1.10 there is the one for CUDA and float16 only."""
    return torch.autocast(kind, dtype=dtype) if hasattr(torch, "autocast") else torch.cuda.amp.autocast()


def amp_cuda(session):
    """Run float16: one autocast step, and a whole model in half precision as validation has it."""
    autocast(session, torch.float16)

    def run(model):
        return evaluate(copy.deepcopy(model).half(), session.image().half())

    output = session.against_base("half", run)
    try:
        require_finite(output, "the output in half precision")
    except Failed:
        base, error = session.base.ask("half", run)
        if error is None and all(bool(torch.isfinite(t).all()) for t in yp_build.tensors(base)):
            raise
    return "float16 and half()"


def deterministic(session):
    """Backward with deterministic algorithms only, as YOLOv5 trains."""
    if session.device.type != "cuda":
        raise Skip("needs CUDA")
    if not hasattr(torch, "use_deterministic_algorithms"):
        raise Skip("this torch has no use_deterministic_algorithms")

    def run(model):
        with deterministic_only():
            step(model, session.image(2))

    try:
        session.against_base("deterministic", run)
    except Skip as reason:
        new = nondeterministic(session, session.patched) - nondeterministic(session, session.base.model)
        if new:
            raise Failed("nondeterministic where the unpatched model is not: " + "; ".join(sorted(new))) from reason
        raise
    finally:
        session.patched.zero_grad()


def nondeterministic(session, model):
    """Give the operations that torch warns of, each by the first words of the warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with deterministic_only(warn_only=True):
                step(model, session.image(2))
        except TypeError:  # before torch 1.11
            return set()
    found = {str(warning.message).split(" does not have")[0] for warning in caught}
    return {text for text in found if "deterministic" not in text and len(text) < 100}


@contextlib.contextmanager
def deterministic_only(**options):
    """Switch deterministic algorithms on for a block."""
    torch.use_deterministic_algorithms(True, **options)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


CHECKS = {"train": train, "amp": amp, "deterministic": deterministic}
