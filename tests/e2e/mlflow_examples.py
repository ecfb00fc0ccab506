"""Run by a Python that has MLflow, with mpk's runtime on the path: input examples written by one and read by the other.

Standard output is JSON, ``{name: {"same_file", "same_info", "mlflow_reads", "mpk_reads"}}``: whether both write the same
input_example.json and saved_input_example_info, and what is wrong with what MLflow reads of ours and we of MLflow's, or
null.
"""

# MLflow is where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import datetime
import json
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import pandas as pd
from mlflow.models import Model, infer_signature
from mlflow.models.utils import _Example, _read_example
from scipy import sparse

from mpk_runtime import payload
from mpk_runtime.enforcement import Enforcement
from mpk_runtime.examples import protocol, reading, stored
from mpk_runtime.examples.example import Example
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature

NAN = float("nan")
WHEN = datetime.datetime(2026, 1, 31, 12, 30, 0, 250)  # noqa: DTZ001 - MLflow knows no zones
FRAME = pd.DataFrame(
    {
        "truth": [True, False],
        "small": np.array([1, -2], dtype="int32"),
        "large": [2**53 + 1, -(2**63)],
        "single": np.array([0.1, NAN], dtype="float32"),
        "text": ["", "\u00e9\n"],
        "data": [b"\0\xff" * 40, b""],
        "when": pd.to_datetime(["2026-01-31T00:00:00.000001", "2026-01-31T00:00:00.000002"]),
        "list": [[1, 2], [3]],
    }
)
KINDS = {
    "frame": FRAME,
    "frame without names": pd.DataFrame([[1, 2.5], [2, 3.5]]),
    "array": np.array([[0.1, NAN]], dtype="float32"),
    "integers": np.array([[1, 255]], dtype="uint8"),
    "texts": np.array([["a", "\u00e9"]]),
    "arrays": {"x": np.array([[1.5]], dtype="float16"), "y": np.array([True])},
    "csr": sparse.csr_matrix(np.array([[0, 0, 1.5], [0, 2.5, 0]])),
    "csc": sparse.csc_matrix(np.array([[0, 0, 1], [0, 2, 0]])),
    "record": {"a": 1, "b": "x"},
    "nested": {"a": [1, 2], "b": {"c": ["x"]}},
    "records": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    "list": ["a", "b"],
    "text": "hello",
    "bytes": b"\0\xff" * 40,
    "moment": WHEN,
    "number": 5,
}


def compared(name: str, value: object) -> dict[str, object]:
    """What the two make of one example."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signature = infer_signature(value)
    theirs = _Example(value)
    # Records are a table to mpk.
    ours = reading.from_json(value) if name == "records" else Example(value)
    described = ours.as_document()
    inputs = Signature.from_document(signature.to_dict()).inputs
    info = {one: theirs.info[one] for one in ("type", "pandas_orient") if one in theirs.info}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "input_example.json").write_text(described["stored"], encoding="utf-8")
        document = {**described["info"], "artifact_path": "input_example.json"}
        read = _read_example(Model(signature=signature, saved_input_example_info=document), folder)
        theirs.save(folder)
        found, _ = stored.read(folder, {"saved_input_example_info": theirs.info}, inputs)
        file = json.loads(pathlib.Path(folder, "input_example.json").read_text())
    return {
        "same_file": file == json.loads(described["stored"]),
        "same_info": info == described["info"],
        "mlflow_reads": protocol.difference(ours.kind, ours.value, read),
        "mpk_reads": protocol.difference(Example(value).kind, value, found),
    }


def read_from_files() -> dict[str, object]:
    """Kinds that only a file holds, and that need a library which mpk's own environment has not."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        Image.new("RGB", (2, 1), (255, 0, 7)).save(folder / "x.png")
        FRAME.to_parquet(folder / "x.parquet")
        sparse.save_npz(folder / "x.npz", sparse.csc_matrix(np.array([[0, 1.5]])))
        sparse.save_npz(folder / "y.npz", sparse.coo_matrix(np.array([[0, 1.5]])))
        given = [("x.png", None), ("x.png", "array"), ("x.png", "bytes"), ("x.parquet", None), ("x.npz", None)]
        image, array, data, frame, matrix = (reading.read({"path": str(folder / one), "as": to}) for one, to in given)
        written = image.as_document()
        try:
            refused = ""
            reading.read({"path": str(folder / "y.npz")})
        except ValueError as error:
            refused = str(error)
        return {
            "kinds": [one.kind for one in (image, array, data, frame, matrix)],
            "image": [image.value.size, image.value.getpixel((0, 0)), written["info"]],
            "image_lost": protocol.difference("image", image.value, stored.opened_image(json.loads(written["stored"]))),
            "array": [str(array.value.dtype), array.value.tolist()],
            "bytes": data.value == (folder / "x.png").read_bytes(),
            "frame_lost": protocol.difference("frame", FRAME, frame.value),
            "matrix": [matrix.value.format, matrix.value.toarray().tolist()],
            "refused": refused,
            "parquet": asked((folder / "x.parquet").read_bytes()),
        }


def asked(body: bytes) -> object:
    """What a request with a parquet file gives to the model, and one with something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enforcement = Enforcement(Signature.from_document(infer_signature(FRAME).to_dict()))
    found = payload.decode(body, payload.PARQUET, enforcement)[0]
    try:
        payload.decode(b"x", payload.PARQUET, enforcement)
    except RequestError as error:
        return [protocol.difference("frame", FRAME, found), error.message]
    return None


if __name__ == "__main__":
    json.dump(
        {**{name: compared(name, value) for name, value in KINDS.items()}, "files": read_from_files()}, sys.stdout
    )
