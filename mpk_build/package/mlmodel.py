"""The MLmodel document, and the files beside it from which MLflow's tools restore an environment.

Format: https://mlflow.org/docs/latest/ml/model/#storage-format, as MLflow 3.17 writes it; nothing in it comes from a
clock, a random source or a path of this machine.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import yaml

from mpk_build.foundation import digests
from mpk_build.foundation.moments import source_date
from mpk_build.package import conda_file

SERVING = "serving_input_example.json"
# MLflow takes these as required where nothing is said; arrays, objects and maps it does not.
_PLAIN = frozenset(("boolean", "integer", "long", "float", "double", "string", "binary", "datetime"))
_LINE_BREAKS = "\x85\u2028\u2029"


@dataclass(frozen=True)
class Content:
    """What an MLmodel document is made of.

    Attributes:
        flavors: As the flavor's ``save`` returned them.
        signature: The parts of the signature as JSON strings.
        from_type_hint: Whether they are those of predict's type hints; MLflow then leaves the input to the model.
        metadata: The manifest's.
        config: The manifest's; goes into python_function.
        artifacts: Name to path below the package.
        python: The model's exact Python version.
        has_code: Whether there is a folder ``code``.
        example_info: What the capture says of the input example's type; None without one.
        params: The params' defaults, or an empty map.
        files: Path below the package to digest, of all other files: the identity that the uuid is made from.
    """

    flavors: dict[str, dict[str, Any]]
    signature: dict[str, str | None]
    from_type_hint: bool
    metadata: dict[str, Any]
    config: dict[str, Any]
    artifacts: dict[str, str]
    python: str
    has_code: bool
    example_info: dict[str, str] | None
    params: dict[str, Any]
    files: dict[str, str]


def document(content: Content) -> dict[str, Any]:
    """The MLmodel document."""
    flavors = {name: dict(conf) for name, conf in content.flavors.items()}
    function = flavors["python_function"]
    function["env"] = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    function["python_version"] = content.python
    if content.config:
        function["config"] = {**function.get("config", {}), **content.config}
    if content.artifacts:
        function["artifacts"] = {name: {"path": path, "uri": path} for name, path in content.artifacts.items()}
    for conf in flavors.values():
        if content.has_code:
            conf["code"] = "code"
    described: dict[str, Any] = {
        "flavors": flavors,
        "signature": {name: _for_all(part) for name, part in content.signature.items() if part is not None},
        "utc_time_created": _created(),
    }
    if content.example_info is not None:
        described["saved_input_example_info"] = {
            "artifact_path": "input_example.json",
            **({"serving_input_path": SERVING} if SERVING in content.files else {}),
            **content.example_info,
            **({"params": "true"} if content.params else {}),
        }
    if content.from_type_hint:
        described.update(is_signature_from_type_hint=True, type_hint_from_example=False)
    if not described["signature"]:
        del described["signature"]
    if content.metadata:
        described["metadata"] = content.metadata
    return {**described, "model_uuid": identity(described, content.files)}


def taken_over(before: dict[str, Any], now: dict[str, Any], size: int) -> dict[str, Any]:
    """The document of a package that was there before, with what is written anew; ``size``: of all other files.

    What names it stays: its run, its times, the identity that MLflow's server knows; and so does what nobody knows.
    """
    metadata = {**(before.get("metadata") or {}), **now.get("metadata", {})}
    kept = {name: value for name, value in before.items() if name != "saved_input_example_info"}
    # With one, a model that had none would get something else than before.
    now = {name: value for name, value in now.items() if name != "signature" or before.get(name)}
    named: dict[str, Any] = {name: before[name] for name in ("model_uuid", "utc_time_created") if name in before}
    sized = {"model_size_bytes": size} if "model_size_bytes" in before else {}
    return {**kept, **now, **({"metadata": metadata} if metadata else {}), **named, **sized}


def identity(described: dict[str, Any], files: dict[str, str]) -> str:
    """The ``model_uuid`` of a document: 32 hexadecimal digits from all else that it says, and from all other files.

    Args:
        described: The document; a ``model_uuid`` in it does not count.
        files: Path below the package to digest.
    """
    counted = {name: value for name, value in described.items() if name != "model_uuid"}
    return digests.of_value(_as_json([counted, files])).removeprefix("sha256:")[:32]


def _for_all(part: str) -> str:
    """A part of a signature that MLflow 1.x reads, too: it has no word for what is required, as all there is."""
    return json.dumps([_unsaid(one) for one in json.loads(part)])


def _unsaid(column: dict[str, Any]) -> dict[str, Any]:
    is_plain = column["type"] in _PLAIN and column.get("required") is True
    return {name: value for name, value in column.items() if not (is_plain and name == "required")}


def _as_json(value: Any) -> Any:
    """A document without the numbers that JSON does not have: infinities and what is none."""
    if isinstance(value, dict):
        return {name: _as_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def as_yaml(value: Any) -> str:
    """YAML as MLflow writes it: block style, sorted keys."""
    text = _dumped(value, readable=True)
    # PyYAML writes these as they are, and reads them as line breaks.
    return _dumped(value, readable=False) if any(one in text for one in _LINE_BREAKS) else text


def _dumped(value: Any, *, readable: bool) -> str:
    text = yaml.safe_dump(value, sort_keys=True, default_flow_style=False, allow_unicode=readable, width=4096)
    return str(text)


def python_env(python: str) -> str:
    """``python_env.yaml``: what MLflow makes a virtual environment from."""
    value = {
        "python": python,
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }
    return as_yaml(value)


def conda_env(python: str, requirements: list[str], conda: dict[str, list[str]]) -> str:
    """``conda.yaml``: what MLflow makes a conda environment from; Anaconda's own channel only where its author says so.

    Args:
        python: The model's exact version.
        requirements: Lines of a requirements file.
        conda: The manifest's ``requirements.conda``.
    """
    own = [one for one in conda["dependencies"] if conda_file.package_name(one) not in ("python", "pip")]
    dependencies = [f"python={python}", "pip", *own, {"pip": requirements}]
    return as_yaml({"name": "mpk-env", "channels": conda["channels"], "dependencies": dependencies})


def _created() -> str:
    return source_date().strftime("%Y-%m-%d %H:%M:%S.%f")
