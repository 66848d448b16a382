"""Import texts one after the other, and tell what each does beside making a class: for any Python that has torch.

Each line of standard input is a text in JSON; the answer is a line with a list of what it did, and what it raised. A
text does nothing when Python tells its audit hook of no event, when nothing is called but what makes a class and what
typing makes of a subscript, and when torch, Python and the process are afterwards as they were. What C calls, and the
constructors of types that are written in C, are seen by what they do alone.
"""

from __future__ import annotations

import builtins
import gc
import json
import math
import os
import signal
import sys
import types
import typing
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch
    import torch.nn.functional
    from torch import nn

SECONDS = 5
MOST = 20
# What runs when a type is subscripted; torch has typing_extensions imported, which changes typing itself.
_INERT_FILES = {module.__file__ for name, module in sys.modules.items() if name in ("typing", "typing_extensions")}
_INERT_FILES |= {"<frozen importlib._bootstrap>", "<frozen _collections_abc>"}
# `step` itself looks at frames, as typing does.
_LOOKING, _LOOKERS = ("sys._getframe", "object.__getattr__"), {*_INERT_FILES, __file__}

_acts: list[str] = []
_watched: set[types.CodeType] = set()


class HangError(BaseException):
    """Raised by an alarm."""


def hear(event: str, arguments: tuple[typing.Any, ...]) -> None:
    """Note what Python does of which a hook is told, but for the text's own run and what typing looks up."""
    if not _watched or event == "compile" or (event == "exec" and arguments[0] in _watched):
        return
    watched = set(_watched)
    _watched.clear()
    asks = sys._getframe(1).f_code.co_filename
    _watched.update(watched)
    if not (event in _LOOKING and asks in _LOOKERS):
        _acts.append(f"{event} {arguments[0] if arguments and isinstance(arguments[0], str) else ''}")


def step(frame: types.FrameType, event: str, argument: typing.Any) -> None:
    """Note each call."""
    code = frame.f_code
    if event == "call" and code not in _watched and code.co_filename not in _INERT_FILES:
        _acts.append(f"calls {code.co_name} of {code.co_filename}")
    elif event == "c_call" and code in _watched and argument is not builtins.__build_class__:
        _acts.append(f"calls {argument.__name__}")


def state() -> object:
    """Give what a text could have changed without a call: the names of modules and classes, and the process."""
    classes = [one for one in vars(nn).values() if isinstance(one, type)]
    owners = [builtins, math, typing, torch, nn, nn.functional, *classes]
    names = [{name: id(thing) for name, thing in vars(owner).items()} for owner in owners]
    return names, dict(sys.modules), dict(os.environ), list(sys.path), Path.cwd(), sorted(Path().iterdir())


def watch(text: str) -> tuple[list[str], str]:
    """Run a text as a module of its own; give what it did, and what it raised."""
    del _acts[:]
    raised = ""
    code = compile(text, "template", "exec", dont_inherit=True)
    module = types.ModuleType("template")
    before = state()
    # Of the module's own code, only the body of its class runs.
    own = {code, *(one for one in code.co_consts if isinstance(one, types.CodeType) and one.co_name[0].isupper())}
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(SECONDS)
    try:
        sys.setprofile(step)
        _watched.update(own)
        exec(code, vars(module))
    except BaseException as error:
        raised = f"{type(error).__name__}: {error}"
    finally:
        _watched.clear()
        sys.setprofile(None)
        signal.alarm(0)
    if state() != before:
        _acts.append("changes what was there before")
    return list(dict.fromkeys(_acts))[:MOST], raised


def main() -> None:
    """Answer until the input ends."""
    gc.disable()
    warnings.simplefilter("ignore")
    # `exit` closes sys.stdin before it raises.
    questions, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.addaudithook(hear)
    # What is made once, at the first use, is made here.
    watch("from torch import nn\nimport typing\nclass A(nn.Module):\n    x: typing.Optional[typing.List[int]]\n")
    for line in questions:
        answers.write(json.dumps(watch(json.loads(line))) + "\n")
        answers.flush()


def _hang(number: int, frame: object) -> None:
    # What catches everything, and goes on, has no second chance.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(1)
    raise HangError(f"takes more than {SECONDS} s")


if __name__ == "__main__":
    main()
