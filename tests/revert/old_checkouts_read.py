"""Read `old_checkouts/`: checkouts that an earlier yolo-patcher patched, made by `make_old_checkouts.py`."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

from synthetic import tree

FOLDER = Path(__file__).parent / "old_checkouts"


@functools.cache
def answers(archive: str) -> dict[str, Any]:
    """Give what the earlier yolo-patcher answered, by case."""
    with tarfile.open(FOLDER / f"{archive}.tar.xz") as packed:
        file = packed.extractfile("answers.json")
        assert file is not None
        answered: dict[str, Any] = json.load(file)
        return answered


def unpack(archive: str, case: str, place: Path) -> Path:
    """Unpack a case below `place`, as if its owner were who runs the tests; give the checkout."""
    with tarfile.open(FOLDER / f"{archive}.tar.xz") as packed:
        members = [one for one in packed.getmembers() if one.name == case or one.name.startswith(f"{case}/")]
        for member in members:
            member.uid, member.gid = os.getuid(), os.getgid()
        packed.extractall(place, members, filter="fully_trusted")
    for name in ("journal.json", "rollback.json"):
        journal = place / case / ".yolo-patcher" / name
        if journal.exists():
            document = json.loads(journal.read_bytes())
            for file in document["files"]:
                file["owner"] = file["owner"] and [os.getuid(), os.getgid()]
            journal.write_text(json.dumps(document, indent=1) + "\n")
    return place / case


def listing(root: Path) -> dict[str, str]:
    """Give the mode and the hash of each file; of the tool's own only the hash, with no trace of the place."""
    listed = {}
    for path, (mode, content) in tree(root, with_state=True).items():
        content = re.sub(rb'"home": "\d+"', b'"home": ""', content) if path == ".yolo-patcher/state.json" else content
        kept = "" if path.startswith(".yolo-patcher/") else f"{mode:o} "
        listed[path] = kept + hashlib.sha256(content).hexdigest()[:16]
    return listed
