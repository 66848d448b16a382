"""Do the new parameters learn: are they in the checkout's optimiser, and does a step of it move them for good?"""

import torch
import yp_build
import yp_trainer
from yp_alone import given, pair, undisturbed
from yp_look import mapped
from yp_report import Failed

TRIALS = 8
# Of the larger maps: a module that works in windows may see a single one in the maps of a small image.
SIDE = 32


def parameters(session):
    """Give row number, name and parameter of every parameter that is new."""
    return [
        (number, name, parameter)
        for number in session.new
        for name, parameter in session.patched.model[number].named_parameters()
    ]


def push(session):
    """Move each new parameter as an optimiser's step does; give what was there, the parameter and what is there now.

    By hand, because importing torch.optim can take longer than all of this.
    """
    moved = []
    for number, name, parameter in parameters(session):
        before = parameter.detach().clone()
        gradient = parameter.grad
        if gradient is not None and bool(torch.isfinite(gradient).all()):
            parameter.data.sub_(1e-3 * gradient.sign())
        moved.append((number, name, parameter, before, parameter.detach().clone()))
    return moved


def moved(session, pushed):
    """Say which parameter did not keep where the step had put it, "" where all did; put them back."""
    found = ""
    now = {(number, name): parameter for number, name, parameter in parameters(session)}
    for number, name, parameter, before, after in pushed:
        if now.get((number, name)) is not parameter:
            found = found or "row {}: parameter {} is replaced by another one in forward(), which no optimiser knows"
        elif not torch.equal(parameter.detach(), after):
            found = found or "row {}: parameter {} is overwritten in forward(), so that no step of an optimiser lasts"
        parameter.data.copy_(before)
        found = found.format(number, name)
    return found


def all_learn(session, steps):
    """Fail on a new parameter that the checkout's optimiser would not hold, or whose gradient is always zero."""
    rule = yp_trainer.optimiser(session.package)
    for number in session.new:
        row = session.patched.model[number]
        for place, module in row.named_modules():
            for name, parameter in module.named_parameters(recurse=False):
                full = ".".join(filter(None, (place, name)))
                if not parameter.requires_grad:
                    detail = (
                        "row {}: parameter {} is frozen (requires_grad=False), which trainers undo: register a buffer"
                    )
                    raise Failed(detail.format(number, full))
                if rule is not None and name not in rule.names:
                    detail = "row {}: parameter {} is in no group of this checkout's optimiser, which takes attributes "
                    detail += "named {} only ({}): it would never be trained"
                    raise Failed(detail.format(number, full, " and ".join(sorted(rule.names)), rule.place))
    suspect = {number: always(steps, number, "zero") for number in session.new}
    if not any(suspect.values()):
        return
    for number, args in given(session):
        stuck = always_zero(session.patched.model[number], args, suspect[number]) if suspect[number] else []
        if stuck:
            detail = "row {}: the gradient of parameter {} is always zero: it never learns"
            raise Failed(detail.format(number, stuck[0]))


def always(steps, number, state):
    """Give the parameters of a row whose gradient was in the same state in all steps."""
    kinds = [one.gradients[number] for one in steps]
    return [name for name in kinds[0] if all(kind.get(name) == state for kind in kinds)] if kinds else []


def always_zero(row, args, names):
    """Give those of the parameters of a row whose gradient is zero in every trial, with values of many kinds.

    All parameters are moved a little first: one that starts at zero hides the gradients of those behind it. Half of the
    trials are on larger maps: a softmax over the few cells of a small one may have a single term. Every other trial has
    those that are left with signs by chance: few units behind a ReLU may all begin where it is shut.
    """
    generator = torch.Generator().manual_seed(2)

    def noise(tensor):
        return torch.randn(tensor.shape, generator=generator).to(tensor.device, tensor.dtype)

    left = list(names)
    with undisturbed(row):
        row.train()
        for parameter in row.parameters():
            parameter.data.add_(0.05 * noise(parameter))
        for trial in range(TRIALS):
            if not left:
                break
            scale = 0.5 * 2 ** (trial % 4)
            side = 1 if trial < TRIALS // 2 else SIDE
            images = mapped(
                pair(args), lambda t, s=scale, n=side: s * noise(enlarged(t, n)) if t.is_floating_point() else t
            )
            if trial % 2:
                now = dict(row.named_parameters())
                for name in left:
                    now[name].data.mul_(noise(now[name]).sign())
            row.zero_grad()
            try:
                given_back = row(*images)
            except (RuntimeError, ValueError, AssertionError):
                if trial < TRIALS // 2:
                    raise
                break  # a module for maps of its own size
            output = [t for t in yp_build.tensors(given_back) if t.requires_grad]
            sum((t * noise(t)).sum() for t in output).backward()
            now = dict(row.named_parameters())
            left = [name for name in left if now[name].grad is None or not bool((now[name].grad != 0).any())]
    return left


def enlarged(tensor, side):
    """Repeat a batch of maps along height and width until both are at least so long; anything else stays."""
    if tensor.dim() != 4:
        return tensor
    return tensor.repeat(1, 1, *(-(-side // max(length, 1)) for length in tensor.shape[2:]))
