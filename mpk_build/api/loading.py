"""Loads a package in the caller's own process, with the caller's own libraries."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from mpk_build.api import runtime  # noqa: F401 - makes mpk_runtime importable
from mpk_build.api.documents import Model
from mpk_build.api.packages import open_package
from mpk_build.foundation.errors import MpkError, UsageError
from mpk_build.package.pickles.checking import check_before_loading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mpk_build.package.reading import Package
    from mpk_runtime.enforcement import Enforcement
    from mpk_runtime.loading import LoadedModel
Mode = Literal["strict", "mlflow"]


class PackagedModel:
    """A loaded model as a Python function, which takes what its signature declares.

    Attributes:
        metadata: The package's document.
        signature: What it takes and gives.
    """

    def __init__(self, loaded: LoadedModel, metadata: Model, enforcement: Enforcement) -> None:
        self.metadata = metadata
        self.signature = enforcement.signature
        self._loaded = loaded
        self._enforcement = enforcement

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """What the model predicts, as it returns it.

        Args:
            data: What the signature declares: see docs/signatures.md.
            params: Instead of the defaults; only of a model that declares params.

        Raises:
            UsageError: ``data`` or ``params`` are not what the signature declares.
            Exception: Whatever the model raises.
        """
        return self._loaded.predict(*self._enforced(data, params))

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """The parts of a prediction, as the model yields them; takes and raises what `predict` does.

        Raises:
            UsageError: The model does not yield parts, too.
        """
        if self._loaded.predict_stream is None:
            raise UsageError("the model predicts as a whole: it has no predict_stream, and its predict yields nothing")
        parts: Iterator[Any] = self._loaded.predict_stream(*self._enforced(data, params))
        return parts

    def _enforced(self, data: Any, params: dict[str, Any] | None) -> tuple[Any, dict[str, Any] | None]:
        from mpk_runtime.request_error import RequestError

        try:
            return self._enforcement.python(data), self._enforcement.params(params)
        except RequestError as error:
            raise UsageError(error.message) from None

    def unwrap(self) -> Any:
        """The library's own object, or the custom model's."""
        return self._loaded.native

    def __repr__(self) -> str:
        return f"<PackagedModel of {self.metadata.root}>"


@overload
def load_model(
    uri: str | Path, *, config: dict[str, Any] | None = None, mode: Mode = "strict", trust_pickles: bool = False
) -> PackagedModel: ...
@overload
def load_model(
    uri: str | Path, *, flavor: str, config: dict[str, Any] | None = None, trust_pickles: bool = False
) -> Any: ...
def load_model(
    uri: str | Path,
    *,
    flavor: str | None = None,
    config: dict[str, Any] | None = None,
    mode: Mode = "strict",
    trust_pickles: bool = False,
) -> Any:
    """Load a package in this process.

    Args:
        uri: A folder or a model URI.
        flavor: Give the native object of this flavor instead of a Python function.
        config: Instead of the model's own config for these keys.
        mode: What becomes of data that are not quite what the signature declares: ``strict`` refuses whatever would
            lose something, ``mlflow`` does as MLflow does.
        trust_pickles: Load it although unpickling it may run what no model needs.

    Raises:
        StageError: Unpickling it may run what no model needs.
        UsageError: It is no package, has no such flavor, or mpk can't load it.
        MachineError: Its place can't be reached.
        ModuleNotFoundError: This process lacks a library that the model needs.
        Exception: Whatever the model's own code raises while it loads.
    """
    from mpk_runtime.enforcement import Enforcement
    from mpk_runtime.signature import SignatureError

    if mode not in get_args(Mode):
        raise UsageError(f"found the mode '{mode}'; expected {' or '.join(get_args(Mode))}")
    package = open_package(uri)
    if not trust_pickles:
        check_before_loading(
            package.root, package.plain_document, "if you know who made it: load_model(..., trust_pickles=True)"
        )
    try:
        if flavor not in (None, "python_function"):
            return _native(package, str(flavor), config)
        enforcement = Enforcement.of_package(package.plain_document, mode)
        return PackagedModel(_loaded(package, config), Model.of(package.model), enforcement)
    except SignatureError as error:
        raise UsageError(f"{package.root / 'MLmodel'}: {error}") from None
    except ModuleNotFoundError as error:
        error.add_note(
            f"The model needs what {package.root / 'requirements.txt'} names; "
            "mpk predict and mpk_build.predict make an environment of it."
        )
        raise
    except MpkError:
        raise
    except Exception as error:
        _note_other_python(error, package)
        raise


def _note_other_python(error: Exception, package: Package) -> None:
    """Pickles that hold code are read by the Python that wrote them alone."""
    made, here = package.model.python_version, platform.python_version()
    if made and made.split(".")[:2] != here.split(".")[:2]:
        error.add_note(
            f"The model was made with Python {made}, and this is {here}; "
            "mpk predict and mpk_build.predict make an environment of its own Python."
        )


def _loaded(package: Package, config: dict[str, Any] | None) -> LoadedModel:
    from mpk_runtime import loading

    try:
        return loading.load(str(package.root.absolute()), package.plain_document, config, isolated=True)
    except loading.PackageError as error:
        raise UsageError(str(error)) from None


def _native(package: Package, flavor: str, config: dict[str, Any] | None) -> Any:
    from mpk_runtime.flavors import table

    has = sorted(package.model.flavors)
    if flavor not in has:
        raise UsageError(f"{package.root} has no flavor '{flavor}'; it has {', '.join(has)}")
    row = table.by_name(flavor)
    if row is None:
        raise UsageError(f"mpk can't load the flavor '{flavor}'; it knows {', '.join(table.names())}")
    if package.model.loader_module in row.loader_modules:
        return _loaded(package, config).native
    return row.flavor.load(str(package.root.absolute()), package.plain_document)
