"""Which flavors there are: those of mpk, a literal table, and those that entry points of the group ``mpk.flavors`` add.

The name of such an entry point is the flavor's, its value a module, as `mpk_runtime.flavors.protocol` describes it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Flavor, Reader

GROUP = "mpk.flavors"


class Row(NamedTuple):
    """A flavor.

    Attributes:
        name: Its name in MLmodel.
        loader_modules: The values of ``loader_module`` that it reads.
        module: The module that knows it, or, of one that a distribution brings, the module itself.
        library: What is in ``sys.modules`` wherever a model of it exists; None: it has to be asked.
        suffixes: Of files that no other library saves.
        config: What of the manifest's config it reads; None: all of it, for it is the model's own.
        takes_params: Whether params get to its predict.
        fractions: The dtype that its arrays of fractions have, where numpy's own will not do.
    """

    name: str
    loader_modules: tuple[str, ...]
    module: Any
    library: str | None
    suffixes: tuple[str, ...] = ()
    config: tuple[str, ...] | None = ()
    takes_params: bool = False
    fractions: str | None = None

    @property
    def reader(self) -> Reader:
        """The module that reads it."""
        found: Reader = self._imported()
        return found

    @property
    def flavor(self) -> Flavor:
        """The module that reads and writes it, of a library's."""
        found: Flavor = self._imported()
        return found

    def _imported(self) -> Any:
        return importlib.import_module(self.module) if isinstance(self.module, str) else self.module


_HERE = "mpk_runtime.flavors"


def _any_model(loader: str, module: str) -> Row:
    """A row for models whose code is somebody's own."""
    return Row("python_function", (loader,), f"{_HERE}.{module}", None, config=None, takes_params=True)


# In the order in which they are asked for a model: those whose models are scikit-learn's estimators as well come first.
ROWS = (
    Row("xgboost", ("mlflow.xgboost",), f"{_HERE}.xgboost", "xgboost.core", (".ubj", ".xgb"), takes_params=True),
    Row("lightgbm", ("mlflow.lightgbm",), f"{_HERE}.lightgbm", "lightgbm.basic", (".lgb",)),
    Row("sklearn", ("mlflow.sklearn",), f"{_HERE}.sklearn", "sklearn.base", (".skops", ".joblib")),
    Row(
        *("pytorch", ("mlflow.pytorch",), f"{_HERE}.pytorch", "torch", (".pt", ".pth", ".pt2"), ("device",)),
        takes_params=True,
        fractions="float32",
    ),
    Row("onnx", ("mlflow.onnx",), f"{_HERE}.onnx", "onnx", (".onnx",)),
    _any_model("mpk_python_model", "python_model"),
    _any_model("mlflow.pyfunc.model", "mlflow_python_model"),
    _any_model("mlflow.pyfunc.loaders.code_model", "mlflow_code_model"),
)
# For a loader that no row has.
ANY_LOADER = _any_model("", "python_function")


def by_loader(loader_module: str) -> Row | None:
    """The row that reads what ``loader_module`` wrote, or None."""
    return next((row for row in _rows() if loader_module in row.loader_modules), None)


def by_name(name: str) -> Row | None:
    """The row of a library's flavor, or None."""
    return next((row for row in _rows() if row.name == name != ANY_LOADER.name), None)


def by_suffix(path: str) -> Row | None:
    """The row of the one flavor whose library saves such files, or None."""
    return next((row for row in _rows() if path.endswith(row.suffixes)), None)


def names() -> list[str]:
    """The names of the flavors of libraries."""
    return sorted({row.name for row in _rows()} - {ANY_LOADER.name})


def for_object(model: Any) -> Row | None:
    """The row of the flavor that saves ``model``, or None; libraries that are not imported yet are not asked."""
    own = [row for row in ROWS if row.library is not None]
    for row in [*_brought(), *own]:
        if (row.library is None or row.library in sys.modules) and row.flavor.detect(model):
            return row
    return None


def _rows() -> Iterator[Row]:
    # Looking through all that is installed takes its time: only for what is none of mpk's own.
    yield from ROWS
    yield from _brought()


def _brought() -> list[Row]:
    from importlib import metadata

    found: Any = metadata.entry_points()
    # A dict before Python 3.10.
    points = found.select(group=GROUP) if hasattr(found, "select") else found.get(GROUP, ())
    rows: dict[str, Row] = {}
    for point in points:
        module = point.load()
        library, suffixes = getattr(module, "LIBRARY", None), tuple(getattr(module, "SUFFIXES", ()))
        row = Row(point.name, tuple(module.LOADER_MODULES), module, library, suffixes, None, takes_params=True)
        rows.setdefault(point.name, row)
    return [rows[name] for name in sorted(rows)]
