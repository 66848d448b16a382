"""The state of a process that code of a model must leave alone: taken, compared and put back."""

import builtins
import gc
import logging
import os
import random
import signal
import sys
import threading
import warnings

import torch

# Whose attributes nobody may replace: (what to say, where to look).
NAMESPACES = ("torch.nn.functional", "torch.nn", "torch.nn.init", "torch")


def settings():
    """Give name, getter and setter of every global setting that this torch and this Python have."""
    nn = torch.backends
    known = [
        ("the default dtype", torch.get_default_dtype, torch.set_default_dtype),
        ("the number of threads", torch.get_num_threads, torch.set_num_threads),
        ("whether gradients are recorded", torch.is_grad_enabled, torch.set_grad_enabled),
        ("whether anomalies are detected", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        ("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
        ("the garbage collector", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        ("the level below which logging is off", lambda: logging.root.manager.disable, logging.disable),
        ("the working directory", os.getcwd, os.chdir),
        ("the filters of warnings", lambda: list(warnings.filters), put_filters),
        ("the environment variables", lambda: dict(os.environ), put_environment),
        ("the path of imports", lambda: list(sys.path), lambda path: sys.path.__setitem__(slice(None), path)),
        ("the standard output", lambda: sys.stdout, lambda stream: setattr(sys, "stdout", stream)),
        ("the handler of Ctrl-C", *handler(signal.SIGINT)),
    ]
    for name, getter, setter in (
        ("deterministic algorithms", "are_deterministic_algorithms_enabled", "use_deterministic_algorithms"),
        ("the default device", "get_default_device", "set_default_device"),
        ("the precision of matrix products", "get_float32_matmul_precision", "set_float32_matmul_precision"),
    ):
        if hasattr(torch, getter) and hasattr(torch, setter):
            known.append((name, getattr(torch, getter), getattr(torch, setter)))
    if hasattr(torch, "get_autocast_dtype"):
        for kind in ("cpu", "cuda"):
            known.append(("autocast on " + kind, *setting_of_autocast(kind)))
    elif hasattr(torch, "is_autocast_cpu_enabled"):
        known.append(("autocast on cpu", torch.is_autocast_cpu_enabled, torch.set_autocast_cpu_enabled))
        known.append(("autocast on cuda", torch.is_autocast_enabled, torch.set_autocast_enabled))
    for name in ("benchmark", "deterministic", "enabled"):
        known.append(("torch.backends.cudnn." + name, *attribute(nn.cudnn, name)))
    return known


def setting_of_autocast(kind):
    """Give getter and setter of autocast for a kind of device."""
    return lambda: torch.is_autocast_enabled(kind), lambda on: torch.set_autocast_enabled(kind, on)


def attribute(owner, name):
    """Give getter and setter of an attribute."""
    return lambda: getattr(owner, name), lambda value: setattr(owner, name, value)


def handler(number):
    """Give getter and setter of the handler of a signal."""
    return lambda: signal.getsignal(number), lambda one: signal.signal(number, one)


def put_filters(filters):
    """Set the filters of warnings."""
    warnings.filters[:] = filters


def put_environment(variables):
    """Set the environment variables to these and no others."""
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)


class State(object):
    """The global settings, the names of torch and of the checkout's classes, the global hooks, the threads."""

    def __init__(self, values, names, hooks, threads):
        self.values, self.names, self.hooks, self.threads = values, names, hooks, threads

    def restore(self):
        """Put back what differs now."""
        for name, getter, setter in settings():
            if name in self.values and getter() != self.values[name]:
                setter(self.values[name])
        for (_, owner), held in self.names.items():
            now = vars(owner)
            for name, value in held.items():
                if now.get(name) is not value:
                    setattr(owner, name, value)
        for registry, held in self.hooks:
            for key in set(registry) - set(held):
                del registry[key]


def snapshot(session):
    """Take the state."""
    values = {name: getter() for name, getter, _ in settings()}
    owners = [(name, sys.modules[name]) for name in NAMESPACES]
    owners += [("torch.Tensor", torch.Tensor), ("torch.nn.Module", torch.nn.Module), ("builtins", builtins)]
    owners += [("random", random)]
    seen = {type(module) for module in session.base.model.modules()} if session.base is not None else set()
    owners += sorted(((cls.__name__, cls) for cls in seen), key=lambda one: one[0])
    # Functions and classes alone: some versions count parameters in an attribute of a module's class.
    names = {owner: {n: one for n, one in vars(owner[1]).items() if acts(one)} for owner in owners}
    registries = [one for name, one in vars(torch.nn.modules.module).items() if is_registry(name, one)]
    return State(values, names, [(one, dict(one)) for one in registries], set(threading.enumerate()))


def acts(value):
    """Tell whether a value is something that is called, by itself or as an attribute."""
    return callable(value) or isinstance(value, (property, staticmethod, classmethod))


def is_registry(name, value):
    """Tell the dictionaries of hooks that hold for all modules."""
    return name.startswith("_global_") and name.endswith("hooks") and isinstance(value, dict)


def changes(before, after):
    """Say what two states differ in, "" for nothing."""
    found = []
    for name, value in before.values.items():
        if name in after.values and after.values[name] != value:
            plain = isinstance(value, (bool, int, float, str, torch.dtype, torch.device))
            found.append("{} ({} before, {} after)".format(name, value, after.values[name]) if plain else name)
    for owner, held in before.names.items():
        now = after.names.get(owner)
        if now is None:
            continue
        replaced = sorted(
            name for name, value in held.items() if not name.startswith("__") and now.get(name) is not value
        )
        found += ["{}.{}".format(owner[0], name) for name in replaced]
    if any(set(now) - set(was) for (_, was), (_, now) in zip(before.hooks, after.hooks)):
        found.append("the hooks that run for every module")
    if any(thread.is_alive() for thread in after.threads - before.threads):
        found.append("the threads that run (one more was started)")
    return ", ".join(found)


def hooks(model):
    """Count the hooks on every module of a model."""
    return {
        name: tuple(
            len(getattr(module, kind, ())) for kind in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
        )
        for name, module in model.named_modules()
    }


def generators():
    """Give name, function that seeds, function that gives the state and that puts it back, of each global generator."""
    found = [
        ("torch", torch.manual_seed, torch.get_rng_state, torch.set_rng_state),
        ("random", random.seed, random.getstate, random.setstate),
    ]
    if "numpy" in sys.modules:
        numpy = sys.modules["numpy"].random
        found.append(("numpy.random", numpy.seed, numpy.get_state, numpy.set_state))
    return found
