"""Landlock: Linux keeps this process, and all that it starts, from writing outside its folders and from TCP.

It needs no rights and can't be undone. What a kernel can refuse depends on the version of its interface (1: Linux 5.13;
2: 5.19; 3: 6.2; 4: 6.7; 6: 6.12); what it can't is said in the answer. Reading stays allowed everywhere.

Source: the kernel's documentation, userspace-api/landlock, and its header linux/landlock.h.
"""

import ctypes
import glob
import os
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
GET_VERSION = 1
BENEATH_A_PATH = 1
NO_NEW_PRIVILEGES = 38

WRITE_FILE, REMOVE_DIR, REMOVE_FILE = 1 << 1, 1 << 4, 1 << 5
# A character device, a folder, a file, a socket, a pipe, a block device, a link.
MAKE = sum(1 << bit for bit in range(6, 13))
# Linking and renaming from one folder to another: never allowed in version 1.
REFER, TRUNCATE = 1 << 13, 1 << 14
ON_FILES = WRITE_FILE | TRUNCATE
BIND_AND_CONNECT = 1 | 2
# Abstract sockets, and signals to processes outside.
SCOPES = 1 | 2

# What torch and the drivers write to; memory that workers share lies in /dev/shm.
DEVICES = (
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/shm", "/dev/nvidia*",
    "/dev/dri", "/dev/kfd", "/dev/dxg",
)  # fmt: skip
GPUS = ("/dev/nvidia*", "/dev/kfd", "/dev/dxg")


class Ruleset(ctypes.Structure):
    """What a ruleset governs: `struct landlock_ruleset_attr`, of which an older kernel takes the first fields."""

    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class Beneath(ctypes.Structure):
    """What is allowed beneath an opened path: `struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def hold(folders, newest=None):
    """Confine this thread, and all that it starts from now on, and give the answer that tells whether it holds.

    Args:
        folders: where everything stays allowed.
        newest: take no more of the kernel's interface than this version had; None for all of it.

    Returns:
        `held`, and then `abi`, the interface's version, with `open`, what can't be refused; else `why` not.
    """
    if not sys.platform.startswith("linux"):
        return {"held": False, "why": "Landlock is Linux's"}
    try:
        return _hold(ctypes.CDLL(None, use_errno=True), folders, newest)
    except OSError as error:
        return {"held": False, "why": str(error.strerror)}


def hold_late(folders):
    """Confine this thread as `hold` does, and name the threads that have begun and stay free."""
    answer = hold(folders)
    if answer["held"] and len(os.listdir("/proc/self/task")) > 1:
        answer["open"].append("threads that torch had begun")
    return answer


def may_use_a_gpu():
    """Tell whether this machine has the device file of a GPU."""
    return any(glob.glob(pattern) for pattern in GPUS)


def _hold(system, folders, newest):
    abi = _call(system, CREATE_RULESET, None, 0, GET_VERSION)
    if abi < 1:
        return {"held": False, "why": "this kernel has no Landlock ({})".format(os.strerror(ctypes.get_errno()))}
    abi = min(abi, newest or abi)
    governed = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE | (REFER if abi > 1 else 0) | (TRUNCATE if abi > 2 else 0)
    rules = Ruleset(governed, BIND_AND_CONNECT, SCOPES)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = _checked(_call(system, CREATE_RULESET, ctypes.byref(rules), size, 0), "takes no ruleset")
    try:
        for path in list(folders) + [path for pattern in DEVICES for path in glob.glob(pattern)]:
            _allow(system, ruleset, path, governed)
        _checked(system.prctl(NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))), "needs new privileges given up")
        _checked(_call(system, RESTRICT_SELF, ruleset, 0), "refuses to begin")
    finally:
        os.close(ruleset)
    return {"held": True, "abi": abi, "open": still_open(abi)}


def _allow(system, ruleset, path, governed):
    allowed = governed if os.path.isdir(path) else governed & ON_FILES
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = Beneath(allowed, opened)
        _checked(_call(system, ADD_RULE, ruleset, BENEATH_A_PATH, ctypes.byref(rule), 0), "takes no rule for " + path)
    finally:
        os.close(opened)


def _call(system, number, *arguments):
    """Make a system call; whole numbers go as wide as the kernel reads them."""
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return system.syscall(ctypes.c_long(number), *wide)


def _checked(answer, what):
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, "Landlock {} ({})".format(what, os.strerror(number)))
    return answer


def still_open(abi):
    """Name what no rule of a version can refuse."""
    lacking = ["truncating a file by its path"] if abi < 3 else []
    lacking += ["TCP"] if abi < 4 else []
    lacking += ["signals", "abstract sockets"] if abi < 6 else []
    return [*lacking, "modes, owners and times of files", "UDP", "sockets that have a path", "reading"]
