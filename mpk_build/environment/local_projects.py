"""Wheels of what no index has, for the package to carry: the same bytes for the same sources.

A project is built from a copy of its files: nothing is left in its folder, and what an earlier build left there stays
behind. The wheel is written anew with one date, mode and order, uncompressed. The version of its build backend
is remembered in the lock and asked for again. Wheels are kept by the content that they were built from.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shlex
import shutil
import tempfile
import zipfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import uv
from mpk_build.foundation import digests
from mpk_build.foundation.errors import MachineError, StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mpk_build.environment.direct_references import Reference
    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.lockfile import Lock
    from mpk_build.environment.resolving import Request
    from mpk_build.foundation.errors import MpkError

_HIDDEN = {".git", ".hg", ".svn", "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
_BUILT = {"build", "dist"}
_DATE = (1980, 1, 1, 0, 0, 0)
_EPOCH = "315532800"  # the same, in seconds
_GENERATOR = re.compile(r"^Generator: ([\w.-]+)[ (]+([0-9][\w.+]*)", re.MULTILINE)
# Backends that call themselves otherwise than their distribution.
_BACKENDS = {"bdist_wheel": "wheel", "flit": "flit-core", "meson": "meson-python", "uv": "uv-build"}


@dataclass(frozen=True)
class LocalWheel:
    """A wheel of this machine's.

    Attributes:
        name: The normalised name of its distribution.
        version: Its version.
        file: Where it is kept.
        digest: That of its bytes.
        built_with: The backend that built it, such as ``setuptools==80.9.0``, or "".
        sources: What it was built from; folders, whose listing counts, end in a slash.
    """

    name: str
    version: str
    file: Path
    digest: str
    built_with: str = ""
    sources: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Builder:
    """Builds wheels with one Python, and keeps them.

    Attributes:
        python: The model's Python.
        kept: The folder that keeps them.
        built_with: Wheel file name to backend, as the committed lock has it.
    """

    python: Interpreter
    kept: Path
    built_with: dict[str, str]

    def wheel(self, reference: Reference) -> LocalWheel:
        """The wheel of a project's folder, or of a file.

        Raises:
            StageError: It can't be built, or what is installed is not what the folder holds.
            MachineError: What builds it can't be fetched.
        """
        from packaging.utils import canonicalize_name

        name = str(canonicalize_name(reference.name))
        project = reference.kind == "project"
        files = list(_files(reference.path)) if project else [reference.path]
        backend = next((one for file, one in self.built_with.items() if _distribution(file) == name), "")
        identity = [content_digest(reference.path), reference.version, self.python.identity, backend, _EPOCH]
        folder = self.kept / digests.of_value(identity).removeprefix("sha256:")[:32]
        if not any(folder.glob("*.whl")):
            self._make(reference, files, backend, folder)
        [file] = folder.glob("*.whl")
        wheel = LocalWheel(
            name, file.name.split("-")[1], file, digests.of_file(file), _backend(file), _sources(reference, files)
        )
        if project and not reference.editable:
            _check_installed(reference, wheel)
        return wheel

    def _make(self, reference: Reference, files: list[Path], backend: str, folder: Path) -> None:
        self.kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.kept, prefix=".building-") as temporary:
            work = Path(temporary)
            if reference.path.suffix == ".whl":
                (work / "kept").mkdir()
                shutil.copyfile(reference.path, work / "kept" / reference.path.name)
            else:
                copy = reference.path
                if reference.kind == "project":
                    copy = work / "project"
                    _copy(reference.path, files, copy)
                built = self._build(reference, copy, backend, work)
                (work / "kept").mkdir()
                _write_anew(built, work / "kept" / built.name)
            try:
                (work / "kept").rename(folder)
            except OSError:
                # Another build has made the same meanwhile.
                if not any(folder.glob("*.whl")):
                    raise

    def _build(self, reference: Reference, source: Path, backend: str, work: Path) -> Path:
        constraint = work / "backend.txt"
        constraint.write_text(backend)
        options = ["build", "--wheel", "--quiet", "--no-sources", "--python", self.python.python]
        command = [*options, "--out-dir", str(work / "built")]
        # A backend that takes its version from a repository's tags finds none in a copy.
        names = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS")
        flags = f"{os.environ.get('CFLAGS', '')} {shlex.quote(f'-ffile-prefix-map={work}=.')}".strip()
        told = {"SOURCE_DATE_EPOCH": _EPOCH, "CFLAGS": flags, **dict.fromkeys(names, reference.version)}
        constrained = [["--build-constraints", str(constraint)]] if backend else []
        errors: list[MpkError] = []
        for attempt in [*constrained, [], ["--offline"]]:
            try:
                uv.run([*command, *attempt, str(source)], cwd=work, variables=told)
                return next((work / "built").glob("*.whl"))
            except (StageError, MachineError) as error:
                errors.append(error)
        first = errors[-2]
        what = f"{reference.path}, from which the source environment has {reference.name}, can't be built to a wheel"
        raise type(first)(f"{what}: {first.message}", hint=first.hint or f"uv build --wheel {reference.path}")


def carrying(request: Request, lock: Lock, folder: Path) -> Request:
    """A request that takes what is on no index from where a lock that was made before has it, unless it is overridden.

    Args:
        request: Requirements, and overrides.
        lock: The lock.
        folder: The wheels that came with it.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    overridden = {str(canonicalize_name(Requirement(one).name)) for one in request.overrides}
    direct = tuple(one for one in lock.direct if one.split(" @ ", maxsplit=1)[0] not in overridden)
    wheels = tuple(
        LocalWheel(_distribution(name), name.split("-")[1], folder / name, f"sha256:{digest}")
        for name, digest in sorted(lock.wheels.items())
        if _distribution(name) not in overridden
    )
    return replace(request, direct=direct, wheels=wheels)


def content_digest(path: Path) -> str:
    """The digest of a file, or of all files of a project's folder that a wheel may be built from."""
    if path.is_file():
        return digests.of_file(path)
    return digests.of_value([[file.relative_to(path).as_posix(), digests.of_file(file)] for file in _files(path)])


def put(wheels: Iterable[LocalWheel], target: Path) -> None:
    """Put wheels into a folder, which is made even for none."""
    target.mkdir()
    for wheel in wheels:
        shutil.copyfile(wheel.file, target / wheel.file.name)


def _distribution(file: str) -> str:
    return re.sub(r"[-_.]+", "-", file.split("-", maxsplit=1)[0]).lower()


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    chain = (*above, folder.resolve())
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        path = folder / entry.name
        if entry.is_dir():
            built = not above and entry.name in _BUILT
            hidden = entry.name in _HIDDEN or entry.name.endswith(".egg-info") or (path / "pyvenv.cfg").is_file()
            # A link to a folder above, or to where such a link was met, would never end.
            endless = entry.is_symlink() and any(one.is_relative_to(path.resolve()) for one in chain)
            if not (built or hidden or endless):
                yield from _files(path, chain)
        elif entry.is_file() and not entry.name.endswith((".pyc", ".pyo")):
            yield path


def _sources(reference: Reference, files: list[Path]) -> tuple[str, ...]:
    folders = {f"{file.parent}/" for file in files} if reference.kind == "project" else set()
    return tuple(sorted({*map(str, files), *folders}))


def _copy(folder: Path, files: list[Path], target: Path) -> None:
    for file in files:
        place = target / file.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)


def _write_anew(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w") as new:
        infos = [info for info in old.infolist() if not info.is_dir()]
        for info in sorted(infos, key=lambda one: (".dist-info/" in one.filename, one.filename)):
            one = zipfile.ZipInfo(info.filename, _DATE)
            one.create_system = 3
            one.external_attr = (0o100755 if info.external_attr >> 16 & 0o100 else 0o100644) << 16
            new.writestr(one, old.read(info))


def _backend(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        text = next(archive.read(name) for name in archive.namelist() if name.endswith(".dist-info/WHEEL"))
    found = _GENERATOR.search(text.decode(errors="replace"))
    return f"{_BACKENDS.get(found[1], found[1])}=={found[2]}" if found else ""


def _check_installed(reference: Reference, wheel: LocalWheel) -> None:
    """Refuse to ship something else than what the model was made with."""
    with zipfile.ZipFile(wheel.file) as archive:
        built = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}
    digest = {
        name: urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() for name, data in built.items()
    }
    installed = {
        row[0]: row[1].removeprefix("sha256=") for row in csv.reader(reference.record.splitlines()) if len(row) > 1
    }
    other = sorted(name for name, found in installed.items() if name.endswith(".py") and digest.get(name) != found)
    if other:
        raise StageError(
            f"the source environment has {reference.name} from {reference.path}, whose {other[0]} is no longer what is"
            " installed, so what the model was made with can't be packaged",
            hint=f"install it there again: uv pip install --reinstall {reference.path}",
        )
