"""Which flavors there are: those of mpk, a literal table, and those that entry points of the group ``mpk.flavors`` add.

The name of such an entry point is the flavor's, its value a module, as `mpk_runtime.flavors.protocol` describes it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Flavor

GROUP = "mpk.flavors"


class Row(NamedTuple):
    """A flavor.

    Attributes:
        name: Its name in MLmodel.
        loader_modules: The values of ``loader_module`` that it reads.
        module: The module that knows it, or, of one that a distribution brings, the module itself.
        library: What is in ``sys.modules`` wherever a model of it exists; None: it has to be asked.
    """

    name: str
    loader_modules: tuple[str, ...]
    module: Any
    library: str | None

    @property
    def flavor(self) -> Flavor:
        """The module that knows it."""
        found: Flavor = importlib.import_module(self.module) if isinstance(self.module, str) else self.module
        return found


# In the order in which they are asked for a model.
ROWS = (
    Row("sklearn", ("mlflow.sklearn",), "mpk_runtime.flavors.sklearn", "sklearn.base"),
    Row("python_function", ("mpk_python_model",), "mpk_runtime.flavors.python_model", None),
)
# For a loader that no row has.
ANY_LOADER = Row("python_function", (), "mpk_runtime.flavors.python_function", None)


def by_loader(loader_module: str) -> Row | None:
    """The row that reads what ``loader_module`` wrote, or None."""
    return next((row for row in _rows() if loader_module in row.loader_modules), None)


def by_name(name: str) -> Row | None:
    """The row of a flavor, or None; custom Python models have none of their own."""
    return next((row for row in _rows() if row.name == name), None)


def names() -> list[str]:
    """The names of all flavors."""
    return sorted({row.name for row in _rows()})


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
        library = getattr(module, "LIBRARY", None)
        rows.setdefault(point.name, Row(point.name, tuple(module.LOADER_MODULES), module, library))
    return [rows[name] for name in sorted(rows)]
