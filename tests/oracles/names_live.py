"""Ask a checkout of ultralytics how it understands model names; knows nothing of yolo-patcher.

Run as a script: `names_live.py ROOT`, with a JSON list on stdin of batches: the files to write, which are taken away
again, and the names to ask for while they are there. Prints one JSON list: for each batch by name the file that it
loads, the scale and the task, or the error.
"""

import contextlib
import functools
import glob
import json
import os
import sys
from pathlib import Path

PROBE = Path(__file__).resolve().parents[2] / "yolo_patcher" / "runtime" / "verify" / "probe"


def understood(tasks, name):
    """Give [file, scale, task] for a name that a user writes."""
    if hasattr(tasks, "yaml_model_load"):
        model = tasks.yaml_model_load(name)
        scale = tasks.guess_model_scale(name)
    else:
        model = tasks.yaml_load(tasks.check_yaml(name), append_filename=True)
        scale = None
    task = tasks.guess_model_task(model) if hasattr(tasks, "guess_model_task") else ""
    by_path = ""
    if hasattr(tasks, "guess_model_task"):
        try:
            by_path = tasks.guess_model_task(name)
        except Exception:
            by_path = "?"
    return [model.get("marked", ""), scale, task, by_path]


def answer(tasks, name):
    """Give what a name is understood as, or the error."""
    try:
        return understood(tasks, name)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


@contextlib.contextmanager
def folders_read_once():
    """Have `glob` read each folder once while no file comes or goes: every name searches the whole checkout."""
    read = getattr(glob, "_iterdir", None)
    if read is None:
        yield
        return
    entries = functools.lru_cache(maxsize=None)(lambda *where: list(read(*where)))
    glob._iterdir = lambda *where: (entry for entry in entries(*where))
    try:
        yield
    finally:
        glob._iterdir = read


def main(root):
    """Answer the request."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(PROBE))
    import yp_quiet
    import yp_standins

    yp_quiet.quieten(str(Path.cwd()))
    os.environ["YOLO_VERBOSE"] = "false"
    sys.path[0] = root
    yp_standins.StandIns(root, ()).install()
    from ultralytics.nn import tasks

    answers = []
    for batch in json.load(sys.stdin):
        for path, text in batch["files"].items():
            Path(path).write_text(text, "utf-8")
        with folders_read_once():
            answers.append({name: answer(tasks, name) for name in batch["names"]})
        for path in batch["files"]:
            Path(path).unlink()
    json.dump(answers, stdout)


if __name__ == "__main__":
    main(sys.argv[1])
