"""Reads a package that somebody made: its MLmodel document, its lock, its example."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import UsageError
from mpk_build.package import model, model_text, named_files

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.model import Model


@dataclass(frozen=True)
class Package:
    """A package on disk.

    Attributes:
        root: Its folder.
        model: Its MLmodel document, typed.
    """

    root: Path
    model: Model

    @property
    def document(self) -> dict[str, Any]:
        """Its MLmodel document."""
        return self.model.document

    @property
    def plain_document(self) -> dict[str, Any]:
        """The document as JSON holds it: every key is text."""
        plain: dict[str, Any] = json.loads(json.dumps(self.document))
        return plain

    @property
    def function(self) -> dict[str, Any]:
        """The flavor ``python_function``, or an empty map."""
        return self.model.function

    @property
    def has_lock(self) -> bool:
        """Whether it has a lock; what MLflow wrote has none."""
        return (self.root / "pylock.toml").is_file()

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
        return self.model.python_version or ""


def read(root: Path) -> Package:
    """Read the package in a folder.

    Raises:
        UsageError: The folder is no package; says what is missing or broken.
    """
    file = root / model.FILE
    if file.is_symlink() or (file.exists() and not file.is_file()):
        what = "a link" if file.is_symlink() else "a folder" if file.is_dir() else "no file"
        raise UsageError(f"{file} is {what}; expected the file itself", hint=f"cp -RL {root} COPY")
    if root.name == model.FILE and root.is_file():
        raise UsageError(f"{root} is the document of a package; expected the folder", hint=str(root.parent))
    if not file.is_file():
        raise UsageError(
            f"{root} is no model package: it has no file MLmodel", hint="mpk build makes one in dist/model"
        )
    text = model_text.read(file)
    package = Package(root, model.from_text(text, root))
    named_files.check(text, root)
    return package
