"""The checks that need no gradient: wiring, forward, rectangle, deepcopy, fuse, state_dict."""

import contextlib
import copy
import io

import torch
import yp_build
import yp_rows
from yp_report import Failed, Skip


def evaluate(model, image):
    """Run a model as at prediction time."""
    model.eval()
    with torch.no_grad():
        return model(image)


def is_finite(output):
    """Tell whether an output has neither NaN nor infinity."""
    return all(bool(torch.isfinite(t).all()) for t in yp_build.tensors(output) if t.is_floating_point())


def require_finite(output, what="the output"):
    """Fail on NaN and infinity."""
    for number, tensor in enumerate(yp_build.tensors(output)):
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            word = "NaN" if bool(torch.isnan(tensor).any()) else "infinite values"
            raise Failed("{} has {} (tensor {} of shape {})".format(what, word, number, tuple(tensor.shape)))


def close(one, other, relative, absolute):
    """Tell whether two nested outputs are the same numbers; NaN, which `forward` finds, is like NaN."""
    ones, others = yp_build.tensors(one), yp_build.tensors(other)
    return len(ones) == len(others) and all(
        a.shape == b.shape and torch.allclose(a.float(), b.float(), rtol=relative, atol=absolute, equal_nan=True)
        for a, b in zip(ones, others)
    )


def wiring(session):
    """The live graph has the planned rows, and no row is dead that was not dead before."""
    planned, live = session.case["rows"], list(session.patched.model)
    if len(planned) != len(live):
        raise Failed("the plan has {} rows, the model {}".format(len(planned), len(live)))
    old = [number for number, row in enumerate(planned) if not row["new"]]
    for number, (row, module) in enumerate(zip(planned, live)):
        name = row["module"].split(".")[-1]
        accepted = {name, getattr(getattr(session.module, name, None), "__name__", name)}
        if not row["new"] and old.index(number) < len(session.base.types):
            accepted.add(session.base.types[old.index(number)])
        found = module.type.split(".")[-1]
        if found not in accepted:
            raise Failed("row {} is {}, planned is {}".format(number, found, name))
        reads = yp_build.sources(module)
        if module.i != number or reads != list(row["from"]):
            plan = "row {} ({}) reads {}, planned is {}"
            raise Failed(plan.format(number, found, numbers(reads), numbers(row["from"])))
    excused = {old[row] for row in yp_build.dead_rows(session.base.graph) if row < len(old)}
    dead = [row for row in yp_build.dead_rows([yp_build.sources(m) for m in live]) if row not in excused]
    if dead:
        plural = "s {} do" if len(dead) > 1 else " {} does"
        raise Failed("row" + plural.format(numbers(dead)) + " not reach the final row")
    return "{} rows, {} new".format(len(live), len(session.new))


def numbers(rows):
    """Write row numbers for a reader."""
    return ", ".join("the image" if row == -1 else str(row) for row in rows)


def forward(session):
    """The output has the shapes of the base's, is finite, and no image or row suffers from another."""
    with recorded(session.patched.model) as shapes:
        detail = same_shapes(session, session.image())
    session.shapes = [shapes.get(number) for number in range(len(session.patched.model))]
    yp_rows.leave_inputs(session)
    yp_rows.keep_images_apart(session)
    return detail


@contextlib.contextmanager
def recorded(rows):
    """Note the nested shape of what every row gives."""
    shapes = {}
    hooks = [
        row.register_forward_hook(lambda _, inputs, output, n=n: shapes.__setitem__(n, yp_build.shapes(output)))
        for n, row in enumerate(rows)
    ]
    try:
        yield shapes
    finally:
        for hook in hooks:
            hook.remove()


def rectangle(session):
    """The same on an image whose sides are different odd multiples of the stride."""
    return same_shapes(session, session.image(1, 3 * session.stride, 5 * session.stride))


def same_shapes(session, image):
    """Run both models on one image and compare."""
    key = ("evaluate", tuple(image.shape))

    def run(model):
        output = evaluate(model, image)
        return yp_build.shapes(output), output if model is session.patched else None

    patched, output = session.against_base(key, run)
    require_finite(output)
    base, error = session.base.ask(key, run)
    size = "{} x {}".format(*image.shape[2:])
    if error is not None:
        return size + "; the unpatched model can't run this size"
    if patched != base[0]:
        raise Failed("the output has shapes {}, the base's has {}".format(patched, base[0]))
    return size


def deepcopy(session):
    """A copy made after a training step, as the moving average of weights is, gives the same output."""

    def run(model):
        model.train()
        loss = sum(
            t.float().pow(2).mean()
            for t in yp_build.tensors(yp_build.run_training(model, session.image(2)))
            if t.is_floating_point()
        )
        loss.backward()
        copied = copy.deepcopy(model)
        model.zero_grad()
        return close(evaluate(model, session.image()), evaluate(copied, session.image()), 1e-5, 1e-5)

    if not session.against_base("deepcopy", run):
        raise Failed("the copy's output differs from the original's")


def fuse(session):
    """Convolutions fused with their normalisations, as every prediction does, give the same output."""

    def run(model):
        if not hasattr(model, "fuse"):
            raise Skip("the models of this checkout have no fuse()")
        model.eval()
        before = evaluate(model, session.image())
        after = evaluate(copy.deepcopy(model).fuse().eval(), session.image())
        if is_finite(before):
            require_finite(after, "the fused model's output")
        return close(before, after, 1e-3, 1e-2), [yp_build.shapes(before), yp_build.shapes(after)]

    same, _ = session.against_base("fuse", run)
    if not same:
        base, error = session.base.ask("fuse", run)
        if error is None and base[0]:
            raise Failed("the fused model's output differs from the unfused one's")
        return "not compared in numbers: the unpatched model changes as well"


def state_dict(session):
    """Weights that were saved and loaded into another patched model give the same output, and so does a saved model."""
    loaded = through_file(session.patched.state_dict(), session.device)
    other = session.fresh(session.seed + 1)
    other.load_state_dict(loaded)
    # Text features of world models are plain attributes of the checkout's own class, drawn at random.
    vars(other).update({name: value for name, value in vars(session.patched).items() if torch.is_tensor(value)})
    expected = evaluate(session.patched, session.image())
    if not close(expected, evaluate(other, session.image()), 1e-5, 1e-5):
        raise Failed("a second model with the saved weights gives another output: some state is not in state_dict")
    whole = session.against_base("saved whole", lambda model: through_file(model, session.device))
    if not close(expected, evaluate(whole, session.image()), 1e-5, 1e-5):
        raise Failed("the model, saved whole as training does, gives another output after loading")


def through_file(thing, device):
    """Save and load something."""
    buffer = io.BytesIO()
    torch.save(thing, buffer)
    buffer.seek(0)
    try:
        return torch.load(buffer, map_location=device, weights_only=False)
    except TypeError:  # before torch 1.13
        buffer.seek(0)
        return torch.load(buffer, map_location=device)


CHECKS = {
    "wiring": wiring,
    "forward": forward,
    "rectangle": rectangle,
    "deepcopy": deepcopy,
    "fuse": fuse,
    "state_dict": state_dict,
}
