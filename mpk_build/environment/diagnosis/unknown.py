"""What no other diagnosis knows: what was raised, while doing what, and where in the model's own code."""

from __future__ import annotations

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

_WITHOUT = "correct the model or input_example; to build on what loading alone shows: validate: {compare: off}"


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For whatever the model raised."""
    if not failure.type or failure.phase in ("compare", "run", "install"):
        return None
    doing = phrases.doing(failure.phase)
    evidence = (
        *phrases.frames(failure),
        *(f"raised from {kind}: {' '.join(text.split())}" for kind, text in failure.causes[:1]),
    )
    if context.where == "source":
        cause = f"the model raised {failure.type} in the source environment ({doing}): {failure.message}"
        return Diagnosis(cause, evidence, _WITHOUT if failure.phase == "predict" else None)
    return Diagnosis(f"the package raised {failure.type} {doing}: {failure.message}", evidence)
