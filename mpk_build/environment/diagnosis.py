"""From what an interpreter said to what is wrong and the next command to type."""

from __future__ import annotations

import re
from typing import Any

from mpk_build.foundation.errors import StageError

# Modules that are not called like their distribution; the commonest, by downloads.
_DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "GitPython",
    "google.protobuf": "protobuf",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "lightning_fabric": "lightning",
    "magic": "python-magic",
    "Levenshtein": "levenshtein",
    "PIL": "pillow",
    "psycopg2": "psycopg2-binary",
    "sentence_transformers": "sentence-transformers",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# What the capture reads of the manifest itself: the phase in which it does, and the field.
_FIELDS = {"read the input example": "input_example", "read the params": "params"}
_NO_MODULE = re.compile(r"No module named '([^']+)'")


def distribution_of(module: str) -> str:
    """The distribution that most likely provides a module."""
    parts = module.split(".")
    dotted = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((_DISTRIBUTIONS[name] for name in dotted if name in _DISTRIBUTIONS), parts[0].replace("_", "-"))


def of_source_failure(report: dict[str, Any], entrypoint: str) -> StageError:
    """What stopped the capture in the source environment."""
    phase, kind, message = report["phase"], report["type"], report["message"]
    module = entrypoint.partition(":")[0]
    if kind == "ModuleNotFoundError":
        missing = missing_module(message) or str(report["module"])
        if phase == "import" and (module == missing or module.startswith(f"{missing}.")):
            return StageError(
                f"the entrypoint's module '{module}' is not in the project",
                hint="correct model.entrypoint; it is imported from the manifest's folder and its src/",
            )
        return StageError(
            f"the source environment has no module '{missing}', which the model needs ({_doing(phase)})",
            hint=f"install {distribution_of(missing)} there; if it is code of yours: model: {{code_paths: [PATH]}}",
        )
    if phase == "find":
        return StageError(
            f"the entrypoint '{entrypoint}' names something that is not there: {message}",
            hint="correct model.entrypoint",
        )
    if phase in _FIELDS:
        field = _FIELDS[phase]
        return StageError(f"{field} of the manifest can't be used: {message}", hint=f"correct {field}")
    if phase == "save":
        return StageError(f"the model that '{entrypoint}' gives can't be saved: {message}")
    hint = None
    if (
        phase == "predict"
        and kind == "TypeError"
        and "positional argument" in message
        and not entrypoint.endswith("()")
    ):
        hint = f"a factory, which makes the model, is written '{entrypoint}()'"
    return StageError(f"the model raised {kind} in the source environment ({_doing(phase)}): {message}", hint=hint)


def providers(installed: dict[str, str]) -> dict[str, str]:
    """Module to requirement: what is commonly called otherwise, and what the source environment really has."""
    return {**_DISTRIBUTIONS, **installed}


def missing_module(message: str) -> str | None:
    """The module that a ModuleNotFoundError is about."""
    found = _NO_MODULE.search(message)
    return found[1] if found else None


def _doing(phase: str) -> str:
    return {
        "import": "while the entrypoint was imported",
        "call": "while the factory ran",
        "load": "while it loaded",
        "predict": "while it predicted the input example",
        "encode": "while its prediction was written as JSON",
    }.get(phase, f"while trying to {phase}")
