"""The check `size`: the image size that the checkout trains with, plain images, maps of one cell, and what it costs."""

import torch
import yp_build
import yp_trainer
from yp_alone import given, square, undisturbed
from yp_checks import like_base_at, require_finite
from yp_look import look
from yp_report import Failed, Skip, Warned

MANY_BYTES = 64 << 20
MOST_BYTES = 2 << 30
SLOW_SECONDS = 0.25
SMALL, LARGE = 8, 32


def size(session):
    """At the default training size and on plain images of one stride: shapes as the base's, finite; time and memory."""
    remarks, greedy = memory(session)
    plain(session)
    side = -(-yp_trainer.side(session.package, session.case["final"]) // session.stride) * session.stride
    if greedy:
        raise Warned("; ".join(remarks) + "; {0} x {0} was not tried".format(side))
    image = session.image(1, side, side)
    detail = like_base_at(session, image, session.clock, lambda seen: slow(session, seen, image, remarks))
    if remarks:
        raise Warned("; ".join([detail, *remarks]))
    return detail


def plain(session):
    """Fail when a black or a grey image of one stride, whose smallest maps are one cell, gives other than numbers."""
    image = session.image(2, session.stride, session.stride)
    image[0], image[1] = 0.0, 114 / 255.0

    def run(model):
        return look(model, image)

    try:
        seen = session.against_base("plain", run)
    except Skip:
        return  # the base can't run on one stride, so its users never do
    require_finite(seen.output, "the output for a plain image")
    base, error = session.base.ask("plain", run)
    if error is None and yp_build.shapes(base.output) != yp_build.shapes(seen.output):
        raise Failed(
            "on a plain image of {0} x {0} pixels the output has other shapes than the base's".format(session.stride)
        )


def slow(session, seen, image, remarks):
    """Remark on new rows that take longer than all other rows together, twice; the slowest of them is named."""
    if not lags(session, seen):
        return
    seen = look(session.patched, image, (), session.clock)  # the machine may just have been busy
    whole, own = lags(session, seen) or (0.0, {})
    if own:
        slowest = max(own, key=lambda number: own[number])
        detail = "the new rows take {:.2f} s of the {:.2f} s of a forward at {} x {}, row {} alone {:.2f} s"
        remarks.append(detail.format(sum(own.values()), whole, seen.image[2], seen.image[3], slowest, own[slowest]))


def lags(session, seen):
    """Give the seconds of the whole forward and of each new row where these take most of it; None elsewhere."""
    own = {number: seen.seconds.get(number, 0.0) for number in session.new}
    whole, together = sum(seen.seconds.values()), sum(own.values())
    return (whole, own) if together > SLOW_SECONDS and together > whole - together else None


def memory(session):
    """Give remarks on new rows whose memory grows with the square of the cells, and whether any takes too much.

    Measured is what the graph of gradients keeps, on maps of two sizes.
    """
    if not hasattr(torch.autograd, "graph") or not hasattr(torch.autograd.graph, "saved_tensors_hooks"):
        return [], False
    remarks, greedy = [], False
    pixels = yp_trainer.side(session.package, session.case["final"])
    for number, args in given(session):
        row = session.patched.model[number]
        stride = session.look(session.patched).image[2] / float(tallest(args) or 1)
        cells = (pixels / stride) ** 2
        with undisturbed(row):
            try:
                few, many = kept(row, args, SMALL), kept(row, args, LARGE)
            except (RuntimeError, ValueError, AssertionError):
                continue  # a module for certain sizes
        if not few or not many or cells <= LARGE**2:
            continue
        # What grows with the square of the cells, once what grows with the cells is taken away.
        ratio = (LARGE / float(SMALL)) ** 2
        squared = (many - ratio * few) / (LARGE**4 - ratio * SMALL**4)
        there = squared * cells**2
        if there > MANY_BYTES:
            detail = (
                "row {}: its memory grows with the square of the number of cells, to {:,.0f} MiB an image at {} pixels"
            )
            remarks.append(detail.format(number, there / 2**20, pixels))
            greedy = greedy or there > MOST_BYTES
    return remarks, greedy


def tallest(args):
    """Give the largest height among the maps of arguments."""
    return max((t.shape[2] for t in yp_build.tensors(args) if t.dim() == 4), default=0)


def kept(row, args, side):
    """Give the bytes that a training forward keeps for its backward, on maps of `side` rows and columns."""
    maps = square(args, side, torch.zeros)
    if maps is None:
        return 0
    seen = {}

    def pack(tensor):
        seen[tensor.data_ptr()] = max(seen.get(tensor.data_ptr(), 0), tensor.numel() * tensor.element_size())
        return tensor

    row.train()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = row(*[part.requires_grad_() if torch.is_tensor(part) else part for part in maps])
    del output
    return sum(seen.values())


CHECKS = {"size": size}
