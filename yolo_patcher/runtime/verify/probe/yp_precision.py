"""The check `amp`: autocast as in training, and the new rows in a narrow type as in validation."""

import copy

import torch
import yp_build
from yp_alone import given, quietly
from yp_checks import require_finite
from yp_look import copied, is_finite, look, mapped
from yp_report import Failed, Skip, Warned
from yp_training import gradients, kind

TIMES = 4
VALUE = 16.0
OTHER_TYPES = ("scalar type", "same dtype", "should be the same", "must match", "expected m1 and m2", "dtype")


def amp(session):
    """Mixed precision, and the new rows in float16; bfloat16 for what this torch has no float16 on the CPU."""
    cuda = session.device.type == "cuda"
    notes, reasons, remarks = [], [], []
    for dtype in (torch.float16, torch.bfloat16):
        try:
            remarks += whole(session, dtype)
            notes.append("the model in " + short(dtype))
            break
        except Skip as reason:
            reasons.append(str(reason))
    if cuda or (hasattr(torch, "autocast") and hasattr(torch, "bfloat16")):
        try:
            notes.insert(0, autocast(session, torch.float16 if cuda else torch.bfloat16))
        except Skip as reason:
            reasons.append(str(reason))
    if not notes:
        raise Skip(reasons[0])
    if remarks:
        raise Warned("; ".join(remarks))
    return " and ".join(notes)


def autocast(session, dtype):
    """Train one step under autocast, on a scaled loss as a gradient scaler would give.

    What lies before the first new row is run as it is, without gradients: the new rows alone are judged. Where that
    fails, the whole model is run under autocast, and so is the base.
    """
    name, first = short(dtype), min(session.new) if session.new else 0
    session.steps += 1

    def run(model):
        model.train()
        model.zero_grad()
        with mixed(session.device.type, dtype):
            output = yp_build.run_training(model, session.image(2))
        backward(output)
        return gradients(model), output

    def step():
        try:
            found, output = behind(session, first, dtype)
        except Exception:
            session.patched.zero_grad()
            try:
                found, output = session.against_base(("amp", name), run)
            except RuntimeError as error:
                raise other_type(session, error, session.whose(error), name) from error
        require_finite(output, "the output in " + name)
        return [(n, parameter) for n in session.new for parameter, state in found[n].items() if state == "not finite"]

    for number, parameter in confirmed(step):
        raise Failed("row {}: the gradient of {} is not finite in {}".format(number, parameter, name))
    session.patched.zero_grad()
    larger(session, dtype)
    return "autocast to " + name


def confirmed(step):
    """Give what a step gives, and gives again without oneDNN where it gave something and can be run so.

    On the CPU, oneDNN's gradient of a convolution in bfloat16 reads memory that nobody wrote where the kernel is far
    wider than the map (7x7 on 2x2; seen in torch 1.13 and 2.13): now and then that is not finite.
    """
    found = step() or []
    if not found or not hasattr(torch.backends, "mkldnn"):
        return found
    try:
        with torch.backends.mkldnn.flags(enabled=False):
            again = step()
    except Exception:
        again = None  # this torch can't do without it
    return found if again is None else [one for one in found if one in again]


def behind(session, first, dtype):
    """Run a training step whose rows from `first` on are under autocast; give their gradients, and the output."""
    model, before, hooks = session.patched, {}, []
    autocasting = mixed(session.device.type, dtype)
    entered = []

    def note(_, args, output):
        before.update({id(t): t for t in yp_build.tensors(output)})

    def cast(_, args):
        if not entered:
            entered.append(autocasting)
            autocasting.__enter__()
            torch.set_grad_enabled(True)
        return mapped(args, lambda t: t.to(dtype) if id(t) in before and t.is_floating_point() else t)

    for number, row in enumerate(model.model):
        if number < first:
            hooks.append(row.register_forward_hook(note))
        else:
            hooks.append(row.register_forward_pre_hook(cast))
    model.train()
    model.zero_grad()
    grad = torch.is_grad_enabled()
    try:
        torch.set_grad_enabled(False)
        output = yp_build.run_training(model, session.image(2))
    finally:
        torch.set_grad_enabled(grad)
        if entered:
            autocasting.__exit__(None, None, None)
        for hook in hooks:
            hook.remove()
    backward(output)
    return gradients(model), output


def backward(output):
    """Go back from the mean square of everything that came out and has a gradient."""
    wanted = [t for t in yp_build.tensors(output) if t.is_floating_point() and t.requires_grad]
    if wanted:
        sum(t.float().pow(2).mean() for t in wanted).backward()


def larger(session, dtype):
    """Fail when a new row by itself overflows under autocast on maps as large as real ones, forward or backward."""
    for number, args in given(session):
        row = session.patched.model[number]
        row.train()
        images = mapped(args, lambda t: enlarged(torch.cat([t, t.flip(-1)]) if t.dim() else t))
        where = "row {}, on maps of {} times the side, in {}: ".format(number, TIMES, short(dtype))
        for name in confirmed(lambda row=row, images=images, where=where: lost(row, images, where, dtype)):
            raise Failed("{}the gradient of {} is not finite".format(where, name))
        row.zero_grad()


def lost(row, images, where, dtype):
    """Give the names of a row's parameters whose gradient is not finite under autocast; None where it can't be run."""
    row.zero_grad()
    try:
        with mixed(yp_build.tensors(images)[0].device.type, dtype):
            output = row(*images)
    except (RuntimeError, ValueError, AssertionError):
        return None  # a module for certain sizes, which the whole models have shown
    require_finite(output, where + "its output")
    backward(output)
    return [name for name, parameter in row.named_parameters() if kind(parameter.grad) == "not finite"]


def enlarged(tensor):
    """Repeat a feature map to several times its sides."""
    return tensor.repeat(1, 1, TIMES, TIMES) if tensor.dim() == 4 else tensor


def mixed(kind, dtype):
    """Give the autocast of this torch; before 1.10 there is the one for CUDA and float16 only."""
    return torch.autocast(kind, dtype=dtype) if hasattr(torch, "autocast") else torch.cuda.amp.autocast()


def whole(session, dtype):
    """Run each new row as `half()` leaves it; give remarks. The base in `dtype` is asked only where a row fails.

    Raises:
        Skip: where this torch has no such operations on this device, or the base can't either.
    """
    remarks, name = [], short(dtype)

    def base_can(model):
        return is_finite(look(copy.deepcopy(model).to(dtype), session.image().to(dtype)).output)

    for number, args in given(session):
        row = session.patched.model[number]
        plain = quietly(row, args)  # what a training step left behind is for the check deepcopy to find
        narrow = copy.deepcopy(row).to(dtype)
        try:
            output = quietly(narrow, to(args, dtype))
            wide = [t.dtype for t in yp_build.tensors(output) if t.is_floating_point() and t.dtype != dtype]
            if wide:
                detail = "row {} ({}) gives {} for a {} input, which the rows behind it can't take in half precision"
                raise Failed(detail.format(number, type(row).__name__, short(wide[0]), name))
        except Exception as error:
            _, base_error = session.base.ask(("whole", name), base_can)
            if base_error is not None and (type(base_error) is type(error) or "not implemented" in str(error)):
                raise Skip("the unpatched model can't either: " + session.report.describe(base_error)) from error
            if "not implemented" in str(error):
                raise Skip("torch {} has no {} for row {} here".format(torch.__version__, name, number)) from error
            who = "row {} ({}): ".format(number, type(row).__name__)
            raise other_type(session, error, who, name) from error
        if not is_finite(output) and is_finite(plain) and session.base.ask(("whole", name), base_can)[0]:
            require_finite(output, "row {}: the output in half precision ({})".format(number, name))
        for large, value in ((mapped(args, enlarged), 0.0), (scaled(mapped(args, enlarged)), VALUE)):
            try:
                expect, found = quietly(row, large), quietly(narrow, to(large, dtype))
            except (RuntimeError, ValueError, AssertionError):
                break  # a module for certain sizes
            if is_finite(found) or not fits(expect, dtype):
                continue
            where = "on maps of {} times the side, in half precision ({})".format(TIMES, name)
            if not value:
                raise Failed("row {} overflows {}".format(number, where))
            remarks.append("row {} overflows {} where values reach {:g}".format(number, where, value))
    return remarks


def to(args, dtype):
    """Give arguments with numbers of another type."""
    return mapped(args, lambda t: t.to(dtype) if t.is_floating_point() else copied(t))


def scaled(args):
    """Give arguments whose largest value is `VALUE`."""
    most = max(float(t.float().abs().max()) for t in yp_build.tensors(args))
    return mapped(args, lambda t: t * (VALUE / most) if most and t.is_floating_point() else t)


def fits(output, dtype):
    """Tell whether an output in float32 is within what `dtype` holds."""
    return all(
        bool((t.abs() < torch.finfo(dtype).max).all()) for t in yp_build.tensors(output) if t.is_floating_point()
    )


def other_type(session, error, who, name):
    """Give an error that says in plain words that two types of number met; any other error as it is."""
    if isinstance(error, Failed) or not any(words in str(error) for words in OTHER_TYPES):
        return error
    detail = "{}a float32 tensor meets one of {}: make constants with dtype=x.dtype, or convert them ({})"
    return Failed(detail.format(who, name, session.report.describe(error)))


def short(dtype):
    """Give `float16` for `torch.float16`."""
    return str(dtype).split(".")[-1]


CHECKS = {"amp": amp}
