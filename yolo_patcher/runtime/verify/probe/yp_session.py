"""One run of a program in the user's Python: the environment, the import of the checkout, then its own work."""

import faulthandler
import gc
import importlib
import json
import os
import platform
import signal
import sys
import time
import traceback

import yp_guard
import yp_landlock
import yp_quiet
import yp_report
import yp_standins


def enter(root):
    """Let imports find the staged tree first, and no file of the probe or of the working directory."""
    ours = {os.path.dirname(os.path.abspath(__file__)), os.path.abspath(sys.argv[0]), os.getcwd()}
    sys.path[:] = [root] + [entry for entry in sys.path if os.path.abspath(entry) not in ours]


def main(request_path, answers_path, work):
    """Carry out the request; give the exit status: 3 when the work could not be begun, and 0 at its end.

    Args:
        request_path: the file of the request.
        answers_path: the file that takes the answers.
        work: the name of the module whose `run` does the work, found beside this one or beside the program.
    """
    yp_guard.guard()
    yp_guard.die_with_parent()
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    report = yp_report.Report(answers_path, request["root"])
    report.event("hello", python=platform.python_version(), executable=sys.executable)
    faulthandler.enable()
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, all_threads=False)
    yp_quiet.quieten(request["home"])
    device, sandbox = request["device"], None
    folders = [request["root"], os.path.dirname(request["home"])]
    if not request.get("sandbox"):
        sandbox = {"held": False, "why": "it was turned off"}
    elif device == "cpu" or (device == "auto" and not yp_landlock.may_use_a_gpu()):
        # Before torch begins threads, which nothing could confine afterwards.
        sandbox = yp_landlock.hold(folders)

    report.event("start", case=None, check="import torch")
    try:
        import torch
    except Exception as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        report.event("no-torch", absent=absent, detail=report.describe(error), trace=report.trace(error))
        return 3
    try:
        import yaml  # noqa: F401
    except ImportError as error:
        report.event("no-yaml", detail=report.describe(error))
        return 3
    if device == "auto":
        device = "cuda:0" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda"):
        device = device if ":" in device else device + ":0"
        if not torch.cuda.is_available() or int(device.split(":")[1]) >= torch.cuda.device_count():
            found = torch.cuda.device_count() if torch.cuda.is_available() else 0
            report.event("no-cuda", device=device, found=found, torch=torch.__version__, built_for=torch.version.cuda)
            return 3
        # TensorFloat-32 rounds to ten bits, too coarse for comparing a model with its fused or its loaded self.
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    if sandbox is None and device.startswith("cuda"):
        sandbox = {"held": False, "why": "it has not been tried on a GPU"}
    sandbox = sandbox or yp_landlock.hold_late(folders)
    report.confined = sandbox["held"]
    report.event("sandbox", **sandbox)
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.processor()
    report.event("environment", torch=torch.__version__, device=device, device_name=name)

    program = importlib.import_module(work)
    enter(request["root"])
    standins = yp_standins.StandIns(request["root"], request.get("our_lines", {}))
    standins.install()
    report.event("start", case=None, check="import")
    started = time.time()
    module, failure = None, None
    try:
        module = importlib.import_module(request["module"])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: an import may leave
        failure = {"detail": report.describe(error), "trace": traceback.format_exc()[-8000:]}
    seconds = round(time.time() - started, 3)
    report.event("imported", seconds=seconds, failure=failure, stubbed=sorted(standins.stubbed))
    if module is None:
        return 3
    if hasattr(gc, "freeze"):
        # What was imported stays: the collections after each case needn't look at it.
        gc.freeze()
    program.run(report, request, module, torch.device(device), seconds, standins)
    report.event("end")
    # Threads that a checkout started (settings, analytics) must not keep this process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
