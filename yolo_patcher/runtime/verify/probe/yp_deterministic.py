"""The check `deterministic`: a backward pass with deterministic algorithms only, where the checkout trains so."""

import contextlib
import re
import warnings

import torch
import yp_build
import yp_trainer
from yp_alone import given, undisturbed
from yp_look import copied, mapped
from yp_report import Failed, Skip, Warned
from yp_training import step, trained

# The start of the name of a node of the graph of gradients, and what torch's documentation calls its operation.
OPERATIONS = {
    "AdaptiveAvgPool2D": "torch.nn.AdaptiveAvgPool2d",
    "AdaptiveAvgPool3D": "torch.nn.AdaptiveAvgPool3d",
    "AdaptiveMaxPool2D": "torch.nn.AdaptiveMaxPool2d",
    "AvgPool3D": "torch.nn.AvgPool3d",
    "Cumsum": "torch.cumsum",
    "FractionalMaxPool2D": "torch.nn.FractionalMaxPool2d",
    "GridSampler": "torch.nn.functional.grid_sample",
    "MaxUnpool2D": "torch.nn.MaxUnpool2d",
    "ReflectionPad1D": "torch.nn.ReflectionPad1d",
    "ReflectionPad2D": "torch.nn.ReflectionPad2d",
    "ReplicationPad1D": "torch.nn.ReplicationPad1d",
    "ReplicationPad2D": "torch.nn.ReplicationPad2d",
    "UpsampleBicubic2D": "torch.nn.functional.interpolate",
    "UpsampleBilinear2D": "torch.nn.functional.interpolate",
    "UpsampleLinear1D": "torch.nn.functional.interpolate",
}
CURES = {
    "AdaptiveAvgPool2d": "a mean over dimensions is: x.mean((2, 3), keepdim=True), or x.mean(3, keepdim=True) for one",
    "AdaptiveMaxPool2d": "a maximum over dimensions is: x.amax((2, 3), keepdim=True)",
    "ReflectionPad": "padding with zeros is",
    "ReplicationPad": "padding with zeros is",
    "interpolate": 'mode="nearest" is',
}


def deterministic(session):
    """Backward with deterministic algorithms only; without CUDA, no operation of which torch says that it has none.

    A failure where the checkout's own trainer asks for it; where that only warns, or does not ask, so does this.
    """
    if not hasattr(torch, "use_deterministic_algorithms"):
        raise Skip("this torch has no use_deterministic_algorithms")
    if session.device.type != "cuda":
        new = known(session.against_base("trained", lambda model: trained(session, model)))
        if new:
            base, error = session.base.ask("trained", lambda model: trained(session, model))
            new = new - known(base) if error is None else new
        if new:
            judge(session, "no deterministic backward on CUDA: " + ", ".join(sorted(new)), new)
        raise Skip("needs CUDA")

    def run(model):
        with deterministic_only():
            step(model, session.image(2))

    session.steps += 1
    try:
        session.against_base("deterministic", run)
    except Skip as reason:
        new = nondeterministic(session, session.patched) - nondeterministic(session, session.base.model)
        if new:
            judge(session, "nondeterministic where the unpatched model is not: " + "; ".join(sorted(new)), new)
        raise reason
    except RuntimeError as error:
        if "deterministic" not in str(error):
            raise
        judge(session, session.report.describe(error), {str(error)})
    finally:
        session.patched.zero_grad()


def judge(session, what, operations):
    """Fail, or warn where the checkout's trainer does no more; with the line of the class and the cure."""
    how, place = yp_trainer.determinism(session.package)
    words = [
        what,
        *lines(session),
        *sorted(cure for part, cure in CURES.items() if any(part in one for one in operations)),
    ]
    if how == "enforced":
        words.append("this checkout's trainer enforces it ({})".format(place))
        raise Failed("; ".join(words))
    words.append("this checkout's trainer only warns of it ({})".format(place) if place else
                 "this checkout's trainer does not ask for it")  # fmt: skip
    raise Warned("; ".join(words))


def lines(session):
    """Say which line of which new row makes each such operation, as the detection of anomalies notes it."""
    found = []
    for number, args in given(session):
        row = session.patched.model[number]
        with undisturbed(row), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row.train()
            with torch.autograd.detect_anomaly():
                output = row(*mapped(args, lambda t: copied(t).requires_grad_() if t.is_floating_point() else t))
            starts = [t.grad_fn for t in yp_build.tensors(output) if t.grad_fn is not None]
            for node in yp_build.nodes(starts):
                if not type(node).__name__.startswith(tuple(OPERATIONS)):
                    continue
                frames = re.findall(r'File "([^"]+)", line (\d+)', "".join(node.metadata.get("traceback_", [])))
                own = [place for place in (session.report.place(f, n) for f, n in frames) if not place.startswith("/")]
                if own and (number, own[-1]) not in found:
                    found.append((number, own[-1]))
    return ["row {}: {}".format(number, place) for number, place in found[:3]]


def known(found):
    """Give the operations of training steps that would raise on CUDA by the documentation of this very torch."""
    raising = (torch.use_deterministic_algorithms.__doc__ or "").rpartition("operations will throw")[2]
    nodes = {node for one in found.steps for node in one.operations}
    names = {name for node in nodes for start, name in OPERATIONS.items() if node.startswith(start)}
    return {name for name in names if name + "`" in raising}


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


CHECKS = {"deterministic": deterministic}
