"""What the new rows must not do to others: write into their feature maps, or mix the images of a batch."""

import contextlib

import torch
import yp_build
from yp_report import Failed

APART = 1e-3


@contextlib.contextmanager
def watched(session, before, after):
    """Call `before(number, inputs)` and `after(number, inputs, output)` around every new row."""
    hooks = []
    for number in session.new:
        row = session.patched.model[number]
        hooks.append(row.register_forward_pre_hook(lambda _, inputs, n=number: before(n, inputs)))
        hooks.append(row.register_forward_hook(lambda _, inputs, output, n=number: after(n, inputs, output)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def leave_inputs(session):
    """Fail when a new row writes into a feature map that another row reads as well, at prediction or in training."""
    kept, written = {}, set()

    def before(number, inputs):
        kept[number] = [(t, t.clone()) for t in yp_build.tensors(inputs)]

    def after(number, inputs, output):
        if not all(same(now, then) for now, then in kept.pop(number)):
            written.add(number)

    def run(model, training):
        model.train(training)
        with torch.no_grad():
            (yp_build.run_training if training else call)(model, session.image(2))

    for training in (False, True):
        with watched(session, before, after):
            session.against_base(("no gradient", training), lambda model, training=training: run(model, training))
    rows = session.case["rows"]
    for number in sorted(written):
        for source in rows[number]["from"]:
            others = [str(n) for n, row in enumerate(rows) if n != number and source in row["from"]]
            if others:
                detail = "row {} changes the feature map of row {} in place, which row {} reads as well"
                raise Failed(detail.format(number, source, ", ".join(others)))


def same(one, other):
    """Tell whether two tensors hold the same numbers, NaN at the same places."""
    return bool(((one == other) | ((one != one) & (other != other))).all())


def call(model, image):
    """Run a model on an image."""
    return model(image)


def keep_images_apart(session):
    """Fail when what a new row gives for an image, at prediction, depends on the other images of its batch.

    A textured image and a black one are run as one batch, and each alone. Only the new rows are compared: a final row
    may sort what it finds.
    """
    pair = session.image(2)
    pair[1] = 0

    def run(model):
        model.eval()
        outputs = {}
        with torch.no_grad(), watched(session, lambda *_: None, lambda n, _, output: outputs.__setitem__(n, output)):
            found = []
            for image in (pair, pair, pair[:1], pair[1:]):
                model(image)
                found.append({n: [t.detach().clone() for t in yp_build.tensors(o)] for n, o in outputs.items()})
        return found

    together, again, *alone = session.against_base("a textured and a black image", run)
    for number in session.new:
        for part, tensor in enumerate(together.get(number, ())):
            if not tensor.is_floating_point() or not tensor.dim() or tensor.shape[0] != 2:
                continue
            if differ(tensor, again[number][part]):
                raise Failed("row {} gives another output each time for the same images in eval()".format(number))
            for index in (0, 1):
                if differ(tensor[index], alone[index][number][part][0]):
                    detail = "row {}: its output for an image depends on the other images of its batch in eval()"
                    raise Failed(detail.format(number))


def differ(one, other):
    """Tell whether two tensors are further apart than rounding brings them."""
    if one.shape != other.shape:
        return True
    gap, size = (one.float() - other.float()).abs().max(), other.float().abs().max()
    return bool(gap > APART * size) and bool(gap > 1e-6)
