"""Which model a checkpoint shall be carried over to."""

from __future__ import annotations

from collections.abc import Sequence

from yolo_patcher.checkout.site import Site
from yolo_patcher.commit.patch import Patch
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model
from yolo_patcher.runtime.weights.lineage import members


def target_model(site: Site, patches: Sequence[Patch], *, patch: str | None, model: str | None, to_base: bool) -> str:
    """Give the path of the model that is meant: of a patch, named, or else the only one; or that patch's base.

    Args:
        site: the checkout's parts.
        patches: its patches.
        patch: a patch's id, or None.
        model: a model YAML, as `--model` takes it, or None.
        to_base: whether the model is meant from which this one stems, by whatever patches.

    Raises:
        PatcherError: `usage`, when there is no such patch, or several are there and none is named.
    """
    if patch is not None and model is not None:
        raise PatcherError("usage", "--patch and --model both name the model", help="Name one of them.")
    if model is not None:
        path = choose_model(site, model, None).model.path
    elif patch is not None:
        path = next((one.model for one in patches if one.id == patch), "")
        if not path:
            raise PatcherError("usage", f"there is no patch {patch}", help=_there(patches))
    elif len(patches) == 1 or (to_base and len({members(one.model, patches)[0] for one in patches}) == 1):
        path = patches[0].model
    else:
        message = "several patches are applied" if patches else "no patch is applied"
        raise PatcherError("usage", f"{message}, so it is not clear which model is meant", help=_there(patches))
    return members(path, patches)[0] if to_base else path


def _there(patches: Sequence[Patch]) -> str:
    if not patches:
        return "Apply a patch first: yolo-patcher apply RECIPE."
    return f"Name one with --patch: {', '.join(one.id for one in patches)}."
