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
from mpk_build.environment.inference import Module, Need
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
        site: Where the source environment looks for what is installed.
        read: What loading and predicting read of the project; a folder that was listed ends in a slash.
        opened: The same, of making the model too.
    """

    capture: dict[str, Any]
    modules: list[Module]
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
        site=seen["site"],
        read=seen["opened"],
        opened=[*made["opened"], *seen["opened"]],
    )


def without_carried(own: list[Module]) -> tuple[list[Module], list[Need]]:
    """The modules that belong to no distribution, without the cloudpickle that mpk brought; and the need for it."""
    kept = [module for module in own if module.name.split(".")[0] != "cloudpickle"]
    version = importlib.metadata.version("cloudpickle")
    needed = [Need("cloudpickle", version, "loading", "cloudpickle", None)] if len(kept) < len(own) else []
    return kept, needed


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
