"""Makes the model in its source environment, then watches a fresh process load it and predict."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpk_build.environment import capturing
from mpk_build.environment.evidence import Module, Use
from mpk_build.environment.needs import Evidence, Need
from mpk_build.environment.scanning.conditions import Target
from mpk_build.foundation.documents import pretty

_KEPT = ("flavors", "kind", "python_model", "predictions", "signature", "example", "python")


@dataclass(frozen=True)
class Model:
    """What the manifest says of the model.

    Attributes:
        entrypoint: ``module:attribute``, perhaps with ``()``.
        config: Handed to the model when it is loaded.
        params: The params of predict with their defaults.
        artifacts: Name to absolute path.
        example: ``{"path": file}`` or ``{"data": value}``.
    """

    entrypoint: str
    config: dict[str, Any]
    params: dict[str, Any]
    artifacts: dict[str, str]
    example: dict[str, Any]


@dataclass(frozen=True)
class Observation:
    """What was seen.

    Attributes:
        capture: What the package is made from: flavors, kind, predictions, signature, example, python.
        modules: The modules that loading and predicting imported, without the standard library's.
        uses: What they used of the environment without importing it.
        references: ``module:name`` of what the pickles refer to that they read.
        code: ``file:name`` of the code that these hold by value.
        target: The interpreter.
        site: Where the source environment looks for what is installed.
        read: What loading and predicting read of the project; a folder that was listed ends in a slash.
        opened: The same, of making the model too.
    """

    capture: dict[str, Any]
    modules: list[Module]
    uses: list[Use]
    references: tuple[str, ...]
    code: tuple[str, ...]
    target: Target
    site: list[str]
    read: list[str]
    opened: list[str]


def observe(
    project: capturing.SourceProject, model: Model, saved: Path, make_timeout_s: float, timeout_s: float
) -> Observation:
    """Make the model, save it into the folder ``saved``, load it and predict.

    Raises:
        StageError: The model's code failed, hung or died.
    """
    saved.mkdir()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        carried = str(_carry_cloudpickle(folder))
        common = {"model": str(saved), "carried": carried, "entrypoint": model.entrypoint}
        made = capturing.run_step(project, "make", common, folder, make_timeout_s)
        description = saved / "python_model.json"
        if "python_model" in made:
            description.write_text(pretty({**made["python_model"], "artifacts": model.artifacts}))
        function = {**made["flavors"]["python_function"], "config": model.config}
        given = {
            **common,
            "document": {"flavors": {**made["flavors"], "python_function": function}},
            "example": model.example,
            "params": model.params,
        }
        seen = capturing.run_step(project, "observe", given, folder, timeout_s)
        description.unlink(missing_ok=True)
    return Observation(
        capture={name: {**seen, **made}[name] for name in _KEPT if name in {**seen, **made}},
        modules=[Module(**one) for one in seen["modules"] if not _is_standard(one["file"], seen["stdlib"])],
        uses=[*(Use("asked", **one) for one in seen["asked"]), *(_use(one) for one in seen["touched"])],
        references=tuple(seen["references"]),
        code=tuple(seen["code"]),
        target=_target(seen),
        site=seen["site"],
        read=seen["opened"],
        opened=[*made["opened"], *seen["opened"]],
    )


def without_carried(own: list[Module]) -> tuple[list[Module], list[Need]]:
    """The modules that belong to no distribution, without the cloudpickle that mpk brought; and the need for it."""
    kept = [module for module in own if module.name.split(".")[0] != "cloudpickle"]
    version = importlib.metadata.version("cloudpickle")
    why = Evidence("imported", "loading", "cloudpickle", detail="code that the model holds by value")
    return kept, [Need("cloudpickle", version, evidence=(why,))] if len(kept) < len(own) else []


def _use(one: dict[str, Any]) -> Use:
    return Use(one["how"], one["phase"], name=one.get("module"), file=one.get("file"))


def _target(seen: dict[str, Any]) -> Target:
    version = tuple(int("".join(filter(str.isdigit, part)) or 0) for part in seen["python"].split(".")[:3])
    return Target(version, seen["markers"], frozenset(seen["standard"]))


def _carry_cloudpickle(folder: Path) -> Path:
    # For a model whose code goes along by value, where the source environment has no cloudpickle of its own.
    carried = folder / "carried"
    spec = importlib.util.find_spec("cloudpickle")
    if spec is not None and spec.origin is not None:
        shutil.copytree(Path(spec.origin).parent, carried / "cloudpickle", ignore=shutil.ignore_patterns("__pycache__"))
    return carried


def _is_standard(file: str, folders: list[str]) -> bool:
    installed = "/site-packages/" in file or "/dist-packages/" in file
    return not installed and any(file.startswith(f"{folder}/") for folder in folders)
