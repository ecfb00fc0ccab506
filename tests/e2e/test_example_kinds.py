"""Input examples that JSON can't carry as they are, from the manifest to the answer of the endpoint's own code."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

from e2e.projects import Project, packaged_example, write_project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

IMAGES = "pillow==12.0.0\n"
ARRAYS = "numpy==2.4.6\n"
IMAGE_MODEL = """
class Model:
    # As in the post about packaging pipelines: a picture goes in, what is seen in it comes out.
    def predict(self, context, image):
        return [image.mode, list(image.size), list(image.getpixel((0, 0)))]
"""
TIMES_MODEL = """
def predict(times):
    return [str(times.dtype), int((times[1:] - times[:-1]).astype("int64").sum())]
"""


def picture() -> bytes:
    """A PNG of two red pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" + b"\xff\x00\x07" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def times() -> bytes:
    """A .npy file of two moments."""
    header = b"{'descr': '<M8[s]', 'fortran_order': False, 'shape': (2,), }"
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<qq", 10, 25)


def project_of(folder: Path, model: str, example: str, data: bytes, source: str) -> Project:
    (folder / example).write_bytes(data)
    name = "Model" if "class Model" in model else "predict"
    manifest: dict[str, Any] = {"model": {"entrypoint": f"model:{name}"}, "input_example": example}
    return write_project(folder, manifest, {"model.py": model, "requirements.txt": source})


def test_an_image_is_a_picture_everywhere(tmp_path: Path) -> None:
    project = project_of(tmp_path, IMAGE_MODEL, "x.png", picture(), IMAGES)
    facts = {stage["stage"]: stage["facts"] for stage in project.build()["stages"]}
    assert facts["infer-env"]["requirements"] == [IMAGES.strip()]
    assert facts["validate"]["not_over_http"] is None
    expected = ["RGB", [2, 1], [255, 0, 7]]
    assert json.loads((project.model / "serving_input_example.json").read_text()) == {
        "inputs": base64.b64encode(picture()).decode()
    }
    assert project.predict() == expected
    assert project.predict("-i", "x.png") == expected


def test_what_no_request_carries_is_asked_in_python(tmp_path: Path) -> None:
    project = project_of(tmp_path, TIMES_MODEL, "x.npy", times(), ARRAYS)
    facts = {stage["stage"]: stage["facts"] for stage in project.build()["stages"]}
    assert facts["validate"]["not_over_http"] is not None
    assert facts["validate"]["compare"] == {"by": "values", "because": None}
    assert not (project.model / "serving_input_example.json").exists()
    assert project.predict() == ["datetime64[s]", 15]
    assert project.predict("-i", "x.npy") == ["datetime64[s]", 15]


def test_a_real_estimator_holds_nothing_unknown(tmp_path_factory: pytest.TempPathFactory) -> None:
    project = packaged_example(tmp_path_factory)
    described = json.loads(project.mpk("inspect", "dist/model", "--json").stdout)
    # All else in it, of scikit-learn, pandas and numpy, is known.
    assert [(one["path"], one["kind"], one["names"]) for one in described["pickles"]] == [
        ("model.pkl", "own code", ["penguins.features.add_bill_ratio"])
    ]
