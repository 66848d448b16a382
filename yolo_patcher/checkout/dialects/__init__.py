"""The shapes of repository that are understood, each a module that only recognises."""

from __future__ import annotations

from typing import Protocol

from yolo_patcher.checkout.dialects import ultralytics, ultralytics_single, yolov5, yolov5_package
from yolo_patcher.checkout.site import Site, find_site
from yolo_patcher.checkout.snapshot import Snapshot


class Dialect(Protocol):
    """What a dialect's module offers."""

    NAME: str

    def recognise(self, site: Site) -> bool:
        """Tell whether a site is of this shape."""

    def load_name(self, site: Site, path: str, scale: str) -> str:
        """Give what the repository's users write to load a model YAML at a scale."""

    def loaded_scale(self, load: str) -> str:
        """Give the scale that the repository reads out of that; empty for the first of the file's."""


DIALECTS: dict[str, Dialect] = {
    module.NAME: module for module in (ultralytics, ultralytics_single, yolov5_package, yolov5)
}


def recognise(snapshot: Snapshot, package: str | None = None) -> tuple[Dialect, Site]:
    """Find out which dialect a checkout is, and where its parts are.

    Args:
        snapshot: the checkout.
        package: the package's folder when the user named it; None to look for it.

    Raises:
        PatcherError: `checkout`, when there is no `parse_model`, more than one, or it is not recognised.
    """
    site = find_site(snapshot, package)
    return next(dialect for dialect in DIALECTS.values() if dialect.recognise(site)), site
