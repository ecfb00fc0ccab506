"""Pickles with the same bytes in every folder and process, and what a pickle needs when it is read.

cloudpickle puts a random id and absolute file names into what it pickles by value (cloudpickle 3.1); here the id is a
digest of the content, and file names are relative.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import sys
import types
from typing import Any, Callable, Iterator

from mpk_runtime.pickles import culprit, ordering, reading

PROTOCOL = 4


def dump(model: Any, path: str) -> str:
    """Pickle ``model`` into a file; returns ``pickle``, or ``cloudpickle`` where code had to go along by value.

    Raises:
        pickle.PicklingError: Neither can pickle it; the text names what stands in the way.
    """

    def pickled(pickler: Any) -> bytes:
        buffer = io.BytesIO()
        pickler(buffer, protocol=PROTOCOL).dump(model)
        return buffer.getvalue()

    try:
        data, form = dump_with(pickled)
    except pickle.PicklingError as error:
        raise pickle.PicklingError(_culprit(model) or str(error)) from error
    with open(path, "wb") as file:
        file.write(data)
    return form


def dump_with(write: Callable[[Any], bytes], pickle_in: Callable[[bytes], bytes] = bytes) -> tuple[bytes, str]:
    """What ``write`` makes with a class of picklers, and the ``pickle`` or ``cloudpickle`` that this class is of.

    Args:
        write: Makes the file that holds the model; called with the class that its pickle is to be made with.
        pickle_in: The pickle in such a file.

    Raises:
        pickle.PicklingError: Neither can pickle it; the text names what stands in the way.
    """
    try:
        data = write(pickle.Pickler)
        if ordering.has_sets(pickle_in(data)):
            data = write(ordering.OrderedPickler)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return _dump_by_value(write, pickle_in, str(error)), "cloudpickle"
    if "__main__" in globals_of(pickle_in(data)):
        return _dump_by_value(write, pickle_in, "defined in __main__"), "cloudpickle"
    return data, "pickle"


def globals_of(data: bytes) -> list[str]:
    """The modules that reading a pickle imports, read from its opcodes without running it."""
    return sorted({module for module, _ in reading.read(data).names})


def _dump_by_value(write: Callable[[Any], bytes], pickle_in: Callable[[bytes], bytes], why: str) -> bytes:
    try:
        import cloudpickle
    except ImportError:
        raise pickle.PicklingError(f"{why}; cloudpickle, which could, is not installed") from None
    base: type = cloudpickle.Pickler
    try:
        with _picklers(cloudpickle, base, "") as pickler:
            draft = write(pickler)
        if ordering.has_sets(pickle_in(draft)):
            base = ordering.of_cloudpickle(cloudpickle)
            with _picklers(cloudpickle, base, "") as pickler:
                draft = write(pickler)
        with _picklers(cloudpickle, base, hashlib.sha256(draft).hexdigest()) as pickler:
            return write(pickler)
    except Exception as error:
        raise pickle.PicklingError(str(error)) from error


def _culprit(model: Any) -> str | None:
    try:
        import cloudpickle
    except ImportError:
        return None
    return culprit.told(model, cloudpickle.dumps)


@contextlib.contextmanager
def _picklers(cloudpickle: Any, base: Any, name: str) -> Iterator[Any]:
    # cloudpickle 2 has it in cloudpickle_fast.
    inner: Any = sys.modules[cloudpickle.Pickler.__module__]
    trackers: dict[type, str] = {}
    # One string a name: equal strings that are not one and the same make other bytes.
    names: dict[str, str] = {}

    def short(path: str) -> str:
        return names.setdefault(path, _portable(path))

    def tracker_id(class_: type) -> str:
        return trackers.setdefault(class_, f"{name}-{len(trackers)}")

    class Pickler(base):  # type: ignore[misc]
        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, types.CodeType):
                return inner._code_reduce(value.replace(co_filename=short(value.co_filename)))  # noqa: SLF001
            return super().reducer_override(value)

        def _function_getnewargs(self, function: Any) -> Any:
            arguments = super()._function_getnewargs(function)
            # The one dict of globals that all functions of a module share, with where the module lies.
            globals_ = arguments[1]
            if isinstance(globals_.get("__file__"), str):
                globals_["__file__"] = short(globals_["__file__"])
            if "__path__" in globals_:
                globals_["__path__"] = [short(path) for path in globals_["__path__"]]
            return arguments

    kept = inner._get_or_create_tracker_id  # noqa: SLF001 - the one place where cloudpickle makes its ids
    inner._get_or_create_tracker_id = tracker_id  # noqa: SLF001
    try:
        yield Pickler
    finally:
        inner._get_or_create_tracker_id = kept  # noqa: SLF001


def _portable(path: str) -> str:
    return (relative(path) or os.path.basename(path)) if os.path.isabs(path) else path


def relative(path: str) -> str | None:
    """The path below the entry of ``sys.path`` that it lies in, or None."""
    for entry in sys.path:
        folder = os.path.join(os.path.abspath(entry or "."), "")
        if os.path.abspath(path).startswith(folder):
            return os.path.relpath(path, folder)
    return None
