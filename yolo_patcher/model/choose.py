"""Find the model YAML that a user means: `yolo11`, `yolov8s-seg.yaml`, `yolov5m`, a path, or none at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from yolo_patcher.checkout.marker import read_header
from yolo_patcher.checkout.parse_model import ParseModel
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import is_file
from yolo_patcher.checkout.text import SourceText, decode_yaml
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.rows import FORWARD, ModelYaml, read_model_yaml
from yolo_patcher.model.scales import scales

_SUFFIXES = (".yaml", ".yml")
_WEIGHTS = (".pt", ".pth")
_SCALED = re.compile(r"^(?P<family>.*?\d)(?P<scale>[nslmx])(?P<rest>(?:\d*|[-_.].*)?)$")
_DEFAULTS = ("yolov5s", "yolov8", "yolov8n")


@dataclass(frozen=True)
class ChosenModel:
    """The model YAML to work on.

    Attributes:
        model: the file.
        scale: the scale to build and to work out channels at; empty where each scale is a file of its own.
        how: how it was chosen, empty when the user named it.
    """

    model: ModelYaml
    scale: str
    how: str = ""


def choose_model(site: Site, name: str | None, scale: str | None) -> ChosenModel:
    """Find a model YAML by the name that the repository's users use for it, or by its path.

    Args:
        site: the checkout's parts.
        name: a name or a path; None for the default.
        scale: the scale's letter, or None.

    Raises:
        PatcherError: `usage`, when no model or more than one has the name, or the model has no such scale; `model`,
            when the file is not understood.
    """
    files = model_files(site)
    if name is None:
        return _default(site, files, scale)
    if name.lower().endswith(_WEIGHTS):
        raise PatcherError(
            "usage",
            f"{name} is a weights file, and a model is named by its YAML",
            help=f"--model {PurePosixPath(name).stem} names the model; pretrained weights are given to apply with"
            f" --weights {name}.",
        )
    path = _as_path(site, name)
    if path is None:
        path, letter = _by_name(site, files, name, scale)
        return _scaled(read_model(site, path), scale, letter)
    model = read_model(site, path)
    # A file whose own name says a scale is built at that one, as `my-yolo11s.yaml`.
    said = _SCALED.match(PurePosixPath(path).stem)
    return _scaled(model, scale, said["scale"] if said and said["scale"] in scales(model) else "")


def find_source(site: Site, name: str, scale: str | None) -> tuple[SourceText, str | None]:
    """Find the text of a model YAML that need not be a good one, and the scale that its name says.

    Args:
        site: the checkout's parts.
        name: a name, or a path, which may lead out of the checkout.
        scale: the scale's letter, or None.

    Raises:
        PatcherError: as `choose_model`, but for what is wrong with the model itself; `io`, when it can't be read.
    """
    root = site.snapshot.root.resolve()
    for candidate in (Path(name), root / name) if name.endswith(_SUFFIXES) else ():
        if not is_file(candidate):
            continue
        location = candidate.resolve()
        if location.is_relative_to(root):
            return _source(site, location.relative_to(root).as_posix()), scale
        try:
            return decode_yaml(name, location.read_bytes()), scale
        except OSError as error:
            raise PatcherError("io", f"the file can't be read: {error.strerror}", path=name) from error
    try:
        chosen = choose_model(site, name, scale)
    except PatcherError as error:
        if error.kind != "model" or error.path is None:
            raise
        # The file that the name means is there, and is refused for what a check is there to explain.
        return _source(site, error.path), scale
    return chosen.model.source, chosen.scale


def _source(site: Site, path: str) -> SourceText:
    return decode_yaml(path, site.snapshot.require(path))


def model_files(site: Site) -> list[str]:
    """List the YAML files where a checkout keeps its models, as paths relative to it."""
    return [path for folder in site.model_folders for path in site.snapshot.files(folder, _SUFFIXES)]


def model_paths(site: Site) -> list[str]:
    """List those of them that are model YAMLs."""
    return [path for path in model_files(site) if _is_model(site, path)]


def _is_model(site: Site, path: str) -> bool:
    content = site.snapshot.read(path) or b""
    return re.search(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])backbone\s*:", content) is not None


def read_model(site: Site, path: str) -> ModelYaml:
    """Read a model YAML of the checkout and check that `parse_model` can resolve its modules.

    Raises:
        PatcherError: `model`, with the line, when the file is not understood or names an unknown module.
    """
    try:
        model = read_model_yaml(_source(site, path))
    except PatcherError as error:
        if site.parse_model.renumbers and error.reason == FORWARD:
            error.help = (
                "This checkout's parse_model counts a backbone that gives several maps as five rows, so the numbers\n"
                "in the YAML are not its rows'. yolo-patcher does not edit such models; name one that lists its rows."
            )
        raise
    refuse_own_sources(model, site.parse_model)
    names, complete = site.names
    for row in model.rows:
        if row.module in site.parse_model.broken_stand_ins:
            raise PatcherError(
                "model",
                f"row {row.index} names {row.module}, and the lines in {site.parse_model.path} that let it stand for"
                " another class are not whole",
                path=path,
                line=row.line,
                help="Revert the patch that brought them and apply it again, or restore the lines.",
            )
        known = row.module in names or row.module.startswith(("nn.", "torch.nn.", "torchvision.ops."))
        if complete and not known:
            raise PatcherError(
                "model",
                f"row {row.index} names the module {row.module}, which {site.parse_model.path} does not know",
                path=path,
                line=row.line,
                help="Correct the name, or define the module and import it there.",
            )
    return model


def refuse_own_sources(model: ModelYaml, parse_model: ParseModel) -> None:
    """Refuse a model whose wiring its YAML does not say, as where -5 means the first of two streams.

    Raises:
        PatcherError: `model`, with the line.
    """
    for row in model.rows:
        for value in parse_model.own_sources.intersection(row.written):
            raise PatcherError(
                "model",
                f"row {row.index} ({row.module}) reads {value}, which has a meaning of its own in parse_model",
                path=model.path,
                line=row.line,
                help=f"{parse_model.path} compares `from` with {value}: what the row reads is not told by the order of"
                " the rows.\nyolo-patcher does not edit or check such models.",
            )


def _default(site: Site, files: Sequence[str], scale: str | None) -> ChosenModel:
    for stem in _DEFAULTS:
        for wanted in (_with_scale(stem, scale), stem):
            found = [path for path in files if PurePosixPath(path).stem == wanted and _is_model(site, path)]
            if found:
                chosen = _scaled(read_model(site, found[0]), scale, "")
                return ChosenModel(chosen.model, chosen.scale, "the default")
    for path in files:
        # A model that a patch made often comes first, and the same command would then mean another model.
        if not _is_model(site, path) or read_header(site.snapshot.read(path) or b""):
            continue
        model = read_model(site, path)
        if "detect" in model.final.module.lower():
            chosen = _scaled(model, scale, "")
            return ChosenModel(chosen.model, chosen.scale, "the first detection model")
    raise PatcherError("usage", "the checkout has no detection model", help="Name a model YAML with --model.")


def _with_scale(stem: str, scale: str | None) -> str:
    match = _SCALED.match(stem)
    return f"{match['family']}{scale}{match['rest']}" if match and scale else stem


def _as_path(site: Site, name: str) -> str | None:
    """Give the path, relative to the checkout, of a model that was given as a path; None when it is a name."""
    if not name.endswith(_SUFFIXES):
        return None
    root = site.snapshot.root.resolve()
    for candidate in (Path(name), root / name):
        if is_file(candidate):
            location = candidate.resolve()
            if not location.is_relative_to(root):
                raise PatcherError(
                    "usage",
                    f"{name} lies outside the checkout {site.snapshot.root}",
                    help="Copy the model YAML into the checkout first: the new YAML is written beside it.",
                )
            return location.relative_to(root).as_posix()
    if site.snapshot.exists(name):
        # Planned, and not on the disk yet.
        return name
    if "/" in name or "\\" in name:
        raise PatcherError("usage", f"there is no model YAML {name}")
    return None


def _by_name(site: Site, files: Sequence[str], name: str, scale: str | None) -> tuple[str, str]:
    stem = name.removesuffix(".yaml").removesuffix(".yml")
    match = _SCALED.match(stem)
    letter = match["scale"] if match else ""
    tries = [(_with_scale(stem, scale), scale or ""), (stem, letter)]
    if match:
        tries.append((match["family"] + match["rest"], letter))
    else:
        family = re.match(r"\D*\d+|", stem)
        end = family.end() if family else 0
        tries += [(f"{stem[:end]}{one}{stem[end:]}" if end else stem, one) for one in (scale, "s", "n") if one]
    for wanted, its_letter in tries:
        same = [path for path in files if PurePosixPath(path).stem.lower() == wanted.lower()]
        found = [path for path in same if _is_model(site, path)]
        if len(found) > 1:
            raise PatcherError(
                "usage", f"{len(found)} models are called {wanted}", help=f"Give one's path: {', '.join(found)}."
            )
        if found:
            return found[0], its_letter
    import difflib

    stems = sorted({PurePosixPath(path).stem for path in files if _is_model(site, path)})
    near = difflib.get_close_matches(stem, stems, 5, 0.5)
    shown = f"Did you mean {', '.join(near)}?" if near else f"The checkout has {', '.join(stems[:30])}."
    raise PatcherError("usage", f"the checkout has no model {name!r}", help=shown)


def _scaled(model: ModelYaml, scale: str | None, letter: str) -> ChosenModel:
    available = scales(model)
    if "" in available:
        stem = PurePosixPath(model.path).stem
        match = _SCALED.match(stem)
        if scale and (match is None or match["scale"] != scale):
            raise PatcherError(
                "usage",
                f"{stem} has no scale {scale!r}",
                path=model.path,
                help="Its scales are files of their own; name another with --model.",
            )
        return ChosenModel(model, "")
    wanted = scale or letter
    if wanted and wanted not in available:
        raise PatcherError(
            "usage",
            f"{PurePosixPath(model.path).stem} has no scale {wanted!r}",
            path=model.path,
            help=f"Its scales: {', '.join(available)}.",
        )
    return ChosenModel(model, wanted or ("n" if "n" in available else next(iter(available))))
