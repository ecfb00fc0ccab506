"""mpk: a declarative build system for machine-learning models.

From Python: `load_model`, `save_model`, `predict`, `infer_signature`, `build` and `Model`; see docs/packages.md. They
are imported when they are used, so that importing this package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpk_build.api.building import build as build
    from mpk_build.api.documents import Model as Model
    from mpk_build.api.loading import load_model as load_model
    from mpk_build.api.predicting import predict as predict
    from mpk_build.api.saving import save_model as save_model
    from mpk_build.api.signing import infer_signature as infer_signature

__version__ = "0.1.0"

_PLACES = {
    "Model": "api.documents",
    "build": "api.building",
    "infer_signature": "api.signing",
    "load_model": "api.loading",
    "predict": "api.predicting",
    "save_model": "api.saving",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'mpk_build' has no attribute '{name}'")
    return getattr(import_module(f"mpk_build.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
