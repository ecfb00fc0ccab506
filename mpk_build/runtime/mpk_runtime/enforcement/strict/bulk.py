"""The usual values of a column, all at once: what takes no look at each of them.

Each function gives the array of a column, or None where some value is unusual and `columns` has to look for it.
"""

from __future__ import annotations

import re
from typing import Any, Callable

from mpk_runtime.enforcement.strict.conversions import (
    EXACT_IN_DOUBLE,
    EXACT_IN_FLOAT,
    LARGEST_FLOAT32,
    NUMBER,
)

_NONE = type(None)


def _double(values: list[Any]) -> Any:
    import numpy as np

    kinds = set(map(type, values))
    if not kinds <= {float, int, _NONE} or not values:
        return None
    try:
        array = np.array(values, dtype="float64")
    except OverflowError:
        return None
    largest = float(np.fmax.reduce(np.abs(array)))
    # An integer that was rounded is at least this large; JSON's 1e400 is infinite.
    return None if (int in kinds and largest >= EXACT_IN_DOUBLE) or np.isinf(largest) else array


def _float(values: list[Any]) -> Any:
    import numpy as np

    array = _double(values)
    if array is None:
        return None
    largest = np.fmax.reduce(np.abs(array))
    rounded = int in set(map(type, values)) and largest > EXACT_IN_FLOAT
    return None if rounded or largest > LARGEST_FLOAT32 else array.astype("float32")


def _long(values: list[Any]) -> Any:
    import numpy as np

    if set(map(type, values)) != {int}:
        return None
    try:
        return np.array(values, dtype="int64")
    except OverflowError:
        return None


def _integer(values: list[Any]) -> Any:
    array = _long(values)
    if array is None or array.max() >= 2**31 or array.min() < -(2**31):
        return None
    return array.astype("int32")


def _boolean(values: list[Any]) -> Any:
    import numpy as np

    return np.array(values, dtype="bool") if set(map(type, values)) == {bool} else None


def _datetime(values: list[Any]) -> Any:
    import numpy as np
    import pandas as pd

    present = [value for value in values if value is not None]
    if set(map(type, present)) != {str}:
        return None
    # numpy reads these as pandas does, but knows no zones, and drops what is finer than a millionth.
    zoned = present[0].endswith("Z")
    if not all(map((_UTC if zoned else _LOCAL).fullmatch, present)):
        return None
    if zoned:
        values = [value and value[:-1] for value in values]
    try:
        moments = np.array(values, dtype="datetime64[us]")
    except ValueError:
        return None
    if int(pd.__version__.split(".")[0]) < _ANY_UNIT:
        years = moments[~np.isnat(moments)].astype("datetime64[Y]").astype(int) + 1970
        if years.min() < _YEARS[0] or years.max() > _YEARS[1]:
            return None
        moments = moments.astype("datetime64[ns]")
    series = pd.Series(moments)
    return series.dt.tz_localize("UTC") if zoned else series


def _string(values: list[Any]) -> Any:
    return values if set(map(type, values)) == {str} else None


def _string_text(values: list[Any]) -> Any:
    return values if set(map(type, values)) == {str} and "" not in values else None


def _numbers_text(of_numbers: Callable[[list[Any]], Any], exact: int) -> Callable[[list[Any]], Any]:
    def convert(values: list[Any]) -> Any:
        if set(map(type, values)) != {str} or not all(map(NUMBER.fullmatch, values)):
            return None
        numbers = list(map(float, values))
        # Not those that are not finite, nor those of which an integer was rounded.
        return of_numbers(numbers) if all(abs(number) < exact for number in numbers) else None

    return convert


def _integers_text(of_integers: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    def convert(values: list[Any]) -> Any:
        # No sign but the minus, no blank, no underscore: what int() and a person read alike.
        plain = set(map(type, values)) == {str} and all(value.isascii() and value.isdecimal() for value in values)
        return of_integers(list(map(int, values))) if plain and max(map(len, values)) < _DIGITS else None

    return convert


_DIGITS = 19
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", re.ASCII)
_UTC = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z", re.ASCII)
# Before this version pandas counts nanoseconds, which end in these years.
_ANY_UNIT, _YEARS = 3, (1678, 2261)
IN_BULK: dict[tuple[str, str], Callable[[list[Any]], Any]] = {
    (source, name): convert
    for source in ("json", "python")
    for name, convert in (
        ("boolean", _boolean),
        ("integer", _integer),
        ("long", _long),
        ("float", _float),
        ("double", _double),
        ("string", _string),
    )
}
IN_BULK.update(
    {
        ("json", "datetime"): _datetime,
        ("text", "integer"): _integers_text(_integer),
        ("text", "long"): _integers_text(_long),
        ("text", "float"): _numbers_text(_float, EXACT_IN_FLOAT),
        ("text", "double"): _numbers_text(_double, EXACT_IN_DOUBLE),
        ("text", "string"): _string_text,
    }
)
