"""The check `device`: no tensor of a new row stays behind when the model moves to a GPU; found without one."""

import linecache
import os
import sys
import traceback

import torch
import yp_build
from yp_alone import given, undisturbed
from yp_look import copied, mapped
from yp_report import Failed, Skip

# These give a tensor on the device of another one, or on one that was named.
MOVES = {"to", "type_as", "cuda", "as_tensor", "copy_"}
# In these a tensor of the CPU may meet one of a GPU.
MIXES = {"__getitem__", "__setitem__", "index_put_", "index_put", "copy_", "set_", "__set__"}


def device(session):
    """Run each new row as if its input, parameters and buffers were on another device than all else.

    No tensor is moved: a mode of torch sees every operation and follows what would be where. What it can't follow
    passes.
    """
    if session.device.type != "cpu":
        return "everything ran on " + str(session.device)
    try:
        from torch.overrides import TorchFunctionMode
    except ImportError as error:
        raise Skip("torch {} has no function modes (1.13 has)".format(torch.__version__)) from error
    for number, args in given(session):
        row = session.patched.model[number]
        if any("_apply" in vars(cls) for module in row.modules() for cls in type(module).__mro__[:-1]
               if cls is not torch.nn.Module and not cls.__module__.startswith("torch.")):  # fmt: skip
            continue  # it moves things by itself
        left = follow(session, TorchFunctionMode, row, args)
        if left:
            raise Failed("row {} ({}): {}".format(number, type(row).__name__, left))
    return ""


def follow(session, mode, row, args):
    """Say which operation would meet tensors of two devices, "" where none does."""
    args = mapped(args, copied)
    moved = known_by_identity([*yp_build.tensors(args), *row.parameters(), *row.buffers()])
    stays = known_by_identity(tensor for tensor in plain_tensors(row) if id(tensor) not in moved)
    found = []

    class Following(mode):
        """The mode that sees every operation."""

        def __torch_function__(self, function, types, args=(), kwargs=None):
            kwargs = kwargs or {}
            result = function(*args, **kwargs)
            name = getattr(function, "__name__", "")
            given = yp_build.tensors(list(args)) + yp_build.tensors(kwargs)
            away = any(id(tensor) in moved for tensor in given)
            left = [tensor for tensor in given if id(tensor) in stays and tensor.dim()]
            if away and left and name not in MIXES | MOVES and not found:
                found.append(sentence(session, name, left[0]))
            named = any(isinstance(part, torch.device) for part in (*args, *kwargs.values()))
            if away or named:
                moved.update(known_by_identity(yp_build.tensors(result)))
            elif all(id(tensor) in stays for tensor in given):
                stays.update(known_by_identity(yp_build.tensors(result)))
            return result

    with undisturbed(row), torch.no_grad():
        row.eval()
        with Following():
            row(*args)
    return found[0] if found else ""


def known_by_identity(tensors):
    """Give tensors by their identity; kept alive by it, so that no later one has the same."""
    return {id(tensor): tensor for tensor in tensors}


def plain_tensors(row):
    """Give the tensors that are attributes of the row's modules, of their classes and of the files of these."""
    found = []
    for module in row.modules():
        for holder in (vars(module), vars(type(module)), vars(sys.modules.get(type(module).__module__, torch.nn))):
            for value in list(holder.values()):
                found += yp_build.tensors(value)
    return found


def sentence(session, name, tensor):
    """Say which line brings a tensor of the CPU to one of the GPU."""
    frames = [f for f in traceback.extract_stack() if os.path.realpath(f.filename).startswith(session.root)]
    line = ""
    if frames:
        place = session.report.place(frames[-1].filename, frames[-1].lineno)
        line = " ({}: {})".format(place, linecache.getline(frames[-1].filename, frames[-1].lineno).strip())
    detail = (
        "on a GPU, {} would meet a tensor of shape {} that stays on the CPU: register it as a buffer, or make it with "
    )
    return (detail + "device=x.device{}").format(name, tuple(tensor.shape), line)


CHECKS = {"device": device}
