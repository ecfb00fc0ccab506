"""A pandas DataFrame, held to declared columns: by its dtypes, and by values only where there is no dtype."""

from __future__ import annotations

from typing import Any

from mpk_runtime.enforcement.strict import dtypes
from mpk_runtime.enforcement.strict.columns import PYTHON, Column
from mpk_runtime.enforcement.strict.wording import EXPECTED_OF_PYTHON
from mpk_runtime.request_error import schema_error

_PLANS = 64
_HINT = (
    " Its integers became numbers with a fraction because some are missing."
    " Declare the column as double if values may be missing."
)


class Frames:
    """Frames for columns of a signature.

    What is to be done with a frame depends on its names and dtypes alone, and is kept for the next one like it.
    """

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns
        self._named = bool(columns) and "name" in columns[0].spec
        self._plans: dict[tuple[Any, ...], _Plan] = {}

    def enforced(self, frame: Any) -> Any:
        """A frame of its own with the declared columns in their order, and the index of ``frame``.

        Raises:
            RequestError: Columns are missing, or hold what is not of their type.
        """
        names = frame.columns
        key = (*names, *frame.dtypes._values)  # noqa: SLF001 - `to_numpy` of these is half of the cost for one row
        try:
            plan = self._plans.get(key)
        except TypeError:  # a name that can't be hashed is none that a signature has
            raise schema_error("The columns of the DataFrame have names that are not text.") from None
        if plan is None:
            plan = _Plan(self._columns, self._matched(list(names)), frame)
            if len(self._plans) < _PLANS:
                self._plans[key] = plan
        return plan.apply(frame)

    def _matched(self, names: list[Any]) -> list[int | None]:
        """Where each declared column is, None for one that is not there."""
        if not self._named:
            if len(names) != len(self._columns):
                raise schema_error(f"Found {len(names)} columns, expected {len(self._columns)}.")
            return list(range(len(names)))
        # A signature has names that are text; a frame that was made without names has numbers.
        texts = [str(name) for name in names]
        missing = [one.name for one in self._columns if one.required and str(one.name) not in texts]
        if missing:
            raise schema_error(f"Model is missing inputs {missing}.")
        for one in self._columns:
            if texts.count(str(one.name)) > 1:
                raise schema_error(f"Two columns are called '{one.name}'.")
        return [texts.index(str(one.name)) if str(one.name) in texts else None for one in self._columns]


class _Plan:
    """What to do with frames of certain names and dtypes."""

    def __init__(self, columns: list[Column], places: list[int | None], frame: Any) -> None:
        import pandas as pd

        self._lazy = int(pd.__version__.split(".")[0]) >= _COPIES_WHEN_WRITTEN
        self._steps: list[tuple[Column, int | None, str]] = []
        for column, at in zip(columns, places):
            what = dtypes.LOOK if at is None else dtypes.action(column.type_name, frame.dtypes.iloc[at])
            self._steps.append((column, at, what))
        self._names = [one.name if "name" in one.spec else frame.columns[at] for one, at in zip(columns, places)]
        same = self._names == list(frame.columns) and all(at == place for place, at in enumerate(places))
        self._looks = [(one, at) for one, at, what in self._steps if what == dtypes.LOOK and at is not None]
        self._as_it_is = same and all(what in (dtypes.KEEP, dtypes.LOOK) for _, _, what in self._steps)

    def apply(self, frame: Any) -> Any:
        if self._as_it_is and all(_is_plain(column, frame.iloc[:, at]) for column, at in self._looks):
            # Where pandas copies what is written to, the copy costs nothing.
            return frame.copy(deep=not self._lazy)
        import pandas as pd

        parts = [self._part(step, frame) for step in self._steps]
        if len(set(self._names)) == len(self._names):
            return pd.DataFrame(dict(zip(self._names, parts)), index=frame.index)
        made = pd.concat([pd.Series(part, index=frame.index) for part in parts], axis=1)
        made.columns = frame.columns
        return made

    def _part(self, step: tuple[Column, int | None, str], frame: Any) -> Any:
        import pandas as pd

        column, at, what = step
        if at is None:
            found = column.missing(len(frame))
            found.index = frame.index
            return found
        series = frame.iloc[:, at]
        if what == dtypes.KEEP or (what == dtypes.LOOK and _is_plain(column, series)):
            return series
        if what == dtypes.CAST:
            return _cast(column, series)
        if what == dtypes.REFUSE:
            raise _refused(column, series)
        found = column.from_values(list(series), PYTHON)
        return found.set_axis(frame.index) if isinstance(found, pd.Series) else pd.Series(found, index=frame.index)


_COPIES_WHEN_WRITTEN = 3
_PLAIN = {"string": "string", "binary": "bytes"}


def _is_plain(column: Column, series: Any) -> bool:
    """Whether all objects are of the type already; missing ones may be among texts and bytes."""
    wanted = _PLAIN.get(column.type_name)
    if wanted is None or series.dtype != object:
        return column.type_name == "any"
    from pandas.api.types import infer_dtype

    return bool(infer_dtype(series, skipna=True) == wanted)


def _cast(column: Column, series: Any) -> Any:
    own = dtypes.OWN[column.type_name]
    if own.startswith("float") or not series.hasnans:
        return series.astype(own)
    return column.from_values(list(series), PYTHON)


def _refused(column: Column, series: Any) -> Exception:
    expected = f"where {EXPECTED_OF_PYTHON[column.type_name]} is expected"
    if column.type_name in dtypes.OWN and series.dtype.kind in "iuf":
        expected = f"which {dtypes.OWN[column.type_name]} can't hold without loss"
    hint = ""
    if column.type_name in ("integer", "long") and series.dtype.kind == "f" and series.hasnans:
        present = series.dropna()
        hint = _HINT if bool((present == present.round()).all()) else ""
    return schema_error(f"{column.label}: the type {series.dtype}, {expected}.{hint}")
