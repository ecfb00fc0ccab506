"""What lies in a folder of code and is not packaged with it: by rules that always hold, and by ``.mpkignore``.

The rules hold for what is found in folders. A file that the model imports, or reads by name, goes along whatever it is
called; what a ``.mpkignore`` leaves out never does.
"""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import StageError
from mpk_build.package.code import ignore_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IGNORE_FILE = ".mpkignore"
# Rule to the names of folders, and of files, that it leaves out; `fnmatch`'s patterns.
FOLDERS = {
    "tests": ("tests",),
    "caches": ("__pycache__", ".*_cache", ".ipynb_checkpoints", "node_modules", ".tox", ".nox", ".eggs"),
    "version control": (".git", ".hg", ".svn", ".bzr"),
    "what installing left": ("*.egg-info", "*.dist-info"),
}
FILES = {
    "tests": ("test_*.py", "*_test.py", "conftest.py"),
    "caches": ("*.pyc", "*.pyo", ".DS_Store"),
    "version control": (".git", ".gitignore", ".gitattributes", ".gitmodules"),
    "places of secrets": (".env", ".env.*", ".envrc", ".netrc", ".pypirc"),
    "mpk's own files": ("mpk.yaml", "pylock.*.toml", IGNORE_FILE),
}


@dataclass
class LeavingOut:
    """The rules for the folders of one project.

    Attributes:
        tops: The folders in which ``.mpkignore`` is looked for, and below which.
        outputs: Folders that mpk writes.
        looked_for: All files that this has read or tried to.
        left_out: Files and folders of `files` that are left out, with the reason.
    """

    tops: tuple[Path, ...]
    outputs: tuple[Path, ...] = ()
    looked_for: set[Path] = field(default_factory=set)
    left_out: dict[Path, str] = field(default_factory=dict)
    _patterns: dict[Path, list[ignore_patterns.Pattern]] = field(default_factory=dict)

    def files(self, path: Path) -> Iterator[Path]:
        """A file itself, or the files below a folder that are code or data of it, in a fixed order.

        Raises:
            StageError: A link leads to a folder, or out of ``path``; or a ``.mpkignore`` leaves out ``path`` itself.
        """
        path = Path(os.path.normpath(path))
        ignored = self.ignored(path)
        if ignored is not None:
            raise StageError(
                f"code_paths names {path}, which {ignored} leaves out",
                hint=f"take it from code_paths, or the line from {IGNORE_FILE}",
            )
        if path.is_dir():
            yield from self._below(path, path)
        else:
            yield path

    def ignored(self, path: Path) -> str | None:
        """The line of a ``.mpkignore`` that leaves out a file or folder, such as ``.mpkignore:3 ('helper/')``."""
        tops = [top for top in self.tops if path.is_relative_to(top)]
        if not tops:
            return None
        top = min(tops, key=lambda one: len(one.parts))
        parts = path.relative_to(top).parts
        for length in range(1, len(parts) + 1):
            current = top.joinpath(*parts[:length])
            found = self._matching(current, top, is_folder=length < len(parts) or current.is_dir())
            if found is not None:
                return found
        return None

    def of_rule(self, path: Path) -> str | None:
        """The rule that leaves out a file or folder that a folder holds, if one does."""
        name, is_folder = path.name, path.is_dir()
        for rule, patterns in (FOLDERS if is_folder else FILES).items():
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                return rule
        if not is_folder:
            return None
        if (path / "pyvenv.cfg").is_file() or (path / "conda-meta").is_dir():
            return "an environment"
        return "an output of mpk" if path in self.outputs or _is_output(path) else None

    def why_not(self, path: Path) -> str | None:
        """Why a file or folder that a folder holds is left out, if it is."""
        return self.of_rule(path) or self.ignored(path)

    def told(self) -> dict[str, str]:
        """What is left out, relative to the project, and why."""
        return {Path(os.path.relpath(path, self.tops[0])).as_posix(): why for path, why in self.left_out.items()}

    def _below(self, folder: Path, top: Path) -> Iterator[Path]:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            path = folder / entry.name
            why = self.why_not(path)
            if why is not None:
                self.left_out[path] = why
                continue
            if entry.is_symlink() and (entry.is_dir() or not path.resolve().is_relative_to(top.resolve())):
                raise StageError(
                    f"{path} is a link to a folder or out of {top}",
                    hint=f"put the files there, or leave it out: echo /{path.relative_to(top)} >> {top / IGNORE_FILE}",
                )
            if entry.is_dir():
                yield from self._below(path, top)
            elif entry.is_file():
                yield path

    def _matching(self, path: Path, top: Path, *, is_folder: bool) -> str | None:
        # The nearest file decides, and in it the last line that matches.
        for folder in path.parents:
            for one in reversed(self._of(folder)):
                if one.matches(path.relative_to(folder).as_posix(), is_folder=is_folder):
                    where = os.path.relpath(folder / IGNORE_FILE, self.tops[0])
                    return None if one.keeps else f"{where}:{one.line} ('{one.text}')"
            if folder == top:
                break
        return None

    def _of(self, folder: Path) -> list[ignore_patterns.Pattern]:
        if folder not in self._patterns:
            file = folder / IGNORE_FILE
            self.looked_for.add(file)
            try:
                text = file.read_text(encoding="utf-8", errors="surrogateescape")
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                text = ""
            self._patterns[folder] = ignore_patterns.parse(text)
        return self._patterns[folder]


def of_project(root: Path, code_paths: Iterable[Path], outputs: tuple[Path, ...] = ()) -> LeavingOut:
    """The rules for a project and the code that lies beside it."""
    # Without '..', as files have it that are compared with them.
    outside = [path for one in code_paths if not (path := Path(os.path.normpath(one))).is_relative_to(root)]
    return LeavingOut((root, *(path if path.is_dir() else path.parent for path in outside)), outputs)


def _is_output(folder: Path) -> bool:
    if any((folder / name).is_file() for name in ("MLmodel", "oci-layout")):
        return True
    return (folder / "report.json").is_file() and (folder / "model" / "MLmodel").is_file()
