"""The libraries whose versions a package's flavors name, for one that says nothing else of its environment."""

from __future__ import annotations

from typing import Any

# Words of MLflow's flavors, 1.0 to 3.17, and the distributions whose versions stand there.
_DISTRIBUTIONS = {
    "catboost_version": "catboost",
    "cloudpickle_version": "cloudpickle",
    "h2o_version": "h2o",
    "keras_version": "keras",
    "lgb_version": "lightgbm",
    "onnx_version": "onnx",
    "pmdarima_version": "pmdarima",
    "prophet_version": "prophet",
    "pyspark_version": "pyspark",
    "pytorch_version": "torch",
    "sklearn_version": "scikit-learn",
    "spacy_version": "spacy",
    "statsmodels_version": "statsmodels",
    "tensorflow_version": "tensorflow",
    "transformers_version": "transformers",
    "xgb_version": "xgboost",
}
# What runs such a model is another distribution than the one that made it.
_BESIDE = {"onnx_version": "onnxruntime"}


def requirements(document: dict[str, Any]) -> list[str]:
    """What an MLmodel document names, as requirements, by name; builds such as ``+cpu`` are nobody else's versions."""
    found = set()
    for conf in document["flavors"].values():
        for word, version in (conf or {}).items():
            if word in _DISTRIBUTIONS and version:
                found.add(f"{_DISTRIBUTIONS[word]}=={str(version).partition('+')[0]}")
                found.update({_BESIDE[word]} if word in _BESIDE else ())
    return sorted(found)
