"""What a checkout does by habit stays in the temporary folder: settings, caches, downloads, installing.

That is for code that means no harm. What holds against the rest is `yp_landlock`, where the system has it.
"""

import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile

import yp_fonts

# Without these, compilers keep what they make below the home and the folder for temporary files.
CACHES = (
    "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "TORCH_EXTENSIONS_DIR", "PYTORCH_KERNEL_CACHE_PATH",
    "NUMBA_CACHE_DIR",
)  # fmt: skip
AT_HOME = ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "MPLCONFIGDIR", "TORCH_HOME")


def quieten(home):
    """Point every place for settings, caches and temporary files at `home`; refuse the network and installers."""
    settings = os.path.join(home, *yp_fonts.SETTINGS)
    # YOLOv5 and ultralytics write to /tmp where the folder for all settings is not there.
    ultralytics = os.path.join(settings, "Ultralytics")
    temporary = os.path.join(home, "tmp")
    for folder in (ultralytics, temporary):
        os.makedirs(folder, exist_ok=True)
    borrow(matplotlib_lists(), home)
    borrow(yp_fonts.cached(), ultralytics)
    os.environ.update(dict.fromkeys(AT_HOME, home))
    os.environ.update(XDG_CONFIG_HOME=settings, YOLO_CONFIG_DIR=settings, YOLOV5_CONFIG_DIR=ultralytics)
    os.environ.update(TMPDIR=temporary, TEMP=temporary, TMP=temporary)
    tempfile.tempdir = None
    for name in CACHES:
        os.environ.pop(name, None)
    os.environ.update(WANDB_MODE="disabled", COMET_MODE="disabled", CLEARML_OFFLINE_MODE="1", PIP_NO_INDEX="1")
    os.environ.update(YOLO_AUTOINSTALL="false", YOLOv5_AUTOINSTALL="false", YOLO_OFFLINE="true", UV_OFFLINE="1")
    os.environ.update(PYTHONDONTWRITEBYTECODE="1", MPLBACKEND="Agg", NO_ALBUMENTATIONS_UPDATE="1")
    sys.meta_path.insert(0, yp_fonts.DefaultFont())

    def refuse(*args, **kwargs):
        raise OSError("no network while a model is being verified")

    socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, within_machine(getattr(socket.socket, name), refuse))
    os.system = lambda command: 1
    Popen = subprocess.Popen

    class QuietPopen(Popen):
        """A `Popen` that installs nothing."""

        def __init__(self, args, *rest, **options):
            words = args.split() if isinstance(args, str) else [str(word) for word in args]
            if "install" in words:
                raise OSError("nothing is installed while a model is being verified")
            Popen.__init__(self, args, *rest, **options)

    subprocess.Popen = QuietPopen


def within_machine(connect, refuse):
    """Give a method that connects to processes of this machine only: the workers of a data loader are reached so."""

    def connect_within(self, address):
        return connect(self, address) if self.family == getattr(socket, "AF_UNIX", None) else refuse()

    return connect_within


def matplotlib_lists():
    """Give matplotlib's lists of fonts, which takes it seconds to make anew."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folders = (os.environ.get("MPLCONFIGDIR"), os.path.join(cache, "matplotlib"))
    return [path for folder in folders if folder for path in glob.glob(os.path.join(folder, "fontlist-*.json"))]


def borrow(paths, folder):
    """Copy files of the user's, as far as they can be read."""
    for path in paths:
        try:
            shutil.copy(path, folder)
        except OSError:
            pass
