"""The environment of the process that verifies: the user's own, without secrets and what belongs to our Python."""

from __future__ import annotations

import os
import re
import site
from collections.abc import Mapping

KEPT = ("PYTHONPATH", "PYTHONUSERBASE", "PYTHONNOUSERSITE")
DROPPED = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")

_NEEDED = re.compile(r"PATH|LD_LIBRARY_PATH|PYTHON.*|CUDA.*|CONDA.*|VIRTUAL_ENV|OMP_.*|KMP_.*|MKL_.*|TOKENIZERS_.*")
# Whole words of a name, between underscores.
_SECRET = re.compile(
    r"(?:^|_)(?:[A-Z0-9]*(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|APIKEY)S?|KEYS?|PASS|PWD|AUTH|COOKIE|PAT"
    r"|DSN)(?:_|$)"
)
_SERVICES = re.compile(
    r"(?:AWS|AZURE|GOOGLE|GCLOUD|GCP|ALIBABA|ALIYUN|OCI|VAULT|DOCKER|KUBE|KRB5|SSH|GPG|DBUS)[A-Z0-9]*(?:_.*)?"
)
_NO_SECRETS = ("PWD", "OLDPWD")
# An address that holds a password: of a proxy, a package index or a database.
_ADDRESS = re.compile(r"://[^/\s@]*:[^/\s@]+@")


def environment() -> dict[str, str]:
    """Give the child's environment.

    PYTHONPATH stays, for there are machines whose torch is found by it; the staged tree stands before it.
    """
    env = {
        name: value
        for name, value in without_secrets(os.environ).items()
        if name not in DROPPED and (name in KEPT or not name.startswith("PYTHON"))
    }
    env.setdefault("PYTHONUSERBASE", site.getuserbase())
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env["PYTHONIOENCODING"] = "utf-8"
    env["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    # Threads of OpenMP spin while they wait by default; where other work shares the cores, that made a verification of
    # five seconds take a minute.
    env.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    env.setdefault("KMP_BLOCKTIME", "0")
    return env


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what by its name, or by a password in an address, is a secret or the way to one."""
    return {name: value for name, value in environment.items() if not _is_secret(name, value)}


def _is_secret(name: str, value: str) -> bool:
    upper = name.upper()
    if _NEEDED.fullmatch(upper) or upper in _NO_SECRETS:
        return False
    return bool(_SECRET.search(upper) or _SERVICES.fullmatch(upper) or _ADDRESS.search(value))
