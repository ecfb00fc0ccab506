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
            places = self._matched(list(names))
            if self._named and not names.is_unique:
                return self.enforced(frame.iloc[:, [at for at in places if at is not None]])
            plan = _Plan(self._columns, places, frame)
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
        self._given = list(frame.columns)
        taken = [None if at is None else self._given[at] for at in places]
        self._names = [one.name if "name" in one.spec else name for one, name in zip(columns, taken)]
        self._unique = len(set(self._given)) == len(self._given) and len(set(self._names)) == len(self._names)
        self._same = taken == self._given == self._names
        self._taken = [one.name if name is None else name for one, name in zip(columns, taken)]
        self._steps: list[tuple[Column, Any, str]] = []
        for column, at in zip(columns, places):
            what = _ABSENT if at is None else dtypes.action(column.type_name, frame.dtypes.iloc[at])
            if what != dtypes.KEEP:
                self._steps.append((column, at, what))

    def apply(self, frame: Any) -> Any:
        changed = [(column, at, self._changed(frame, column, at, what)) for column, at, what in self._steps]
        changed = [one for one in changed if one[2] is not None]
        if not self._unique:
            return self._apart(frame, {at: made for _, at, made in changed})
        if self._same:
            # Where pandas copies what is written to, a copy costs nothing.
            made = frame.copy(deep=not self._lazy)
        else:
            made = frame.reindex(columns=self._taken)
            made.columns = self._names
        for column, at, values in changed:
            made[column.name if "name" in column.spec else self._given[at]] = values
        return made

    def _changed(self, frame: Any, column: Column, at: Any, what: str) -> Any:
        """The new values of a column, None where it stays as it is."""
        if what == _ABSENT:
            return column.missing(len(frame)).set_axis(frame.index)
        series = frame[self._given[at]] if self._unique else frame.iloc[:, at]
        if what == dtypes.LOOK and _is_plain(column, series):
            return None
        if what == dtypes.REFUSE:
            raise _refused(column, series)
        if what == dtypes.CAST and (column.type_name in ("float", "double") or not series.hasnans):
            return series.astype(dtypes.OWN[column.type_name])
        return _with_index(column.from_values(list(series), PYTHON), frame.index)

    def _apart(self, frame: Any, changed: dict[int, Any]) -> Any:
        """Column by column, where several have one name."""
        import pandas as pd

        parts = [changed.get(at, frame.iloc[:, at]) for at in range(len(self._names))]
        made = pd.concat(parts, axis=1)
        made.columns = frame.columns
        return made


_ABSENT = "absent"
_COPIES_WHEN_WRITTEN = 3
_PLAIN = {"string": "string", "binary": "bytes"}


def _is_plain(column: Column, series: Any) -> bool:
    """Whether all objects are of the type already; missing ones may be among texts and bytes."""
    wanted = _PLAIN.get(column.type_name)
    if wanted is None or series.dtype != object:
        return column.type_name == "any"
    from pandas.api.types import infer_dtype

    return bool(infer_dtype(series, skipna=True) == wanted)


def _with_index(values: Any, index: Any) -> Any:
    import pandas as pd

    return values.set_axis(index) if isinstance(values, pd.Series) else pd.Series(values, index=index)


def _refused(column: Column, series: Any) -> Exception:
    expected = f"where {EXPECTED_OF_PYTHON[column.type_name]} is expected"
    if column.type_name in dtypes.OWN and series.dtype.kind in "iuf":
        expected = f"which {dtypes.OWN[column.type_name]} can't hold without loss"
    hint = ""
    if column.type_name in ("integer", "long") and series.dtype.kind == "f" and series.hasnans:
        present = series.dropna()
        hint = _HINT if bool((present == present.round()).all()) else ""
    return schema_error(f"{column.label}: the type {series.dtype}, {expected}.{hint}")
