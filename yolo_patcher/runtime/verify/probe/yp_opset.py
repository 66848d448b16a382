"""The ONNX opset that a checkout's own exporter takes, found by what its code looks like."""

import ast
import importlib
import os
import re

import torch

SKIPPED = {"docs", "tests", "examples", "runs", "__pycache__"}


def opset(session, onnx):
    """Give the opset: what a function named for it answers, else a default that stands in the code, else torch's."""
    package = os.path.join(session.root, *session.module.__name__.split(".")[:-2])
    highest = onnx.defs.onnx_opset_version()
    for path, text in mentions(package if "." in session.module.__name__ else session.root):
        for find in (asked, defaulted) if path.endswith(".py") else (configured,):
            found = find(session, path, text, onnx)
            if found:
                return min(found, highest)
    newer = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2]) >= (1, 13)
    return min(17 if newer else 12, highest)


def mentions(package):
    """Give the path and text of the files that speak of an opset: small helpers before the exporter that uses them."""
    found = []
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            if name.endswith((".py", "default.yaml")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
                if "opset" in text:
                    found.append((path, text))
    return sorted(found, key=lambda one: (not one[0].endswith("torch_utils.py"), one[0].endswith(".yaml"), one[0]))


def asked(session, path, text, onnx):
    """Ask `get_latest_opset()` or `best_onnx_opset(onnx)`."""
    name = re.search(r"^def (get_latest_opset|best_onnx_opset)\(", text, re.MULTILINE)
    if name is None:
        return None
    module = os.path.relpath(path, session.root)[: -len(".py")].replace(os.sep, ".")
    try:
        function = getattr(importlib.import_module(module), name.group(1))
        return int(function(onnx) if "onnx" in function.__code__.co_varnames[: function.__code__.co_argcount]
                   else function())  # fmt: skip
    except Exception:  # an old function and a new torch, or something that is not installed
        return None


def defaulted(session, path, text, onnx):
    """Read `parser.add_argument("--opset", default=17)`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args and getattr(node.args[0], "value", None) == "--opset":
            for keyword in node.keywords:
                if keyword.arg == "default":
                    return ast.literal_eval(keyword.value)
    return None


def configured(session, path, text, onnx):
    """Read `opset: 17` of the default settings."""
    number = re.search(r"^opset: *(\d+)", text, re.MULTILINE)
    return int(number.group(1)) if number else None
