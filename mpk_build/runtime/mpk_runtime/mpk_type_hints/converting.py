"""Data turned into what a type hint says."""

from __future__ import annotations

import base64
import binascii
import datetime
import enum
import typing
from typing import Any, Callable

from .reading import Fields, bare, element_of, fields, is_pydantic, options_of, plain


class HintError(ValueError):
    """A model input is not what the type hint says; the text says where, and holds no value."""


def converted(data: Any, hint: Any) -> Any:
    """Data as the hint says: objects for dicts, moments for ISO 8601, bytes for base64, lists for tables and arrays.

    Raises:
        HintError: They are something else.
    """
    return _converted("the input", _as_list(data, hint), hint)


def _as_list(data: Any, hint: Any) -> Any:
    element = element_of(hint)
    if element is None or isinstance(data, (list, tuple)):
        return data
    if type(data).__name__ == "DataFrame":
        # One column without a name holds the elements; otherwise each row is one.
        if list(data.columns) == [0] or (len(data.columns) == 1 and fields(plain(element)) is None):
            return _as_list(data.iloc[:, 0], hint)
        return [{name: _present(value) for name, value in row.items()} for row in data.to_dict(orient="records")]
    return [_present(value) for value in data.tolist()] if hasattr(data, "tolist") else data


def _present(value: Any) -> Any:
    missing = isinstance(value, float) and value != value  # noqa: PLR0124 - NaN
    return None if missing or type(value).__name__ in ("NAType", "NaTType") else value


def _converted(where: str, value: Any, hint: Any) -> Any:
    hint = bare(hint)
    options = options_of(hint)
    if options is not None:
        inner = [one for one in options if one is not type(None)]
        # A missing number comes as NaN where a signature was held to.
        if _present(value) is None and len(inner) < len(options):
            return None
        return _converted(where, value, inner[0]) if len(inner) == 1 else value
    arguments = typing.get_args(hint)
    if arguments and typing.get_origin(hint) in (list, dict):
        return _of_container(where, value, hint, arguments[-1])
    known = fields(hint)
    if known is not None:
        return _of_fields(where, value, hint, known)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return _member(where, value, hint)
    convert = _SCALARS.get(hint)
    return value if convert is None else convert(where, value)


def _of_container(where: str, value: Any, hint: Any, inner: Any) -> Any:
    if typing.get_origin(hint) is dict:
        _check(where, value, dict, "an object")
        return {name: _converted(f"{where}.{name}", one, inner) for name, one in value.items()}
    value = value.tolist() if hasattr(value, "tolist") else value
    _check(where, value, (list, tuple), "a list")
    return [_converted(f"{where}[{at}]", one, inner) for at, one in enumerate(value)]


def _member(where: str, value: Any, kind: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise HintError(f"{where} is none of the values of {kind.__name__}") from None


def _of_fields(where: str, value: Any, kind: Any, known: Fields) -> Any:
    if not issubclass(kind, dict) and isinstance(value, kind):
        return value
    _check(where, value, dict, f"an object of the fields of {kind.__name__}")
    if is_pydantic(kind):
        return _pydantic(where, value, kind)
    missing = sorted(name for name, (_, required) in known.items() if required and name not in value)
    unknown = sorted(str(name) for name in value if name not in known)
    if missing or unknown:
        what, names = ("has no", missing) if missing else ("has the unknown", unknown)
        raise HintError("{} {} {}".format(where, what, ", ".join(f"'{name}'" for name in names)))
    return kind(**{name: _converted(f"{where}.{name}", one, known[name][0]) for name, one in value.items()})


def _pydantic(where: str, value: Any, kind: Any) -> Any:
    import pydantic

    try:
        return kind.model_validate(value) if hasattr(kind, "model_validate") else kind.parse_obj(value)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        raise HintError("{}{}: {}".format(where, place, first["msg"])) from None


def _check(where: str, value: Any, kind: Any, expected: str) -> None:
    if not isinstance(value, kind):
        raise HintError(f"{where} is a {type(value).__name__}; expected {expected}")


def _number(kind: type, *others: type) -> Callable[[str, Any], Any]:
    def convert(where: str, value: Any) -> Any:
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, bool) and kind is not bool:
            _check(where, value, (), kind.__name__)
        _check(where, value, (kind, *others), kind.__name__)
        return kind(value)

    return convert


def _text(where: str, value: Any) -> str:
    _check(where, value, str, "str")
    return str(value)


def _bytes(where: str, value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise HintError(f"{where} is text that is not base64") from None
    _check(where, value, (bytes, bytearray), "bytes")
    return bytes(value)


def _moment(where: str, value: Any) -> Any:
    if isinstance(value, str):
        try:
            # Before 3.11 there is no Z.
            return datetime.datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] in ("Z", "z") else value)
        except ValueError:
            raise HintError(f"{where} is text that is not a moment of ISO 8601") from None
    _check(where, value, datetime.datetime, "datetime")
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def _day(where: str, value: Any) -> Any:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    return _moment(where, value).date()


_SCALARS: dict[Any, Callable[[str, Any], Any]] = {
    bool: _number(bool),
    int: _number(int),
    float: _number(float, int),
    str: _text,
    bytes: _bytes,
    datetime.datetime: _moment,
    datetime.date: _day,
}
