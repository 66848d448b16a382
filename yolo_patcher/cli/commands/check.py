"""`check`: is this model YAML wired as its author meant?"""

from __future__ import annotations

from pathlib import Path

from yolo_patcher.check.repair import Repair, meaning
from yolo_patcher.check.run import Checked, check_model
from yolo_patcher.checkout.dialects import recognise
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import is_file
from yolo_patcher.checkout.text import SourceText, decode_yaml
from yolo_patcher.cli.outcome import Outcome
from yolo_patcher.cli.recovered import open_recovered
from yolo_patcher.cli.screen import Screen
from yolo_patcher.errors import PatcherError
from yolo_patcher.model.choose import choose_model
from yolo_patcher.model.vocabulary import vocabulary_of
from yolo_patcher.recipe.catalogue import all_recipes, signatures

_SUFFIXES = (".yaml", ".yml")
_MIS_WIRED = 1


def check(repo: Path, name: str, scale: str | None, screen: Screen) -> Outcome:
    """Check a model YAML against a checkout.

    Args:
        repo: the checkout.
        name: the model, as the checkout's users say it, or a path, which may lead out of the checkout.
        scale: the size at which channels are worked out; None for the name's own, or the smallest.
        screen: where remarks go.

    Raises:
        PatcherError: `checkout`, when it is not understood; `usage`, when there is no such model; `model`, when the
            file is no YAML or no model at all.
    """
    opened = open_recovered(repo, screen)
    _, site = recognise(opened.snapshot, opened.package)
    source, scale = _source(site, name, scale)
    checked = check_model(source, vocabulary_of(site, signatures(all_recipes())), scale)
    document: dict[str, object] = {
        "model": source.path,
        "scale": checked.scale,
        "findings": [finding.as_json() for finding in checked.findings],
        "repair": _repair(checked),
    }
    return Outcome(document, lambda shown: _show(shown, checked), _MIS_WIRED if checked.findings else 0)


def _source(site: Site, name: str, scale: str | None) -> tuple[SourceText, str | None]:
    """Give the file that a name means, and the scale that it says."""
    root = site.snapshot.root.resolve()
    for candidate in (Path(name), root / name) if name.endswith(_SUFFIXES) else ():
        if not is_file(candidate):
            continue
        location = candidate.resolve()
        if location.is_relative_to(root):
            return _read(site, location.relative_to(root).as_posix()), scale
        try:
            return decode_yaml(name, location.read_bytes()), scale
        except OSError as error:
            raise PatcherError("io", f"the file can't be read: {error.strerror}", path=name) from error
    try:
        chosen = choose_model(site, name, scale)
    except PatcherError as error:
        if error.kind != "model" or error.path is None:
            raise
        # The file that the name means was found, and is refused for what this command is there to explain.
        return _read(site, error.path), scale
    return chosen.model.source, chosen.scale


def _read(site: Site, path: str) -> SourceText:
    return decode_yaml(path, site.snapshot.require(path))


def _repair(checked: Checked) -> dict[str, object] | None:
    repair = checked.repair
    if repair is None:
        return None
    return {"inserted": repair.count, "at": list(repair.at), "changes": repair.changes(checked.model.rows)}


def _show(screen: Screen, checked: Checked) -> None:
    path = checked.model.path
    for finding in checked.findings:
        screen.line(f"{path}:{finding.line}: {finding.code} {finding.message}")
        screen.line(f"  fix: {finding.fix}", "dim")
    if checked.repair is not None:
        _show_rest(screen, checked, checked.repair)
    count = len(checked.findings)
    if not count:
        screen.line(f"{path}: {len(checked.model.rows)} rows, nothing wrong")
        return
    screen.line(f"{path}: {count} finding{'s' if count > 1 else ''}", "bold")


def _show_rest(screen: Screen, checked: Checked, repair: Repair) -> None:
    """Tell what happened, and what else should change that no finding is about."""
    screen.line(repair.story())
    told = {finding.row for finding in checked.findings}
    for index in sorted(set(repair.meant) - told):
        screen.line(
            f"{checked.model.path}:{checked.model.rows[index].line}: {meaning(index, repair, checked.model.rows)}"
        )
