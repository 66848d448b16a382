"""Ask a checkout of ultralytics how it understands model names; knows nothing of yolo-patcher.

Run as a script: `names_live.py ROOT`, with a JSON list of names on stdin. Prints for each the file that it loads, the
scale and the task, or the error.
"""

import json
import os
import sys
from pathlib import Path

PROBE = Path(__file__).resolve().parents[1] / "yolo_patcher" / "verify" / "probe"


def understood(tasks, name):
    """Give [file, scale, task] for a name that a user writes."""
    if hasattr(tasks, "yaml_model_load"):
        model = tasks.yaml_model_load(name)
        scale = tasks.guess_model_scale(name)
    else:
        model = tasks.yaml_load(tasks.check_yaml(name), append_filename=True)
        scale = ""
    task = tasks.guess_model_task(model) if hasattr(tasks, "guess_model_task") else ""
    by_path = ""
    if hasattr(tasks, "guess_model_task"):
        try:
            by_path = tasks.guess_model_task(name)
        except Exception:
            by_path = "?"
    return [model.get("marked", ""), scale, task, by_path]


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
    for name in json.load(sys.stdin):
        try:
            answers.append(understood(tasks, name))
        except BaseException as error:
            answers.append(f"{type(error).__name__}: {error}")
    json.dump(answers, stdout)


if __name__ == "__main__":
    main(sys.argv[1])
