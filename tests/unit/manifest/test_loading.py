"""Manifests that are wrong: every problem with its line, what was found, what was expected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

from mpk_build.foundation.documents import pretty
from mpk_build.foundation.errors import ManifestError
from mpk_build.manifest.json_schema import json_schema
from mpk_build.manifest.loading import Project, load_project
from mpk_build.manifest.paths import ManifestPath

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: penguins
model: {entrypoint: "model:fit()"}
input_example: example.json
"""


def load(tmp_path: Path, text: str) -> Project:
    (tmp_path / "example.json").write_text("[]")
    (tmp_path / "bounds.txt").write_text("")
    file = tmp_path / "mpk.yaml"
    file.write_text(text)
    return load_project(file)


def wrong(tmp_path: Path, text: str) -> tuple[str, str | None]:
    with pytest.raises(ManifestError) as caught:
        load(tmp_path, text)
    assert caught.value.exit_code == 2
    assert caught.value.position is not None
    return caught.value.message.replace(f"{tmp_path}/", ""), caught.value.hint


def test_defaults(tmp_path: Path) -> None:
    manifest = load(tmp_path, GOOD).manifest
    assert manifest.input_example == {"path": ManifestPath("example.json")}
    assert manifest.targets.image is not None
    assert (manifest.targets.image.name, manifest.targets.image.tags, manifest.targets.image.user) == (
        "penguins",
        ["latest"],
        "65532",
    )
    assert manifest.targets.endpoint is not None
    assert manifest.validation.timeout == 300


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-31", "2026-02-01T00:00:00Z"),
        ("'2026-01-31T12:00:00+02:00'", "2026-01-31T10:00:00Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    ],
)
def test_a_cut_off_is_a_moment_in_utc(tmp_path: Path, written: str, moment: str) -> None:
    manifest = load(tmp_path, f"{GOOD}requirements: {{exclude_newer: {written}}}\n").manifest
    assert manifest.requirements.exclude_newer == moment


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            GOOD + "requirements: {platforms: [linux/amd46]}\n",
            "mpk.yaml:4:28: requirements.platforms[0]: found 'linux/amd46'; expected one of linux/amd64, linux/arm64,"
            " darwin/amd64, darwin/arm64, windows/amd64, windows/arm64\n"
            "    4 | requirements: {platforms: [linux/amd46]}\n"
            "      |                            ^",
            None,
        ),
        (
            GOOD + "requirements: {exclude_newer: 2026-02-30}\n",
            "mpk.yaml:4:31: requirements.exclude_newer: found '2026-02-30'; expected a date such as '2026-01-31' or"
            " '2026-01-31T12:00:00Z'\n"
            "    4 | requirements: {exclude_newer: 2026-02-30}\n"
            "      |                               ^",
            None,
        ),
        (
            GOOD + "requirements:\n  extra: ['x @ https://joe:s3cret@example.org/x.whl']\n",
            "mpk.yaml:5:11: requirements.extra[0]: a requirement with a password in its URL; expected it in ~/.netrc or a"
            " keyring\n"
            "    5 |   extra: ['x @ https://***@example.org/x.whl']\n"
            "      |           ^",
            None,
        ),
        (
            GOOD.replace("entrypoint", "entrypont"),
            "mpk.yaml:2:9: unknown key 'entrypont' in model; expected one of entrypoint, path, flavor, code_paths, infer_code_paths, artifacts, config\n"
            '    2 | model: {entrypont: "model:fit()"}\n      |         ^',
            "did you mean 'entrypoint'?",
        ),
        (
            GOOD.replace('entrypoint: "model:fit()"', "config: {a: 1}"),
            "mpk.yaml:2:8: model: found neither entrypoint nor path; expected one of them\n"
            "    2 | model: {config: {a: 1}}\n      |        ^",
            None,
        ),
        (
            GOOD.replace('"model:fit()"', '"model:fit()", path: bounds.txt'),
            "mpk.yaml:2:8: model: found both entrypoint and path; expected one of them\n"
            '    2 | model: {entrypoint: "model:fit()", path: bounds.txt}\n      |        ^',
            None,
        ),
        (
            GOOD.replace('"model:fit()"', '"model:fit()", flavor: xgboost'),
            "mpk.yaml:2:8: model: found flavor without path; it says which library saved the file that path names\n"
            '    2 | model: {entrypoint: "model:fit()", flavor: xgboost}\n      |        ^',
            None,
        ),
        (
            GOOD.replace('entrypoint: "model:fit()"', "path: bound.txt"),
            "mpk.yaml:2:15: model.path: there is no 'bound.txt' beside the manifest; did you mean 'bounds.txt'?\n"
            "    2 | model: {path: bound.txt}\n      |               ^",
            None,
        ),
        (
            GOOD.replace('entrypoint: "model:fit()"', "path: ."),
            "mpk.yaml:2:15: model.path: '.' is a folder without MLmodel; expected a package, or the file of a model that its library saved\n"
            "    2 | model: {path: .}\n      |               ^",
            None,
        ),
        (
            GOOD.replace('entrypoint: "model:fit()"', "path: bounds.txt, flavor: XGBoost"),
            "mpk.yaml:2:35: model.flavor: found 'XGBoost'; expected such as 'xgboost'\n"
            "    2 | model: {path: bounds.txt, flavor: XGBoost}\n      |                                   ^",
            None,
        ),
        (
            GOOD.replace('entrypoint: "model:fit()"', "path: bounds.txt") + "requirements: {source: scan}\n",
            "mpk.yaml:4:24: scan reads code, from the entrypoint on, and the file of model.path has none\n"
            "    4 | requirements: {source: scan}\n      |                        ^",
            "list what its library needs: requirements: {source: requirements.txt}",
        ),
        (
            GOOD + "targets: {image: {nmae: x}}\n",
            "mpk.yaml:4:19: unknown key 'nmae' in targets.image; expected one of base, name, tags, user, labels\n"
            "    4 | targets: {image: {nmae: x}}\n      |                   ^",
            "did you mean 'name'?",
        ),
        (
            "name: penguins\ninput_example: [1]\n",
            "mpk.yaml:1:1: the key 'model' is missing\n    1 | name: penguins\n      | ^",
            "mpk schema",
        ),
        (
            GOOD + "secrets: {allow: [hunter2]}\n",
            "mpk.yaml:4:19: secrets.allow[0]: found no fingerprint; expected 16 hexadecimal digits, as the error names them: mpk build\n"
            "    4 | secrets: {allow: [hunter2]}\n      |                   ^",
            None,
        ),
        (
            GOOD.replace("model: {", "model: {infer_code_paths: never, "),
            "mpk.yaml:2:27: model.infer_code_paths: found text never; expected true or false\n"
            '    2 | model: {infer_code_paths: never, entrypoint: "model:fit()"}\n      |                           ^',
            None,
        ),
        (
            GOOD + "version: 1.10\n",
            "mpk.yaml:4:10: version: found a number 1.10; expected text\n    4 | version: 1.10\n      |          ^",
            'quote it: "1.10"',
        ),
        (
            GOOD + "requirements: {python: 3.10}\n",
            "mpk.yaml:4:24: requirements.python: found a number 3.10; expected text\n"
            "    4 | requirements: {python: 3.10}\n      |                        ^",
            'quote it: "3.10"',
        ),
        (
            GOOD + 'requirements: {python: "2.7"}\n',
            "mpk.yaml:4:24: requirements.python: found '2.7'; expected such as '3.11'\n"
            '    4 | requirements: {python: "2.7"}\n      |                        ^',
            None,
        ),
        (
            GOOD + "requirements:\n  extra: [numpy>>2]\n",
            "mpk.yaml:5:11: requirements.extra[0]: 'numpy>>2' is not a requirement: Expected semicolon (after name with no"
            " version specifier) or end; expected such as 'numpy>=2' (PEP 508)\n    5 |   extra: [numpy>>2]\n      |           ^",
            None,
        ),
        (
            GOOD + "requirements: {constraints: ../bounds.txt}\n",
            "mpk.yaml:4:29: requirements.constraints: the path '../bounds.txt' leaves the project; expected a path below the"
            " manifest's folder\n    4 | requirements: {constraints: ../bounds.txt}\n      |                             ^",
            None,
        ),
        (
            GOOD + "requirements: {constraints: bound.txt}\n",
            "mpk.yaml:4:29: requirements.constraints: there is no 'bound.txt' beside the manifest; did you mean 'bounds.txt'?\n"
            "    4 | requirements: {constraints: bound.txt}\n      |                             ^",
            None,
        ),
        (
            GOOD.replace("example.json", "/etc/passwd"),
            "mpk.yaml:3:16: input_example: the path '/etc/passwd' leaves the project; expected a path below the manifest's"
            " folder\n    3 | input_example: /etc/passwd\n      |                ^",
            None,
        ),
        (
            GOOD.replace("example.json", "mpk.yaml"),
            "mpk.yaml:3:16: input_example: found 'mpk.yaml'; expected a file .json, .csv, .parquet, .npy, .npz, .txt,"
            " .bin, .png, .jpg or .jpeg, or the data itself\n    3 | input_example: mpk.yaml\n      |                ^",
            None,
        ),
        (
            GOOD.replace("example.json", "{path: bounds.txt, as: array}"),
            "mpk.yaml:3:16: input_example: found 'as: array' for 'bounds.txt'; expected bytes\n"
            "    3 | input_example: {path: bounds.txt, as: array}\n      |                ^",
            None,
        ),
        (
            GOOD.replace("example.json", "{path: [a], as: array}"),
            "mpk.yaml:3:16: input_example: found ['a'] as the path; expected the path of a file\n"
            "    3 | input_example: {path: [a], as: array}\n      |                ^",
            None,
        ),
        (
            GOOD + "targets: {image: {user: root}}\n",
            "mpk.yaml:4:25: targets.image.user: found 'root'; expected such as '65532'\n"
            "    4 | targets: {image: {user: root}}\n      |                         ^",
            None,
        ),
        (
            GOOD + "targets: {endpoint: {}}\n",
            "mpk.yaml:4:11: the target endpoint needs the target image\n    4 | targets: {endpoint: {}}\n      |           ^",
            None,
        ),
        (
            GOOD + "validate:\n",
            "mpk.yaml:4:10: validate: found nothing; expected a map\n    4 | validate:\n      |          ^",
            None,
        ),
        (
            GOOD.replace("penguins", "Penguins"),
            "mpk.yaml:1:7: name: found 'Penguins'; expected such as 'penguins'\n    1 | name: Penguins\n      |       ^",
            None,
        ),
        (
            GOOD + "targets: {image: {}, endpoint: {protocol: lenient}}\n",
            "mpk.yaml:4:43: targets.endpoint.protocol: found 'lenient'; input should be 'strict' or 'mlflow'\n"
            "    4 | targets: {image: {}, endpoint: {protocol: lenient}}\n"
            "      |                                           ^",
            None,
        ),
        (
            GOOD + "validate: {timeout: 0}\n",
            "mpk.yaml:4:21: validate.timeout: found 0; input should be greater than 0\n"
            "    4 | validate: {timeout: 0}\n      |                     ^",
            None,
        ),
    ],
    ids=[str(number) for number in range(31)],
)
def test_one_problem(tmp_path: Path, text: str, message: str, hint: str | None) -> None:
    assert wrong(tmp_path, text) == (message, hint)


def test_all_problems_at_once(tmp_path: Path) -> None:
    message, hint = wrong(tmp_path, "nmae: x\nversion: 2\nmodel: {entrypoint: model}\ninput_example: [1]\n")
    assert [line for line in message.splitlines() if line.startswith("mpk.yaml")] == [
        "mpk.yaml:1:1: unknown key 'nmae'; expected one of name, version, description, metadata, model, requirements,"
        " input_example, params, signature, validate, secrets, targets",
        "mpk.yaml:2:10: version: found a whole number 2; expected text",
        "mpk.yaml:3:21: model.entrypoint: found 'model'; expected such as 'penguins.train:fit()'",
    ]
    assert hint == "did you mean 'name'?; quote it: \"2\""


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "secret.json").write_text("[]")
    (tmp_path / "project" / "example.json").symlink_to(tmp_path / "secret.json")
    (tmp_path / "project" / "mpk.yaml").write_text(GOOD)
    with pytest.raises(ManifestError) as caught:
        load_project(tmp_path / "project" / "mpk.yaml")
    assert "the path 'example.json' leaves the project" in caught.value.message


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        load_project(tmp_path / "mpk.yaml")
    assert (caught.value.message, caught.value.hint) == (
        f"there is no manifest {tmp_path}/mpk.yaml",
        "it needs name, model: {entrypoint: module:attribute} and input_example: FILE; mpk schema has the rest",
    )
    (tmp_path / "mpk.yaml").write_text(GOOD)
    with pytest.raises(ManifestError) as caught:
        load_project(tmp_path)
    assert caught.value.hint == f"mpk build -f {tmp_path}/mpk.yaml"


def test_the_schema_in_the_repository_is_fresh_and_fits_the_example() -> None:
    import jsonschema
    import yaml

    assert (PROJECT / "mpk.schema.json").read_text() == pretty(json_schema()), "run: mpk schema > mpk.schema.json"
    schema = json.loads((PROJECT / "mpk.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load((PROJECT / "mpk.yaml").read_text()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "x", "modle": {}}, schema)


def test_every_field_is_described() -> None:
    def undescribed(part: dict[str, object], where: str) -> list[str]:
        properties = part.get("properties", {})
        assert isinstance(properties, dict)
        return [f"{where}.{name}" for name, one in properties.items() if not {"description", "$ref"} & one.keys()]

    schema = json_schema()
    parts = [("", schema), *schema["$defs"].items()]
    assert [missing for where, part in parts for missing in undescribed(part, where)] == []


@pytest.mark.parametrize("user", ["0", "root", "0:0", "-1", "", "65532:x", "1 2"])
def test_users_have_to_be_numbers_and_not_root(tmp_path: Path, user: str) -> None:
    message, _ = wrong(tmp_path, f'{GOOD}targets: {{image: {{user: "{user}"}}}}\n')
    assert message.split("\n")[0] == f"mpk.yaml:4:25: targets.image.user: found '{user}'; expected such as '65532'"


@pytest.mark.parametrize("name", ["Toy", "", "a//b", "-a", "a b", "a:b:c", "a:b"])
def test_names_have_to_be_those_of_images(tmp_path: Path, name: str) -> None:
    message, _ = wrong(tmp_path, f'{GOOD}targets: {{image: {{name: "{name}"}}}}\n')
    assert message.split("\n")[0] == f"mpk.yaml:4:25: targets.image.name: found '{name}'; expected such as 'penguins'"


@pytest.mark.parametrize("name", ["toy", "localhost:5000/a/b__c", "registry.example.com/team/toy-1.x"])
def test_good_names_pass(tmp_path: Path, name: str) -> None:
    image = load(tmp_path, f'{GOOD}targets: {{image: {{name: "{name}"}}}}\n').manifest.targets.image
    assert image is not None
    assert image.name == name


def test_a_folder_is_told_the_manifest_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "my model"
    folder.mkdir()
    (folder / "mpk.yaml").write_text("name: x\n")
    with pytest.raises(ManifestError) as caught:
        load_project(folder)
    assert caught.value.hint == f"mpk build -f '{folder}/mpk.yaml'"
