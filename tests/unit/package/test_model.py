"""The MLmodel document, typed: what MLflow wrote in 2018 and writes today, read and written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from mpk_build.foundation.errors import UsageError
from mpk_build.package import mlmodel, model, model_text
from mpk_build.package.model import EnvironmentFiles, Model

if TYPE_CHECKING:
    from pathlib import Path

OF_2018 = """\
time_created: 2018-05-25T17:28:53.35
databricks_runtime: 4.10
flavors:
  sklearn:
    sklearn_version: 0.19.1
    pickled_model: model.pkl
  python_function:
    loader_module: mlflow.sklearn
"""
# The fastai example of Azure's documentation, which wraps its JSON over several lines.
OF_1_30 = """\
artifact_path: classifier
flavors:
  fastai:
    data: model.fastai
    fastai_version: 2.4.1
  python_function:
    data: model.fastai
    env: conda.yaml
    loader_module: mlflow.fastai
    python_version: 3.8.12
model_uuid: e694c68eba484299976b06ab9058f636
run_id: e13da8ac-b1e6-45d4-a9b2-6a0a5cfac537
signature:
  inputs: '[{"type": "tensor",
             "tensor-spec":
                 {"dtype": "uint8", "shape": [-1, 300, 300, 3]}
           }]'
  outputs: '[{"type": "tensor",
              "tensor-spec":
                 {"dtype": "float32", "shape": [-1,2]}
            }]'
utc_time_created: '2022-02-17 17:00:59.055824'
"""
OF_3_17 = """\
auth_policy: null
env_vars:
- OPENAI_API_KEY
flavors:
  python_function:
    artifacts:
      'off': &id001
        path: artifacts/off.txt
        uri: off.txt
      again: *id001
    cloudpickle_version: 3.1.2
    code: null
    config:
      1: [0x1F, .inf, 1e-3, ~]
      since: 2020-01-01
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.pyfunc.model
    python_model: python_model.pkl
    python_version: 3.11.7
    streamable: false
is_signature_from_type_hint: false
metadata: null
mlflow_version: 3.17.2
model_id: m-0f2e0b6be2c64a0f8b9bb1c2b7fd1f0b
model_size_bytes: 2156
model_uuid: 4b1d2f0c9f0f4e3c8a6d5e4f3a2b1c0d
prompts: null
resources:
  api_version: '1'
  databricks:
    serving_endpoint:
    - name: llm
saved_input_example_info:
  artifact_path: input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "x", "required": true}]'
  outputs: null
  params: '[{"name": "temperature", "default": 0.5, "shape": null, "type": "double"}]'
type_hint_from_example: false
utc_time_created: '2026-11-20 23:34:58.150849'
what_comes_in_2030: [1, {a: b}]
"""


def parsed(text: str) -> Model:
    return model.from_text(model_text.parse(text, "MLmodel"))


def test_a_document_of_2018() -> None:
    read = parsed(OF_2018)
    assert read.created == read.time_created == "2018-05-25T17:28:53.35"
    assert read.databricks_runtime == "4.10"
    assert read.loader_module == "mlflow.sklearn"
    assert (read.environment, read.python_version, read.schema("inputs")) == (EnvironmentFiles(), None, None)
    assert yaml.safe_load(read.to_yaml()) == {
        "time_created": "2018-05-25T17:28:53.35",
        "databricks_runtime": "4.10",
        "flavors": {
            "sklearn": {"sklearn_version": "0.19.1", "pickled_model": "model.pkl"},
            "python_function": {"loader_module": "mlflow.sklearn"},
        },
    }


def test_a_document_of_mlflow_1() -> None:
    read = parsed(OF_1_30)
    assert (read.artifact_path, read.run_id) == ("classifier", "e13da8ac-b1e6-45d4-a9b2-6a0a5cfac537")
    assert (read.environment, read.python_version) == (EnvironmentFiles(conda="conda.yaml"), "3.8.12")
    assert read.schema("inputs") == [{"type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": [-1, 300, 300, 3]}}]
    assert yaml.safe_load(read.to_yaml()) == yaml.safe_load(OF_1_30)


def test_a_document_of_mlflow_3_survives_with_what_nobody_knows_yet() -> None:
    read = parsed(OF_3_17)
    assert read.environment == EnvironmentFiles("conda.yaml", "python_env.yaml")
    assert read.model_id == "m-0f2e0b6be2c64a0f8b9bb1c2b7fd1f0b"
    assert (read.model_size_bytes, read.env_vars, read.is_signature_from_type_hint) == (2156, ["OPENAI_API_KEY"], False)
    assert read.other == {"what_comes_in_2030": [1, {"a": "b"}]}
    assert read.function["config"] == {1: [31, float("inf"), "1e-3", None], "since": "2020-01-01"}
    whole = yaml.safe_load(OF_3_17)
    whole["flavors"]["python_function"]["config"]["since"] = "2020-01-01"
    assert yaml.safe_load(read.to_yaml()) == whole
    assert yaml.safe_load(Model.from_document(read.to_document()).to_yaml()) == whole


def test_a_document_is_made_changed_and_saved(tmp_path: Path) -> None:
    made = Model(run_id="1e5").add_flavor("python_function", loader_module="own", data="d").add_flavor("own", level=1)
    made.save(tmp_path)
    file = tmp_path / "MLmodel"
    assert file.read_text() == (
        "flavors:\n  own:\n    level: 1\n  python_function:\n    data: d\n    loader_module: own\nrun_id: 1e5\n"
    )
    read = model.read(file)
    assert (read, read.root) == (made, tmp_path)
    read.run_id, read.metadata = None, {"a": 1}
    read.add_flavor("own", level=2).save(tmp_path / "other")
    assert yaml.safe_load((tmp_path / "other").read_text()) == {
        "flavors": {"own": {"level": 2}, "python_function": {"loader_module": "own", "data": "d"}},
        "metadata": {"a": 1},
    }


FLAVORS = "flavors: {python_function: {loader_module: m}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "MLmodel is empty; expected an MLmodel document, with its flavors"),
        ("# nothing\n", "MLmodel is empty; expected an MLmodel document, with its flavors"),
        ("- a\n", "MLmodel:1:1: found a list; expected a map with the flavors of a model"),
        ("a: [\n", "MLmodel:2:1: this is not YAML: did not find expected node content"),
        ("a: \0", "MLmodel:1:1: this is not YAML: unacceptable character #x0000: control characters are not allowed"),
        ("[" * 100_000, "MLmodel:1:65: this is nested deeper than 64 levels, as no MLmodel is"),
        ("a: 1\na: 2\n", "MLmodel:2:1: the key 'a' stands here a second time; expected it once"),
        ("a: &b {c: 1}\nd:\n  <<: *b\n", "MLmodel:3:3: found a key that is no text; expected one name for each value"),
        ("? [a]\n: b\n", "MLmodel:1:3: found a key that is no text; expected one name for each value"),
        ("a: !!python/object:os.system {}\n", "MLmodel:1:4: found the tag !!python/object:os.system; expected plain data, which is all that MLflow writes"),
        ("a: !!binary aGk=\n", "MLmodel:1:4: found the tag !!binary; expected plain data, which is all that MLflow writes"),
        ("a: !!int ''\n", "MLmodel:1:4: found a value that is not of its kind; quote it if it is text"),
        (f"a: {'9' * 5000}\n", "MLmodel:1:4: found a value that is not of its kind; quote it if it is text"),
        ("a: &a [*a]\n", "MLmodel:1:4: the aliases in this document stand for more than any model needs"),
        ("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)), "MLmodel:1:5: the aliases in this document stand for more than any model needs"),
        ("run_id: a\n", "MLmodel:1:1: it has no flavors, so nothing says how to load the model"),
        ("run_id: a\nflavors: {}\n", "MLmodel:2:10: it has no flavors, so nothing says how to load the model"),
        ("flavors:\n", "MLmodel:1:9: it has no flavors, so nothing says how to load the model"),
        ("flavors: 1\n", "MLmodel:1:10: found a number in 'flavors'; expected a map"),
        ("flavors: [sklearn]\n", "MLmodel:1:10: found a list in 'flavors'; expected a map"),
        ("flavors:\n  sklearn: model.pkl\n", "MLmodel:2:12: found text in 'flavors.sklearn'; expected a map of what the flavor says"),
        ("flavors:\n  1: {}\n", "MLmodel:2:6: found a number in 'flavors.1'; expected text as a flavor's name"),
        ("flavors:\n  python_function: {data: d}\n", "MLmodel:2:20: found no 'loader_module' in the flavor python_function; expected the module that loads it"),
        ("flavors:\n  python_function: {loader_module: [m]}\n", "MLmodel:2:20: found a list in 'loader_module' in the flavor python_function; expected the module that loads it"),
        ("flavors:\n  python_function:\n    loader_module: m\n    env: [a]\n", "MLmodel:4:10: found neither a file's name nor a map of them in 'env'; expected conda.yaml, or conda and virtualenv"),
        (f"{FLAVORS}metadata: text\n", "MLmodel:2:11: found text in 'metadata'; expected a map"),
        (f"{FLAVORS}run_id: [a]\n", "MLmodel:2:9: found a list in 'run_id'; expected text"),
        (f"{FLAVORS}run_id: true\n", "MLmodel:2:9: found true or false in 'run_id'; expected text"),
        (f"{FLAVORS}model_size_bytes: many\n", "MLmodel:2:19: found text in 'model_size_bytes'; expected a number of bytes"),
        (f"{FLAVORS}is_signature_from_type_hint: 1\n", "MLmodel:2:30: found a number in 'is_signature_from_type_hint'; expected true or false"),
        (f"{FLAVORS}signature: '[]'\n", "MLmodel:2:12: found text in 'signature'; expected a map"),
        (f"{FLAVORS}signature:\n  inputs: '[{{'\n", "MLmodel:3:11: found text that is not JSON in 'signature.inputs'; expected a JSON list"),
        (f"{FLAVORS}signature:\n  inputs: '{'[' * 60000}'\n", "MLmodel:3:11: found text that is not JSON in 'signature.inputs'; expected a JSON list"),
        (f"{FLAVORS}signature:\n  params: '{{}}'\n", "MLmodel:3:11: found a map in 'signature.params'; expected a list of columns or tensors"),
        (f"{FLAVORS}signature:\n  outputs: '[1]'\n", "MLmodel:3:12: found a list in 'signature.outputs'; expected a list of columns or tensors"),
    ],
    ids=lambda value: value[:50],
)  # fmt: skip
def test_what_is_no_document(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(text)
    assert caught.value.message == message
    assert caught.value.hint == "it is broken or was edited: write the package again, or mend that line"


def test_what_yaml_takes_for_a_line_break_survives() -> None:
    made = Model(metadata={"a\x85b": "c\u2028\u2029é"}).add_flavor("own")
    assert parsed(made.to_yaml()) == made
    assert "é" in Model(metadata={"a": "é"}).add_flavor("own").to_yaml()


def test_a_document_with_what_json_has_no_number_for_has_an_identity() -> None:
    one, other = ({"flavors": {"own": {"limit": limit}}} for limit in (float("inf"), float("nan")))
    assert len({mlmodel.identity(one, {}), mlmodel.identity(other, {}), mlmodel.identity({}, {})}) == 3
