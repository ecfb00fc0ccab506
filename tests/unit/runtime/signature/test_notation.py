"""Every notation that a signature was ever written in, and what is broken in one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mpk_runtime.signature import Signature, SignatureError

OF_1_X = [{"name": "sepal length (cm)", "type": "double"}, {"name": "sepal width (cm)", "type": "double"}]
TODAY = [{"type": one["type"], "name": one["name"], "required": True} for one in OF_1_X]
OVER_SEVERAL_LINES = """[{"type": "tensor",
                 "tensor-spec":
                 {"dtype": "uint8", "shape": [-1, 300, 300, 3]}
               }]"""


def read(part: str, value: Any) -> Any:
    return getattr(Signature.from_document({part: value}), part)


@pytest.mark.parametrize(
    ("part", "given", "expected"),
    [
        ("inputs", json.dumps(OF_1_X), TODAY),
        ("inputs", OF_1_X, TODAY),
        ("outputs", '[{"type": "integer"}]', [{"type": "integer", "required": True}]),
        (
            "inputs",
            '[{"name": "images", "dtype": "uint8", "shape": [-1, 28, 28, 1]}]',
            [{"name": "images", "type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": [-1, 28, 28, 1]}}],
        ),
        (
            "outputs",
            '[{"shape": [-1, 10], "dtype": "float32"}]',
            [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 10]}}],
        ),
        (
            "inputs",
            OVER_SEVERAL_LINES,
            [{"type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": [-1, 300, 300, 3]}}],
        ),
        (
            "inputs",
            [{"type": "array", "items": {"type": "string"}, "name": "a"}, {"type": "any", "name": "b"}],
            [
                {"type": "array", "items": {"type": "string"}, "name": "a", "required": False},
                {"type": "any", "name": "b", "required": False},
            ],
        ),
        (
            "inputs",
            [{"type": "object", "properties": {"a": {"type": "map", "values": {"type": "any"}}}}],
            [
                {
                    "type": "object",
                    "properties": {"a": {"type": "map", "values": {"type": "any"}, "required": True}},
                    "required": True,
                }
            ],
        ),
        (
            "params",
            '[{"name": "scale", "type": "double", "default": 0.5, "shape": null}]',
            [{"name": "scale", "default": 0.5, "shape": None, "type": "double"}],
        ),
        (
            "params",
            '[{"name": "names", "dtype": "string", "default": ["a"], "shape": [-1]}]',
            [{"name": "names", "default": ["a"], "shape": [-1], "type": "string"}],
        ),
        ("params", "[]", None),
        ("inputs", "", None),
    ],
)
def test_it_is_read_into_the_notation_of_today(part: str, given: Any, expected: Any) -> None:
    found = read(part, given)
    assert found == expected
    assert json.dumps(found) == json.dumps(expected)  # the order of keys as well


def test_nothing_is_lost_on_the_way() -> None:
    column = {"type": "array", "items": {"type": "long", "unit": "m"}, "note": 1, "name": "a", "required": True}
    tensor = {
        "name": "t",
        "type": "tensor",
        "tensor-spec": {"dtype": "float32", "shape": [-1], "order": "C"},
        "note": 2,
    }
    param = {"name": "p", "default": 1, "shape": None, "type": "long", "note": 3}
    document = {
        "inputs": json.dumps([column]),
        "outputs": json.dumps([tensor]),
        "params": json.dumps([param]),
        "later": {"a": 1},
    }
    assert Signature.from_document(document).to_document() == document
    assert Signature.from_document(None).to_document() == {"inputs": None, "outputs": None, "params": None}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("x", "the signature is a str; expected a map of inputs, outputs and params"),
        ({"inputs": "[{"}, "inputs of the signature is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ({"outputs": '"x"'}, "outputs of the signature is a str; expected a list"),
        ({"params": {"a": 1}}, "params of the signature is a dict; expected a list"),
        ({"inputs": [1]}, 'inputs[0] is 1; expected a map such as {"type": "double"}'),
        (
            {"inputs": [{"type": "long"}, {"name": "b"}]},
            "inputs[1] ('b'): its type is missing; expected one of boolean, integer, long, float, double, string, "
            "binary, datetime, array, object, map, any, sparkml_vector",
        ),
        (
            {"outputs": [{"type": "duble"}]},
            "outputs[0]: its type is 'duble'; expected one of boolean, integer, long, float, double, string, "
            "binary, datetime, array, object, map, any, sparkml_vector",
        ),
        ({"inputs": [{"type": "long", "name": 1.5}]}, "inputs[0]: its name is 1.5; expected text"),
        (
            {"inputs": [{"type": "long", "name": "a", "required": "no"}]},
            "inputs[0] ('a'): required is 'no'; expected true or false",
        ),
        ({"inputs": [{"type": "array", "name": "a"}]}, "inputs[0] ('a'): it is of the type array and has no items"),
        (
            {"inputs": [{"type": "object", "properties": {"b": {"type": "map", "values": 1}}}]},
            'inputs[0].b.values is 1; expected a map such as {"type": "double"}',
        ),
        (
            {"inputs": [{"type": "object", "properties": {}}]},
            "inputs[0]: its properties are {}; expected a map of names and types",
        ),
        (
            {"inputs": [{"type": "object", "properties": {"b": {"type": "long", "required": 1}}}]},
            "inputs[0].b: required is 1; expected true or false",
        ),
        (
            {"inputs": [{"type": "tensor", "name": "t"}]},
            "inputs[0] ('t'): its tensor-spec is missing; expected a map of dtype and shape",
        ),
        (
            {"inputs": [{"dtype": "floaty", "shape": [-1]}]},
            "inputs[0]: its dtype is 'floaty'; expected a type of numpy, such as 'float32'",
        ),
        (
            {"inputs": [{"dtype": "float32", "shape": [-2]}]},
            "inputs[0]: its shape is [-2]; expected a list of sizes, with -1 for a free one",
        ),
        (
            {"inputs": [{"dtype": "float32"}]},
            "inputs[0]: its shape is missing; expected a list of sizes, with -1 for a free one",
        ),
        (
            {"inputs": [{"type": "long"}, {"dtype": "float32", "shape": [-1]}]},
            "inputs of the signature has tensors and columns; expected only one kind",
        ),
        (
            {"inputs": [{"type": "long"}, {"type": "long", "name": "a"}]},
            "inputs of the signature has some with a name and some without; expected one way",
        ),
        (
            {"inputs": [{"dtype": "float32", "shape": [-1]}, {"dtype": "float32", "shape": [-1]}]},
            "inputs of the signature has several tensors without names; expected a name for each",
        ),
        (
            {"inputs": [{"type": "long", "name": "a"}, {"type": "long", "name": "a"}]},
            "inputs of the signature has 'a' twice; expected different names",
        ),
        ({"params": [{"type": "long", "default": 1}]}, "params[0]: its name is missing; expected text"),
        ({"params": [{"name": "p", "type": "long"}]}, "params[0] ('p'): it has no default"),
        (
            {"params": [{"name": "p", "type": "binary", "default": "x"}]},
            "params[0] ('p'): its type is 'binary', which no param can be",
        ),
        (
            {"params": [{"name": "p", "type": "long", "default": 1, "shape": [2]}]},
            "params[0] ('p'): its shape is [2]; expected null, or [-1] for a list",
        ),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(SignatureError) as raised:
        Signature.from_document(document)
    assert str(raised.value) == message


def test_what_is_too_deep_is_told() -> None:
    deep: dict[str, Any] = {"type": "long"}
    for _ in range(100):
        deep = {"type": "array", "items": deep}
    with pytest.raises(SignatureError, match=r"it is nested deeper than 64 levels$"):
        read("inputs", [deep])
