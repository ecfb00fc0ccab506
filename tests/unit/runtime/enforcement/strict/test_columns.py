"""The column types of a signature: what each takes from JSON and from CSV, and what it refuses in which words."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime.enforcement.strict import columns
from mpk_runtime.request_error import RequestError

EXPECTED = {
    "boolean": "true or false",
    "integer": "a 32-bit integer",
    "long": "a 64-bit integer",
    "float": "a 32-bit number",
    "double": "a number",
    "string": "a string",
    "binary": "base64 text",
    "datetime": "an ISO 8601 date or time",
}


def series(type_name: str, *values: Any, text: bool = False, required: bool = True) -> Any:
    column = columns.Column({"name": "x", "type": type_name, "required": required})
    return pd.Series(column.from_values(list(values), columns.TEXT if text else columns.JSON))


@pytest.mark.parametrize(
    ("type_name", "values", "dtype"),
    [
        ("boolean", [True, False], "bool"),
        ("integer", [-(2**31), 2**31 - 1, 3.0], "int32"),
        ("long", [-(2**63), 2**63 - 1, 2.0**53], "int64"),
        ("float", [1.5, -3.4028234663852886e38, 7], "float32"),
        ("double", [1.5, 2**53, -0.0], "float64"),
    ],
)
def test_json_numbers_become_the_type_s(type_name: str, values: list[Any], dtype: str) -> None:
    found = series(type_name, *values)
    assert (found.dtype, found.tolist()) == (np.dtype(dtype), values)


def test_other_json_values_become_the_type_s() -> None:
    assert series("string", "a", "", "\u00e9\ud83d").tolist() == ["a", "", "\u00e9\ud83d"]
    assert series("binary", "AAE=", None).tolist() == [b"\x00\x01", None]
    moments = series("datetime", "2026-01-31", "2026-01-31T12:30:00.25", None)
    assert moments.tolist() == [pd.Timestamp(2026, 1, 31), pd.Timestamp(2026, 1, 31, 12, 30, 0, 250000), pd.NaT]
    assert series("datetime", "2026-01-31T12:30Z").dt.tz == datetime.UTC


@pytest.mark.parametrize(
    ("type_name", "text", "value"),
    [
        ("boolean", "True", True),
        ("boolean", "false", False),
        ("integer", "12", 12),
        ("long", "9223372036854775807", 2**63 - 1),
        ("long", " 1e3", 1000),
        ("long", "2.0", 2),
        ("float", ".5", 0.5),
        ("double", "-1.5e-3 ", -0.0015),
        ("double", "inf", math.inf),
        ("string", "nan", "nan"),
        ("binary", "AAE=", b"\x00\x01"),
    ],
)
def test_csv_fields_become_the_type_s(type_name: str, text: str, value: Any) -> None:
    assert series(type_name, text, text=True).tolist() == [value]


def test_missing_numbers_and_texts_are_nan() -> None:
    for type_name in ("float", "double", "string"):
        assert series(type_name, None).isna().tolist() == [True]
        assert series(type_name, "", text=True).isna().tolist() == [True]
    assert math.isnan(series("double", "nan", text=True)[0])


@pytest.mark.parametrize("type_name", ["integer", "long"])
def test_a_missing_integer_is_refused(type_name: str) -> None:
    for value, text in ((None, False), ("", True)):
        with pytest.raises(RequestError) as raised:
            series(type_name, 1 if not text else "1", value, text=text)
        assert (raised.value.status, raised.value.code, raised.value.message) == (
            400,
            "INVALID_PARAMETER_VALUE",
            f"Column 'x', row 1: a missing value, where {EXPECTED[type_name]} is expected. "
            "Declare the column as double if it may be missing.",
        )


def test_a_missing_boolean_is_refused_unless_it_is_optional() -> None:
    with pytest.raises(RequestError) as raised:
        series("boolean", None)
    assert raised.value.message == "Column 'x', row 0: a missing value, where true or false is expected."
    assert series("boolean", *[True, None], required=False).tolist() == [True, None]
    assert series("boolean", *[True, False], required=False).dtype == np.dtype("bool")


@pytest.mark.parametrize(
    ("type_name", "value", "found"),
    [
        ("boolean", "false", 'the string "false"'),
        ("boolean", 1, "the integer 1"),
        ("integer", 2**31, "the integer 2147483648, which is too large"),
        ("integer", 2**40, "the integer 1099511627776, which is too large"),
        ("long", 2**63, "the integer 9223372036854775808, which is too large"),
        ("long", 10**400, "the integer 1000000000000000000000000000000000000..., which is too large"),
        ("long", 1.7, "the number 1.7, which has a fraction"),
        ("long", 1e300, "the number 1e+300, which may stand for another integer"),
        ("long", math.inf, "a number too large"),
        ("long", True, "the boolean true"),
        ("long", "1", 'the string "1"'),
        ("float", 1e39, "the number 1e+39, which is too large"),
        ("double", math.inf, "a number too large"),
        ("double", 2**53 + 1, "the integer 9007199254740993, which a double can't hold exactly"),
        ("double", 10**400, "the integer 1000000000000000000000000000000000000..., which a double can't hold exactly"),
        ("double", False, "the boolean false"),
        ("double", [1, [2]], "the list [1, [2]]"),
        ("double", [list(range(9)) for _ in range(9)], "the list [[0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 1, ..."),
        ("double", {"a": None}, 'the object {"a": null}'),
        ("string", 1.5, "the number 1.5"),
        ("binary", 1, "an integer"),
        ("binary", [1], "a list"),
        ("binary", "secret", "text that is not base64"),
        ("datetime", 20260131, "the integer 20260131"),
        ("datetime", "now", 'the string "now"'),
        ("datetime", "12", 'the string "12"'),
        ("datetime", "2026-02-30", 'the string "2026-02-30"'),
        ("datetime", "long " * 20, 'the string "long long long long long long long l...'),
    ],
)
def test_json_that_would_lose_something_is_refused(type_name: str, value: Any, found: str) -> None:
    with pytest.raises(RequestError) as raised:
        series(type_name, value)
    assert raised.value.message == f"Column 'x', row 0: {found}, where {EXPECTED[type_name]} is expected."


@pytest.mark.parametrize(
    ("type_name", "text", "found"),
    [
        ("boolean", "1", 'the text "1"'),
        ("long", "1_000", 'the text "1_000"'),
        ("long", "\u0663", 'the text "\u0663"'),
        ("long", "1.5", "the number 1.5, which has a fraction"),
        ("long", "nan", 'the text "nan"'),
        ("long", "9" * 5000, 'the text "999999999999999999999999999999999999...'),
        ("double", "1_0", 'the text "1_0"'),
        ("double", "0x10", 'the text "0x10"'),
        ("double", "1e400", 'the text "1e400", which is too large'),
        ("float", "1e39", "the number 1e+39, which is too large"),
        ("binary", "secret", "text that is not base64"),
    ],
)
def test_csv_that_would_lose_something_is_refused(type_name: str, text: str, found: str) -> None:
    with pytest.raises(RequestError) as raised:
        series(type_name, text, text=True)
    assert raised.value.message == f"Column 'x', row 0: {found}, where {EXPECTED[type_name]} is expected."


def test_times_of_different_zones_are_refused() -> None:
    with pytest.raises(RequestError) as raised:
        series("datetime", "2026-01-31T00:00Z", "2026-01-31T00:00")
    assert raised.value.message == "Column 'x': times with and without a zone, or of different zones."


def test_a_list_needs_no_library_and_has_no_missing_values() -> None:
    assert columns.listed("long", [1, 2.0], columns.JSON) == [1, 2]
    with pytest.raises(RequestError) as raised:
        columns.listed("string", ["a", None], columns.JSON)
    assert raised.value.message == "Value 1: a missing value, where a string is expected."
