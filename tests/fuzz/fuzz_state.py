"""Mutations of what the tool keeps in a checkout: state, blobs, journal, lock and exported patches."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from fuzz_bytes import ANY
from fuzz_checkouts import Files, write
from fuzz_places import replace

STATE, EXPORT = ".yolo-patcher/state.json", "yolo-patcher.toml"
JOURNAL, ROLLBACK = ".yolo-patcher/journal.json", ".yolo-patcher/rollback.json"
_HASH = "0" * 64
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("nan"), float("inf"), 10**30, 10**400, "", "x", "..", "../x", "/etc/passwd",
    ".", "a/../b", "a\0b", "\ud800", "\U0001f680", "\x1b[31m", "a\nb", "x" * 5000, "x/" * 2000 + "x", "models",
    "ultralytics", ".yolo-patcher/state.json", "con", _HASH, "..\\x", "C:/x", [], [[]], {}, {"a": 1}, ["x"], [None],
    [1, 2], "se", "head", "after:3", "before:999999999999999999999", "{x}", "%s", -(2**31), 0o7777, "setuid", [0, 0],
    [1], ["a", "b"], [-1, -1], [2**40, 2**40],
)  # fmt: skip

_TOML = (
    b"1", b"-1", b"''", b"nan", b"inf", b"[]", b"{}", b"true", b"'../x.yaml'", b"'/x'", b"2020-01-01", b"12:00:00",
    b'"a\\u0000b"', b'"\\u0000"', b'"\\u001b"', b"'x/x.yaml'", b"9" * 30, b"9" * 5000, b"[" * 2000 + b"]" * 2000,
    b"'" + b"x" * 4000 + b"'", b"1979-05-27T07:32:00Z", b"['head', 'head']", b"[1]", b"{a = 1}", b"'models'",
    b"'ultralytics'",
)  # fmt: skip


def _places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in items for place in ((*at, key), *_places(value, (*at, key)))]


def _value(node: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        node = node[key]
    return node


def mutate_json(random: Random, content: bytes, other: bytes) -> tuple[bytes, str]:
    """Change the document: a value, a key, or one entry for another; or the bytes."""
    if random.random() < 0.25:
        return random.choice(ANY)(random, content, other)
    document = json.loads(content)
    places = _places(document)
    place = random.choice(places)
    holder, key = _value(document, place[:-1]), place[-1]
    what = random.choice(("value", "value", "value", "deleted", "exchanged", "doubled", "nested"))
    said = f"{'.'.join(map(str, place))}: {what}"
    if what == "value":
        holder[key] = random.choice(_VALUES)
        said += f" {holder[key]!r}"[:60]
    elif what == "deleted":
        del holder[key]
    elif what == "exchanged":
        holder[key] = copy.deepcopy(_value(document, random.choice(places)))
    elif what == "doubled" and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif what == "nested":
        depth = random.choice((10, 400, 10_000))
        text = json.dumps(document).replace(json.dumps(holder[key]), "[" * depth + "]" * depth, 1)
        return text.encode(), f"{said} {depth} deep"
    return json.dumps(document).encode(), said


def mutate_state(random: Random, files: Files, root: Path) -> list[str]:
    """Write a patched checkout with something in its state that the tool did not write; give what."""
    files = dict(files)
    blobs = sorted(path for path in files if "/blobs/" in path)
    what = random.choice(("state", "state", "state", "state", "blob", "export", "lock", "place", "user's file"))
    said = []
    if what == "state":
        files[STATE], words = mutate_json(random, files[STATE], random.choice(list(files.values())))
        said.append(f"{STATE}: {words}")
    elif what == "blob":
        path = random.choice(blobs)
        files[path], words = random.choice(ANY)(random, files[path], files[random.choice(blobs)])
        said.append(f"a blob: {words}")
        if random.random() < 0.3:
            del files[path]
            said.append("the blob deleted")
    elif what == "lock":
        files[".yolo-patcher/lock"] = random.choice((b"", b"{}", b"[]", b"\xff", b"1", b'{"pid": 1}', b"[" * 100_000))
        said.append("another lock")
    elif what == "user's file":
        path = random.choice([path for path in files if not path.startswith(".yolo-patcher")])
        files[path], words = random.choice(ANY)(random, files[path], b"x = 1\n")
        said.append(f"{path}: {words}")
    elif what == "export" or random.random() < 0.3:
        files[EXPORT], words = random.choice((*ANY, toml))(random, files[EXPORT], files[STATE])
        said.append(f"{EXPORT}: {words}")
        if random.random() < 0.5:
            files = {path: content for path, content in files.items() if not path.startswith(".yolo-patcher/")}
            said.append("no state")
    write(files, root)
    if what == "place":
        path = random.choice((STATE, JOURNAL, ROLLBACK, EXPORT, ".yolo-patcher/lock", ".yolo-patcher/.gitignore"))
        said.append(replace(random, root, random.choice((path, path, random.choice(blobs)))))
    return said


def toml(random: Random, content: bytes, _: bytes) -> tuple[bytes, str]:
    """Give one key of a TOML file another value."""
    lines = content.split(b"\n")
    keys = [number for number, line in enumerate(lines) if b" = " in line]
    number = random.choice(keys)
    name = lines[number].split(b" = ")[0]
    lines[number] = name + b" = " + random.choice(_TOML)
    return b"\n".join(lines), f"{lines[number][:60]!r}"


def mutate_journal(random: Random, before: Files, after: Files, root: Path) -> tuple[Mapping[str, Any], list[str]]:
    """Write a checkout in the middle of a commit, with a journal that says something else.

    Returns:
        The journal as it was before the mutation, and what was done, in words.
    """
    paths = [path for path in sorted(after) if not path.startswith(".yolo-patcher/") or path == STATE]
    changed = [path for path in paths if before.get(path) != after[path] and path != EXPORT]
    blobs = [content for files in (before, after) for path, content in files.items() if path in changed]
    document = {
        "schema": 1,
        "command": "apply",
        "files": [
            {
                "path": path,
                "before": _digest(before.get(path)),
                "after": _digest(after[path]),
                "mode": 0o644,
                "owner": None,
            }
            for path in changed
        ],
    }
    name = random.choice((JOURNAL, JOURNAL, ROLLBACK))
    content, words = json.dumps(document).encode(), "as it was"
    if random.random() < 0.9:
        content, words = mutate_json(random, content, random.choice(blobs))
    done = {path: after[path] for path in changed if random.random() < 0.5}
    files = {**before, **done, name: content, ".yolo-patcher/.gitignore": b"*\n", ".yolo-patcher/lock": b""}
    files |= {f".yolo-patcher/blobs/{_digest(one)}": one for one in blobs}
    said = [f"{name}: {words}"]
    if random.random() < 0.2:
        path = random.choice([path for path in files if "/blobs/" in path])
        files[path] = random.choice(ANY)(random, files[path], b"x")[0]
        said.append("a blob damaged")
    if random.random() < 0.1:
        path = random.choice(changed)
        files[path] = files.get(path, b"") + b"# edited\n"
        said.append(f"{path} edited")
    write(files, root)
    return document, said


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
