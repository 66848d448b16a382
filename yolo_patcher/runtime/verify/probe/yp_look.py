"""One forward of a whole model, and what can be seen on the way: every row's output, the inputs of some."""

import time

import torch
import yp_build


class Look(object):
    """What one forward showed.

    Attributes:
        image: the shape of the image batch.
        output: what the model gave.
        shapes: per row, the nested shape of its output.
        seconds: per row, how long it took.
        inputs: per watched row, copies of its arguments.
        written: the watched rows that changed an argument in place.
        final: copies of the arguments of the final row.
    """

    def __init__(self, image):
        self.image = tuple(image.shape)
        self.output = None
        self.shapes, self.seconds, self.inputs, self.written, self.final = {}, {}, {}, set(), ()

    def features(self):
        """Give the tensors that entered the final row."""
        return yp_build.tensors(list(self.final))

    def stride(self, number):
        """Give the stride of a row's output in pixels; None where it is no feature map or too small to tell."""
        shape = self.shapes.get(number)
        if not isinstance(shape, list) or len(shape) != 4 or not all(isinstance(size, int) for size in shape):
            return None
        height, width = self.image[2:]
        if not shape[2] or not shape[3] or (shape[2] == 1 and shape[3] == 1) or height * shape[3] != width * shape[2]:
            return None
        return height / float(shape[2])


def look(model, image, watch=(), clock=None):
    """Run a model as at prediction time.

    Args:
        model: the model.
        image: the image batch.
        watch: the numbers of the rows whose arguments are kept, and compared after they ran.
        clock: gives the time in seconds.
    """
    clock = clock or time.perf_counter
    seen, begun, last = Look(image), {}, len(model.model) - 1

    def before(number, args):
        if number in watch:
            seen.inputs[number] = mapped(args, copied)
        if number == last:
            seen.final = mapped(args, copied)
        begun[number] = clock()

    def after(number, args, output):
        seen.seconds[number] = clock() - begun[number]
        seen.shapes[number] = yp_build.shapes(output)
        if number in watch and not same(args, seen.inputs[number]):
            seen.written.add(number)

    hooks = []
    for number, row in enumerate(model.model):
        hooks.append(row.register_forward_pre_hook(lambda _, args, n=number: before(n, args)))
        hooks.append(row.register_forward_hook(lambda _, args, output, n=number: after(n, args, output)))
    try:
        seen.output = evaluate(model, image)
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def evaluate(model, image):
    """Run a model as at prediction time."""
    model.eval()
    with torch.no_grad():
        return model(image)


def copied(tensor):
    """Copy a tensor without its history."""
    return tensor.detach().clone()


def mapped(value, function):
    """Give a nested value with `function(tensor)` for each of its tensors."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, dict):
        return {key: mapped(part, function) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(part, function) for part in value)
    return value


def same(one, other):
    """Tell whether two nested values hold the same numbers, NaN at the same places."""
    ones, others = yp_build.tensors(one), yp_build.tensors(other)
    return len(ones) == len(others) and all(
        a.shape == b.shape and bool(((a == b) | ((a != a) & (b != b))).all()) for a, b in zip(ones, others)
    )


def close(one, other, relative, absolute):
    """Tell whether two nested values are the same numbers but for rounding; NaN, which `forward` finds, is like NaN."""
    ones, others = yp_build.tensors(one), yp_build.tensors(other)
    return len(ones) == len(others) and all(
        a.shape == b.shape and torch.allclose(a.float(), b.float(), rtol=relative, atol=absolute, equal_nan=True)
        for a, b in zip(ones, others)
    )


def is_finite(output):
    """Tell whether an output has neither NaN nor infinity."""
    return all(bool(torch.isfinite(t).all()) for t in yp_build.tensors(output) if t.is_floating_point())


def alike(model, expected, found, relative, absolute):
    """Tell whether two looks at models of the same weights gave the same output, and fed the final row the same.

    A final row that selects, by sorting for one, turns a difference of one bit into another output. Where `model`'s
    does, only what entered it is compared.
    """
    if not same_but_for(expected.final, found.final, relative):
        return False
    return close(expected.output, found.output, relative, absolute) or selects(model, expected, relative, absolute)


def same_but_for(one, other, relative):
    """Tell whether two nested values differ by no more than a share of the largest value of each tensor."""
    ones, others = yp_build.tensors(one), yp_build.tensors(other)
    if len(ones) != len(others) or any(a.shape != b.shape for a, b in zip(ones, others)):
        return False
    for a, b in zip(ones, others):
        known = b.float()[torch.isfinite(b.float())]
        most = float(known.abs().max()) if known.numel() else 0.0
        if not torch.allclose(a.float(), b.float(), rtol=relative, atol=relative * most, equal_nan=True):
            return False
    return True


def selects(model, seen, relative, absolute):
    """Tell whether the final row of `model` gives something else for what it was given with other rounding."""
    generator = torch.Generator().manual_seed(1)

    def rounded(tensor):
        if not tensor.is_floating_point():
            return tensor.clone()
        noise = torch.rand(tensor.shape, generator=generator).to(tensor.device)
        return tensor * (1 + relative * (noise - 0.5).to(tensor.dtype))

    row = model.model[-1].eval()
    with torch.no_grad():
        return not close(row(*mapped(seen.final, copied)), row(*mapped(seen.final, rounded)), relative, absolute)
