"""Custom models that another process imports by name: of the project, as a person writes them, and without MLflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Scaled:
    """A model with all that mpk gives one: an artifact, config, params."""

    def load_context(self, context: Any) -> None:
        """Reads the artifact."""
        self.offset = float(Path(context.artifacts["offset"]).read_text())

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        """The widths, scaled."""
        scale = (params or {}).get("scale", 1.0) * context.model_config["times"]
        return [value * scale + self.offset for value in model_input["width"].tolist()]


class Shifted:
    """An instance has its state in a pickle."""

    def __init__(self, by: float) -> None:
        self.by = by

    def predict(self, model_input: Any) -> Any:
        """A table."""
        return model_input.assign(width=model_input["width"] + self.by)


class Hinted:
    """Its type hints are its signature."""

    def predict(self, model_input: list[dict[str, float]]) -> list[float]:
        """The sum of each."""
        return [sum(one.values()) for one in model_input]


def area(model_input: Any) -> Any:
    """A function is the model."""
    return (model_input["width"] * model_input["height"]).to_numpy()


def echo(model_input: Any) -> Any:
    """What it gets, as text that tells its type."""
    if isinstance(model_input, dict):
        return [f"{name}: {value!r}" for name, value in sorted(model_input.items())]
    if hasattr(model_input, "toarray"):
        return [f"sparse: {model_input.toarray().tolist()}"]
    if hasattr(model_input, "to_dict"):
        return [json.dumps(row, default=_plain) for row in model_input.to_dict(orient="records")]
    return [repr(model_input)]


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)
