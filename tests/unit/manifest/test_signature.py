"""Signatures spelled out in a manifest: what they are in MLflow's notation, and what is wrong with one, by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from mpk_build.foundation.errors import ManifestError
from mpk_build.manifest import declared_params
from mpk_build.manifest.json_schema import json_schema
from mpk_build.manifest.loading import load_project

if TYPE_CHECKING:
    from pathlib import Path

START = """\
name: penguins
model: {entrypoint: "model:fit()"}
input_example: [1]
"""
WORDS = "boolean, integer, long, float, double, string, binary, datetime, any"


def load(folder: Path, text: str) -> Any:
    file = folder / "mpk.yaml"
    file.write_text(START + text)
    manifest = load_project(file).manifest
    return declared_params.signature(manifest.signature, manifest.params)


def tensor(dtype: str, shape: list[int], **named: str) -> dict[str, Any]:
    return {**named, "type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("infer", None),
        (
            "{inputs: {bill_length: double, sex: {type: string, required: false}, tags: [string]}}",
            {
                "inputs": [
                    {"type": "double", "name": "bill_length", "required": True},
                    {"type": "string", "name": "sex", "required": False},
                    {"type": "array", "items": {"type": "string"}, "name": "tags", "required": True},
                ],
                "outputs": None,
                "params": None,
            },
        ),
        (
            "{inputs: [long, string], outputs: [{name: label, type: string}, {name: score, type: double, required: false}]}",
            {
                "inputs": [{"type": "long", "required": True}, {"type": "string", "required": True}],
                "outputs": [
                    {"type": "string", "name": "label", "required": True},
                    {"type": "double", "name": "score", "required": False},
                ],
                "params": None,
            },
        ),
        (
            "{inputs: {dtype: float32, shape: [-1, 28, 28]}, outputs: [{dtype: 'datetime64[ns]', shape: [-1]}]}",
            {
                "inputs": [tensor("float32", [-1, 28, 28])],
                "outputs": [tensor("datetime64[ns]", [-1])],
                "params": None,
            },
        ),
        (
            "{inputs: {ids: {dtype: int64, shape: [-1, 8]}, mask: {dtype: bool, shape: [-1, 8]}}}",
            {
                "inputs": [tensor("int64", [-1, 8], name="ids"), tensor("bool", [-1, 8], name="mask")],
                "outputs": None,
                "params": None,
            },
        ),
        (
            "{inputs: {dtype: string, shape: string}}",
            {
                "inputs": [
                    {"type": "string", "name": "dtype", "required": True},
                    {"type": "string", "name": "shape", "required": True},
                ],
                "outputs": None,
                "params": None,
            },
        ),
        (
            "{inputs: {a: {values: [double]}, b: {type: object, properties: {y: {type: any, required: false}, x: {items: long}}}}}",
            {
                "inputs": [
                    {"type": "map", "values": {"type": "array", "items": {"type": "double"}}, "name": "a", "required": True},
                    {
                        "type": "object",
                        "properties": {
                            "x": {"type": "array", "items": {"type": "long"}, "required": True},
                            "y": {"type": "any", "required": False},
                        },
                        "name": "b",
                        "required": True,
                    },
                ],
                "outputs": None,
                "params": None,
            },
        ),
        (
            "{params: {scale: double, names: [string], on: datetime, more: {properties: {n: long}}}}\n"
            "params: {names: [a], scale: 2, on: 2026-01-31, more: {n: 1}}",
            {
                "inputs": None,
                "outputs": None,
                "params": [
                    {"name": "scale", "default": 2.0, "shape": None, "type": "double"},
                    {"name": "names", "default": ["a"], "shape": [-1], "type": "string"},
                    {"name": "on", "default": "2026-01-31", "shape": None, "type": "datetime"},
                    {
                        "name": "more",
                        "default": {"n": 1},
                        "shape": None,
                        "type": "object",
                        "properties": {"n": {"type": "long", "required": True}},
                    },
                ],
            },
        ),
    ],
)  # fmt: skip
def test_it_is_read_into_mlflow_s_notation(tmp_path: Path, written: str, expected: Any) -> None:
    found = load(tmp_path, f"signature: {written}\n")
    assert found == expected
    assert json.dumps(found) == json.dumps(expected)  # the order of keys as well
    jsonschema.validate(yaml.safe_load(f"{START}signature: {written}\n".replace("2026-01-31", "'x'")), json_schema())


@pytest.mark.parametrize(
    ("written", "place", "message", "hint"),
    [
        ("inferred", "4:12", "signature: found 'inferred'; expected infer, or a map of inputs, outputs and params", None),
        ("{}", "4:12", "signature: found an empty map; expected infer, or a map of inputs, outputs and params", None),
        (
            "{input: [long]}",
            "4:13",
            "signature.input: unknown key 'input'; expected one of inputs, outputs, params",
            "did you mean 'inputs'?",
        ),
        (
            "{inputs: string}",
            "4:21",
            "signature.inputs: found 'string'; expected a map of names and types, or a list of types",
            "[string]",
        ),
        (
            "{inputs: {}}",
            "4:21",
            "signature.inputs: found an empty map; expected a map of names and types, or a list of types",
            None,
        ),
        (
            "{inputs: {a: long, b: duble}}",
            "4:34",
            f"signature.inputs.b: found 'duble'; expected one of {WORDS}",
            "did you mean 'double'?",
        ),
        ("{inputs: {a: }}", "4:25", f"signature.inputs.a: found nothing; expected one of {WORDS}", None),
        (
            "{inputs: {a: array}}",
            "4:25",
            "signature.inputs.a: found array alone; expected what it holds",
            "[string]",
        ),
        (
            "{inputs: {a: [long, string]}}",
            "4:25",
            "signature.inputs.a: found a list of 2; expected one type for all, such as [string]",
            None,
        ),
        (
            "{inputs: {a: {typ: long}}}",
            "4:26",
            "signature.inputs.a.typ: unknown key 'typ'; expected one of type, required, items, properties, values",
            "did you mean 'type'?",
        ),
        ("{inputs: {a: {required: false}}}", "4:25", "signature.inputs.a: the key 'type' is missing", None),
        (
            "{inputs: {a: {type: long, required: no way}}}",
            "4:48",
            "signature.inputs.a.required: found 'no way'; expected true or false",
            None,
        ),
        (
            "{inputs: {a: {items: long, values: long}}}",
            "4:39",
            "signature.inputs.a.values: found items and values; expected one of them",
            None,
        ),
        (
            "{inputs: {a: {type: map, items: long}}}",
            "4:32",
            "signature.inputs.a.type: found 'map'; expected array, or no type, beside items",
            None,
        ),
        (
            "{inputs: {a: {properties: {b: {properties: []}}}}}",
            "4:55",
            "signature.inputs.a.properties.b.properties: found an empty list; expected a map of names and types",
            None,
        ),
        (
            "{inputs: [{name: 1, type: long}]}",
            "4:29",
            "signature.inputs[0].name: found 1; expected text",
            None,
        ),
        (
            "{inputs: [{type: long, required: false}]}",
            "4:45",
            "signature.inputs[0].required: a column without a name can't be optional; expected a map with its name",
            None,
        ),
        (
            "{inputs: [{name: a, type: long}, {name: a, type: long}]}",
            "4:45",
            "signature.inputs[1]: the name 'a' stands here a second time",
            None,
        ),
        (
            "{inputs: [long, {name: a, type: long}]}",
            "4:21",
            "signature.inputs: found some with a name and some without; expected one way",
            None,
        ),
        (
            "{inputs: [{dtype: bool, shape: [-1]}, {dtype: bool, shape: [-1]}]}",
            "4:21",
            "signature.inputs: found several tensors without names; expected a name for each",
            None,
        ),
        (
            "{inputs: {a: long, b: {dtype: bool, shape: [-1]}}}",
            "4:21",
            "signature.inputs: found tensors beside columns; expected only one kind",
            None,
        ),
        (
            "{inputs: {a: [{dtype: bool, shape: [-1]}]}}",
            "4:26",
            "signature.inputs.a[0]: a tensor in a column; expected a type, such as [double]",
            None,
        ),
        (
            "{inputs: {dtype: float33, shape: [-1]}}",
            "4:29",
            "signature.inputs.dtype: found 'float33'; expected a type of numpy, such as float32",
            None,
        ),
        (
            "{inputs: {dtype: float32, shape: [none]}}",
            "4:45",
            "signature.inputs.shape: found a list; expected a list of sizes, with -1 for a free one",
            None,
        ),
        ("{params: [long]}", "4:21", "signature.params: found a list; expected a map of names and types", None),
        (
            "{params: {a: binary}}",
            "4:25",
            "signature.params.a: found binary; expected a scalar other than binary, a list of one, or an object",
            None,
        ),
        (
            "{params: {a: [[long]]}}",
            "4:25",
            "signature.params.a: found a list of array; expected a scalar other than binary, a list of one, or an object",
            None,
        ),
        (
            "{params: {a: {type: long, required: false}}}",
            "4:38",
            "signature.params.a.required: a param is never required; its default is in params",
            None,
        ),
        ("{params: {a: long}}", "4:22", "param 'a' has no default; expected it in params", None),
        (
            "{params: {a: long}}\nparams: {a: 1, b: 2}",
            "5:16",
            "param 'b' is not one of signature.params: a",
            None,
        ),
        ("{params: {a: long}}\nparams: {a: 1.5}", "5:13", "params.a: signature.params declares a 64-bit integer", None),
        ("{params: {a: integer}}\nparams: {a: 2147483648}", "5:13", "params.a: signature.params declares a 32-bit integer", None),
        ("{params: {a: boolean}}\nparams: {a: 1}", "5:13", "params.a: signature.params declares true or false", None),
        ("{params: {a: double}}\nparams: {a: true}", "5:13", "params.a: signature.params declares a number", None),
        ("{params: {a: string}}\nparams: {a: 1}", "5:13", "params.a: signature.params declares text", None),
        (
            "{params: {a: datetime}}\nparams: {a: soon}",
            "5:13",
            "params.a: signature.params declares an ISO 8601 date or time",
            None,
        ),
        ("{params: {a: [string]}}\nparams: {a: x}", "5:13", "params.a: signature.params declares a list of string", None),
        (
            "{params: {a: {properties: {b: long}}}}\nparams: {a: {c: 1}}",
            "5:13",
            "params.a: signature.params declares a map",
            None,
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, written: str, place: str, message: str, hint: str | None
) -> None:
    with pytest.raises(ManifestError) as raised:
        load(tmp_path, f"signature: {written}\n")
    told = raised.value.message.replace(f"{tmp_path}/", "").splitlines()[0]
    assert (told, raised.value.hint) == (f"mpk.yaml:{place}: {message}", hint)


def test_what_is_too_deep_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="it is nested deeper than 32 levels"):
        load(tmp_path, "signature: {inputs: {a: " + "[" * 40 + "long" + "]" * 40 + "}}\n")
