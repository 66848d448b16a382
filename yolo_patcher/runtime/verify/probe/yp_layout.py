"""The rows that the base has as well, held against the base's: names and shapes of tensors, at every scale."""

import copy
import inspect

import torch
import yp_build
from yp_report import Failed


class Recorded(object):
    """Stands for `parse_model` while a model is built, and keeps what it was called with last."""

    def __init__(self, module):
        self.module = module
        self.function = module.parse_model
        self.call = None

    def __enter__(self):
        self.module.parse_model = self
        return self

    def __exit__(self, *_):
        self.module.parse_model = self.function

    def __call__(self, *args, **kwargs):
        """Call it."""
        self.call = copy.deepcopy((args, kwargs))
        return self.function(*args, **kwargs)


def compare_layout(session):
    """Fail where a row that the base has as well has other tensors, or gives another map; give what was compared.

    A patch that only inserts rows leaves the others' classes as they are, so it is compared at its own scale.

    Raises:
        Failed: naming the row, the tensor and, for another than the planned one, the scale.
    """
    planned, base, patched = session.case["rows"], list(session.base.model.model), list(session.patched.model)
    if len(session.old) != len(base):
        return []
    changed = [number for number, row in enumerate(planned) if row["stands_for"]]
    compare_maps(session, changed)
    narrowed = other_inputs(session, planned)
    compare_rows(session, base, patched, narrowed, "")
    if not changed:
        return []
    return ["{} rows of other classes".format(len(changed)), *at_scales(session, narrowed)]


def channels_of(shape):
    """Give the channels of a row's output from its shape; None where it is no map."""
    return shape[1] if isinstance(shape, list) and len(shape) == 4 else None


def other_inputs(session, planned):
    """Give the rows that read other channels than in the base, as behind a mean in a Concat's stead."""
    if not any(row["other_channels"] for row in planned):
        return set()
    try:
        base, seen = session.look(session.base.model), session.look(session.patched)
    except Exception:  # the checks of a forward say what is wrong with it
        return set(range(len(planned)))
    before = {number: channels_of(base.shapes.get(row)) for row, number in enumerate(session.old)}

    def differs(number):
        while number != -1 and number in session.inserted:
            number = planned[number]["from"][0]
        return number != -1 and channels_of(seen.shapes.get(number)) != before[number]

    return {number for number, row in enumerate(planned) if any(map(differs, row["from"]))}


def tensors_of(row):
    """Give the shape of each tensor of a row by its name."""
    return {name: tuple(tensor.shape) for name, tensor in row.state_dict().items() if torch.is_tensor(tensor)}


def compare_rows(session, base, patched, narrowed, where):
    """Fail where the rows of two models, without the inserted ones, have tensors of other names or shapes."""
    for row, number in enumerate(session.old):
        plan = session.case["rows"][number]
        if plan["stands_for"] and not plan["keeps"]:
            continue
        before, now = tensors_of(base[row]), tensors_of(patched[number])
        who = "row {} ({}){}".format(number, plan["module"], where)
        gone = sorted(set(before) - set(now))
        if gone:
            raise Failed("{} has no {}, which the base has{}".format(who, gone[0], and_more(gone)))
        more = [] if plan["keeps"] else sorted(set(now) - set(before))
        if more:
            raise Failed("{} has {}, which the base does not have{}".format(who, more[0], and_more(more)))
        other = [] if number in narrowed else sorted(name for name in before if before[name] != now[name])
        if other:
            name = other[0]
            detail = "{}: {} has the shape {}, in the base {}{}"
            raise Failed(detail.format(who, name, list(now[name]), list(before[name]), and_more(other)))


def and_more(names):
    """Say how many more there are than the one that was named."""
    return " ({} more like it)".format(len(names) - 1) if len(names) > 1 else ""


def compare_maps(session, changed):
    """Fail where a row of another class gives another map than the base's row, unless its signature says so."""
    if not changed:
        return
    try:
        base, seen = session.look(session.base.model), session.look(session.patched)
    except Exception:  # the checks of a forward say what is wrong with it
        return
    for number in changed:
        plan = session.case["rows"][number]
        before, now = base.shapes.get(session.old.index(number)), seen.shapes.get(number)
        if plan["other_channels"] and isinstance(before, list) and isinstance(now, list):
            before, now = before[:1] + before[2:], now[:1] + now[2:]
        if before != now:
            detail = "row {} ({}) gives a map of shape {}, and {} in the base {}"
            raise Failed(detail.format(number, plan["module"], now, plan["stands_for"], before))


def at_scales(session, narrowed):
    """Compare the rows at the model's other scales, which are not run; give what was compared."""
    call, base_call = session.patched_call, session.base.call
    names = [name for name in scales_of(call) if name in scales_of(base_call)]
    done = []
    for name in names:
        if name == yaml_of(call).get("scale"):
            continue
        base, error = built(session, base_call, name)
        if error is not None:
            continue
        patched, error = built(session, call, name)
        if error is not None:
            raise Failed("the model can't be built at scale {}: {}".format(name, session.report.describe(error)))
        compare_rows(session, base, patched, narrowed, " at scale {}".format(name))
        done.append(name)
    return ["as in the base at the scales {} too".format(", ".join(done))] if done else []


def yaml_of(call):
    """Give the model that `parse_model` was called with."""
    args, kwargs = call or ((), {})
    found = args[0] if args else kwargs.get("d")
    return found if isinstance(found, dict) else {}


def scales_of(call):
    """Give the names of the scales that a model has in one file."""
    scales = yaml_of(call).get("scales")
    return list(scales) if isinstance(scales, dict) else []


def built(session, call, scale):
    """Give (the rows of a model at a scale, None), or (None, error): without numbers, or with them where it must."""
    for context in (without_numbers, torch.no_grad):
        try:
            with context():
                return rows_at(session, call, scale), None
        except Exception as problem:
            error = problem
    return None, error


def rows_at(session, call, scale):
    """Give the rows that `parse_model` makes at a scale."""
    args, kwargs = copy.deepcopy(call)
    (args[0] if args else kwargs["d"])["scale"] = scale
    function = session.module.parse_model
    if "verbose" in inspect.signature(function).parameters:
        args, kwargs = args[:2], dict(kwargs, verbose=False)
    yp_build.seed_everything(session.seed)
    return list(function(*args, **kwargs)[0])


def without_numbers():
    """Give a context in which tensors have shapes and no numbers, where this torch has that."""
    if hasattr(torch.device, "__enter__"):
        return torch.device("meta")
    return torch.no_grad()
