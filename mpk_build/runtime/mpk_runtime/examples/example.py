"""Input examples: what they are, and as the request that carries them."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any

from mpk_runtime import prediction
from mpk_runtime.examples import stored

FRAME, ARRAY, ARRAYS, SPARSE = "frame", "array", "arrays", "sparse"
RECORD, LIST, SCALAR, IMAGE = "record", "list", "scalar", "image"


class Example:
    """An input example.

    Attributes:
        kind: ``frame`` (a pandas DataFrame), ``array`` (a numpy array), ``arrays`` (a dict of them), ``sparse`` (a
            scipy matrix, csr or csc), ``record`` (a dict), ``list``, ``scalar`` (text, bytes, a number, a boolean, a
            date), or ``image`` (a PIL image).
        value: What the model's ``predict`` is given.
        file: Of an image the bytes of its file, else None.
    """

    def __init__(self, value: Any, file: bytes | None = None) -> None:
        self.kind = kind_of(value)
        self.value = value
        self.file = file

    def as_document(self) -> dict[str, Any]:
        """The example as the capture records it.

        Returns:
            ``{"kind", "form": the form of MLflow's scoring protocol, "request": the body of a JSON request, "csv": the
            body of a CSV request or null, "info": of MLmodel's ``saved_input_example_info``, "stored": the text of
            ``input_example.json`` without params}``.

        Raises:
            ValueError: It holds something that JSON has no form for.
        """
        try:
            form, value, table = self._in_protocol()
            info, text = stored.written(self.kind, self.value, self.file)
        except TypeError as error:
            raise ValueError(str(error).replace("a prediction holds", "it holds")) from None
        document = {"kind": self.kind, "form": form, "request": {form: value}, "csv": table}
        return {**document, "info": info, "stored": text}

    def _in_protocol(self) -> tuple[str, Any, str | None]:
        if self.kind == FRAME:
            split, index = _split(self.value)
            if index == list(range(len(self.value))):
                return "dataframe_split", split, _as_csv(split)
            return "dataframe_split", {**split, "index": index}, None
        if self.kind == IMAGE:
            return "inputs", base64.b64encode(self.file or b"").decode("ascii"), None
        value = self.value.toarray() if self.kind == SPARSE else self.value
        return "inputs", prediction.encode(value), None


def kind_of(value: Any) -> str:
    """The kind of an input example, of those that `Example` names."""
    kinds = {"pandas.DataFrame": FRAME, "numpy.ndarray": ARRAY}
    library = type(value).__module__.split(".")[0]
    if library == "PIL":
        return IMAGE
    if library == "scipy":
        return SPARSE
    if isinstance(value, dict):
        arrays = [_is_array(one) for one in value.values()]
        return ARRAYS if arrays and all(arrays) else RECORD
    return kinds.get(f"{library}.{type(value).__name__}", LIST if isinstance(value, list) else SCALAR)


def _is_array(value: Any) -> bool:
    return f"{type(value).__module__}.{type(value).__name__}" == "numpy.ndarray"


def _split(frame: Any) -> tuple[dict[str, Any], Any]:
    names = [] if stored.has_default_names(frame) else [str(name) for name in frame.columns]
    data = [[prediction.encode(cell) for cell in row] for row in stored.rows(frame)]
    return {**({"columns": names} if names else {}), "data": data}, prediction.encode(list(frame.index))


def _as_csv(split: dict[str, Any]) -> str | None:
    if "columns" not in split:
        return None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(split["columns"])
    for row in split["data"]:
        writer.writerow(["" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell for cell in row])
    return out.getvalue()
