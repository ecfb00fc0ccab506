"""Which files of the project the model needs, told from what it imported, from its source, and from what it read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import python_path
from mpk_build.environment.scanning.following import follow
from mpk_build.environment.scanning.modules import ProjectModules
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mpk_build.environment.capturing import SourceProject
    from mpk_build.environment.observing import Observation
    from mpk_build.environment.scanning.following import Followed
    from mpk_build.environment.seen import Module
    from mpk_build.package.code.leaving_out import LeavingOut

_CODE = (".py", ".so")
_SOURCES = (*_CODE, ".pyc", ".pyi", ".pyx", ".pxd")
_SECRET = re.compile(r"(^|/)(\.env[^/]*|\.netrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|key|p12|pfx))$")
_IMPORTED = "imported"
_READ = "read"


@dataclass(frozen=True)
class OwnFiles:
    """What belongs to a model of its project's files; paths are relative to the project.

    Attributes:
        modules: ``{"name", "file", "why"}``, where why is ``imported`` or ``in the source of <module>``.
        data: ``{"file", "why"}``, where why is ``read`` or ``data of <package>``.
        left_out: Path to reason, of what would have come along otherwise.
        unread: Folder to the number of files in it that lie beside one that the model read and were not read.
    """

    modules: list[dict[str, str]]
    data: list[dict[str, str]]
    left_out: dict[str, str]
    unread: dict[str, int]

    @property
    def document(self) -> dict[str, object]:
        """As the capture has it."""
        return {
            "own_modules": self.modules,
            "own_files": self.data,
            "left_out": self.left_out,
            "unread_files": self.unread,
        }


class Owning:
    """Finds them.

    Args:
        project: The project.
        rules: What is left out.
    """

    def __init__(self, project: SourceProject, rules: LeavingOut) -> None:
        self._project = project
        self._rules = rules
        self._left_out: dict[Path, str] = {}

    def files(self, seen: Observation, own: list[Module], declared: Iterable[str]) -> OwnFiles:
        """All of them.

        Args:
            seen: What the model did.
            own: The modules that it imported and that belong to no distribution.
            declared: Absolute paths that the manifest hands over in another way.

        Raises:
            StageError: A module is neither installed by a distribution nor a file of the project; a `.mpkignore`
                leaves out what the model imported or read; or it read what looks like a place of secrets.
        """
        known = {module.name: (Path(module.file), _IMPORTED) for module in self._imported(own)}
        followed = self._followed(known, seen)
        for name, (file, where) in followed.modules.items():
            if self._may(file):
                known[name] = (file, f"in the source of {where}")
        code = {file for file, _ in known.values()} | {Path(module.file) for module in own}
        named = [Path(path) for path in declared]
        read = sorted({file for file in self._read(seen.read) if file not in code and not _below(file, named)})
        for file in read:
            self._check_no_secret(self._relative(file))
        data = {file: f"data of {package}" for file, package in self._asked(followed) if file not in code}
        data.update(dict.fromkeys(read, _READ))
        return OwnFiles(
            [{"name": name, "file": self._relative(file), "why": why} for name, (file, why) in sorted(known.items())],
            [{"file": self._relative(file), "why": why} for file, why in sorted(data.items())],
            {self._relative(path): why for path, why in sorted({**self._left_out, **self._rules.left_out}.items())},
            self._unread(read, {*data, *code}),
        )

    def _imported(self, own: list[Module]) -> list[Module]:
        project = self._project
        for module in own:
            file = Path(module.file)
            inside = any(file.is_relative_to(root) for root in project.import_roots)
            if not inside or any(file.is_relative_to(folder) for folder in project.unwatched):
                raise python_path.outside(module.name, file, project.root)
            self._check_not_ignored(file, f"imports {module.name}")
        return [module for module in own if module.file.endswith(_CODE)]

    def _followed(self, known: dict[str, tuple[Path, str]], seen: Observation) -> Followed:
        roots = self._project.import_roots
        # What a folder is for that the model itself put on the path.
        more = {folder for name, (file, _) in known.items() if (folder := _base(name, file)) is not None}
        modules = ProjectModules((*roots, *sorted(more - set(roots))), seen.target, set())
        for name, (file, _) in known.items():
            modules.add(name, file)
        return follow(known, modules)

    def _may(self, file: Path) -> bool:
        why = self._rules.ignored(file)
        if why is not None:
            self._left_out[file] = why
        return why is None

    def _read(self, read: Iterable[str]) -> Iterator[Path]:
        for path in map(Path, read):
            if not path.is_dir():
                if path.is_file() and path.suffix != ".pyc":
                    self._check_not_ignored(path, f"reads {self._relative(path)}")
                    yield path
            # A folder of modules holds more than the model's own files; what it reads there it has read by name.
            elif path not in self._project.import_roots:
                for file in sorted(path.iterdir()):
                    if file.is_file() and not self._is_left_out(file):
                        yield file

    def _asked(self, followed: Followed) -> Iterator[tuple[Path, str]]:
        for package, folders in sorted(followed.data.items()):
            for folder in filter(self._may, folders):
                for file in self._rules.files(folder):
                    if file.suffix in _SOURCES or _is_of_inner_package(file, folder):
                        continue
                    if _SECRET.search(self._relative(file)):
                        self._left_out[file] = "a place of secrets"
                    else:
                        yield file, package

    def _is_left_out(self, file: Path) -> bool:
        why = self._rules.why_not(file)
        if why is not None:
            self._left_out[file] = why
        return why is not None

    def _unread(self, read: Sequence[Path], taken: set[Path]) -> dict[str, int]:
        found = {}
        for folder in sorted({file.parent for file in read} - set(self._project.import_roots)):
            others = [file for file in folder.iterdir() if file.suffix not in _SOURCES and file not in taken]
            number = sum(file.is_file() and self._rules.why_not(file) is None for file in others)
            if number:
                found[self._relative(folder)] = number
        return found

    def _check_not_ignored(self, file: Path, does: str) -> None:
        why = self._rules.ignored(file)
        if why is not None:
            raise StageError(
                f"the model {does}, which {why} leaves out",
                hint=f"take the line out, or add below it: !/{self._relative(file)}",
            )

    def _check_no_secret(self, file: str) -> None:
        if _SECRET.search(file):
            raise StageError(
                f"the model reads {file}, which looks like a place of secrets, so it is not packaged",
                hint="give the endpoint its secrets as variables; model: {artifacts: {NAME: PATH}} packages it anyhow",
            )

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._project.root)).as_posix()


def _below(file: Path, folders: Iterable[Path]) -> bool:
    return any(file.is_relative_to(folder) for folder in folders)


def _is_of_inner_package(file: Path, folder: Path) -> bool:
    between = file.relative_to(folder).parents
    return any((folder / one / "__init__.py").is_file() for one in between if one.parts)


def _base(name: str, file: Path) -> Path | None:
    """The folder that a module was imported from; None where it lies elsewhere than its name says."""
    inner = file.with_suffix("") if file.suffix == ".py" else file.with_name(file.name.partition(".")[0])
    parts = name.split(".")
    for ending in (parts, [*parts, "__init__"]):
        if list(inner.parts[-len(ending) :]) == ending:
            return file.parents[len(ending) - 1]
    return None
