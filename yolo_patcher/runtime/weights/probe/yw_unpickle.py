"""Read a checkpoint without running what it names: only tensors, plain containers and the checkout's own modules.

torch's loader takes a module in pickle's place. This one looks up no global but those below, and calls none but those
that rebuild tensors and containers; a module is made without its constructor, as pickles of modules want it.
"""

import importlib
import os
import pickle
import sys
import types

import torch

REBUILD = {
    "torch._utils": (
        "_rebuild_tensor",
        "_rebuild_tensor_v2",
        "_rebuild_parameter",
        "_rebuild_parameter_with_state",
    ),
    "torch": ("Size", "device"),
    "collections": ("OrderedDict", "defaultdict", "deque", "Counter"),
    "builtins": (
        "set", "frozenset", "list", "dict", "tuple", "int", "float", "bool", "str", "bytes", "bytearray", "complex",
        "slice", "range",
    ),
    "numpy.core.multiarray": ("scalar", "_reconstruct"),
    "numpy._core.multiarray": ("scalar", "_reconstruct"),
    "numpy": ("dtype", "ndarray"),
    "_codecs": ("encode",),
    "copyreg": ("_reconstructor",),
    "pathlib": (
        "Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath",
    ),
    "pathlib._local": (
        "Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath",
    ),
    "datetime": ("datetime", "date", "timedelta", "timezone"),
}  # fmt: skip
"""What may be looked up and called, by its module."""
PLAIN = {"object": object, "dict": dict, "list": list, "set": set}
# Python 2's names, which pickles of the protocols below 3 hold.
RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}
PATHS = ("pathlib", "pathlib._local")


class Refused(Exception):
    """A checkpoint that names something which is not looked up, or calls what is not called."""


class Reader(object):
    """Reads checkpoints of one checkout.

    Args:
        root: the staged tree: module classes that are defined below it are taken.
    """

    def __init__(self, root):
        self.root = os.path.realpath(root) + os.sep

    def load(self, path):
        """Give what a checkpoint holds.

        Raises:
            Refused: it names what is not looked up.
            Exception: whatever a damaged file makes torch raise.
        """
        stand_in = types.ModuleType("restricted_pickle")
        stand_in.Unpickler = self.unpickler()
        stand_in.load = lambda file, **options: stand_in.Unpickler(file, **options).load()
        options = {"map_location": "cpu", "pickle_module": stand_in}
        try:
            return torch.load(path, weights_only=False, **options)
        except TypeError as error:
            if "weights_only" not in str(error):
                raise
            return torch.load(path, **options)

    def unpickler(self):
        """Give the class that reads a pickle within these limits."""
        reader = self

        class Unpickler(pickle._Unpickler):
            """Python's own, whose steps can be looked at one by one."""

            dispatch = dict(pickle._Unpickler.dispatch)  # noqa: RUF012

            def find_class(self, module, name):
                """Look a global up, or refuse."""
                return reader.look_up(module, name)

            def load_reduce(self):
                """Call what may be called."""
                args, function = self.stack[-1], self.stack[-2]
                reader.allow_call(function, args)
                pickle._Unpickler.load_reduce(self)

            def refuse(self):
                """Refuse steps that no checkpoint of torch takes."""
                raise pickle.UnpicklingError("it holds a step that no checkpoint of torch takes")

            dispatch[pickle.REDUCE[0]] = load_reduce
            for step in (pickle.OBJ, pickle.INST, pickle.EXT1, pickle.EXT2, pickle.EXT4):
                dispatch[step[0]] = refuse

        return Unpickler

    def look_up(self, module, name):
        """Give a global that may be in a checkpoint."""
        module = RENAMED.get(module, module)
        full = "{}.{}".format(module, name)
        if "." in name:
            raise Refused(full)
        if name in REBUILD.get(module, ()):
            return imported(module, name)
        if module == "builtins" and name in PLAIN:
            return PLAIN[name]
        find = self.of_torch if module.split(".")[0] == "torch" else self.of_checkout
        found = find(module, name)
        if found is None:
            raise Refused(full)
        return found

    @staticmethod
    def of_torch(module, name):
        """Give a layer, a function that layers keep, a dtype or a kind of storage of torch; None for anything else."""
        found = getattr(sys.modules.get(module) or known_of_torch(module), name, None)
        if isinstance(found, type) and issubclass(found, (torch.nn.Module, torch.nn.Parameter, torch.Tensor)):
            return found
        if isinstance(found, torch.dtype) or (isinstance(found, type) and name.endswith("Storage")):
            return found
        if module in ("torch.nn.functional", "torch._C._nn") and callable(found):
            return found
        return None

    def of_checkout(self, module, name):
        """Give a class of modules, or of plain settings, that the checkout defines; None for anything else."""
        try:
            found = imported(module, name)
        except (ImportError, AttributeError):
            return None
        if not isinstance(found, type) or not issubclass(found, (torch.nn.Module, types.SimpleNamespace)):
            return None
        file = getattr(sys.modules.get(found.__module__), "__file__", None) or ""
        return found if os.path.realpath(file).startswith(self.root) else None

    @staticmethod
    def allow_call(function, args):
        """Refuse to call what does not rebuild a tensor or a container."""
        module, name = getattr(function, "__module__", ""), getattr(function, "__name__", "")
        if name in REBUILD.get(RENAMED.get(module, module), ()) or function in (torch.Size, torch.device):
            if name == "_reconstructor" and (len(args) != 3 or args[1] is not object):
                raise Refused("copyreg._reconstructor of {!r}".format(args[1:2]))
            return
        if isinstance(function, type) and (function.__module__ in PATHS or function.__module__ == "numpy.dtypes"):
            return
        if name in ("scalar", "_reconstruct", "encode"):
            for folder, names in REBUILD.items():
                if name in names and folder in sys.modules and getattr(sys.modules[folder], name, None) is function:
                    return
        raise Refused("a call of {}.{}".format(module, name))


def imported(module, name):
    """Give an attribute of a module, which is imported when it is not there."""
    importlib.import_module(module)
    return getattr(sys.modules[module], name)


def known_of_torch(module):
    """Import a module of torch's layers; None for any other of torch."""
    if module.startswith("torch.nn.modules."):
        try:
            return importlib.import_module(module)
        except ImportError:
            return None
    return None
