"""What can only go wrong where the model is made: its entrypoint, its example, what it is saved as."""

from __future__ import annotations

from mpk_build.environment.diagnosis import missing_module, phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

# What the capture reads of the manifest itself: the phase in which it does, and the fields, the likelier first.
_FIELDS = {
    "read the input example": ("input_example",),
    "read the params": ("params",),
    "read the config": ("model.config",),
    "adopt": ("model.path", "model.flavor"),
    "hold the prediction to signature.outputs": ("signature.outputs",),
}


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For an entrypoint that is not there, an example that is none, and a model that can't be saved."""
    return _of_manifest(failure, context) or _of_model(failure, context) if context.where == "source" else None


def _of_manifest(failure: Failure, context: Context) -> Diagnosis | None:
    module = context.entrypoint.partition(":")[0]
    missing = missing_module.missing(failure)
    if missing and failure.phase == "import" and (module == missing or module.startswith(f"{missing}.")):
        return Diagnosis(
            f"the entrypoint's module '{module}' is not in the project",
            command="correct model.entrypoint; it is imported from the manifest's folder and its src/",
        )
    if failure.phase == "find":
        return Diagnosis(
            f"the entrypoint '{context.entrypoint}' names something that is not there: {failure.message}",
            command="correct model.entrypoint",
        )
    if failure.phase == "read the input example" and missing == "pandas":
        return Diagnosis(
            "the input example is a table, which needs pandas, and the source environment does not have it",
            command="install pandas there; a list of numbers or texts needs nothing: input_example: [[1.0, 2.0]]",
        )
    if failure.phase in _FIELDS and missing is None:
        first, *others = _FIELDS[failure.phase]
        correct = " or ".join([first, *others])
        return Diagnosis(f"{first} of the manifest can't be used: {failure.message}", command=f"correct {correct}")
    return None


_LATER = "make what can't be saved in load_context(self, context), which is called where the model is loaded"


def _of_model(failure: Failure, context: Context) -> Diagnosis | None:
    if failure.phase == "save":
        cause = f"the model that '{context.entrypoint}' gives can't be saved: {failure.message}"
        return Diagnosis(cause, phrases.frames(failure), _LATER if failure.type == "PicklingError" else None)
    if failure.phase == "predict" and failure.type == "TypeError" and "positional argument" in failure.message:
        return _class_or_factory(failure, context)
    return None


def _class_or_factory(failure: Failure, context: Context) -> Diagnosis | None:
    if not context.entrypoint or context.entrypoint.endswith("()"):
        return None
    return Diagnosis(
        f"the model raised TypeError in the source environment ({phrases.doing(failure.phase)}): {failure.message}",
        phrases.frames(failure),
        f"a factory, which makes the model, is written '{context.entrypoint}()'",
    )
