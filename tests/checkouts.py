"""Real checkouts to test on: published wheels, pinned by hash, fetched once into a cache outside the repository."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

PINNED = {
    "ultralytics-8.0.0": "e4eab106979a5b93adcdbfdc50c64a9c658fc6e2c6cf9dd0ff1520ee6a91afd1",
    "ultralytics-8.0.100": "6715ae74fdbff27e0c8f097c56ab81d747481f6e698854545763d21199414cd0",
    "ultralytics-8.1.0": "9571a74cb51f58f49f7b29e545a36b7fc79f42b43a9e3e9d93e54183d0980b0c",
    "ultralytics-8.2.0": "0ef9356e8a7ac2729ba4b08edd79127949ad5f9ce12949bb4fb119085544f820",
    "ultralytics-8.3.0": "3137c4921c18c8ddf610f64f1badc2dad2a9fd182e10218c2bbb29caee308b9e",
    "ultralytics-8.3.200": "adf3f1bc360a375a96a16231ff1d5407508f94ea13ea0c658c474650143ea920",
    "ultralytics-8.4.190": "bd309728efa168af64d39040136828edd2dbcb4aeceb4510bdff4f3ca0ea01b8",
    "yolov5-4.0.14": "bcab894f16b815820afd9f7ddf95bb630b9e5e35f3071e30fa6535387ccc3975",
    "yolov5-6.2.3": "252d9a2cb9b0d771d9ba220ab3845c21392da4c5a743f80a173886a2cfd71222",
    "yolov5-7.0.14": "67d0e3f7cb055cc7ff0c9d66fc993577f7394ca83a16ab097c0343ee4db3ca4b",
}
# For single tests: the one that loads a font when it is imported.
SINGLE = {"yolov5-6.0.7": "11976935c876157f1a617447b7acf5cee1a93b36a844244194ea12c56c698a71"}
# What some of these import, and Debian does not have.
EXTRAS = {
    "thop-0.1.1.post2209072238": "01473c225231927d2ad718351f78ebf7cffe6af3bed464c4f1ba1ef0f7cdda27",
    "hub-sdk-0.0.25": "b8046e49c17257f9e8ae9f6a03ff88d707f990ecb888fa2e78d9cfeb17f763ad",
    "hydra-core-1.3.8": "d5f184c291691cba835c7f04bc4e36270ad88b1d7e394a3712f5af084c30b394",
}
# What their own API imports beside torch and can't do without: tried by taking away one package at a time.
_ALWAYS = ("PIL", "cv2", "numpy", "tqdm", "yaml")
_ONCE = (*_ALWAYS, "matplotlib", "packaging", "requests")
IMPORTS = {
    "ultralytics-8.0.0": (*_ONCE, "IPython", "omegaconf", "pandas", "pkg_resources", "psutil", "torchvision"),
    "ultralytics-8.0.100": (*_ONCE, "pkg_resources", "psutil", "torchvision"),
    "ultralytics-8.1.0": (*_ONCE, "pandas", "psutil", "torchvision"),
    "ultralytics-8.2.0": (*_ONCE, "psutil"),
    "ultralytics-8.3.0": (*_ONCE, "psutil"),
    "ultralytics-8.3.200": _ALWAYS,
    "ultralytics-8.4.190": _ALWAYS,
    "yolov5-4.0.14": (*_ONCE, "pandas", "scipy", "seaborn", "torchvision"),
    "yolov5-6.0.7": (*_ONCE, "pandas", "pkg_resources", "seaborn", "torchvision"),
    "yolov5-6.2.3": (*_ONCE, "IPython", "pandas", "pkg_resources", "seaborn", "torchvision"),
    "yolov5-7.0.14": (*_ONCE, "pandas", "pkg_resources", "psutil", "seaborn", "torchvision"),
}
ULTRALYTICS = tuple(name for name in PINNED if name.startswith("ultralytics"))
YOLOV5 = tuple(name for name in PINNED if name.startswith("yolov5"))


def checkout(name: str, destination: Path) -> Path:
    """Unpack the pinned wheel `name` ("yolov5-7.0.14") into `destination`, which is a checkout then, and give it.

    Skips the test when the wheel is neither cached nor to be had.
    """
    with zipfile.ZipFile(_wheel(name)) as wheel:
        wheel.extractall(destination)
    return destination


def original_layout(name: str, destination: Path) -> Path:
    """Unpack a YOLOv5 wheel as its repository has it: `models` and `utils` at the root, imports without a package."""
    with tempfile.TemporaryDirectory() as folder:
        package = checkout(name, Path(folder)) / "yolov5"
        (package / "__init__.py").unlink()
        shutil.copytree(package, destination, dirs_exist_ok=True)
    (destination / "helpers.py").unlink()
    version = name.rsplit("-", 1)[1]
    for file in destination.rglob("*.py"):
        text = file.read_bytes()
        text = text.replace(b"from yolov5 import __version__", b'__version__ = "%s"' % version.encode())
        text = re.sub(rb"\bfrom yolov5 import\b", b"import", text)
        text = re.sub(rb"\b(from|import) yolov5\.", rb"\1 ", text)
        file.write_bytes(text)
    return destination


def _wheel(name: str) -> Path:
    cache = Path(os.environ.get("YOLO_PATCHER_CACHE") or Path.home() / ".cache" / "yolo-patcher" / "wheels")
    sha256 = {**PINNED, **SINGLE, **EXTRAS}[name]
    cached = cache / f"{name}-{sha256[:12]}.whl"
    if not cached.exists() or _sha256(cached) != sha256:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _download(name, sha256, Path(folder)).replace(cached)
    return cached


def _download(name: str, sha256: str, folder: Path) -> Path:
    """Fetch with pip, into a folder of this process's own: several workers may want the same wheel at once."""
    requirement = "{}=={}".format(*name.rsplit("-", 1))
    (folder / "requirements.txt").write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--ignore-requires-python", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    command += ["--requirement", str(folder / "requirements.txt")]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
        )
        output = ended.stdout.decode("utf-8", "replace").strip()
    except subprocess.TimeoutExpired:
        output = "no answer in 120 s"
    if "DO NOT MATCH" in output:
        raise RuntimeError(f"the wheel of {requirement} is not the pinned one: {output}")
    for wheel in folder.glob("*.whl"):
        if _sha256(wheel) == sha256:
            return wheel
    last = (output.splitlines() or ["nothing was fetched"])[-1]
    pytest.skip(f"the checkout {name} is not in the cache and can't be fetched: {last}")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
