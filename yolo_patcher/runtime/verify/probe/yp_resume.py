"""The check `resume`: a checkpoint of the patched model, saved after an epoch, goes on in the checkout's trainer."""

import glob
import importlib
import importlib.util
import os
import runpy
import shutil
import sys
import tempfile

import torch
import yp_data
from yp_report import Failed, Skip

NEEDED = ("numpy", "cv2", "PIL")
DETECTORS = ("Detect", "IDetect", "IAuxDetect", "DDetect", "DualDDetect", "v10Detect", "RTDETRDecoder")
FONTS = ("Arial.ttf", "Arial.Unicode.ttf")


def resume(session):
    """Train three epochs on a few small images, then go on from the checkpoint of an earlier one.

    Where that fails, the base is trained as well, so that a trainer that lacks something here is not our failure.
    """
    final = session.case["final"].split(".")[-1]
    if final not in DETECTORS:
        raise Skip("tried with detection models only")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Skip("the trainer needs {}, which this Python lacks".format(", ".join(missing)))
    return session.against_base("resume", lambda model: in_a_folder(session, final, model))


def in_a_folder(session, final, model):
    """Train a model and go on, in a temporary folder; give what there is to say."""
    folder = tempfile.mkdtemp()
    here, argv = os.getcwd(), sys.argv
    name = session.case["base" if model is session.base.model else "patched"]
    try:
        lend_fonts()
        os.chdir(folder)
        data = yp_data.write(os.path.join(folder, "data"))
        train, go_on = trainer(session, final, folder, data, name)
        train()
        kept = sorted(glob.glob(os.path.join(folder, "runs", "**", "epoch*.pt"), recursive=True))
        if not kept:
            raise Skip("this checkout's trainer keeps no checkpoint of a single epoch")
        before = epochs(folder)
        go_on(kept[0])
        if epochs(folder) <= before:
            raise Failed("the trainer did not go on from {}".format(os.path.basename(kept[0])))
        if model is session.patched:
            same_rows(session, folder)
        return "{} epochs, and {} more from {}".format(before, epochs(folder) - before, os.path.basename(kept[0]))
    finally:
        os.chdir(here)
        sys.argv = argv
        shutil.rmtree(folder, ignore_errors=True)


def trainer(session, final, folder, data, name):
    """Give the function that trains three epochs, and the one that goes on from a checkpoint."""
    device = session.device.type if session.device.type == "cpu" else str(session.device.index or 0)
    top = session.module.__name__.split(".")[0]
    if top == "ultralytics":
        api = importlib.import_module("ultralytics")
        cls = api.RTDETR if final == "RTDETRDecoder" and hasattr(api, "RTDETR") else api.YOLO
        options = {
            "data": data, "epochs": 3, "imgsz": yp_data.SIDE, "batch": 4, "workers": 0, "device": device,
            "project": os.path.join(folder, "runs"), "name": "tried", "save_period": 1, "plots": False,
        }  # fmt: skip
        return (lambda: cls(name).train(**options)), (lambda path: cls(path).train(resume=True))
    script = os.path.join(session.package, "train.py")
    if not os.path.isfile(script):
        raise Skip("this checkout has no train.py")
    with open(script, encoding="utf-8", errors="replace") as file:
        text = file.read()
    words = [
        "--weights", "", "--cfg", name, "--data", data, "--epochs", "3", "--batch-size", "4",
        "--device", device, "--project", os.path.join(folder, "runs"), "--name", "tried",
    ]  # fmt: skip
    sized = (["--img", str(yp_data.SIDE)] if "--img'" in text or '--img"' in text else
             ["--img-size", str(yp_data.SIDE), str(yp_data.SIDE)])  # fmt: skip
    extra = [("--workers", ["0"]), ("--noplots", []), ("--noautoanchor", [])]
    extra += [("--save-period", ["1"]), ("--save_period", ["1"])]
    for option, values in extra:
        if option in text:
            words += [option, *values]
    return (lambda: script_run(script, words + sized)), (lambda path: script_run(script, ["--resume", path]))


def script_run(script, words):
    """Run a script as `python SCRIPT WORDS...` would."""
    sys.argv = [script, *words]
    sys.path.insert(0, os.path.dirname(script))
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.path.remove(os.path.dirname(script))


def lend_fonts():
    """Put a file where the trainers look for a font before they load a data set; without plots nothing reads it."""
    for folder in {os.environ.get("YOLOV5_CONFIG_DIR"), os.environ.get("YOLO_CONFIG_DIR")} - {None}:
        for place in (folder, os.path.join(folder, "Ultralytics")):
            os.makedirs(place, exist_ok=True)
            for font in FONTS:
                open(os.path.join(place, font), "ab").close()


def epochs(folder):
    """Count the epochs of which the trainer has written results."""
    count = 0
    for path in glob.glob(os.path.join(folder, "runs", "**", "results.*"), recursive=True):
        if path.endswith((".csv", ".txt")):
            with open(path, encoding="utf-8") as file:
                lines = [line for line in file if line.strip()]
            count += len(lines) - path.endswith(".csv")
    return count


def same_rows(session, folder):
    """Fail where the last checkpoint has other new rows than the patched model, or numbers that are none."""
    path = max(glob.glob(os.path.join(folder, "runs", "**", "last.pt"), recursive=True), key=os.path.getmtime)
    try:
        saved = torch.load(path, map_location="cpu", weights_only=False)
    except TypeError:  # before torch 1.13
        saved = torch.load(path, map_location="cpu")
    model = saved.get("ema") or saved.get("model")
    for number in session.new:
        wanted, found = type(session.patched.model[number]).__name__, type(model.model[number]).__name__
        if found != wanted:
            raise Failed("row {} of the last checkpoint is {}, not {}".format(number, found, wanted))
        for name, tensor in model.model[number].state_dict().items():
            if not bool(torch.isfinite(tensor.float()).all()):
                raise Failed("row {} of the last checkpoint has {} that is not finite".format(number, name))


CHECKS = {"resume": resume}
