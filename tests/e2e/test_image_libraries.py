"""Libraries that a model opens by name, which no file of its environment tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tiny
from e2e.image_support import Layout
from e2e.test_image_bases import c_library, own_python
from support import run_mpk

if TYPE_CHECKING:
    from pathlib import Path

# Of every Debian and Ubuntu, and of no image that only holds a Python.
MODEL = """\
import ctypes

def predict(values):
    library = ctypes.CDLL("libblkid.so.1")
    return [value + bool(library.blkid_get_library_version) for value in values]
"""


@pytest.mark.engine
def test_the_image_has_what_the_model_opens_by_name(tmp_path: Path) -> None:
    manifest = tiny.MANIFEST.replace("targets: {model: {}}\n", "")
    project = tiny.write_tiny(tmp_path / "project", {"mpk.yaml": manifest, "model.py": MODEL})
    done = run_mpk("build", "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    stages = {stage["stage"]: stage for stage in json.loads(done.stdout)["stages"]}
    assert stages["smoke-test"]["status"] == "built"
    assert "libblkid.so.1" in stages["image"]["facts"]["libraries"]


def test_a_base_with_its_own_python_that_lacks_it_is_refused(tmp_path: Path) -> None:
    base = Layout(tmp_path / "base")
    base.index(base.image([c_library(), own_python()], Env=["PATH=/usr/local/bin"]))
    manifest = tiny.MANIFEST.replace("{model: {}}", "{model: {}, image: {base: ../base}}")
    project = tiny.write_tiny(tmp_path / "project", {"mpk.yaml": manifest, "model.py": MODEL})
    done = run_mpk("build", "--json", cwd=project)
    assert done.returncode == 1
    message = json.loads(done.stdout)["error"]["message"]
    assert message.splitlines()[1:] == [
        "  libblkid.so.1 (Debian: libblkid1), needed by the model, which opens it by name"
    ]
