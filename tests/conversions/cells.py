"""The tables: what is declared, what is given, and how."""

from __future__ import annotations

from typing import Any

SCALARS = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")

# Python expressions, each one column. Where values matter they are in the text.
SERIES = {
    "bool": "pd.Series([True, False])",
    "int8": "pd.Series([1, -2], dtype='int8')",
    "int16": "pd.Series([1, -2], dtype='int16')",
    "int32": "pd.Series([1, -2], dtype='int32')",
    "int64": "pd.Series([1, -2], dtype='int64')",
    "int64 of 0 and 1": "pd.Series([0, 1], dtype='int64')",
    "uint8": "pd.Series([1, 2], dtype='uint8')",
    "uint16": "pd.Series([1, 2], dtype='uint16')",
    "uint32": "pd.Series([1, 2], dtype='uint32')",
    "uint64": "pd.Series([1, 2], dtype='uint64')",
    "float16": "pd.Series([1.5, 2], dtype='float16')",
    "float32": "pd.Series([1.5, 2], dtype='float32')",
    "float64": "pd.Series([1.5, 2], dtype='float64')",
    "float64, integers with NaN": "pd.Series([1.0, None])",
    "Int64": "pd.Series([1, 2], dtype='Int64')",
    "Int64 with NA": "pd.Series([1, None], dtype='Int64')",
    "Float64": "pd.Series([1.5, 2], dtype='Float64')",
    "Float64 with NA": "pd.Series([1.5, None], dtype='Float64')",
    "boolean": "pd.Series([True, False], dtype='boolean')",
    "boolean with NA": "pd.Series([True, None], dtype='boolean')",
    "string": "pd.Series(['a', 'b'], dtype='string')",
    "category of strings": "pd.Series(['a', 'b'], dtype='category')",
    "datetime64[s]": "pd.Series(pd.to_datetime(['2026-01-31'])).astype('datetime64[s]')",
    "datetime64[ns]": "pd.Series(pd.to_datetime(['2026-01-31'])).astype('datetime64[ns]')",
    "datetime64[ns, UTC]": "pd.Series(pd.to_datetime(['2026-01-31'], utc=True)).astype('datetime64[ns, UTC]')",
    "timedelta64[ns]": "pd.Series([pd.Timedelta(1)]).astype('timedelta64[ns]')",
    "objects: bool": "pd.Series([True, False], dtype=object)",
    "objects: bool, None": "pd.Series([True, None], dtype=object)",
    "objects: int": "pd.Series([1, -2], dtype=object)",
    "objects: int, None": "pd.Series([1, None], dtype=object)",
    "objects: float": "pd.Series([1.5, 2.0], dtype=object)",
    "objects: str": "pd.Series(['a', 'b'], dtype=object)",
    "objects: str, None": "pd.Series(['a', None], dtype=object)",
    "objects: str, int": "pd.Series(['a', 1], dtype=object)",
    "objects: str of a date": "pd.Series(['2026-01-31'], dtype=object)",
    "objects: bytes": "pd.Series([b'a'], dtype=object)",
    "objects: date": "pd.Series([datetime.date(2026, 1, 31)], dtype=object)",
    "objects: datetime": "pd.Series([datetime.datetime(2026, 1, 31, 12)], dtype=object)",
    "objects: Decimal": "pd.Series([decimal.Decimal('1.5')], dtype=object)",
    "objects: None": "pd.Series([None, None], dtype=object)",
}

# JSON as it stands in a request, one value.
JSON_VALUES = (
    "true",
    '"false"',
    "0",
    "1",
    "-1",
    "2147483648",
    "1099511627776",
    "16777217",
    "9007199254740993",
    "9223372036854775808",
    "1.0",
    "1.5",
    "1e39",
    "null",
    '"1"',
    '"1.5"',
    '"a"',
    '""',
    '"YQ=="',
    '"2026-01-31"',
    '"2026-01-31T12:30:00Z"',
    "[1]",
    '{"a": 1}',
)
# The fields of a CSV file, one value in the second column.
CSV_FIELDS = (
    "true",
    "False",
    "0",
    "1",
    "2147483648",
    "16777217",
    "9007199254740993",
    "9223372036854775808",
    "1.0",
    "1.5",
    "1e39",
    "",
    "nan",
    "inf",
    "a",
    "YQ==",
    "2026-01-31",
    "2026-01-31T12:30:00Z",
)

_LONGS = {"type": "array", "items": {"type": "long"}}
_DOUBLES = {"type": "array", "items": {"type": "double"}}
NESTED: dict[str, dict[str, Any]] = {
    "Array(long)": _LONGS,
    "Array(double)": _DOUBLES,
    "Array(string)": {"type": "array", "items": {"type": "string"}},
    "Array(Array(double))": {"type": "array", "items": _DOUBLES},
    "Object(a: long, b?: string)": {
        "type": "object",
        "properties": {"a": {"type": "long", "required": True}, "b": {"type": "string", "required": False}},
    },
    "Map(double)": {"type": "map", "values": {"type": "double"}},
    "Any": {"type": "any"},
}
NESTED_VALUES = (
    "null",
    "1",
    "[]",
    "[1, 2]",
    "[0, 1]",
    "[1.5]",
    "[1.5, null]",
    '["a"]',
    "[[1.5], [2.5]]",
    "[[1], [2]]",
    "{}",
    '{"a": 1}',
    '{"a": 1, "b": "x"}',
    '{"a": 1, "b": null}',
    '{"a": 1, "c": 2}',
    '{"a": "x"}',
    '{"k": 1.5}',
)

TENSORS = ("bool", "int32", "int64", "float32", "float64", "str")
ARRAYS = {
    "bool": "np.array([True, False])",
    "int32": "np.array([1, -2], dtype='int32')",
    "int64": "np.array([1, -2], dtype='int64')",
    "uint8": "np.array([1, 2], dtype='uint8')",
    "float32": "np.array([1.5, 2], dtype='float32')",
    "float64": "np.array([1.5, 2])",
    "str": "np.array(['a', 'bc'])",
    "two axes": "np.array([[1.5, 2]])",
    "a list": "[1.5, 2.0]",
}
TENSOR_VALUES = (
    "[true]",
    "[1]",
    "[300]",
    "[16777217]",
    "[1.5]",
    "[1e39]",
    "[9223372036854775808]",
    "[null]",
    '["a"]',
    "[[1]]",
    "1",
    "[]",
)

# Whole inputs, for signatures of several columns or tensors: a name, what is declared, and a Python expression.
_AB = [{"type": "long", "name": "a", "required": True}, {"type": "double", "name": "b", "required": True}]
_OPTIONAL = [_AB[0], {"type": "double", "name": "b", "required": False}]
_UNNAMED = [{"type": "long", "required": True}, {"type": "double", "required": True}]
_ONE = [{"type": "string", "required": True}]
_XY = [
    {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}},
    {"type": "tensor", "name": "y", "tensor-spec": {"dtype": "int64", "shape": [-1]}},
]
_MATRIX = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]
_ARRAYS = [{**_DOUBLES, "name": "a", "required": True}]
_OBJECTS = [{**NESTED["Object(a: long, b?: string)"], "name": "o", "required": True}]
_MAPS = [{**NESTED["Map(double)"], "name": "m", "required": True}]
_TEXT = [{"type": "string", "name": "t", "required": True}]
_FREE = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, -1]}}]
_FIXED = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [1, 2]}}]
_CUBE = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2, 2]}}]
INPUTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a frame": (_AB, "pd.DataFrame({'a': [1], 'b': [1.5]}, index=[7])"),
    "a frame, reordered, with more": (_AB, "pd.DataFrame({'c': [0], 'b': [1.5], 'a': [1]}, index=[7])"),
    "a frame without b": (_AB, "pd.DataFrame({'a': [1]})"),
    "a frame without the optional b": (_OPTIONAL, "pd.DataFrame({'a': [1]})"),
    "a dict of values": (_AB, "{'a': 1, 'b': 1.5}"),
    "a dict of lists": (_AB, "{'a': [1, 2], 'b': [1.5, 2.5]}"),
    "a dict of arrays": (_AB, "{'a': np.array([1, 2]), 'b': np.array([1.5, 2.5])}"),
    "a list of dicts": (_AB, "[{'a': 1, 'b': 1.5}, {'b': 2.5, 'a': 2}]"),
    "a list of dicts with an int for b": (_AB, "[{'a': 1, 'b': 1.5}, {'a': 2, 'b': 2}]"),
    "a list of lists": (_AB, "[[1, 1.5]]"),
    "a number": (_AB, "1"),
    "unnamed: a frame": (_UNNAMED, "pd.DataFrame({'x': [1], 'y': [1.5]})"),
    "unnamed: a frame with more": (_UNNAMED, "pd.DataFrame({'x': [1], 'y': [1.5], 'z': [0]})"),
    "unnamed: a frame with less": (_UNNAMED, "pd.DataFrame({'x': [1]})"),
    "unnamed: a list of lists": (_UNNAMED, "[[1, 1.5], [2, 2.5]]"),
    "unnamed: an array": (_UNNAMED, "np.array([[1.5, 2.5]])"),
    "one unnamed: a list": (_ONE, "['a', 'b']"),
    "one unnamed: a string": (_ONE, "'a'"),
    "one unnamed: a Series": (_ONE, "pd.Series(['a', 'b'], name='t')"),
    "one unnamed: a sparse matrix": (_ONE, "scipy.sparse.csr_matrix([[1.5]])"),
    "a tensor: an array": (_MATRIX, "np.array([[1.5, 2.5]])"),
    "a tensor: another rank": (_MATRIX, "np.array([1.5, 2.5])"),
    "a tensor: another shape": (_MATRIX, "np.array([[1.5]])"),
    "a tensor: a sparse matrix": (_MATRIX, "scipy.sparse.csr_matrix([[1.5, 0]])"),
    "a tensor: a frame": (_MATRIX, "pd.DataFrame({'a': [1.5], 'b': [2.5]})"),
    "a tensor: a frame of integers": (_MATRIX, "pd.DataFrame({'a': [1], 'b': [2]})"),
    "tensors: a dict of arrays": (_XY, "{'x': np.array([[1.5, 2.5]]), 'y': np.array([1]), 'z': 0}"),
    "tensors: a dict without one": (_XY, "{'x': np.array([[1.5, 2.5]])}"),
    "a dict of texts": (_TEXT, "{'t': ['a', 'b']}"),
    "a dict of one text": (_TEXT, "{'t': 'a'}"),
    "a dict with an array of two axes": (_AB, "{'a': np.array([[1], [2]]), 'b': np.array([1.5, 2.5])}"),
    "arrays: a dict of one row": (_ARRAYS, "{'a': [1.5, 2.5]}"),
    "arrays: a dict of columns": (_ARRAYS, "{'a': [[1.5], [2.5]]}"),
    "arrays: a list of dicts": (_ARRAYS, "[{'a': [1.5]}, {'a': [2.5, 3.5]}]"),
    "arrays: an array in a frame": (_ARRAYS, "pd.DataFrame({'a': [np.array([1.5, 2.5])]})"),
    "objects: a dict of one row": (_OBJECTS, "{'o': {'a': 1}}"),
    "maps: a dict of one row": (_MAPS, "{'m': {'k': 1.5}}"),
    "a tensor: a list": (_MATRIX, "[[1.5, 2.5]]"),
    "a tensor with two free axes: a frame of lists": (_FREE, "pd.DataFrame({'x': [[1.5, 2.5]]})"),
    "a tensor without a free axis: a frame of lists": (_FIXED, "pd.DataFrame({'x': [[1.5, 2.5]]})"),
    "a tensor of three axes: a frame of lists": (_CUBE, "pd.DataFrame({'x': [[1, 2, 3, 4], [5, 6, 7, 8]]})"),
    "a tensor of three axes: a frame of too short lists": (_CUBE, "pd.DataFrame({'x': [[1, 2], [5, 6]]})"),
    "one tensor with a name: an array": (_XY[:1], "np.array([[1.5, 2.5]])"),
    "tensors: a frame": (_XY, "pd.DataFrame({'x': [[1.5, 2.5]], 'y': [1]})"),
}
# Whole requests for the same signatures: a form and its JSON value.
REQUESTS: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "split": (_AB, "dataframe_split", '{"columns": ["b", "a", "c"], "data": [[1.5, 1, 0]]}'),
    "split with labels": (_AB, "dataframe_split", '{"columns": ["a", "b"], "data": [[1, 1.5]], "index": ["r"]}'),
    "split without b": (_AB, "dataframe_split", '{"columns": ["a"], "data": [[1]]}'),
    "records": (_AB, "dataframe_records", '[{"a": 1, "b": 1}, {"b": 2.5, "a": 2}]'),
    "instances of columns": (_AB, "instances", '[{"a": 1, "b": 1.5}, {"a": 2, "b": 2.5}]'),
    "inputs of columns": (_AB, "inputs", '{"a": [1, 2], "b": [1.5, 2]}'),
    "inputs of values": (_AB, "inputs", '{"a": 1, "b": 1.5}'),
    "inputs of rows": (_AB, "inputs", '[{"a": 1, "b": 1.5}]'),
    "optional, absent": (_OPTIONAL, "dataframe_records", '[{"a": 1}]'),
    "optional, null": (_OPTIONAL, "dataframe_records", '[{"a": 1, "b": null}]'),
    "unnamed split": (_UNNAMED, "dataframe_split", '{"columns": ["x", "y"], "data": [[1, 1.5]]}'),
    "one unnamed, inputs": (_ONE, "inputs", '["a", "b"]'),
    "tensor, inputs": (_MATRIX, "inputs", "[[1, 2.5]]"),
    "tensor, instances": (_MATRIX, "instances", "[[1, 2], [3, 4]]"),
    "tensor, another shape": (_MATRIX, "inputs", "[[1, 2, 3]]"),
    "tensors, inputs": (_XY, "inputs", '{"x": [[1, 2.5]], "y": [1]}'),
    "tensors, instances": (_XY, "instances", '[{"x": [1, 2.5], "y": 1}, {"x": [3, 4], "y": 2}]'),
    "tensors, one is missing": (_XY, "inputs", '{"x": [[1, 2.5]]}'),
    "split without names": (_AB, "dataframe_split", '{"data": [[1, 1.5]]}'),
    "records, b is missing once": (_AB, "dataframe_records", '[{"a": 1, "b": 1.5}, {"a": 2}]'),
    "one named, a list": (_TEXT, "inputs", '["a", "b"]'),
    "one named, columns": (_TEXT, "inputs", '{"t": ["a", "b"]}'),
    "one unnamed, a value": (_ONE, "inputs", '"a"'),
    "one unnamed, instances": (_ONE, "instances", '["a", "b"]'),
    "arrays, inputs of one row": (_ARRAYS, "inputs", '{"a": [1.5, 2.5]}'),
    "arrays, inputs of columns": (_ARRAYS, "inputs", '{"a": [[1.5], [2.5]]}'),
    "arrays, instances": (_ARRAYS, "instances", '[{"a": [1.5, 2.5]}, {"a": [3.5, 4.5]}]'),
    "objects, records": (_OBJECTS, "dataframe_records", '[{"o": {"a": 1}}]'),
    "objects, inputs of one row": (_OBJECTS, "inputs", '{"o": {"a": 1}}'),
    "objects, inputs of rows": (_OBJECTS, "inputs", '[{"o": {"a": 1}}, {"o": {"a": 2, "b": "x"}}]'),
    "objects, instances": (_OBJECTS, "instances", '[{"o": {"a": 1}}, {"o": {"a": 2}}]'),
    "maps, inputs of rows": (_MAPS, "inputs", '[{"m": {"k": 1.5}}]'),
    "tensor, split": (_MATRIX, "dataframe_split", '{"columns": ["a", "b"], "data": [[1.5, 2]]}'),
    "tensor, split of lists": (_CUBE, "dataframe_split", '{"columns": ["a"], "data": [[[1, 2, 3, 4]]]}'),
    "tensors, split": (_XY, "dataframe_split", '{"columns": ["x", "y"], "data": [[[1, 2.5], 1]]}'),
    "one tensor with a name, a list": (_XY[:1], "inputs", "[[1, 2.5]]"),
    "arrays, records": (
        _ARRAYS,
        "dataframe_records",
        '[{"a": [1.5, 2.5]}, {"a": [3.5]}]',
    ),
    "arrays, split": (
        _ARRAYS,
        "dataframe_split",
        '{"columns": ["a"], "data": [[[1.5, 2.5]]]}',
    ),
}

_PARAMS = ("boolean", "integer", "long", "float", "double", "string", "datetime")
PARAM_DEFAULTS = {
    "boolean": True,
    "integer": 1,
    "long": 1,
    "float": 0.5,
    "double": 0.5,
    "string": "x",
    "datetime": "2026-01-31T00:00:00",
}
PARAM_VALUES = ("", "true", "1", "1.0", "1.5", "null", '"1"', '"a"', '"2026-01-31"', "[1]")


Cell = dict[str, Any]


def cells() -> list[Cell]:
    """Every cell: ``{"table", "row", "column", "kind": python | json | csv | params, "schema", and what is given}``."""
    made = [cell for declared in SCALARS for cell in _of_scalar(declared)]
    made += [cell for declared, spec in NESTED.items() for cell in _of_nested(declared, spec)]
    made += [cell for dtype in TENSORS for cell in _of_tensor(dtype)]
    made += [_cell("whole", row, "python", schema, data=data) for row, (schema, data) in INPUTS.items()]
    for row, (schema, form, value) in REQUESTS.items():
        made.append(_cell("requests", row, "json", schema, form=form, value=value))
    for declared in _PARAMS:
        schema = [{"name": "p", "type": declared, "default": PARAM_DEFAULTS[declared], "shape": None}]
        made += [_cell("params", text, "params", schema, column=declared, value=text) for text in PARAM_VALUES]
    return made


def _cell(table: str, row: str, kind: str, schema: Any, column: str = "result", **given: str) -> Cell:
    return {"table": table, "row": row, "column": column, "kind": kind, "schema": schema, **given}


def _of_scalar(declared: str) -> list[Cell]:
    schema = [{"type": declared, "name": "x", "required": True}]
    made = []
    for label, series in SERIES.items():
        made.append(_cell("python", label, "python", schema, declared, data=f"pd.DataFrame({{'x': {series}}})"))
    for text in JSON_VALUES:
        records, columns = f'[{{"x": {text}}}]', f'{{"x": [{text}]}}'
        made.append(_cell("json", text, "json", schema, declared, form="dataframe_records", value=records))
        made.append(_cell("inputs", text, "json", schema, declared, form="inputs", value=columns))
    return [*made, *(_cell("csv", text, "csv", schema, declared, text=f"n,x\n1,{text}\n") for text in CSV_FIELDS)]


def _of_nested(declared: str, spec: dict[str, Any]) -> list[Cell]:
    schema = [{**spec, "name": "x", "required": True}]
    made = []
    for text in NESTED_VALUES:
        records = f'[{{"x": {text}}}]'
        data = f"pd.DataFrame({{'x': [json.loads({text!r})]}})"
        made.append(_cell("nested", text, "python", schema, declared, data=data))
        made.append(_cell("nested json", text, "json", schema, declared, form="dataframe_records", value=records))
    return made


def _of_tensor(dtype: str) -> list[Cell]:
    schema = [{"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1]}}]
    made = [_cell("tensors", label, "python", schema, dtype, data=array) for label, array in ARRAYS.items()]
    return [
        *made,
        *(_cell("tensors json", one, "json", schema, dtype, form="inputs", value=one) for one in TENSOR_VALUES),
    ]
