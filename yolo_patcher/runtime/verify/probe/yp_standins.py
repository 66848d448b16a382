"""Inert stand-ins for third-party modules that the checkout imports and this Python lacks.

A stand-in never enters `sys.modules`: the import statement is answered, nothing else changes. So torch, which looks
for numpy in many places and at many times, keeps finding that there is none.
"""

import ast
import builtins
import importlib
import importlib.util
import os
import sys

from yp_standin import StandIn

NEVER = {"torch", "yaml", "distutils", "imp", "asynchat", "asyncore", "smtpd", "cgi", "telnetlib", "pipes", "builtins"}
CATCHES = {"ImportError", "ModuleNotFoundError", "PackageNotFoundError", "Exception", "BaseException"}
NO_FALLBACK = {"exit", "system", "check_requirements", "run", "call", "check_call", "check_output", "Popen"}


class StandIns(object):
    """The hook on `import`, for importing files under `root` only.

    Args:
        root: the staged tree.
        ours: for files below it, relative, the first and last numbers of the lines that the patch put there: these
            get no stand-ins, and may use none that their file has.
    """

    def __init__(self, root, ours=()):
        self.root = os.path.realpath(root) + os.sep
        self.ours = {os.path.join(self.root, path): lines for path, lines in dict(ours).items()}
        self.paths = {}
        self.stubbed = set()
        self.modules = {}
        self.sources = {}
        self.import_ = builtins.__import__
        self.import_module = importlib.import_module

    def install(self):
        """Answer imports from now on; `importlib.metadata.version` too, where this Python has it."""
        StandIn._yp_ours = staticmethod(self.is_ours)
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
        path = self.path(frame)
        inside = path.startswith(self.root) and "site-packages" not in path[len(self.root) :]
        return path if inside and not self.is_ours(frame) else None

    def path(self, frame):
        """Give the real path of the frame's file."""
        filename = frame.f_code.co_filename
        if filename.startswith("<"):  # exec
            filename = frame.f_globals.get("__file__") or filename
        if filename not in self.paths:
            self.paths[filename] = os.path.realpath(filename)
        return self.paths[filename]

    def is_ours(self, frame):
        """Tell whether the line that runs in the frame is one that the patch put there."""
        return any(first <= frame.f_lineno <= last for first, last in self.ours.get(self.path(frame), ()))

    def is_own_package(self, top):
        """Tell whether the checkout itself has a top-level module of that name."""
        return os.path.isdir(self.root + top) or os.path.isfile(self.root + top + ".py")

    def package_above(self, name):
        """Give the part of a dotted name that stands for the tree, as it has the rest of it; "" where none does."""
        parts = name.split(".")
        # Two parts such as utils.plots are no proof: other packages have these as well.
        least = 2 if os.path.isfile(self.root + "__init__.py") else 3
        for first in range(1, len(parts) - least + 1):
            path = self.root + os.sep.join(parts[first:])
            if os.path.isfile(path + ".py") or os.path.isfile(os.path.join(path, "__init__.py")):
                return ".".join(parts[:first])
        return ""

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
        above = self.package_above(name)
        if above:
            text = "{} is imported as a part of a package above --repo; give --repo the folder that holds `{}`"
            raise ImportError(text.format(above, top), name=top)
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
            for node in around(self.sources[path].body, frame.f_lineno)
            if isinstance(node, (ast.Try, ast.With))
        )


def around(statements, line):
    """Give the statements, outermost first, in which a line stands; walking the whole tree took a tenth of a second."""
    found = []
    while statements:
        above = [one for one in statements if first_line(one) <= line]
        statements = []
        if above:
            found.append(above[-1])
            blocks = [getattr(above[-1], name, None) or [] for name in ("body", "handlers", "orelse", "finalbody")]
            statements = sorted((one for block in blocks for one in block), key=first_line)
    return found


def first_line(node):
    """Give the line on which a statement begins, its decorators counted."""
    return min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])


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
