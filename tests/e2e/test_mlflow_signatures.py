"""What mpk says of data is what the real MLflow says of it, to the byte; or better, and then as written here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from e2e import mlflow_environment
from support import PROJECT

CASES = Path(__file__).with_name("signature_cases.py")
# Case: what MLflow says, or null where it gives up and lets anything pass; what mpk says.
OTHERWISE: dict[str, tuple[str | None, str]] = {
    "inputs: better: no list": ('[{"type": "string", "required": true}]', '[{"type": "any", "required": true}]'),
    "inputs: better: objects, none": (
        '[{"type": "string", "name": "x", "required": true}]',
        '[{"type": "any", "name": "x", "required": true}]',
    ),
    "inputs: better: a column's name": (
        '[{"type": "double", "name": 0, "required": true}]',
        '[{"type": "double", "name": "0", "required": true}]',
    ),
    "inputs: better: integers and floats": (None, '[{"type": "double", "required": true}]'),
    "inputs: better: tuples": (None, '[{"type": "array", "items": {"type": "long"}, "required": true}]'),
    "inputs: better: Timestamps": (None, '[{"type": "datetime", "required": true}]'),
    "inputs: better: int8": (None, '[{"type": "integer", "required": true}]'),
    "inputs: better: a missing value without a name": (None, '[{"type": "double", "required": true}]'),
    "inputs: better: NaN in rows": (
        '[{"type": "double", "name": "a", "required": true}]',
        '[{"type": "double", "name": "a", "required": false}]',
    ),
    "inputs: better: sparse column": (None, '[{"type": "double", "name": "x", "required": true}]'),
    "inputs: better: csr_array": (None, '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]'),
    "inputs: better: polars": (
        None,
        '[{"type": "long", "name": "a", "required": false}, {"type": "array", "items": {"type": "double"}, "name": "b", "required": true}, {"type": "object", "properties": {"d": {"type": "string", "required": true}}, "name": "c", "required": true}, {"type": "datetime", "name": "e", "required": true}, {"type": "binary", "name": "f", "required": true}, {"type": "double", "name": "g", "required": false}]',
    ),
    "inputs: better: polars Series": (None, '[{"type": "string", "name": "y", "required": true}]'),
    "inputs: refused: uint64": (None, "column 'x' holds values of the type uint64, for which a signature has no word"),
    "inputs: refused: Decimal": (
        None,
        "column 'x' holds values of the type Decimal, for which a signature has no word",
    ),
    "inputs: refused: mixed": (None, "column 'x' mixes types (long, string)"),
    "inputs: refused: mixed in lists": (None, "column 'x' mixes types (long, string)"),
    "inputs: refused: Timedelta": (
        None,
        "column 'x' holds values of the type timedelta64[ns], for which a signature has no word",
    ),
    "inputs: refused: Period": (None, "column 'x' holds values of the type Period, for which a signature has no word"),
    "inputs: refused: complex": (
        None,
        "column 'x' holds values of the type complex128, for which a signature has no word",
    ),
    "inputs: refused: 2**63": (
        '[{"type": "long", "required": true}]',
        "the list holds an integer of more than 64 bits",
    ),
    "inputs: refused: a name that is no text": (
        '[{"type": "long", "name": 1, "required": true}]',
        "a column is called 1; expected a text",
    ),
    "inputs: refused: no columns": (None, "a table without columns has no schema"),
    "inputs: refused: two of a name": (None, "two columns are called 'a'"),
    "inputs: refused: levels": (
        '[{"type": "long", "name": ["a", "b"], "required": true}]',
        "the column ('a', 'b') has a name of several levels; a signature's columns have one",
    ),
    "inputs: refused: nothing": (None, "an object without values has no schema"),
    "inputs: refused: 0-d": (None, "the array is a single value; expected at least one axis, for the rows"),
    "inputs: refused: fields": (
        '[{"type": "tensor", "tensor-spec": {"dtype": "void32", "shape": [-1]}}]',
        "the array has several fields or raw bytes in a value ([('a', '<i4')]); expected one number",
    ),
    "inputs: refused: coo": (None, "the array is a coo_matrix; expected one of rows or columns: .tocsr(), .tocsc()"),
    "inputs: refused: polars Decimal": (
        None,
        "column 'y' holds values of the type Decimal(precision=38, scale=1), for which a signature has no word",
    ),
    "inputs: refused: some object": (
        '[{"type": "string", "required": true}]',
        "the data holds values of the type object, for which a signature has no word",
    ),
    "params: refused: nothing": (
        None,
        "param 'x' is missing, which tells no type; expected a boolean, number, string, date, object or a list of scalars",
    ),
    "params: refused: an empty list": (
        '[{"name": "x", "default": [], "shape": [-1], "type": "datetime"}]',
        "param 'x' is an empty list, which tells no type; expected a boolean, number, string, date, object or a list of scalars",
    ),
    "params: refused: lists of lists": (
        None,
        "param 'x' is a list that holds values of the type array; expected a boolean, number, string, date, object or a list of scalars",
    ),
    "params: refused: bytes": (
        None,
        "param 'x' is bytes, which no param can be; expected a boolean, number, string, date, object or a list of scalars",
    ),
    "params: refused: objects in a list": (
        None,
        "param 'x' is a list that holds values of the type object; expected a boolean, number, string, date, object or a list of scalars",
    ),
    "hint: better: list[date]": (None, '[{"type": "datetime", "required": true}]'),
    "hint: better: defaults and aliases": (
        None,
        '[{"type": "object", "properties": {"as": {"type": "string", "required": true}, "n": {"type": "long", '
        '"required": false}, "year": {"type": "datetime", "required": true}}, "required": true}]',
    ),
    "hint: better: a type without a word": (
        None,
        '[{"type": "object", "properties": {"size": {"type": "any", "required": true}}, "required": true}]',
    ),
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str | bool | None]]:
    interpreter = mlflow_environment.python(mlflow_environment.ALONE)
    runtime = str(PROJECT / "mpk_build" / "runtime")
    environment = mlflow_environment.environment(interpreter, PYTHONPATH=runtime)
    done = subprocess.run([interpreter, CASES], env=environment, capture_output=True, text=True, check=True)
    table: dict[str, list[str | bool | None]] = json.loads(done.stdout)
    return table


def test_it_is_what_mlflow_says_and_is_read_as_it_was_written(found: dict[str, list[str | bool | None]]) -> None:
    same = {case: told for case, told in found.items() if case not in OTHERWISE}
    assert len(same) == 116
    assert [case for case, (theirs, ours, again, _) in same.items() if not theirs == ours == again] == []


def test_where_mlflow_guesses_or_gives_up_mpk_tells_more(found: dict[str, list[str | bool | None]]) -> None:
    assert {case: (found[case][0], found[case][1]) for case in OTHERWISE} == OTHERWISE


def test_mlflow_reads_what_mpk_writes(found: dict[str, list[str | bool | None]]) -> None:
    assert [case for case, told in found.items() if not told[3] and ": refused: " not in case] == []
