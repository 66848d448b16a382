"""Say what this Python is, and what an `import` finds in it, without importing it.

Runs alone, as `python -c <this file> REQUEST`, in Python 3.6 and up with the standard library only; request and
answer are JSON. `-c` has Python put `""`, its working directory, before the other entries of `sys.path`, unless it was
told not to (`-P`, `-I`, PYTHONSAFEPATH): where a script would have its folder, the request's `first` takes that place.
"""

import sys

MARK = "yolo-patcher doctor: "


def main(request_text: str) -> None:
    """Print the answer to a request."""
    started = list(sys.path)
    if sys.path[0] == "":
        # A json.py in the folder where Python was started must not come between.
        del sys.path[0]
    import json

    request = json.loads(request_text)
    answer = torch_facts() if request.get("torch") else path_facts(request, started)
    sys.stdout.write("\n" + MARK + json.dumps(answer) + "\n")
    sys.stdout.flush()


def path_facts(request: "dict[str, object]", started: "list[str]") -> "dict[str, object]":
    """Tell what this Python is, and what each of the request's modules is."""
    # Whatever finding them takes is imported while no folder of the user's stands in front.
    import importlib.util
    from pathlib import Path

    facts = python_facts()
    path = started
    if started[0] == "" and request["first"] is not None:
        path = [str(request["first"]), *started[1:]]
    if isinstance(request["path"], list):
        path = request["path"]
    sys.path[:] = path
    names = request["modules"]
    modules = {name: find(name) for name in names} if isinstance(names, list) else {}
    facts["pip"] = importlib.util.find_spec("pip") is not None
    facts["installed"] = installed(str(request["distribution"]))
    facts["first"] = str(Path(path[0]).absolute()) if started[0] == "" else None
    facts["path"] = path
    facts["modules"] = modules
    return facts


def python_facts() -> "dict[str, object]":
    """Tell which Python this is, and what it was told about its path."""
    import sysconfig
    from pathlib import Path

    site = sys.modules.get("site")
    folders = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    base = getattr(site, "USER_BASE", None)
    if base and getattr(site, "ENABLE_USER_SITE", None):
        folders.append(str(Path(base, "bin")))
    return {
        "executable": sys.executable,
        "version": ".".join(str(part) for part in sys.version_info[:3]),
        "prefix": sys.prefix,
        "venv": sys.prefix != sys.base_prefix,
        "safe_path": bool(getattr(sys.flags, "safe_path", False) or sys.flags.isolated),
        "user_site": getattr(site, "USER_SITE", None) if getattr(site, "ENABLE_USER_SITE", None) else None,
        "scripts": folders,
    }


def find(name: str) -> "dict[str, object]":
    """Tell what `import name` would run: its kind (package, module, namespace or none), location, file and version."""
    import importlib.util
    from pathlib import Path

    found: dict[str, object] = {
        "kind": "none",
        "location": None,
        "file": None,
        "version": None,
        "behind": None,
        "error": "",
    }
    try:
        spec = importlib.util.find_spec(name)
    except Exception as error:  # a finder of somebody's, or a module without a spec
        found["error"] = f"{type(error).__name__}: {error}"
        return found
    if spec is None:
        return found
    folders = [str(Path(one).absolute()) for one in spec.submodule_search_locations or ()]
    if spec.origin in (None, "namespace"):
        found.update(kind="namespace", location=folders[0] if folders else None, behind=behind(name))
        return found
    file = str(Path(str(spec.origin)).absolute())
    found.update(kind="package" if folders else "module", location=folders[0] if folders else file, file=file)
    found["version"] = version(file)
    return found


def behind(name: str) -> "str | None":
    """Give what the finders of editable installations would find, which are asked after the path."""
    from pathlib import Path

    for finder in sys.meta_path:
        if getattr(finder, "__name__", "") in ("BuiltinImporter", "FrozenImporter", "PathFinder"):
            continue
        try:
            spec = finder.find_spec(name, None)
        except Exception:  # somebody's finder
            spec = None
        if spec is not None and spec.origin not in (None, "namespace"):
            return str(Path(str(spec.origin)).absolute().parent)
    return None


def version(file: str) -> "str | None":
    """Read the version that a package's file states."""
    import re
    from pathlib import Path

    try:
        text = Path(file).read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    match = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    return match.group(1) if match else None


def installed(distribution: str) -> "list[dict[str, object]]":
    """List the records that pip left of a distribution, in the order of the path."""
    import json
    import re
    from pathlib import Path

    records: list[dict[str, object]] = []
    for entry in dict.fromkeys(Path(one).absolute() for one in sys.path):
        try:
            names = sorted(one.name for one in entry.iterdir())
        except OSError:
            continue
        for name in names:
            match = re.match(r"(.+?)-(\d[^-]*)(?:-py[^-]+)?\.(?:dist|egg)-info$", name)
            if match is None or re.sub(r"[-_.]+", "-", match.group(1)).lower() != distribution:
                continue
            source = None
            try:
                url = json.loads((entry / name / "direct_url.json").read_text(encoding="utf-8"))
                source = str(url["url"]) if url.get("dir_info", {}).get("editable") else None
            except (OSError, ValueError, KeyError):
                pass
            records.append({"folder": str(entry), "version": match.group(2), "editable": source})
    return records


def torch_facts() -> "dict[str, object]":
    """Import torch, and tell its version and what it can run on."""
    import warnings

    facts: dict[str, object] = dict.fromkeys(("version", "cuda", "rocm"))
    facts.update(available=False, devices=[], why="", error="")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            import torch
        except Exception as error:  # a damaged installation fails in many ways
            absent = isinstance(error, ImportError) and error.name == "torch"
            facts["error"] = "not installed" if absent else f"{type(error).__name__}: {error}"
            return facts
        facts.update(version=str(torch.__version__), cuda=torch.version.cuda, rocm=getattr(torch.version, "hip", None))
        del said[:]
        try:
            facts["available"] = bool(torch.cuda.is_available())
            if facts["available"]:
                facts["devices"] = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
                torch.zeros(1, device="cuda").add_(1).item()
        except Exception as error:  # a driver that fails on first use
            facts.update(available=False, why=f"{type(error).__name__}: {error}")
    facts["why"] = facts["why"] or "; ".join(str(one.message).split("\n")[0] for one in said if "CUDA" in str(one))
    return facts


if __name__ == "__main__":
    main(sys.argv[1])
