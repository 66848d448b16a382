"""The new rows by themselves, on what the patched model gave them: as telling as whole models, and far cheaper."""

import contextlib

import torch
import yp_build
from yp_look import copied, mapped
from yp_report import Skip


def given(session):
    """Give each new row's number and the arguments that it got, in values of a trained model's size.

    A fresh model's are often so small that a difference drowns in rounding.

    Raises:
        Skip: where the model can't run at all.
    """
    try:
        seen = session.look(session.patched)
    except Exception as error:
        raise Skip("the patched model does not run: " + session.report.describe(error)) from error
    return [(number, lifted(seen.inputs[number])) for number in session.new if number in seen.inputs]


def lifted(args):
    """Give arguments scaled so that the largest deviation among their tensors is 1; noise where there is none."""
    numbers = [t for t in yp_build.tensors(args) if t.is_floating_point() and t.numel() > 1]
    size = max([float(t.float().std()) for t in numbers] or [1.0])
    if size != size or size == float("inf"):
        return args
    generator = torch.Generator().manual_seed(4)

    def lift(tensor):
        if not tensor.is_floating_point():
            return tensor
        return tensor / size if size else torch.randn(tensor.shape, generator=generator).to(tensor)

    return mapped(args, lift)


def run(row, args):
    """Run a row on a copy of its arguments."""
    return row(*mapped(args, copied))


def quietly(row, args):
    """Run a row as at prediction time on a copy of its arguments."""
    row.eval()
    with torch.no_grad():
        return run(row, args)


def pair(args):
    """Give the arguments for two images: the map and its mirror image."""
    return mapped(args, lambda t: torch.cat([t, t.flip(-1)]) if t.dim() else t.clone())


@contextlib.contextmanager
def undisturbed(row):
    """Leave weights, buffers, gradients and modes of a row as they were before the block."""
    modes = [(module, module.training) for module in row.modules()]
    state = [(tensor, tensor.detach().clone()) for tensor in (*row.parameters(), *row.buffers())]
    wanted = [(parameter, parameter.requires_grad) for parameter in row.parameters()]
    try:
        yield
    finally:
        for tensor, before in state:
            if tensor.shape == before.shape:
                tensor.data.copy_(before)
        for module, mode in modes:
            module.training = mode
        for parameter, needs in wanted:
            parameter.requires_grad_(needs)
            parameter.grad = None


def square(args, side, fill):
    """Give arguments whose feature maps have `side` rows and columns, filled by `fill(shape)`.

    Maps of different sizes keep their proportions; None where they can't.
    """
    maps = [part for part in flat(args) if torch.is_tensor(part)]
    if not maps or any(part.dim() != 4 for part in maps):
        return None
    smallest = min(part.shape[2] for part in maps)
    if any(part.shape[2] % smallest for part in maps):
        return None

    def made(part):
        size = side * (part.shape[2] // smallest)
        return fill((1, part.shape[1], size, size)).to(part.device, part.dtype)

    return mapped(args, made)


def flat(value):
    """Give the innermost parts of a nested value."""
    if isinstance(value, (list, tuple)):
        return [part for inner in value for part in flat(inner)]
    return [value]
