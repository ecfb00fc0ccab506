"""The catalogue of diagnoses, in the order in which they are asked; the first that knows answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import (
    ending,
    in_source,
    main_class,
    memory,
    missing_extra,
    missing_file,
    missing_library,
    missing_module,
    missing_program,
    network,
    no_wheel,
    numpy_abi,
    python_version,
    unknown,
    version_skew,
)
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

CATALOGUE: tuple[tuple[str, Callable[[Failure, Context], Diagnosis | None]], ...] = (
    ("no-wheel", no_wheel.diagnose),
    ("memory", memory.diagnose),
    ("ending", ending.diagnose),
    ("missing-library", missing_library.diagnose),
    ("numpy-abi", numpy_abi.diagnose),
    ("main-class", main_class.diagnose),
    ("python-version", python_version.diagnose),
    ("version-skew", version_skew.diagnose),
    ("missing-extra", missing_extra.diagnose),
    ("in-source", in_source.diagnose),
    ("missing-module", missing_module.diagnose),
    ("missing-program", missing_program.diagnose),
    ("missing-file", missing_file.diagnose),
    ("network", network.diagnose),
    ("unknown", unknown.diagnose),
)


def error_for(failure: Failure, context: Context) -> StageError | None:
    """The error that tells a failure, or None for what was no exception and nothing here knows."""
    for name, diagnose in CATALOGUE:
        found = diagnose(failure, context)
        if found is not None:
            return StageError(found.cause, hint=found.command, evidence=found.evidence, diagnosis=name, fix=found.fix)
    return None
