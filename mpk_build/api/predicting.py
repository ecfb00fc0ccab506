"""One call from data to predictions: in the package's own environment, as ``mpk predict`` does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mpk_build.api import runtime  # noqa: F401 - makes mpk_runtime importable
from mpk_build.api.packages import caches, open_package

if TYPE_CHECKING:
    from pathlib import Path


def predict(
    uri: str | Path, data: Any = None, params: dict[str, Any] | None = None, *, trust_pickles: bool = False
) -> Any:
    """What a package predicts, in an environment of its own that its lock says: nothing of it is imported here.

    Args:
        uri: A folder or a model URI.
        data: What an input example may be: a pandas DataFrame, a numpy array, a dict, a list, a single value; or None
            for the package's own input example.
        params: Instead of the defaults.
        trust_pickles: Load it although unpickling it may run what no model needs.

    Returns:
        The predictions as JSON has them: lists, dicts, numbers, text.

    Raises:
        UsageError: It is no package, or ``data`` or ``params`` are not what its signature declares.
        StageError: The model failed, or its environment can't be made; or unpickling it may run what no model needs.
        MachineError: This machine lacks its Python, or a place can't be reached.
    """
    from mpk_build.environment import prediction
    from mpk_build.foundation.errors import UsageError
    from mpk_build.package.pickles.checking import check_before_loading
    from mpk_runtime.examples.example import Example
    from mpk_runtime.prediction import encode

    package = open_package(uri)
    if not trust_pickles:
        check_before_loading(
            package.root, package.plain_document, "if you know who made it: predict(..., trust_pickles=True)"
        )
    if data is not None:
        try:
            document = Example(data).as_document()
            json.loads(document["stored"], parse_constant=_refuse)
        except ValueError as error:
            raise UsageError(f"the data can't be sent to the model's own process: {error}") from None
        request = document["request"]
    else:
        example = package.root / "serving_input_example.json"
        if not example.is_file():
            raise UsageError(f"{uri} has no input example", hint="predict(uri, data)")
        request = json.loads(example.read_bytes())
    if params is not None:
        request["params"] = encode(params)
    body = json.dumps(request, ensure_ascii=False).encode()
    answer: dict[str, Any] = json.loads(prediction.predict(package, body, caches=caches()))
    return answer["predictions"]


def _refuse(_name: str) -> None:
    # Stored it is what it was; a request would have null in its place.
    raise ValueError("an infinite number, which JSON does not have; load_model(uri).predict takes it")
