"""Reads input examples: files of every kind, and data that stands in the manifest.

What a file becomes: ``.json`` what JSON says, a table where it holds one; ``.csv`` and ``.parquet`` a pandas DataFrame;
``.npy`` a numpy array; ``.npz`` a dict of them, or the sparse matrix that scipy saved; ``.txt`` text; ``.bin`` bytes;
``.png``, ``.jpg`` and ``.jpeg`` a PIL image, or what ``as`` says: ``array``, ``bytes`` or ``image``.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
from typing import Any, Callable

from mpk_runtime.enforcement.forms import FORMS
from mpk_runtime.examples.example import Example

_IMAGES = (".png", ".jpg", ".jpeg")


def read(given: dict[str, Any], *, listed: bool = False, fractions: str | None = None) -> Example:
    """The example that the manifest gives: ``{"path": file, "as": null or what}`` or ``{"data": JSON value}``.

    ``listed``: the model takes a list of whatever JSON has, and neither a table nor an array. ``fractions``: the dtype
    that an array of JSON's fractions has for the model; None: numpy's own, ``float64``.

    Raises:
        ValueError: The file holds something that is no input example; the text says what.
        ImportError: The library that reads such files is not there.
    """
    path = given.get("path")
    if path is None:
        return from_json(given["data"], listed=listed, fractions=fractions)
    try:
        return _in_file(path, given.get("as"), listed=listed, fractions=fractions)
    except (ValueError, ImportError, FileNotFoundError):
        raise
    except Exception as error:
        # Of a broken file each library raises what it likes: EOFError, BadZipFile, UnidentifiedImageError, ...
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _in_file(path: str, wanted: str | None, *, listed: bool, fractions: str | None) -> Example:
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".json" and wanted is None:
        return _json(path, listed=listed, fractions=fractions)
    if wanted == "bytes":
        return Example(_bytes(path))
    if suffix in _IMAGES:
        return _image(path, wanted or "image")
    found: Example = _FILES[suffix](path)
    return found


def from_json(value: Any, *, listed: bool = False, fractions: str | None = None) -> Example:
    """The example that a JSON value is; a table, in any form of the scoring protocol, becomes a pandas DataFrame.

    ``listed`` and ``fractions`` are those of `read`.
    """
    form, inner = form_of(value)
    if listed and not (form.startswith("dataframe") and isinstance(value, dict)):
        return Example(inner)
    frame = form.startswith("dataframe") or (
        isinstance(inner, list) and inner and all(isinstance(row, dict) for row in inner)
    )
    if frame:
        import pandas as pd

        if form != "dataframe_split":
            return Example(pd.DataFrame(inner))
        _check_split(inner)
        return Example(pd.DataFrame(inner["data"], inner.get("index"), inner["columns"]))
    # A model that takes arrays has numpy; one that does without gets the list.
    if _is_numbers(inner) and importlib.util.find_spec("numpy") is not None:
        import numpy as np

        array = np.array(inner)
        return Example(array.astype(fractions) if fractions and array.dtype == np.float64 else array)
    return Example(inner)


def form_of(value: Any) -> tuple[str, Any]:
    """The form of the scoring protocol that a JSON value has or needs, and the value of that form."""
    if isinstance(value, dict):
        forms = [form for form in FORMS if form in value]
        if len(forms) == 1:
            return forms[0], value[forms[0]]
        if set(value) in ({"columns", "data"}, {"columns", "data", "index"}):
            return "dataframe_split", value
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return "dataframe_records", value
    return "inputs", value


def _check_split(value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list) or "data" not in value:
        raise ValueError("'dataframe_split' must be an object with 'columns' and 'data', and perhaps 'index'")
    names = [str(name) for name in value["columns"]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns are called '{twice[0]}'")


def _is_numbers(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(_is_numbers(one) or (isinstance(one, (int, float)) and not isinstance(one, bool)) for one in value)


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _json(path: str, *, listed: bool, fractions: str | None) -> Example:
    with open(path, encoding="utf-8-sig") as file:
        return from_json(json.load(file), listed=listed, fractions=fractions)


def _text(path: str) -> Example:
    with open(path, encoding="utf-8", newline="") as file:
        return Example(file.read())


def _csv(path: str) -> Example:
    import pandas as pd

    return Example(pd.read_csv(path))


def _parquet(path: str) -> Example:
    import pandas as pd

    return Example(pd.read_parquet(path))


def _npy(path: str) -> Example:
    import numpy as np

    # An array of objects is a pickle, and is refused.
    return Example(np.load(path, allow_pickle=False))


def _npz(path: str) -> Example:
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        names = list(file.files)
        if "format" not in names:
            return Example({name: file[name] for name in names})
        form = file["format"].item()
    from scipy import sparse

    matrix = sparse.load_npz(path)
    made = {b"csr": sparse.csr_matrix, b"csc": sparse.csc_matrix}.get(form)
    if made is None:
        found = form.decode("ascii", "replace")
        raise ValueError(f"a sparse matrix in the format {found}; expected csr or csc: save_npz(file, matrix.tocsr())")
    return Example(made(matrix))


def _image(path: str, wanted: str) -> Example:
    from PIL import Image

    file = _bytes(path)
    image = Image.open(io.BytesIO(file))
    image.load()
    if wanted == "image":
        return Example(image, file)
    import numpy as np

    return Example(np.array(image))


_FILES: dict[str, Callable[[str], Example]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".npy": _npy,
    ".npz": _npz,
    ".txt": _text,
    ".bin": lambda path: Example(_bytes(path)),
}
