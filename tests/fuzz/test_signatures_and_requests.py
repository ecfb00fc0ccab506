"""Signatures and requests that nobody has thought of: read without loss, or told in a sentence; nothing else happens."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
from typing import Any

import pytest
from fuzz.searching import SEARCH
from hypothesis import assume, given
from hypothesis import strategies as st

from mpk_runtime import payload
from mpk_runtime.enforcement import Enforcement, forms
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature, SignatureError

TYPES = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**64)
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    NUMBER,
    TEXT,
    st.sampled_from(["1", "true", "2020-01-01", "aGk=", "NaN", "2020-01-01T00:00:00Z"]),
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
SPEC: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.fixed_dictionaries({"type": st.sampled_from([*TYPES, "any"])}),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"type": st.just("map"), "values": inner}),
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(
                    TEXT.filter(bool), inner.map(lambda one: {**one, "required": True}), min_size=1, max_size=2
                ),
            }
        ),
    ),
    max_leaves=3,
)
COLUMNS = st.lists(
    st.tuples(TEXT.filter(bool), SPEC, st.booleans()), min_size=1, max_size=3, unique_by=lambda one: one[0]
).map(lambda rows: [{**spec, "name": name, "required": required} for name, spec, required in rows])
TENSORS = st.fixed_dictionaries(
    {
        "type": st.just("tensor"),
        "tensor-spec": st.fixed_dictionaries(
            {"dtype": st.sampled_from(["float32", "float64", "int8", "int64", "uint8", "bool", "str", "object"]), "shape": st.lists(st.sampled_from([-1, 1, 2]), min_size=1, max_size=3).map(lambda shape: [-1, *shape[1:]])}
        ),
    }
)  # fmt: skip
INPUTS = COLUMNS | TENSORS.map(lambda one: [one]) | SPEC.map(lambda one: [{**one, "required": True}])
FORM = st.sampled_from(forms.FORMS)


@SEARCH
@given(st.none() | VALUE | st.fixed_dictionaries({}, optional={name: VALUE | INPUTS | INPUTS.map(json.dumps) for name in ("inputs", "outputs", "params", "x")}))  # fmt: skip
def test_a_signature_is_read_without_loss_or_told(document: Any) -> None:
    signature, told = None, ""
    try:
        signature = Signature.from_document(document)
    except SignatureError as error:
        told = str(error)
    assert "\n" not in told
    if signature is None:
        return
    again = Signature.from_document(signature.to_document())
    assert vars(again) == vars(signature)
    for mode in ("strict", "mlflow"):
        Enforcement(signature, mode)


def test_a_name_with_a_line_break_is_told_in_one_line() -> None:
    with pytest.raises(SignatureError) as caught:
        Signature.from_document({"params": [{"name": "a\n", "type": "long"}]})
    assert str(caught.value) == "params[0] ('a\\n'): it has no default"


@SEARCH
@given(INPUTS)
def test_a_signature_that_fits_is_read(inputs: list[dict[str, Any]]) -> None:
    signature = Signature.from_document({"inputs": json.dumps(inputs)})
    assert json.loads(signature.to_document()["inputs"]) == inputs


@SEARCH
@given(INPUTS, FORM, st.data())
def test_a_request_is_answered_or_refused(inputs: list[dict[str, Any]], form: str, data: st.DataObject) -> None:
    names = [one["name"] for one in inputs if "name" in one]
    row: st.SearchStrategy[Any] = st.fixed_dictionaries(dict.fromkeys(names, VALUE))
    table: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {"columns": st.just(names), "data": st.lists(st.tuples(*[VALUE] * len(names)).map(list), max_size=2)}
    )
    value = data.draw(
        st.one_of(VALUE, row, st.lists(row, max_size=2), table, st.lists(st.lists(SCALAR, max_size=2), max_size=2))
    )
    params: dict[str, Any] = data.draw(st.sampled_from([{}, {"params": {}}, {"params": {"a": 1}}, {"params": None}]))
    body = json.dumps({form: value, **params}).encode()
    for mode in ("strict", "mlflow"):
        enforcement = Enforcement(Signature(inputs, None, None), mode)
        # Whatever else is raised is a bug.
        with contextlib.suppress(RequestError):
            payload.decode(body, payload.JSON, enforcement)


@SEARCH
@given(st.sampled_from(TYPES), st.lists(SCALAR, min_size=1, max_size=3))
def test_what_the_strict_mode_accepts_it_does_not_change(kind: str, values: list[Any]) -> None:
    signature = Signature([{"type": kind, "name": "a", "required": True}], None, None)
    body = json.dumps({"dataframe_split": {"columns": ["a"], "data": [[one] for one in values]}}).encode()
    try:
        frame, _ = payload.decode(body, payload.JSON, Enforcement(signature))
    except RequestError:
        return
    found = [frame["a"].iloc[at] for at in range(len(values))]
    assert all(_same(kind, sent, got) for sent, got in zip(values, found, strict=True)), (values, found)


@SEARCH
@given(st.sampled_from(TYPES), st.lists(SCALAR.filter(lambda one: one is not None).map(str), min_size=1, max_size=3))
def test_csv_says_what_json_says(kind: str, values: list[str]) -> None:
    # A line of its own that holds nothing is no row in CSV.
    assume(all(value.strip() for value in values))
    assume(all("\0" not in value for value in values))
    signature = Signature([{"type": kind, "name": "a", "required": True}], None, None)
    out = io.StringIO()
    csv.writer(out).writerows([["a"], *([one] for one in values)])
    try:
        frame, _ = payload.decode(out.getvalue().encode(), payload.CSV, Enforcement(signature))
    except RequestError:
        return
    if kind in ("string", "binary", "datetime"):
        found = [frame["a"].iloc[at] for at in range(len(values))]
        assert all(_same(kind, sent, got) for sent, got in zip(values, found, strict=True)), (values, found)


def _same(kind: str, sent: Any, got: Any) -> bool:
    import base64

    import pandas as pd

    if sent is None or pd.isna(got):
        return bool(pd.isna(got)) and (sent is None or sent == "")
    if kind == "binary":
        return bool(base64.b64encode(got).decode() == sent)
    if kind == "datetime":
        return bool(pd.Timestamp(sent).tz_localize(None) == pd.Timestamp(got).tz_localize(None))
    if kind == "float":
        return math.isclose(float(sent), float(got), rel_tol=1e-6, abs_tol=1e-37)
    if isinstance(sent, bool) or kind == "boolean":
        return isinstance(sent, bool) and kind == "boolean" and bool(got) is sent
    return bool(sent == (got.item() if hasattr(got, "item") else got))
