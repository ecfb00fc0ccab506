"""A package of a library's model is proven without its manifest."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from e2e.projects import packaged_example
from support import run_mpk

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_is_loaded_and_asked_where_no_project_is(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    shutil.copytree(packaged_example(tmp_path_factory).model, tmp_path / "model")
    done = run_mpk("validate", "model", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["predictions"] == ["Adelie", "Adelie", "Gentoo", "Gentoo", "Chinstrap"]
    assert (found["facts"]["differences"], found["facts"]["compare"]["by"]) == (0, "signature")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]
