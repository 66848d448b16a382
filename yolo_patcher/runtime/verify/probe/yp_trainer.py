"""What the checkout's own trainer sets: image size, batch, determinism, and what its optimiser holds; read, not run."""

import ast
import os
import re

SKIPPED = {"docs", "tests", "examples", "runs", "__pycache__", "datasets"}
USUAL_SIDE, CLASSIFIER_SIDE, USUAL_BATCH = 640, 224, 16
TASKS = {"Classify": "classify", "Segment": "segment"}


class Optimiser(object):
    """A trainer that collects parameters by the names of attributes: the names, and where that stands."""

    def __init__(self, names, place):
        self.names, self.place = names, place


def package_of(root, module):
    """Give the folder that holds the trainer: the package of parse_model, or the checkout itself."""
    parts = module.split(".")[:-2]
    return os.path.join(root, *parts[:1])


def sources(package):
    """Give path and text of the Python files of the package."""
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8", errors="replace") as file:
                    yield path, file.read()


def existing(package, *places):
    """Give the text of the first of several files that is there, "" where none is."""
    for place in places:
        path = os.path.join(package, *place.split("/"))
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
    return ""


def side(package, final):
    """Give the image size in pixels with which the task is trained by default."""
    classifier = final.startswith("Classify")
    number = None if classifier else default(package, final, "imgsz", "img", "img-size")
    return number or (CLASSIFIER_SIDE if classifier else USUAL_SIDE)


def batch(package, final):
    """Give the number of images of a batch with which the task is trained by default."""
    return default(package, final, "batch", "batch-size") or USUAL_BATCH


def default(package, final, *names):
    """Give a number from the default settings, or from an option of the training script."""
    settings = existing(package, "cfg/default.yaml", "yolo/cfg/default.yaml", "yolo/configs/default.yaml")
    found = re.search(r"^{}: *(\d+)".format(names[0]), settings, re.MULTILINE)
    if found is None:
        folder = next((folder for prefix, folder in TASKS.items() if final.startswith(prefix)), "")
        script = existing(package, folder + "/train.py", "train.py")
        option = r"""['"]--(?:{})['"].*?default=\[?(\d+)""".format("|".join(names))
        found = re.search(option, script)
    return int(found.group(1)) if found and int(found.group(1)) > 0 else None


def determinism(package):
    """Tell what the trainer does about operations without a deterministic backward pass, and where.

    Returns:
        "enforced" with the place, "warns" with the place, or "ignored" with "".
    """
    warns = ""
    for path, text in sources(package):
        if "use_deterministic_algorithms" not in text:
            continue
        for node in ast.walk(parsed(text)):
            if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "use_deterministic_algorithms":
                continue
            place = "{}:{}".format(os.path.relpath(path, package), node.lineno)
            if not node.args or is_constant(node.args[0], False):
                continue
            if any(word.arg == "warn_only" and is_constant(word.value, True) for word in node.keywords):
                warns = warns or place
            else:
                return "enforced", place
    return ("warns", warns) if warns else ("ignored", "")


def optimiser(package):
    """Give the rule of a trainer that looks for attributes of certain names; None where it takes all parameters."""
    for path in candidates(package):
        text = existing(package, path)
        if not re.search(r"""hasattr\([^)]*['"]weight['"]""", text):
            continue
        for node in ast.walk(parsed(text)):
            if isinstance(node, ast.For) and last_call(node.iter) in ("modules", "named_modules"):
                names = attributes(node)
                if names is not None:
                    return Optimiser(names, "{}:{}".format(path, node.lineno))
    return None


def candidates(package):
    """Give the files in which trainers make their optimiser."""
    paths = (
        "train.py",
        "utils/torch_utils.py",
        "engine/trainer.py",
        "yolo/engine/trainer.py",
        "yolo/utils/torch_utils.py",
    )
    return [path for path in paths if os.path.isfile(os.path.join(package, *path.split("/")))]


def attributes(loop):
    """Give the names that a loop over modules collects parameters by; None where it is another loop, or takes all."""
    inner = [node for statement in loop.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Call) and last_call(node) in ("named_parameters", "parameters") for node in inner):
        return None
    if not any(isinstance(node, ast.Call) and last_call(node) == "append" for node in inner):
        return None
    calls = [node for node in inner if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hasattr"]
    asked = {text_of(node.args[1]) for node in calls if len(node.args) == 2}
    return asked if asked >= {"weight", "bias"} else None


def text_of(node):
    """Give the text of a literal; Python 3.6 and 3.7 have another class for these."""
    return node.value if hasattr(node, "value") else getattr(node, "s", None)


def last_call(node):
    """Give `modules` for `model.modules()`."""
    return getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""


def is_constant(node, value):
    """Tell whether a node is a constant of the language; Python 3.6 has another class for these."""
    return getattr(node, "value", None) is value


def parsed(text):
    """Parse a file; an empty one where this Python can't."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse("")
