"""A model that takes tensors: arrays of the declared dtypes and shapes."""

from __future__ import annotations

from typing import Any

from mpk_runtime.enforcement import forms
from mpk_runtime.enforcement.strict.conversions import EXACT_IN_DOUBLE
from mpk_runtime.enforcement.strict.python_data import is_list, kind_of
from mpk_runtime.enforcement.strict.wording import found
from mpk_runtime.request_error import RequestError, schema_error

_BEYOND_INT64 = 2**63
_SPARSE = ("csr_matrix", "csc_matrix", "csr_array", "csc_array")


class Tensor:
    """One tensor of a signature, ``{"tensor-spec": {"dtype", "shape"}}`` and perhaps a name; -1 is a free axis."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str | None = spec.get("name")
        self.shape = tuple(spec["tensor-spec"]["shape"])
        self._dtype = spec["tensor-spec"]["dtype"]
        self.label = "The tensor" if self.name is None else f"The tensor '{self.name}'"

    def from_lists(self, value: Any) -> Any:
        """The numpy array of nested lists, where nothing is lost by it.

        Raises:
            RequestError: The values are not of the dtype, or the shape is another.
        """
        import numpy as np

        wanted = self._wanted()
        try:
            array = np.array(value)
        except ValueError:
            raise self._ragged() from None
        if array.dtype == object and any(isinstance(one, list) for one in array.flat):
            # Before numpy 1.24 lists of different lengths are no error.
            raise self._ragged()
        if array.dtype == object and wanted.kind == "f" and _are_numbers(value):
            # As in a column, null is a number that is missing.
            array = np.array(value, dtype="float64")
        if wanted.kind == "O":
            return self._of_shape(np.array(value, dtype=object))
        self._check_unmixed(array, value, wanted)
        if array.size == 0 or (array.dtype.kind in "iuf" and wanted.kind in "biuf"):
            array = self._cast(array, wanted)
        elif wanted.kind != array.dtype.kind:
            raise self._other_type(array, value, wanted)
        return self._of_shape(array)

    def from_array(self, array: Any) -> Any:
        """The array itself, where it is one of the dtype and shape.

        Raises:
            RequestError: It is not.
        """
        kind = kind_of(array)
        if kind in {"list", "tuple"}:
            return self.from_lists(array)
        sparse = kind.startswith("scipy.") and type(array).__name__ in _SPARSE
        if kind != "numpy.ndarray" and not sparse:
            raise schema_error(f"{self.label} is a {kind}, where an array of {self._wanted().name} is expected.")
        wanted = self._wanted()
        if array.dtype != wanted and not (array.dtype.kind == wanted.kind and wanted.kind in "US"):
            if array.dtype == object and array.ndim == 1 and len(self.shape) > 1:
                return self._of_ragged(array)
            raise schema_error(f"{self.label} has values of the type {array.dtype}, expected {wanted.name}.")
        return self._of_shape(array)

    def from_columns(self, frame: Any) -> Any:
        """The array of the columns of a frame: one with a value, a list or an array in each row, or one for each value.

        Raises:
            RequestError: They are not of the dtype, or can't have the shape.
        """
        import numpy as np

        if not len(frame.columns):
            raise self._other_shape((len(frame), 0))
        if len(frame.columns) > 1 or frame.empty or not is_list(frame.iloc[0, 0]):
            array = frame.to_numpy()
            return self.from_array(array if len(self.shape) > 1 or len(frame.columns) > 1 else array[:, 0])
        cells = list(frame.iloc[:, 0])
        rows: list[Any] = [np.ravel(cell) if is_list(cell) else [] for cell in cells]
        if len({len(row) for row in rows}) > 1:
            raise self._ragged()
        array = np.stack(rows)
        wanted = self._wanted()
        if isinstance(cells[0], (list, tuple)) and array.dtype.kind in "iuf" and wanted.kind in "biuf":
            array = self._cast(array, wanted)
        try:
            array = array.reshape((len(cells), *self.shape[1:]))
        except ValueError:
            raise self._other_shape(array.shape) from None
        return self.from_array(array)

    @property
    def _in_sentence(self) -> str:
        return self.label[0].lower() + self.label[1:]

    def _wanted(self) -> Any:
        import numpy as np

        return np.dtype(self._dtype)

    def _check_unmixed(self, array: Any, value: Any, wanted: Any) -> None:
        """Refuse what numpy has made one dtype of: numbers among texts, booleans among numbers, rounded integers."""
        types = _types(value)
        texts = wanted.kind != "U" or all(issubclass(one, str) for one in types)
        if not texts or (bool in types and len(types) > 1):
            raise self._other_type(array, value, wanted)
        if array.dtype.kind == "f" and int in types and (abs(array) >= EXACT_IN_DOUBLE).any():
            for at, one in _leaves(value, ()):
                if isinstance(one, int) and float(one) != one:
                    raise schema_error(f"{self._at(at)}: {found(one)}, which {array.dtype.name} can't hold.")

    def _ragged(self) -> RequestError:
        return schema_error(f"The rows of {self._in_sentence} have different lengths; expected shape {self.shape}.")

    def _of_ragged(self, array: Any) -> Any:
        inner = Tensor({"tensor-spec": {"dtype": self._dtype, "shape": self.shape[1:]}, "name": self.name})
        for row, one in enumerate(array):
            inner.label = f"{self.label}, row {row},"
            inner.from_array(one)
        return array

    def _of_shape(self, array: Any) -> Any:
        shape = self.shape
        if len(array.shape) != len(shape) or any(want not in (-1, have) for want, have in zip(shape, array.shape)):
            raise self._other_shape(array.shape)
        return array

    def _other_shape(self, shape: Any) -> RequestError:
        return schema_error(f"{self.label} has shape {tuple(shape)}, expected {self.shape}.")

    def _cast(self, array: Any, wanted: Any) -> Any:
        import numpy as np

        with np.errstate(all="ignore"):
            cast = array.astype(wanted)
            # A fraction may be rounded to fewer digits; an integer has to stay what it is, and finite what was finite.
            if "f" == array.dtype.kind == wanted.kind:
                kept = np.isfinite(cast) | ~np.isfinite(array)
            else:
                # There and back, and as values: either alone lets some integers of 64 bits pass that became others.
                kept = (cast == array) & (cast.astype(array.dtype) == array)
        if not kept.all():
            at = tuple(int(one) for one in np.argwhere(~kept)[0])
            raise schema_error(f"{self._at(at)}: {found(array[at].item())}, which {wanted.name} can't hold.")
        return cast

    def _other_type(self, array: Any, value: Any, wanted: Any) -> RequestError:
        kinds = {"b": (bool,), "i": (int,), "u": (int,), "f": (int, float), "U": (str,), "S": (bytes,)}
        right = kinds.get(wanted.kind, ())
        for at, one in _leaves(value, ()):
            if isinstance(one, int) and not isinstance(one, bool) and int in right and abs(one) >= _BEYOND_INT64:
                return schema_error(f"{self._at(at)}: {found(one)}, which {wanted.name} can't hold.")
            if not isinstance(one, right) or (isinstance(one, bool) and bool not in right):
                return schema_error(f"{self._at(at)}: {found(one)}, where {wanted.name} is expected.")
        return schema_error(f"{self.label} has values of the type {array.dtype}, expected {wanted.name}.")

    def _at(self, place: tuple[int, ...]) -> str:
        return f"{self.label}, {list(place)}" if place else self.label


def _leaves(value: Any, place: tuple[int, ...]) -> Any:
    if isinstance(value, (list, tuple)):
        for at, one in enumerate(value):
            yield from _leaves(one, (*place, at))
    else:
        yield place, value


def _types(value: Any) -> set[type]:
    if not isinstance(value, (list, tuple)):
        return {type(value)}
    types = set(map(type, value))
    if list in types or tuple in types:
        return set().union(*map(_types, value))
    return types


def _are_numbers(value: Any) -> bool:
    def is_one(leaf: Any) -> bool:
        exact = isinstance(leaf, float) or (type(leaf) is int and abs(leaf) <= EXACT_IN_DOUBLE)
        return leaf is None or exact

    return all(is_one(leaf) for _, leaf in _leaves(value, ()))


class Tensors:
    """The tensors of a signature: one without a name, or several with names."""

    def __init__(self, declared: list[dict[str, Any]]) -> None:
        self._tensors = [Tensor(spec) for spec in declared]
        self._named = self._tensors[0].name is not None

    def python(self, data: Any) -> Any:
        """An array, or a dict of arrays where the tensors have names; see `Enforcement.python`."""
        if not self._named:
            only = self._tensors[0]
            if kind_of(data) == "pandas.DataFrame":
                return only.from_columns(data)
            return only.from_array(data.to_numpy() if kind_of(data) == "pandas.Series" else data)
        if kind_of(data) == "pandas.DataFrame":
            self._check_names(data.columns)
            return {str(one.name): one.from_columns(data[[one.name]]) for one in self._tensors}
        if isinstance(data, dict):
            self._check_names(data)
            return {str(one.name): one.from_array(data[one.name]) for one in self._tensors}
        if len(self._tensors) == 1:
            return {str(self._tensors[0].name): self._tensors[0].from_array(data)}
        raise schema_error(f"The model input is a {kind_of(data)}, where {self._expected} is expected.")

    def json(self, form: str, value: Any) -> Any:
        """The same, of the value of ``inputs`` (an object of tensors) or ``instances`` (a list of objects)."""
        if form.startswith("dataframe"):
            raise schema_error("This model takes a tensor; send it as 'inputs' or 'instances'.")
        if not self._named:
            return self._tensors[0].from_lists(value)
        if isinstance(value, dict):
            self._check_names(value)
            return {str(one.name): one.from_lists(value[one.name]) for one in self._tensors}
        if value and forms.is_rows(value):
            for row, instance in enumerate(value):
                self._check_names(instance, f"Row {row}: ")
            return {str(one.name): one.from_lists([row[one.name] for row in value]) for one in self._tensors}
        if len(self._tensors) == 1:
            return {str(self._tensors[0].name): self._tensors[0].from_lists(value)}
        raise schema_error(f"'{form}' must be {self._expected}, or a list of objects with one of each.")

    def csv(self, _text: str) -> Any:
        """Refused: CSV holds no tensors."""
        message = "This model takes tensors, which CSV can't hold; send application/json."
        raise RequestError(message, "BAD_REQUEST", 415)

    @property
    def _expected(self) -> str:
        names = ", ".join(f"'{one.name}'" for one in self._tensors)
        return f"an object with the tensors {names}"

    def _check_names(self, given: Any, where: str = "") -> None:
        missing = [one.name for one in self._tensors if one.name not in given]
        if missing:
            raise schema_error(f"{where}Model is missing inputs {missing}.")
