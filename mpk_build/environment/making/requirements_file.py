"""A lock as the requirements file that pip installs it from: pinned, hashed, with markers.

Format: https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from mpk_build.foundation.errors import StageError


def of_lock(lock: str) -> str:
    """The text of the file.

    Raises:
        StageError: The lock has a package that pip can't check by a hash.
    """
    return "".join(f"{_line(package)}\n" for package in tomllib.loads(lock).get("packages", []))


def _line(package: dict[str, Any]) -> str:
    name, marker = package["name"], package.get("marker")
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    direct = package.get("archive") or next((one for one in files if "path" in one and "url" not in one), None)
    if direct is not None:
        files, pinned = [direct], f"{name} @ {_url(direct)}"
    elif files:
        pinned = f"{name}=={package['version']}"
    else:
        raise StageError(
            f"pip can't check {name} by a hash: the lock has neither a wheel nor an archive of it",
            hint="validate: {manager: uv}",
        )
    hashes = [f"--hash={kind}:{value}" for one in files for kind, value in sorted(one["hashes"].items())]
    condition = f" ; {marker}" if marker else ""
    return " ".join([f"{pinned}{condition}", *hashes])


def _url(file: dict[str, Any]) -> str:
    url = file.get("url") or Path(file["path"]).absolute().as_uri()
    return f"{url}#subdirectory={file['subdirectory']}" if "subdirectory" in file else str(url)
