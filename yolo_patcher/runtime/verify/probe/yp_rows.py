"""What the new rows must not do to others: write into their feature maps, or mix the images of a batch."""

import torch
import yp_build
from yp_alone import given, pair, quietly, undisturbed
from yp_look import copied, mapped, same
from yp_report import Failed

APART = 1e-3


def leave_inputs(session):
    """Fail when a new row writes into a feature map that another row reads as well, at prediction or in training."""
    written = set(session.look(session.patched).written)
    for number, args in given(session):
        row = session.patched.model[number]
        images = pair(args)
        with undisturbed(row), torch.no_grad():
            row.train()
            kept = mapped(images, copied)
            row(*kept)
            if not same(kept, images):
                written.add(number)
    rows = session.case["rows"]
    for number in sorted(written):
        for source in rows[number]["from"]:
            others = [str(n) for n, row in enumerate(rows) if n != number and source in row["from"]]
            if others:
                detail = "row {} changes the feature map of row {} in place, which row {} reads as well"
                raise Failed(detail.format(number, source, ", ".join(others)))


def keep_images_apart(session):
    """Fail when what a new row gives for an image, at prediction, depends on the other images of its batch.

    The map of an image, a black one and a mirrored one are run as one batch, and each alone.
    """
    for number, args in given(session):
        row = session.patched.model[number]
        images = [args, mapped(args, torch.zeros_like), mapped(args, lambda t: -2 * t.flip(-1))]
        batch = merged(images)
        with undisturbed(row):
            together, again = quietly(row, batch), quietly(row, batch)
            alone = [quietly(row, image) for image in images]
        for part, tensor in enumerate(yp_build.tensors(together)):
            if not tensor.is_floating_point() or not tensor.dim() or tensor.shape[0] != len(images):
                continue
            if differ(tensor, yp_build.tensors(again)[part]):
                raise Failed("row {} gives another output each time for the same images in eval()".format(number))
            for index, single in enumerate(alone):
                if differ(tensor[index], yp_build.tensors(single)[part][0]):
                    detail = "row {}: its output for an image depends on the other images of its batch in eval()"
                    raise Failed(detail.format(number))


def merged(images):
    """Make one batch of several arguments of one shape."""
    first = images[0]
    if torch.is_tensor(first):
        return torch.cat(images) if first.dim() else first
    if isinstance(first, (list, tuple)):
        return type(first)(merged(parts) for parts in zip(*images))
    return first


def differ(one, other):
    """Tell whether two tensors are further apart than rounding brings them."""
    if one.shape != other.shape:
        return True
    gap, size = (one.float() - other.float()).abs().max(), other.float().abs().max()
    return bool(gap > APART * size) and bool(gap > 1e-6)
