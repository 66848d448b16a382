"""Inert stand-ins for third-party modules that the checkout imports and this Python lacks.

A stand-in never enters `sys.modules`: the import statement is answered, nothing else changes. So torch, which looks
for numpy in many places and at many times, keeps finding that there is none.
"""

import ast
import builtins
import importlib
import importlib.util
import math
import numbers
import os
import re
import sys

NEVER = {"torch", "yaml", "distutils", "imp", "asynchat", "asyncore", "smtpd", "cgi", "telnetlib", "pipes", "builtins"}
CATCHES = {"ImportError", "ModuleNotFoundError", "PackageNotFoundError", "Exception", "BaseException"}
NO_FALLBACK = {"exit", "system", "check_requirements", "run", "call", "check_call", "check_output", "Popen"}


class MissingModule(ImportError):
    """A number, a tensor or a text was needed from something that is not installed."""


def version_key(text):
    """Order versions as far as checks of a minimum need it: (1, 10, 0) for "1.10.0+cu118"."""
    return tuple(int(part) for part in re.findall(r"\d+", str(text).split("+")[0])[:4])


class StandIn(object):
    """Anything that a missing module would have held: a submodule, class, function or constant."""

    def __new__(cls, *args):
        """Serve as a base class on Python 3.6, where `type(base)(name, bases, namespace)` makes the class."""
        if len(args) == 3 and isinstance(args[1], tuple):
            return type(args[0], tuple(b for b in args[1] if not isinstance(b, StandIn)), args[2])
        return object.__new__(cls)

    def __init__(self, name="?"):
        self.__dict__["_yp_name"] = name
        self.__dict__["__name__"] = name

    def __getattr__(self, attribute):
        if attribute in ("__version__", "VERSION"):
            return "0.0.0"
        if attribute.startswith("__") and attribute.endswith("__"):
            raise AttributeError(attribute)
        found = real_answer(self._yp_name + "." + attribute)
        found = StandIn(self._yp_name + "." + attribute) if found is None else found
        self.__dict__[attribute] = found
        return found

    def __call__(self, *args, **kwargs):
        """Call it: a decorator gives the decorated thing back, everything else another stand-in."""
        if len(args) == 1 and not kwargs and (isinstance(args[0], type) or type(args[0]).__name__ == "function"):
            return args[0]
        return StandIn(self._yp_name + "()")

    def __mro_entries__(self, bases):
        return ()

    def __instancecheck__(self, instance):
        return False

    def __subclasscheck__(self, subclass):
        return False

    def __getitem__(self, key):
        return StandIn(self._yp_name + "[]")

    def __setitem__(self, key, value):
        pass

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __contains__(self, item):
        return False

    def __bool__(self):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def __hash__(self):
        return id(self)

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return StandIn, (self._yp_name,)

    def __repr__(self):
        return "<stand-in for {}>".format(self._yp_name)

    def __format__(self, spec):
        return repr(self)

    def _yp_missing(self, *ignored):
        raise missing(self._yp_name)

    __int__ = __float__ = __complex__ = __index__ = __fspath__ = __bytes__ = _yp_missing


def _same(self, *others):
    return StandIn(self._yp_name)


BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
for _verb in BINARY:
    setattr(StandIn, "__{}__".format(_verb), _same)
    setattr(StandIn, "__r{}__".format(_verb), _same)
for _verb in ("neg", "pos", "abs", "invert", "round"):
    setattr(StandIn, "__{}__".format(_verb), _same)
for _verb in ("lt", "le", "gt", "ge"):
    setattr(StandIn, "__{}__".format(_verb), lambda self, other: False)


def missing(name):
    """Give the error that names the package to install."""
    top = name.split(".")[0].split("(")[0]
    return MissingModule("{} is needed here, and {} is not installed in this Python".format(name, top))


def real_answer(name):
    """Give the true value of the few missing things with which models are built; None for all else."""
    if name in ("pkg_resources.parse_version", "packaging.version.parse", "packaging.version.Version"):
        return version_key
    package, _, attribute = name.partition(".")
    value = getattr(math, attribute, None) if package == "numpy" else None
    return _on_numbers(name, value) if callable(value) else value


def _on_numbers(name, function):
    def call(*args, **kwargs):
        if args and not kwargs and all(isinstance(arg, numbers.Real) for arg in args):
            return function(*args)
        return StandIn(name + "()")

    return call


class StandIns(object):
    """The hook on `import`, for importing files under `root` only.

    Args:
        root: the staged tree.
        strict: files below it, relative, that get no stand-ins: those that the patch created.
    """

    def __init__(self, root, strict=()):
        self.root = os.path.realpath(root) + os.sep
        self.strict = {os.path.join(self.root, path) for path in strict}
        self.stubbed = set()
        self.modules = {}
        self.sources = {}
        self.import_ = builtins.__import__
        self.import_module = importlib.import_module

    def install(self):
        """Answer imports from now on; `importlib.metadata.version` too, where this Python has it."""
        builtins.__import__ = self._import
        importlib.import_module = self._import_module
        try:
            metadata = self.import_module("importlib.metadata")
        except ImportError:
            return
        real = metadata.version

        def version(name):
            try:
                return real(name)
            except metadata.PackageNotFoundError:
                frame = sys._getframe(1)
                if self.own_file(frame) is None or self.has_fallback(frame):
                    raise
                self.stubbed.add(name)
                return "0.0.0"

        metadata.version = version

    def own_file(self, frame):
        """Give the real path of the frame's file if it is one of the checkout that may have stand-ins, else None."""
        filename = frame.f_code.co_filename
        if filename.startswith("<"):  # exec
            filename = frame.f_globals.get("__file__") or filename
        path = os.path.realpath(filename)
        if not path.startswith(self.root) or "site-packages" in path[len(self.root) :] or path in self.strict:
            return None
        return path

    def is_own_package(self, top):
        """Tell whether the checkout itself has a top-level module of that name."""
        return os.path.isdir(self.root + top) or os.path.isfile(self.root + top + ".py")

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        try:
            return self.import_(name, globals, locals, fromlist, level)
        except ModuleNotFoundError as error:
            # the C API asks with a list for fromlist, an import statement never does
            if level or isinstance(fromlist, list) or not self._may_stand_in(name, error, sys._getframe(1)):
                raise
        return self._module(name if fromlist else name.split(".")[0])

    def _import_module(self, name, package=None):
        try:
            return self.import_module(name, package)
        except ModuleNotFoundError as error:
            if name.startswith(".") or not self._may_stand_in(name, error, sys._getframe(1)):
                raise
        return self._module(name)

    def _may_stand_in(self, name, error, frame):
        top, lost = name.split(".")[0], (error.name or "").split(".")[0]
        if not lost or lost in NEVER or lost in getattr(sys, "stdlib_module_names", sys.builtin_module_names):
            return False
        if self.own_file(frame) is None or self.is_own_package(top) or self.is_own_package(lost):
            return False
        if lost in sys.modules or self._installed(lost) or self.has_fallback(frame):
            return False
        self.stubbed.add(lost)
        return True

    @staticmethod
    def _installed(top):
        try:
            return importlib.util.find_spec(top) is not None
        except (ImportError, ValueError):
            return False

    def _module(self, name):
        if name not in self.modules:
            self.modules[name] = StandIn(name)
        return self.modules[name]

    def has_fallback(self, frame):
        """Tell whether the statement that runs in `frame` is in a `try` that copes with a failing import by itself."""
        path = self.own_file(frame)
        if path is None or frame.f_code.co_filename.startswith("<"):
            return False
        if path not in self.sources:
            with open(path, "rb") as file:
                self.sources[path] = ast.parse(file.read())
        return any(
            body_holds(node, frame.f_lineno) and copes(node)
            for node in ast.walk(self.sources[path])
            if isinstance(node, (ast.Try, ast.With))
        )


def body_holds(node, line):
    """Tell whether `line` is in the body proper of a `try` or `with`."""
    if isinstance(node, ast.Try):
        after = [child.lineno for child in node.handlers + node.orelse + node.finalbody]
    else:
        after = []
    end = min(after) if after else max(getattr(child, "lineno", 0) for child in ast.walk(node)) + 1
    return node.body[0].lineno <= line < end


def copes(node):
    """Tell whether a `try` or `with` catches ImportError and has something else to do than to raise or to install."""
    if isinstance(node, ast.With):
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any(last_name(call.func) == "suppress" and names(call.args) & CATCHES for call in calls)
    for handler in node.handlers:
        if handler.type is None or names([handler.type]) & CATCHES:
            inner = [child for statement in handler.body for child in ast.walk(statement)]
            gives_up = any(isinstance(child, ast.Raise) for child in inner)
            calls = {last_name(child.func) for child in inner if isinstance(child, ast.Call)}
            return not gives_up and not calls & NO_FALLBACK
    return False


def names(nodes):
    """Give the last part of every dotted name in an expression."""
    return {last_name(child) for node in nodes for child in ast.walk(node)}


def last_name(node):
    """Give `c` for the expression `a.b.c`, "" for what is no name."""
    return getattr(node, "attr", None) or getattr(node, "id", "")
