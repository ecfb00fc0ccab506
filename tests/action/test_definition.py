"""action.yml and the workflows as files: their schema, and that no input becomes text of a script."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from support import PROJECT

WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))
EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```$",
    (PROJECT / "docs/github-actions.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)


def action() -> Any:
    return yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))


def steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


def errors_against(schema: str, *arguments: str, text: str | None = None) -> str:
    checker = [sys.executable, "-m", "check_jsonschema", "--default-filetype", "yaml"]
    finished = subprocess.run(
        [*checker, "--builtin-schema", f"vendor.{schema}", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if finished.returncode == 0 else finished.stdout + finished.stderr


def test_the_action_follows_the_published_schema() -> None:
    assert errors_against("github-actions", str(PROJECT / "action.yml")) == ""


def test_the_schema_would_find_a_mistake() -> None:
    broken = action()
    del broken["runs"]["steps"][0]["shell"]
    assert "-::$.runs: " in errors_against("github-actions", "-", text=yaml.safe_dump(broken))


def test_the_interface_is_what_the_documentation_says() -> None:
    document = action()
    assert list(document["inputs"]) == ["manifest", "command", "override", "locked"]
    assert list(document["outputs"]) == ["model-path", "model-digest", "image-digest", "report"]
    assert {name: declared["default"] for name, declared in document["inputs"].items()} == {
        "manifest": "mpk.yaml",
        "command": "build",
        "override": "",
        "locked": "false",
    }
    text = (PROJECT / "docs/github-actions.md").read_text(encoding="utf-8")
    for name in (*document["inputs"], *document["outputs"]):
        assert f"| `{name}` |" in text


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_follow_the_published_schema(workflow: Any) -> None:
    assert errors_against("github-workflows", str(workflow)) == ""


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_documentation_follow_the_published_schema(example: str) -> None:
    assert errors_against("github-workflows", "-", text=example) == ""


def test_there_is_something_to_check() -> None:
    assert WORKFLOWS
    assert EXAMPLES


DOCUMENTS = [
    action(),
    *(yaml.safe_load(path.read_text()) for path in WORKFLOWS),
    *map(yaml.safe_load, EXAMPLES),
]


def test_no_expression_stands_in_a_script() -> None:
    scripts = [step["run"] for document in DOCUMENTS for step in steps(document) if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


def test_other_peoples_actions_are_pinned_to_a_commit() -> None:
    used = [step["uses"] for document in DOCUMENTS for step in steps(document) if "uses" in step]
    assert used
    unpinned = {name for name in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)}
    assert unpinned <= {"./", "OWNER/mpk@COMMIT"}
