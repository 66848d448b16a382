"""The checks of a model's copies: deepcopy, fuse, state_dict."""

import contextlib
import copy
import io

import torch
from yp_look import alike, is_finite, look
from yp_report import Failed, Skip
from yp_training import step, trained


def deepcopy(session):
    """A copy made after a training step, as the moving average of weights is, gives the same output."""
    after = session.against_base("trained", lambda model: trained(session, model))
    if after.problem is not None:
        if session.base_fails_alike("copied", lambda model: copy_after_step(session, model), after.problem):
            raise Skip("the unpatched model can't be copied after a training step either")
        raise Failed(after.leaked or session.report.describe(after.problem)) from after.problem
    copied, after.copied = after.copied, None
    if copied is None:  # somebody has it already
        copied = copy.deepcopy(session.patched)
    image = session.image()
    if not alike(session.patched, session.settled(), look(copied, image), 1e-5, 1e-5):
        raise Failed("the copy's output differs from the original's")
    session.spare = (session.steps, copied)


def copy_after_step(session, model):
    """Copy a model after a training step."""
    step(model, session.image(4))
    copy.deepcopy(model)
    model.zero_grad()


def fuse(session):
    """Convolutions fused with their normalisations, as every prediction does, give the same output."""
    image = session.image()

    def run(model):
        if not hasattr(model, "fuse"):
            raise Skip("the models of this checkout have no fuse()")
        before = session.settled() if model is session.patched else look(model, image)
        spare = session.take_spare() if model is session.patched else None
        after = look((copy.deepcopy(model) if spare is None else spare).eval().fuse().eval(), image)
        finite = not is_finite(before.output) or is_finite(after.output)
        return alike(model, before, after, 1e-3, 1e-2), finite

    same, finite = session.against_base("fuse", run)
    if not finite:
        raise Failed("the fused model's output has NaN or infinite values")
    if not same:
        base, error = session.base.ask("fuse", run)
        if error is None and base[0]:
            raise Failed("the fused model's output differs from the unfused one's")
        return "not compared in numbers: the unpatched model changes as well"


def state_dict(session):
    """Weights that were saved and loaded into another patched model give the same output, and so does a saved model."""
    expected, image = session.settled(), session.image()
    weights = dict(session.patched.state_dict())
    new = tuple("model.{}.".format(number) for number in session.new)
    weights.update(through_file({name: t for name, t in weights.items() if name.startswith(new)}, session.device))
    with random_initialisation_left_out():
        other = session.fresh(session.seed + 1)
    other.load_state_dict(weights)
    # Text features of world models are plain attributes of the checkout's own class, drawn at random.
    vars(other).update({name: value for name, value in vars(session.patched).items() if torch.is_tensor(value)})
    if not alike(session.patched, expected, look(other, image), 1e-5, 1e-5):
        raise Failed("a second model with the saved weights gives another output: some state is not in state_dict")
    del other
    whole = session.against_base("saved whole", lambda model: through_file(model, session.device))
    if not alike(session.patched, expected, look(whole, image), 1e-5, 1e-5):
        raise Failed("the model, saved whole as training does, gives another output after loading")


RANDOM = (
    "kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_", "uniform_", "normal_", "trunc_normal_",
    "orthogonal_",
)  # fmt: skip


@contextlib.contextmanager
def random_initialisation_left_out():
    """Set to zero what torch's initialisations draw: half the time of building a large model, for what gets loaded."""
    real = {name: getattr(torch.nn.init, name) for name in RANDOM if hasattr(torch.nn.init, name)}

    def zero(tensor, *args, **kwargs):
        with torch.no_grad():
            return tensor.zero_()

    for name in real:
        setattr(torch.nn.init, name, zero)
    try:
        yield
    finally:
        for name, function in real.items():
            setattr(torch.nn.init, name, function)


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


CHECKS = {"deepcopy": deepcopy, "fuse": fuse, "state_dict": state_dict}
