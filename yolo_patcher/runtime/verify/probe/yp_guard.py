"""End this process, and all that it starts, when the process that started it ends, however that ends.

Other scripts than the probe are started with this text before theirs: it imports only what every Python has imported
already, and leaves no trace in this process.
"""

import os
import stat
import sys


def guard():
    """Have a process beside this one wait for the end of standard input, a pipe, and kill the whole group then.

    It is a process because a thread can't run while C code keeps the interpreter. Its parent is not this process, which
    so has no child that it knows nothing of.
    """
    if not hasattr(os, "fork") or not stat.S_ISFIFO(os.fstat(0).st_mode):
        return
    pipe, group = os.dup(0), os.getpgrp()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    between = os.fork()
    if between == 0:
        try:
            if os.fork() == 0:
                _wait(pipe, null, group)
        finally:
            os._exit(0)
    os.waitpid(between, 0)
    os.close(pipe)
    os.close(null)


def _wait(pipe, null, group):
    os.dup2(pipe, 0)
    # Who reads what this process says shall not wait for its guard.
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.closerange(3, 256)
    while os.read(0, 1):
        pass
    os.killpg(group, 9)


def die_with_parent():
    """Ask Linux to kill this process with its parent: for the case that the guard is killed."""
    if sys.platform.startswith("linux"):
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
        except (ImportError, OSError, AttributeError):
            pass
