"""What the page on signatures shows is what mpk makes of it."""

from __future__ import annotations

import json
import re
import sys
import types
from typing import TYPE_CHECKING, Any

from support import PROJECT

from mpk_build.manifest import declared_params
from mpk_build.manifest.loading import load_project
from mpk_runtime.signature.type_hints import schemas_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (PROJECT / "docs" / "signatures.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_signature_that_is_spelled_out_is_one(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "penguins.json").write_text("[]")
    (tmp_path / "mpk.yaml").write_text(block("yaml"))
    manifest = load_project(tmp_path / "mpk.yaml").manifest
    found = declared_params.signature(manifest.signature, manifest.params)
    assert found is not None
    assert [(one["name"], one["type"]) for one in found["inputs"]] == [
        ("bill_length", "double"),
        ("sex", "string"),
        ("tags", "array"),
        ("owner", "object"),
        ("scores", "map"),
        ("whatever", "any"),
    ]
    assert [one["default"] for one in found["params"]] == [0.5, ["a", "b"]]


def test_the_type_hints_say_what_stands_below_them(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("greeting")
    monkeypatch.setitem(sys.modules, "greeting", module)
    exec(block("python"), module.__dict__)  # noqa: S102 - of the page
    assert schemas_of(module.Greeter) == (json.loads(block("json")), [{"type": "string", "required": True}])
