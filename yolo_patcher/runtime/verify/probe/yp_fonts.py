"""The font that YOLOv5 6.0 loads, and downloads where there is none, when its plots are imported."""

import glob
import importlib.util
import os
import platform
import sys

SETTINGS = {"Windows": ("AppData", "Roaming"), "Darwin": ("Library", "Application Support")}.get(
    platform.system(), (".config",)
)


def cached():
    """Give the fonts that YOLOv5 and ultralytics have downloaded before."""
    own = os.path.join(os.path.expanduser("~"), *SETTINGS)
    above = [os.environ.get("YOLO_CONFIG_DIR"), os.environ.get("XDG_CONFIG_HOME"), own]
    folders = [os.environ.get("YOLOV5_CONFIG_DIR")] + [os.path.join(one, "Ultralytics") for one in above if one]
    return [path for folder in folders if folder for path in glob.glob(os.path.join(folder, "Arial*.ttf"))]


class DefaultFont(object):
    """The hook on the import of `PIL.ImageFont` that gives PIL's own font for an Arial that is not there."""

    def find_spec(self, name, path=None, target=None):
        """Give what the other finders find, with a loader that goes on to wrap `truetype`."""
        if name != "PIL.ImageFont":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                module.truetype = or_default(module.truetype, module.load_default)

            spec.loader.exec_module = exec_module
        return spec


def or_default(truetype, load_default):
    """Let `truetype` give the default font for a missing Arial; for other fonts it raises as before."""

    def found(font=None, *args, **options):
        try:
            return truetype(font, *args, **options)
        except OSError:
            if not os.path.basename(str(font)).startswith("Arial"):
                raise
            return load_default()

    return found
