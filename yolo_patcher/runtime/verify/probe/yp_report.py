"""Answers to the parent: one JSON object a line, each out of this process before the next step can crash it."""

import json
import os
import time
import traceback


class Skip(Exception):
    """A check that says nothing about the patch here, and why."""


class Failed(Exception):
    """A check that found the patched model wrong, and how."""


class Warned(Exception):
    """A check that the patched model passes, but of which its user should know something."""


class Report(object):
    """The file of answers.

    Args:
        path: where the answers go.
        root: the staged tree; the files below it are named relative to it.

    Attributes:
        confined: whether the system refuses this process what lies outside its folders.
    """

    def __init__(self, path, root):
        self.file = open(path, "a", encoding="utf-8")
        self.root = os.path.realpath(root) + os.sep
        self.confined = False

    def event(self, event, **fields):
        """Write one answer and hand it to the operating system at once."""
        self.file.write(json.dumps(dict(fields, event=event)) + "\n")
        self.file.flush()

    def check(self, case, name, function):
        """Run one check, answer how it ended, and tell whether the patched model stood it."""
        self.event("start", case=case, check=name)
        started = time.time()
        status, trace = "passed", ""
        try:
            detail = function() or ""
        except Skip as reason:
            status, detail = "skipped", str(reason)
        except Warned as remark:
            status, detail = "warned", str(remark)
        except Failed as finding:
            status, detail, trace = "failed", str(finding), self.trace(finding.__cause__)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a checkout that leaves is one that does not work
            status, detail, trace = "failed", self.describe(error), self.trace(error)
        seconds = round(time.time() - started, 3)
        self.event("check", case=case, name=name, status=status, seconds=seconds, detail=detail, trace=trace)
        return status in ("passed", "warned")

    def describe(self, error):
        """Say in one line what was raised, and the innermost line of the checkout that it passed through."""
        text = " ".join(str(error).split())
        text = text if len(text) <= 300 else text[:297] + "..."
        line = "{}: {}".format(type(error).__name__, text) if text else type(error).__name__
        if out_of_memory(error):
            line = "out of memory: " + line
        if self.confined and isinstance(error, PermissionError):
            line += " (while verified it may write to its own folders only, and reach nobody: --no-sandbox)"
        if isinstance(error, SyntaxError) and error.filename:
            return "{} ({})".format(line.split(" (")[0], self.place(error.filename, error.lineno))
        frames = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
        own = [frame for frame in frames if os.path.realpath(frame[0]).startswith(self.root)]
        return "{} ({})".format(line, self.place(*own[-1])) if own else line

    def place(self, filename, line):
        """Give `file:line`, relative to the staged tree."""
        path = os.path.realpath(filename)
        return "{}:{}".format(path[len(self.root) :] if path.startswith(self.root) else path, line)

    @staticmethod
    def trace(error):
        """Give the traceback, its last part when it is long."""
        if error is None:
            return ""
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))[-8000:]


def out_of_memory(error):
    """Tell a lack of memory, whatever type torch's version has for it."""
    text = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (
            isinstance(error, RuntimeError)
            and any(sign in text for sign in ("out of memory", "not enough memory", "can't allocate memory"))
        )
    )
