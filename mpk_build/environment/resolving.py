"""From requirements to a lock, for the platform of the image and the Python of the model, whatever this machine is."""

from __future__ import annotations

import platform
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import lockfile, uv
from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from mpk_build.environment.lockfile import Lock

# The oldest glibc that current wheels of the scientific stack are built for.
_PLATFORMS = {
    "x86_64": "x86_64-manylinux_2_28",
    "aarch64": "aarch64-manylinux_2_28",
    "arm64": "aarch64-manylinux_2_28",
}
_NO_PACKAGE = re.compile(r"Because ([A-Za-z0-9._-]+) was not found in the package registry")
_NO_VERSION = re.compile(r"there is no version of ([A-Za-z0-9._-]+(?:\[[^\]]*\])?)==([^\s,]+?)(?:\.)?(?= and| you|,|$)")


@dataclass(frozen=True)
class Request:
    """What a lock is made from.

    Attributes:
        requirements: What the model asks for (PEP 508).
        overrides: What wins over anything that asks.
        constraints: Bounds, as lines of a constraints file.
        preferred: Name to version, taken where there is a choice.
        python: The language version, such as ``3.11``.
    """

    requirements: tuple[str, ...]
    python: str
    overrides: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    preferred: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What decides whether a lock made from this is still right."""
        parts = [self.requirements, self.overrides, self.constraints, self.preferred, self.python, _target()]
        return digests.of_value(parts)


class NoSuchVersionError(StageError):
    """No index has the version that was asked for.

    Attributes:
        instead: A requirement that can be met, such as ``opencv-python==4.8.0.76``.
    """

    def __init__(self, name: str, version: str, nearest: str) -> None:
        self.instead = f"{name}=={nearest}"
        message = f"no index has {name}=={version}; the nearest version is {nearest}"
        super().__init__(message, hint=f"write '{self.instead}' in the manifest")


def resolve(request: Request) -> Lock:
    """Resolve a request to a lock with hashes.

    Raises:
        StageError: There is no solution; uv's explanation, and for a version that no index has, the nearest that
        there is.
        MachineError: No index could be reached.
    """
    try:
        text = _compile(request)
    except StageError as error:
        unknown = _NO_PACKAGE.search(error.message)
        if unknown is not None:
            raise StageError(f"no index has a package '{unknown[1]}'", hint="check how it is spelt") from None
        missing = _NO_VERSION.search(error.message)
        if missing is None:
            raise
        raise _no_such_version(missing[1], missing[2], request, error) from None
    return lockfile.parse(lockfile.with_origin(text, request.digest), "the new lock")


def resolve_file(file: Path, python: str, preferred: dict[str, str]) -> Lock:
    """Resolve a requirements file or a pyproject.toml, to make an environment of it.

    Raises:
        StageError: There is no solution, or the file can't be read.
        MachineError: No index could be reached.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pylock.source.toml"
        out.write_text(lockfile.preferences(preferred))
        uv.run([*_options(python, out), str(file)], cwd=file.parent)
        return lockfile.parse(out.read_text(), file.name)


def _compile(request: Request) -> str:
    with tempfile.TemporaryDirectory() as folder:
        out, overrides, constraints = (
            Path(folder) / name for name in ("pylock.toml", "overrides.txt", "constraints.txt")
        )
        out.write_text(lockfile.preferences(request.preferred))
        overrides.write_text("\n".join(request.overrides))
        constraints.write_text("\n".join(request.constraints))
        options = [
            *_options(request.python, out),
            "--override",
            str(overrides),
            "--constraint",
            str(constraints),
        ]
        uv.run([*options, "-"], stdin="\n".join(request.requirements), cwd=Path(folder))
        return out.read_text()


def _options(python: str, out: Path) -> list[str]:
    options = ["pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--format", "pylock.toml"]
    return [*options, "--python-version", python, "--python-platform", _target(), "--output-file", str(out)]


def _target() -> str:
    return _PLATFORMS.get(platform.machine(), "linux")


def _no_such_version(name: str, version: str, request: Request, error: StageError) -> StageError:
    for wish in (f"{name}=={version}.*", f"{name}>={version}", name):
        try:
            found = _compile(Request((wish,), request.python))
        except StageError:
            continue
        plain = name.split("[", maxsplit=1)[0]
        nearest = next((one for known, one in lockfile.parse(found, name).versions.items() if _same(known, plain)), "")
        return NoSuchVersionError(name, version, nearest)
    return StageError(f"no index has {name}", hint=f"check the spelling of '{name}'; uv says: {error.message}")


def _same(one: str, other: str) -> bool:
    return re.sub(r"[-_.]+", "-", one).lower() == re.sub(r"[-_.]+", "-", other).lower()
