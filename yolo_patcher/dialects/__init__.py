"""The shapes of repository that are understood, each a module that recognises its shape and says where things go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from yolo_patcher.checkout import Snapshot
from yolo_patcher.codegen.files import Edits, NewClass
from yolo_patcher.dialects import ultralytics, ultralytics_single, yolov5, yolov5_package
from yolo_patcher.errors import PatcherError
from yolo_patcher.site import Site, find_site


class Dialect(Protocol):
    """What a dialect's module offers."""

    NAME: str

    def recognise(self, site: Site) -> bool:
        """Tell whether a site is of this shape."""

    def home(self, site: Site, module: str) -> str:
        """Give the path of the file that a class goes into, with the name for a module of its own."""

    def place_classes(self, site: Site, edits: Edits, new: Sequence[NewClass], known: Sequence[str]) -> None:
        """Add the edits that define new classes and make these and known ones visible where `parse_model` stands."""

    def load_name(self, site: Site, path: str, scale: str) -> str:
        """Give what the repository's users write to load a model YAML at a scale."""


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
