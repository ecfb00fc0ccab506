"""Distributions laid out as an installer does it, where a test is about what their metadata says."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def install(  # noqa: PLR0913 - what a distribution consists of
    site: Path,
    name: str,
    version: str,
    files: Sequence[str],
    *,
    texts: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    extras: Sequence[str] = (),
    further: Mapping[str, str] | None = None,
) -> None:
    """Write a distribution into ``site``: its files, METADATA and RECORD.

    ``texts`` says what stands in a file, which is empty otherwise; ``further`` are files of its ``.dist-info``, such as ``entry_points.txt``.
    """
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    headers = [f"Requires-Dist: {one}" for one in requires] + [f"Provides-Extra: {one}" for one in extras]
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers]
    (info / "METADATA").write_text("\n".join(metadata) + "\n")
    for path, text in (further or {}).items():
        (info / path).write_text(text)
    rows = []
    for file in files:
        text = (texts or {}).get(file, "")
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{file},sha256={digest},{len(text)}\n")
    (info / "RECORD").write_text("".join(rows))
