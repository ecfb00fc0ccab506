"""MLmodel documents that nobody has thought of: each is read whole, or told in a sentence."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from fuzz.searching import SEARCH
from hypothesis import given
from hypothesis import strategies as st

from mpk_build.foundation.errors import UsageError
from mpk_build.package import mlmodel, model, model_text
from mpk_build.package.model import Model

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
NAMES = ("run_id", "model_uuid", "mlflow_version", "utc_time_created", "time_created", "artifact_path", "model_id")
KNOWN = st.fixed_dictionaries(
    {"flavors": st.dictionaries(TEXT.filter(bool), st.dictionaries(TEXT, VALUE, max_size=3), min_size=1, max_size=2)},
    optional={
        **dict.fromkeys(NAMES, st.none() | TEXT),
        "metadata": st.none() | st.dictionaries(TEXT, VALUE, max_size=3),
        "model_size_bytes": st.integers(0),
        "prompts": VALUE,
        "resources": VALUE,
        "signature": st.fixed_dictionaries({"inputs": st.just('[{"type": "double"}]')}),
    },
)
SAMPLE = """\
artifact_path: model
flavors:
  python_function: &a
    config: {limit: 1.5, since: 2020-01-01}
    data: model.pkl
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    python_version: 3.11.7
  sklearn: {code: null, pickled_model: model.pkl, again: [1, ~, 0x1f, 1e3, .inf, "é"]}
metadata: null
model_size_bytes: 12
signature:
  inputs: '[{"type": "double", "name": "x"}]'
time_created: 2018-05-25T17:28:53.35
"""


def read(text: str) -> Model | None:
    try:
        return model.from_text(model_text.parse(text, "MLmodel"))
    except UsageError as error:
        told = error.message
    assert told.startswith("MLmodel")
    assert "\n" not in told
    return None


@SEARCH
@given(KNOWN, st.dictionaries(TEXT, VALUE, max_size=3))
def test_a_document_survives_with_every_field(known: dict[str, Any], other: dict[str, Any]) -> None:
    document = {**other, **known}
    if "python_function" in document["flavors"]:
        document["flavors"]["python_function"] = {"loader_module": "m"}
    found = read(mlmodel.as_yaml(document)) if _fields_fit(other) else None
    if found is not None:
        assert found.to_document() == document
        again = read(found.to_yaml())
        assert again is not None
        assert again.to_document() == document


def _fields_fit(other: dict[str, Any]) -> bool:
    return not set(other) & {one.name for one in dataclasses.fields(Model)}


@SEARCH
@given(st.data())
def test_what_is_left_of_a_document_is_read_or_told(data: st.DataObject) -> None:
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        put = data.draw(
            st.one_of(TEXT, st.sampled_from(["*a", "&a ", "!!int ", "<<: *a", "? ", "- ", "|\n", "\t", "{", "]", "'"]))
        )
        text = text[:start] + put + text[end:]
    found = read(text)
    if found is not None:
        again = read(found.to_yaml())
        assert again is not None
        # repr: what is not a number does not equal itself.
        assert repr(_sorted(again.to_document())) == repr(_sorted(found.to_document()))
        plain = json.loads(json.dumps(found.document))
        assert len(mlmodel.identity(plain, {})) == 32


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(((repr(name), _sorted(one)) for name, one in value.items()), key=lambda pair: pair[0])
    return [_sorted(one) for one in value] if isinstance(value, list) else value


@SEARCH
@given(st.text(max_size=60))
def test_any_text_is_read_or_told(text: str) -> None:
    read(text)
    read(f"flavors: {{a: {{}}}}\nsignature: {json.dumps(text)}\n")
    read(f"flavors: {{a: {{}}}}\nsignature: {{inputs: {json.dumps(text)}}}\n")
