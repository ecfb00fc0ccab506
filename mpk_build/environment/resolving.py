"""From requirements to a lock, for chosen platforms and the Python of the model, whatever this machine is."""

from __future__ import annotations

import re
import tempfile
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import local_projects, lockfile, merging, platforms, refusals, uv
from mpk_build.environment.direct_references import without_credentials
from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mpk_build.environment.local_projects import LocalWheel
    from mpk_build.environment.lockfile import Lock
    from mpk_build.environment.platforms import Platform
    from mpk_build.environment.refusals import Origin

_YANKED = re.compile(r'^warning: `([\w.-]+)==(\S+)` is yanked(?: \(reason: "(.*)"\))?', re.MULTILINE)
_LOCAL_VERSION = re.compile(r'^name = "([^"]+)"\nversion = "[^"+]+\+[^"]+"$', re.MULTILINE)
_IN_FOLDER = re.compile(r'url = "file://[^"]*/([^"/]+\.(?:whl|tar\.gz|zip))"')
_INDEX = re.compile(r"^([\w.-]+)==.*?^ +# from (\S+)$", re.MULTILINE | re.DOTALL)
_USER_INFO_IN_TOML = re.compile(r'(?<=url = ")[^"]+')


@dataclass(frozen=True)
class Request:
    """What a lock is made from.

    Attributes:
        requirements: What the model asks for (PEP 508).
        python: The language version, such as ``3.11``.
        overrides: What wins over anything that asks.
        constraints: Bounds, as lines of a constraints file.
        preferred: Name to version, taken where there is a choice.
        direct: ``NAME @ URL`` of what is on no index, for whatever asks for it.
        wheels: Likewise, of what this machine built.
        platforms: What the lock is for, by the names of OCI; empty for this machine's.
        exclude_newer: A moment (RFC 3339); what was uploaded later does not exist.
        upgraded: Names whose preferred version is no matter of the source environment; they count by name alone.
        origins: Where each of them comes from, for errors.
    """

    requirements: tuple[str, ...]
    python: str
    overrides: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    preferred: dict[str, str] = field(default_factory=dict)
    direct: tuple[str, ...] = ()
    wheels: tuple[LocalWheel, ...] = ()
    platforms: tuple[str, ...] = ()
    exclude_newer: str | None = None
    upgraded: frozenset[str] = frozenset()
    origins: tuple[Origin, ...] = ()

    @property
    def targets(self) -> list[Platform]:
        """The platforms that it is for."""
        return [platforms.named(name) for name in self.platforms] or [platforms.own()]

    @property
    def digest(self) -> str:
        """What decides whether a lock made from this is still right."""
        targets = [one.target for one in self.targets]
        preferred = {name: "" if name in self.upgraded else one for name, one in self.preferred.items()}
        parts = [self.requirements, self.overrides, self.constraints, preferred, self.python, targets[0]]
        more = {
            "direct": self.direct,
            "wheels": [[one.file.name, one.digest] for one in self.wheels],
            "platforms": targets[1:],
            "exclude_newer": self.exclude_newer,
        }
        given = {name: value for name, value in more.items() if value}
        return digests.of_value([*parts, given] if given else parts)


@dataclass(frozen=True)
class _Compiled:
    text: str
    warnings: str


def resolve(request: Request) -> Lock:
    """Resolve a request to a lock with hashes.

    Raises:
        StageError: There is no solution; uv's explanation and what takes part, or, where it is one version that
            can't be had, why, and the nearest that can.
        MachineError: No index could be reached.
    """
    resolved: list[tuple[Platform, str]] = []
    preferred = request.preferred
    for platform in request.targets:
        compiled = _resolved(replace(request, preferred=preferred), platform)
        resolved.append((platform, compiled.text))
        # Where a platform leaves a choice, it is made as on the one before.
        preferred = {**preferred, **lockfile.parse(compiled.text, "the new lock").versions}
    text = resolved[0][1] if len(resolved) == 1 else merging.merged(resolved)
    return lockfile.parse(_finished(text, request), "the new lock")


def resolve_declared(arguments: Sequence[str], file: Path, python: str, preferred: dict[str, str]) -> Lock:
    """Resolve what a file declares: ``arguments`` of ``uv pip compile`` say what of it.

    Raises:
        StageError: There is no solution, or the file can't be read.
        MachineError: No index could be reached.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pylock.source.toml"
        out.write_text(lockfile.preferences(preferred))
        uv.run([*_options(python, platforms.own(), out), *arguments], cwd=file.parent)
        return lockfile.parse(_with_absolute_folders(out), file.name)


def resolve_lines(
    lines: Sequence[str], options: Sequence[str], file: Path, python: str, preferred: dict[str, str] | None = None
) -> str:
    """Resolve requirements that a file comes to; paths in them are relative to it.

    Raises:
        StageError: There is no solution.
        MachineError: No index could be reached.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / f"{file.name}.txt"
        listed.write_text("\n".join(lines))
        return resolve_declared([*options, str(listed)], file, python, preferred or {}).text


def without_files(text: str, hashes: Collection[str]) -> str:
    """A lock without the files of these sha256 (hex)."""
    if not hashes:
        return text
    document = tomllib.loads(text)
    for package in document["packages"]:
        package["wheels"] = [one for one in package.get("wheels", []) if one["hashes"]["sha256"] not in hashes]
        if package.get("sdist", {}).get("hashes", {}).get("sha256") in hashes:
            del package["sdist"]
    return merging.written(document)


def exported(project: Path, options: Sequence[str], python: str) -> str:
    """The lock of uv's in a project's folder as PEP 751 has it, without the project itself.

    Raises:
        StageError: It is none, or can't be exported.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pylock.source.toml"
        kind = ["--format", "pylock.toml", "--no-header", "--quiet", "--output-file", str(out)]
        which = ["--frozen", "--no-emit-project", "--no-default-groups", "--python", python]
        uv.run(["export", *kind, *which, *options], cwd=project)
        return _with_absolute_folders(out)


def _with_absolute_folders(lock: Path) -> str:
    """The text of a lock that can be moved, and is another when one of its local projects changes."""

    def absolute(found: re.Match[str]) -> str:
        path = (lock.parent / found[2]).resolve()
        content = "" if "editable = true" in found[3] else f"  # {local_projects.content_digest(path)}"
        return f'{found[1]}"{path}"{found[3]}{content}'

    return re.sub(r'(?m)^((?:directory|archive) = \{ path = )"([^"]+)"(.*)$', absolute, lock.read_text())


def _finished(text: str, request: Request) -> str:
    for wheel in request.wheels:
        text = text.replace(f'path = "{wheel.file}"', f'path = "{lockfile.WHEELS}/{wheel.file.name}"')
    # A folder of this machine is nothing that a lock can name.
    text = _IN_FOLDER.sub(f'path = "{lockfile.WHEELS}/\\1"', text)
    names = frozenset(_LOCAL_VERSION.findall(text))
    text = merging.with_index(text, _indexes(request, text, names)) if names else text
    text = _USER_INFO_IN_TOML.sub(lambda found: without_credentials(found[0]), text)
    built_with = {one.file.name: one.built_with for one in request.wheels if one.built_with}
    asked = {
        "overrides": [without_credentials(one) for one in request.overrides],
        "platforms": list(request.platforms),
        "exclude-newer": request.exclude_newer,
    }
    return lockfile.with_origin(text, request.digest, built_with, sorted(request.upgraded), asked)


def _indexes(request: Request, text: str, names: frozenset[str]) -> dict[str, str]:
    # Which index a file is from does not stand in a lock of uv's, but in what it writes for pip.
    versions = lockfile.parse(text, "the new lock").versions
    wanted = [f"{name}=={versions[name]}" for name in sorted(names) if name in versions]
    options = ["pip", "compile", "--quiet", "--no-header", "--no-deps", "--emit-index-annotation"]
    told = uv.run([*options, *_target(request.python, request.targets[0]), "-"], stdin="\n".join(wanted))
    return {name: without_credentials(url) for name, url in _INDEX.findall(told) if not url.startswith("file:")}


def _resolved(request: Request, platform: Platform) -> _Compiled:
    try:
        compiled = _compile(request, platform)
    except StageError as error:
        raise refusals.explained(error.message, _asked(request, platform)) from None
    asked = _asked(request, platform)
    for name, version, reason in _YANKED.findall(compiled.warnings):
        if not asked.is_decided(name, version):
            raise refusals.yanked(name, version, reason, asked)
    return compiled


def _asked(request: Request, platform: Platform) -> refusals.Asked:
    def has(requirement: str) -> dict[str, str]:
        try:
            alone = Request((requirement,), request.python, exclude_newer=request.exclude_newer)
            found = _compile(alone, platform)
        except StageError:
            return {}
        return lockfile.parse(found.text, requirement).versions

    return refusals.Asked(request.origins, request.python, platform.name, request.exclude_newer, has)


def _compile(request: Request, platform: Platform) -> _Compiled:
    with tempfile.TemporaryDirectory() as folder:
        out, overrides, constraints = (
            Path(folder) / name for name in ("pylock.toml", "overrides.txt", "constraints.txt")
        )
        out.write_text(lockfile.preferences(request.preferred))
        overrides.write_text("\n".join(request.overrides))
        local = [f"{one.name} @ {one.file.as_uri()}" for one in request.wheels]
        constraints.write_text("\n".join([*request.constraints, *request.direct, *local]))
        files = ["--override", str(overrides), "--constraint", str(constraints)]
        newest = ["--exclude-newer", request.exclude_newer] if request.exclude_newer else []
        options = [*_options(request.python, platform, out), *files, *newest]
        # Not --quiet, which hides that a version was yanked.
        options.remove("--quiet")
        ended = uv.finished([*options, "-"], stdin="\n".join(request.requirements), cwd=Path(folder))
        return _Compiled(out.read_text(), ended.stderr)


def _options(python: str, platform: Platform, out: Path) -> list[str]:
    options = ["pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--format", "pylock.toml"]
    return [*options, *_target(python, platform), "--output-file", str(out)]


def _target(python: str, platform: Platform) -> list[str]:
    return ["--python-version", python, "--python-platform", platform.target]
