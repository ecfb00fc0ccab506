"""What was installed from somewhere else than an index: a folder, a file, a repository, a URL.

Format: the specification "Recording the Direct URL Origin of installed distributions" (``direct_url.json``, PEP 610),
and for what setuptools' ``develop`` left, ``*.egg-link``. A URL is never kept with credentials in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_USER_INFO = re.compile(r"(?<=://)[^/?#\s]*@")


@dataclass(frozen=True)
class Reference:
    """Where a distribution came from.

    Attributes:
        name: The distribution's name as its metadata spells it.
        version: Its version.
        kind: ``project`` (a folder), ``file`` (a wheel or source distribution of this machine), ``url``, ``vcs``.
        path: The folder or file, of the first two.
        editable: Whether the folder itself is on the path.
        url: What follows ``NAME @`` in a requirement, of the last two.
        record: The text of its RECORD.
    """

    name: str
    version: str
    kind: Literal["project", "file", "url", "vcs"]
    path: Path = Path()
    editable: bool = False
    url: str = ""
    record: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder or file of this machine, which no other one has."""
        return self.kind in ("project", "file")


def of(distribution: Distribution) -> Reference | None:
    """Where a distribution came from; None for an index, and for a folder or file that is no longer there.

    conda builds in folders that nobody else has; what was installed from such a one is on an index as well.
    """
    text = distribution.read_text("direct_url.json")
    try:
        document: Any = json.loads(text) if text else None
        found = _read(distribution.metadata["Name"], distribution.version, document) if document else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if found is None or (found.is_local and not found.path.exists()):
        return None
    return replace(found, record=distribution.read_text("RECORD") or "")


def of_link(link: Path) -> tuple[Path, Path] | None:
    """The folder with the metadata, and the project's folder, that an ``.egg-link`` names."""
    lines = link.read_text(errors="replace").splitlines()
    if not lines or not Path(lines[0].strip()).is_dir():
        return None
    metadata = Path(lines[0].strip())
    above = lines[1].strip() if len(lines) > 1 else "."
    return metadata, (metadata / above).resolve()


def without_credentials(url: str) -> str:
    """A URL without user and password; the user of an ssh address, such as ``git``, is no secret."""

    def public(found: re.Match[str]) -> str:
        of_ssh = found.string[: found.start()].endswith("ssh://") and ":" not in found[0]
        return found[0] if of_ssh or found[0] == "git@" else ""

    return _USER_INFO.sub(public, url)


def _read(name: str, version: str, document: dict[str, Any]) -> Reference | None:
    url, below = str(document["url"]), document.get("subdirectory")
    fragment = f"#subdirectory={below}" if below else ""
    if "vcs_info" in document:
        info = document["vcs_info"]
        address = f"{info['vcs']}+{without_credentials(url)}@{info['commit_id']}{fragment}"
        return Reference(name, version, "vcs", url=address)
    path = _path(url)
    if "dir_info" in document and path is not None:
        inside = (path / below if below else path).resolve()
        return Reference(name, version, "project", inside, editable=bool(document["dir_info"].get("editable")))
    if "archive_info" not in document:
        return None
    if path is not None:
        return Reference(name, version, "file", path)
    sha256 = _sha256(document["archive_info"])
    parts = [part for part in (f"sha256={sha256}" if sha256 else "", fragment.removeprefix("#")) if part]
    plain = without_credentials(url).partition("#")[0]
    return Reference(name, version, "url", url=plain + (f"#{'&'.join(parts)}" if parts else ""))


def _sha256(info: dict[str, Any]) -> str | None:
    hashes = info.get("hashes") or dict([str(info["hash"]).split("=", 1)] if "hash" in info else [])
    found = hashes.get("sha256")
    return str(found) if found else None


def _path(url: str) -> Path | None:
    split = urlsplit(url)
    return Path(unquote(split.path)) if split.scheme == "file" else None
