"""What can't be installed here: no wheel for this platform or Python, or a source that can't be built."""

from __future__ import annotations

import re

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

_RELEASE = r"`?([A-Za-z0-9][\w.-]*?)(?:\[[^\]]*\])?`?(?:==([^\s`,]+))?`?"
# What uv 0.9 to 0.13 says.
_NO_WHEEL = re.compile(rf"{_RELEASE} has no wheels with a matching (platform|Python)")
_NOT_BUILT = re.compile(rf"Failed to (?:download and )?build {_RELEASE}(?:\s|$)")
_NEEDS_PYTHON = (
    re.compile(rf"{_RELEASE} requires Python ?(\S+?)[,\s]"),
    re.compile(rf"{_RELEASE} depends on Python ?(\S+?)[,\s]"),
)
_FOUND = re.compile(r"(?:Wheels are available|we only found wheels) for .*?: (`[^`]+`(?:(?:,|,? and) `[^`]+`)*)")
_LEAST = re.compile(r">=(3\.\d+)")


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:  # noqa: ARG001 - as all of the catalogue
    """For what uv says."""
    if failure.type != "Uv":
        return None
    return _unsuitable(failure.message) or _not_built(failure.message) or _other_python(failure.message)


def _unsuitable(text: str) -> Diagnosis | None:
    found = _NO_WHEEL.search(text)
    if found is None:
        return None
    name, version, what = found[1], found[2] or "", found[3]
    tags = re.findall(r"`([^`]+)`", listed[1]) if (listed := _FOUND.search(text)) else []
    kind = "platform" if what == "platform" else "Python"
    pythons = sorted({(int(one[2]), int(one[3:])) for one in tags if re.fullmatch(r"cp3\d+", one)})
    other = f"{name}!={version}" if version else name
    command = f"requirements: {{override: [{phrases.quoted(other)}]}}, which takes another version"
    if pythons and kind == "Python":
        command = f'requirements: {{python: "{pythons[-1][0]}.{pythons[-1][1]}"}}; or {command}'
    return Diagnosis(
        f"{phrases.release(name, version)} has no wheel for this {kind}, and no source to build one from",
        (*([f"there are wheels for {', '.join(tags)}"] if tags else []), f"uv says: {text}"),
        command,
        phrases.overridden(other) if version else (),
    )


def _not_built(text: str) -> Diagnosis | None:
    found = _NOT_BUILT.search(text)
    if found is None:
        return None
    name, version = found[1], found[2] or ""
    other = f"{name}!={version}" if version else name
    _, _, said = text.partition("[stderr]")
    said = said.partition("hint: ")[0].strip() or text
    return Diagnosis(
        f"{phrases.release(name, version)} has no wheel for this platform and Python, and its source can't be built",
        (f"its build says: {said}",),
        f"requirements: {{override: [{phrases.quoted(other)}]}}, which takes another version; or install what the build"
        " asks for",
        phrases.overridden(other) if version else (),
    )


def _other_python(text: str) -> Diagnosis | None:
    found = next((match for match in (pattern.search(text) for pattern in _NEEDS_PYTHON) if match), None)
    if found is None:
        return None
    name, version, wanted = found[1], found[2] or "", found[3].rstrip(".")
    least = _LEAST.search(wanted)
    other = f"{name}!={version}" if version else name
    newer = f'requirements: {{python: "{least[1]}"}}' if least else "requirements: {python: ...}"
    return Diagnosis(
        f"{phrases.release(name, version)} needs Python {wanted}",
        (f"uv says: {text}",),
        f"{newer}; or requirements: {{override: [{phrases.quoted(other)}]}}, which takes another version",
        phrases.overridden(other) if version else (),
    )
