"""Reads a package that somebody made: its MLmodel document, its lock, its example."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from mpk_build.foundation.errors import UsageError
from mpk_build.foundation.yaml_depth import DEEPEST, LOADER, too_deep

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A package on disk.

    Attributes:
        root: Its folder.
        document: Its MLmodel document.
    """

    root: Path
    document: dict[str, Any]

    @property
    def plain_document(self) -> dict[str, Any]:
        """The document as JSON can hold it: dates, which YAML reads out of old packages, as text."""
        plain: dict[str, Any] = json.loads(json.dumps(self.document, default=str))
        return plain

    @property
    def function(self) -> dict[str, Any]:
        """The flavor ``python_function``, or an empty map."""
        found: dict[str, Any] = self.document["flavors"].get("python_function") or {}
        return found

    @property
    def lock(self) -> Path:
        """Its lock.

        Raises:
            UsageError: It has none, so mpk did not write it.
        """
        path = self.root / "pylock.toml"
        if not path.is_file():
            raise UsageError(
                f"{self.root} has no pylock.toml, so its environment is not pinned",
                hint="mpk build it from a manifest",
            )
        return path

    @property
    def python(self) -> str:
        """The Python that it was made with, such as ``3.11.7``."""
        return str(self.function.get("python_version", ""))


def read(root: Path) -> Package:
    """Read the package in a folder.

    Raises:
        UsageError: The folder is no package; says what is missing or broken.
    """
    file = root / "MLmodel"
    if not file.is_file():
        raise UsageError(
            f"{root} is no model package: it has no file MLmodel", hint="mpk build makes one in dist/model"
        )
    try:
        text = file.read_text(encoding="utf-8")
        if too_deep(text) is not None:
            raise UsageError(f"{file} is nested deeper than {DEEPEST} levels, as no MLmodel is")
        document = yaml.load(text, Loader=LOADER)  # noqa: S506 - it is a safe one
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict) or not isinstance(document.get("flavors"), dict):
        raise UsageError(f"{file} has no flavors, so nothing says how to load the model")
    return Package(root, document)
