"""The check `amp`: autocast as in training, and the whole model in a narrow type as in validation."""

import copy

import torch
import yp_build
from yp_checks import evaluate, is_finite, require_finite
from yp_report import Failed, Skip
from yp_training import gradients


def amp(session):
    """Mixed precision, and the model itself in float16; bfloat16 for what this torch has no float16 on the CPU."""
    cuda = session.device.type == "cuda"
    notes, reasons = [], []
    if cuda or (hasattr(torch, "autocast") and hasattr(torch, "bfloat16")):
        try:
            notes.append(autocast(session, torch.float16 if cuda else torch.bfloat16))
        except Skip as reason:
            reasons.append(str(reason))
    for dtype in (torch.float16, torch.bfloat16):
        try:
            notes.append(whole(session, dtype))
            break
        except Skip as reason:
            reasons.append(str(reason))
    if not notes:
        raise Skip(reasons[0])
    return " and ".join(notes)


def autocast(session, dtype):
    """Train one step under autocast, on a scaled loss as a gradient scaler would give."""

    def run(model):
        model.train()
        model.zero_grad()
        with mixed(session.device.type, dtype):
            output = yp_build.run_training(model, session.image(2))
        sum(t.float().pow(2).mean() for t in yp_build.tensors(output) if t.requires_grad).backward()
        return gradients(model), output

    name = short(dtype)
    found, output = session.against_base(("amp", name), run)
    model = session.patched
    require_finite(output, "the output in " + name)
    for number in session.new:
        for parameter, state in found[number].items():
            if state == "not finite":
                raise Failed("row {}: the gradient of {} is not finite in {}".format(number, parameter, name))
    model.zero_grad()
    return "autocast to " + name


def mixed(kind, dtype):
    """Give the autocast of this torch; before 1.10 there is the one for CUDA and float16 only."""
    return torch.autocast(kind, dtype=dtype) if hasattr(torch, "autocast") else torch.cuda.amp.autocast()


def whole(session, dtype):
    """Run the whole model in `dtype`, as validation has it with `half()`."""
    name = short(dtype)

    def run(model):
        evaluate(model, session.image())  # what a training step left behind is for the check deepcopy to find
        return evaluate(copy.deepcopy(model).to(dtype), session.image().to(dtype))

    output = session.against_base(("whole", name), run)
    if not is_finite(output) and is_finite(evaluate(session.patched, session.image())):
        base, error = session.base.ask(("whole", name), run)
        if error is None and is_finite(base):
            require_finite(output, "the output in half precision ({})".format(name))
    return "the model in " + name


def short(dtype):
    """Give `float16` for `torch.float16`."""
    return str(dtype).split(".")[-1]


CHECKS = {"amp": amp}
