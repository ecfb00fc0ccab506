"""The wheels that a package carries, as its requirements name them: by their path below it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mpk_build.environment.local_projects import LocalWheel
from mpk_build.environment.lockfile import WHEELS
from mpk_build.environment.names import normalised
from mpk_build.foundation import digests
from mpk_build.foundation.errors import UsageError
from mpk_build.package.requirement_files import Change

if TYPE_CHECKING:
    from mpk_build.package.requirement_lines import Line

_EXTRAS = re.compile(r"\.whl\[([^\]]*)\]")


def taken_in(root: Path, wanted: Change) -> tuple[Change, list[Path]]:
    """A change that names wheels by where the package is to have them, and the files that they are now.

    Raises:
        UsageError: There is no such file, or it is no wheel of that name.
    """
    from packaging.requirements import Requirement

    added, files = [], []
    for text in wanted.add:
        parsed = Requirement(text.split(" --hash")[0])
        path = _path(parsed.url) if parsed.url else None
        if path is None:
            added.append(text)
            continue
        file = next((one for one in (path, root / path) if one.is_file()), None)
        if file is None or file.suffix != ".whl" or distribution(file.name) != normalised(parsed.name):
            raise UsageError(f"'{text}': {path} is no wheel of {parsed.name}", hint="uv build --wheel, then its path")
        extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
        marker = f" ; {parsed.marker}" if parsed.marker else ""
        added.append(f"{WHEELS}/{file.name}{extras}{marker}")
        files.append(file)
    return Change(tuple(added), wanted.remove), files


def by_name(line: Line) -> str:
    """The requirement on a line; of a wheel of the package, by its name alone."""
    if not line.requirement.startswith((f"{WHEELS}/", f"./{WHEELS}/")):
        return line.content
    extras = _EXTRAS.search(line.requirement)
    return f"{line.name}{f'[{extras[1]}]' if extras else ''}{f'; {line.marker}' if line.marker else ''}"


def local_wheel(file: Path) -> LocalWheel:
    """A wheel that is about to be in the package."""
    return LocalWheel(distribution(file.name), file.name.split("-")[1], file.absolute(), digests.of_file(file))


def distribution(file: str) -> str:
    """The normalised name in that of a wheel."""
    return normalised(file.split("-", maxsplit=1)[0])


def _path(url: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if parts.scheme else Path(url)
