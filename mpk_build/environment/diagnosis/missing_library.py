"""A shared library that this machine lacks: Debian's package for it, or the distribution that does without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure
from mpk_build.environment.names import normalised
from mpk_build.image import debian

if TYPE_CHECKING:
    from mpk_build.foundation.errors import Edit

_NO_LIBRARY = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file: No such file")
# The same modules without a screen, for servers.
_HEADLESS = {
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
}


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For what ld.so(8) says when a library is not there."""
    found = next((match for match in map(_NO_LIBRARY.search, failure.texts) if match), None)
    if found is None:
        return None
    library = found[1]
    package = debian.package_of(library)
    name, version = phrases.raised_by(failure, context)
    headless = _HEADLESS.get(name)
    evidence = [
        *phrases.frames(failure),
        f"Debian's package {package} has it" if package else "no package of Debian has it",
        *([f"{headless} is the same without a screen, and does without it"] if headless else []),
    ]
    cause = f"{phrases.release(name, version) or 'the model'} needs the shared library {library}, which is not here"
    fix = _without_screen(name, headless, version) if headless else ()
    return Diagnosis(
        f"{cause} ({phrases.doing(failure.phase)})", tuple(evidence), _command(context, fix, headless, package), fix
    )


def _without_screen(name: str, headless: str, version: str) -> tuple[Edit, ...]:
    # A marker that is never true is how an override drops a requirement that something else asks for.
    dropped = f'{name}; python_version < "0"'
    kept = f"{headless}=={version}" if version else headless
    return (*phrases.overridden(dropped), *phrases.added(kept))


def _command(context: Context, fix: tuple[Edit, ...], headless: str | None, package: str | None) -> str | None:
    install = f"apt-get install {package}" if package else None
    if not headless:
        return install
    if context.where == "package":
        other = phrases.command_for(context, [edit.requirement for edit in fix])
    else:
        other = phrases.in_source(context, [normalised(headless)]) + ", in place of the other"
    return f"{other}; or: {install}" if install else other
