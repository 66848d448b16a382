"""The shapes of repository that are understood, each a module that only recognises."""

from __future__ import annotations

from typing import Protocol

from yolo_patcher.checkout.dialects import ultralytics, ultralytics_single, yolov5, yolov5_package
from yolo_patcher.checkout.site import Site, find_site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.errors import PatcherError


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
        PatcherError: `checkout`, when there is no `parse_model`, more than one, or it is of no known shape.
    """
    site = find_site(snapshot, package)
    matching = [dialect for dialect in DIALECTS.values() if dialect.recognise(site)]
    if len(matching) != 1:
        raise PatcherError(
            "checkout",
            f"parse_model takes its modules from {site.supplier}, which is no place that yolo-patcher knows",
            path=site.parse_model.path,
            line=site.supply.lineno,
            help="Known places: models/common.py, nn/modules.py and the package nn/modules/.",
        )
    return matching[0], site
