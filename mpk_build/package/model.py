"""The MLmodel document, typed: every field that MLflow has written from 1.0 to 3.17, and all others as they are.

Format: https://mlflow.org/docs/latest/ml/model/#storage-format and ``mlflow.models.Model`` of MLflow 3.17.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yaml.representer import RepresenterError

from mpk_build.foundation.documents import write_whole
from mpk_build.foundation.errors import UsageError
from mpk_build.package import mlmodel, model_text

if TYPE_CHECKING:
    from mpk_build.package.model_text import ModelText

FILE = "MLmodel"
FUNCTION = "python_function"
SCHEMAS = ("inputs", "outputs", "params")

_TEXT = (str, "text")
_FLAG = (bool, "true or false")
_MAP = (dict, "a map")
_LIST = (list, "a list")
# What a field is, where it is of one kind.
_KINDS: dict[str, tuple[type, str]] = {
    "flavors": _MAP,
    "artifact_path": _TEXT,
    "run_id": _TEXT,
    "utc_time_created": _TEXT,
    "time_created": _TEXT,
    "signature": _MAP,
    "saved_input_example_info": _MAP,
    "model_uuid": _TEXT,
    "model_id": _TEXT,
    "mlflow_version": _TEXT,
    "databricks_runtime": _TEXT,
    "model_size_bytes": (int, "a number of bytes"),
    "is_signature_from_type_hint": _FLAG,
    "type_hint_from_example": _FLAG,
    "metadata": _MAP,
    "auth_policy": _MAP,
    "env_vars": _LIST,
}


@dataclass(frozen=True)
class EnvironmentFiles:
    """The files from which MLflow restores a model's environment, by their paths in the package.

    Attributes:
        conda: Of conda: ``env: conda.yaml`` (MLflow 1.x) or ``env: {conda: conda.yaml, ...}``; or None.
        virtualenv: Of virtualenv and uv: ``env: {virtualenv: python_env.yaml, ...}`` (MLflow 2 and 3), or None.
    """

    conda: str | None = None
    virtualenv: str | None = None


@dataclass
class Model:
    """An MLmodel document.

    What is None is not written, unless the document that was read has a null there.

    Attributes:
        flavors: Name to what that flavor says; any keys.
        artifact_path: Where in its run it was logged.
        run_id: The run that made it.
        utc_time_created: When it was made, as text; MLflow writes ``2024-05-01 12:00:00.000000``.
        time_created: The same in documents of 2018, as text: ``2018-05-25T17:28:53.35``.
        signature: ``inputs``, ``outputs`` and ``params``, each as the text of a JSON list; see `schema`.
        saved_input_example_info: Where the input example is, and of which kind.
        input_example: The name that the same had at first.
        model_uuid: 32 hexadecimal digits.
        model_id: The name of a model that MLflow 3 has logged: ``m-`` and 32 hexadecimal digits.
        mlflow_version: The MLflow that wrote it; mpk leaves it out.
        databricks_runtime: The Databricks runtime that it was made in.
        model_size_bytes: How large all files are.
        is_signature_from_type_hint: Whether the signature was read from the type hints of ``predict``.
        type_hint_from_example: Whether the type hint is ``TypeFromExample``.
        metadata: What its author says of it.
        prompts: Names of prompts.
        resources: What it uses of a platform.
        auth_policy: As whom it uses that.
        env_vars: Names of the environment variables that it reads.
        other: All other fields.
        document: What was read; an empty map for a model that is new.
        root: The folder that it was read from.
    """

    flavors: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifact_path: str | None = None
    run_id: str | None = None
    utc_time_created: str | None = None
    time_created: str | None = None
    signature: dict[str, Any] | None = None
    saved_input_example_info: dict[str, Any] | None = None
    input_example: Any = None
    model_uuid: str | None = None
    model_id: str | None = None
    mlflow_version: str | None = None
    databricks_runtime: str | None = None
    model_size_bytes: int | None = None
    is_signature_from_type_hint: bool | None = None
    type_hint_from_example: bool | None = None
    metadata: dict[str, Any] | None = None
    prompts: Any = None
    resources: Any = None
    auth_policy: dict[str, Any] | None = None
    env_vars: list[Any] | None = None
    other: dict[Any, Any] = field(default_factory=dict)
    document: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    root: Path | None = field(default=None, repr=False, compare=False)

    def add_flavor(self, name: str, **conf: Any) -> Model:
        """Add a flavor, or put another in its place; returns the model itself."""
        self.flavors[name] = conf
        return self

    def to_document(self) -> dict[str, Any]:
        """The document, with the fields of `document` that nothing has changed as they are there."""
        known = {name: getattr(self, name) for name in _FIELDS}
        kept = {name: value for name, value in known.items() if value is not None or self.document.get(name, 0) is None}
        return {**kept, **self.other}

    def to_yaml(self) -> str:
        """The document as MLflow writes it."""
        return mlmodel.as_yaml(self.to_document())

    def save(self, path: str | Path) -> None:
        """Write the document: into a folder, or as the file that ``path`` says.

        Raises:
            UsageError: It holds what YAML has no word for.
            OSError: It can't be written; what was there is untouched.
        """
        target = Path(path)
        try:
            text = self.to_yaml()
        except RepresenterError as error:
            kind = type(error.args[1]).__name__
            raise UsageError(
                f"the document holds a value of the type {kind}; expected text, numbers, lists, maps"
            ) from None
        write_whole(target / FILE if target.is_dir() else target, text.encode())

    @classmethod
    def from_document(cls, document: dict[Any, Any], name: str = FILE) -> Model:
        """A model of the document that ``json`` or ``yaml`` has read; ``name`` is what to call it in errors.

        Raises:
            UsageError: It is no MLmodel document; says what was found and expected.
        """
        return from_text(model_text.ModelText(name, document, {}, {}))

    @property
    def function(self) -> dict[str, Any]:
        """What the flavor ``python_function`` says, or an empty map."""
        return self.flavors.get(FUNCTION, {})

    @property
    def loader_module(self) -> str | None:
        """The module that loads it as a Python function; None without that flavor."""
        return self.function.get("loader_module")

    @property
    def python_version(self) -> str | None:
        """The Python that it was made with, such as ``3.11.7``."""
        found = self.function.get("python_version")
        return None if found is None else str(found)

    @property
    def environment(self) -> EnvironmentFiles:
        """The files that ``env`` names, in any of its three forms."""
        env = self.function.get("env")
        if isinstance(env, dict):
            return EnvironmentFiles(env.get("conda"), env.get("virtualenv"))
        return EnvironmentFiles(conda=env)

    @property
    def created(self) -> str | None:
        """When it was made, by either name."""
        return self.utc_time_created or self.time_created

    def schema(self, part: str) -> list[dict[str, Any]] | None:
        """``inputs``, ``outputs`` or ``params`` of the signature as a list in the document's notation, or None."""
        written = (self.signature or {}).get(part)
        found: list[dict[str, Any]] | None = json.loads(written) if isinstance(written, str) else written
        return found


_FIELDS = tuple(one.name for one in dataclasses.fields(Model) if one.name not in ("other", "document", "root"))


def from_text(text: ModelText, root: Path | None = None) -> Model:
    """The model that the text of an MLmodel file describes.

    Raises:
        UsageError: It is no MLmodel document; says what was found, what was expected, and where.
    """
    known = {name: _checked(text, name) for name in _FIELDS if name in text.data}
    if not known.get("flavors"):
        raise text.error("it has no flavors, so nothing says how to load the model", ("flavors",))
    other = {name: value for name, value in text.data.items() if name not in known}
    model = Model(**known, other=other, document=text.data, root=root)
    _check_flavors(text)
    for part in SCHEMAS:
        _check_schema(text, model, part)
    return model


def _checked(text: ModelText, name: str) -> Any:
    value = text.data[name]
    kind, expected = _KINDS.get(name, (object, ""))
    if value is None or kind is object:
        return value
    if kind is str and type(value) in (int, float):
        # Text that somebody did not quote.
        return text.written.get((name,), str(value))
    if type(value) is not kind:
        raise text.error(f"found {_kind(value)} in '{name}'; expected {expected}", (name,))
    return value


def _check_flavors(text: ModelText) -> None:
    for name, conf in text.data["flavors"].items():
        if not isinstance(name, str) or not isinstance(conf, dict):
            what = "a map of what the flavor says" if isinstance(name, str) else "text as a flavor's name"
            found = _kind(conf if isinstance(name, str) else name)
            raise text.error(f"found {found} in 'flavors.{name}'; expected {what}", ("flavors", name))
    if FUNCTION not in text.data["flavors"]:
        return
    path = ("flavors", FUNCTION)
    function = text.data["flavors"][FUNCTION]
    loader = function.get("loader_module")
    if not isinstance(loader, str) or not loader:
        found = "no 'loader_module'" if loader is None else f"{_kind(loader)} in 'loader_module'"
        raise text.error(f"found {found} in the flavor python_function; expected the module that loads it", path)
    env = function.get("env")
    named = env.values() if isinstance(env, dict) else [env]
    if not all(one is None or isinstance(one, str) for one in named):
        raise text.error(
            "found neither a file's name nor a map of them in 'env'; expected conda.yaml, or conda and virtualenv",
            (*path, "env"),
        )


def _check_schema(text: ModelText, model: Model, part: str) -> None:
    path = ("signature", part)
    try:
        schema = model.schema(part)
    except (ValueError, RecursionError):
        raise text.error(f"found text that is not JSON in 'signature.{part}'; expected a JSON list", path) from None
    rows: Any = schema
    if rows is not None and not (isinstance(rows, list) and all(isinstance(one, dict) for one in rows)):
        raise text.error(f"found {_kind(schema)} in 'signature.{part}'; expected a list of columns or tensors", path)


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", dict: "a map", list: "a list", str: "text", int: "a number", float: "a number"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "nothing")


def read(file: Path) -> Model:
    """Read an MLmodel file.

    Raises:
        UsageError: It can't be read, or is no MLmodel document.
    """
    return from_text(model_text.read(file), file.parent)
