"""The check `deterministic`: a backward pass with deterministic algorithms only, as YOLOv5 trains on CUDA."""

import contextlib
import warnings

import torch
import yp_build
from yp_report import Failed, Skip
from yp_training import step

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


def deterministic(session):
    """Backward with deterministic algorithms only; without CUDA, no operation of which torch says that it has none."""
    if not hasattr(torch, "use_deterministic_algorithms"):
        raise Skip("this torch has no use_deterministic_algorithms")
    if session.device.type != "cuda":
        new = session.against_base("known", lambda model: known(model, session)) - known(session.base.model, session)
        if new:
            detail = "no deterministic backward on CUDA, which YOLOv5 trains with: {}"
            raise Failed(detail.format(", ".join(sorted(new))))
        raise Skip("needs CUDA")

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


def known(model, session):
    """Give the operations of a training step that would raise on CUDA by the documentation of this very torch."""
    model.train()
    output = yp_build.run_training(model, session.image(2))
    raising = (torch.use_deterministic_algorithms.__doc__ or "").rpartition("operations will throw")[2]
    nodes = graph([t.grad_fn for t in yp_build.tensors(output) if t.grad_fn is not None])
    found = {name for node in nodes for start, name in OPERATIONS.items() if node.startswith(start)}
    return {name for name in found if name + "`" in raising}


def graph(todo):
    """Give the names of all nodes that a backward pass from these would go through."""
    seen = set(todo)
    while todo:
        for node, _ in todo.pop().next_functions:
            if node is not None and node not in seen:
                seen.add(node)
                todo.append(node)
    return {type(node).__name__ for node in seen}


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
