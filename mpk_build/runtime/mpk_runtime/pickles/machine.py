"""The machine of pickles, with symbols on its stack for what the real one would make.

See https://docs.python.org/3/library/pickletools.html, protocols 0 to 5.
"""

from __future__ import annotations

import _compat_pickle
from typing import Any, BinaryIO, Callable, Tuple

from mpk_runtime.pickles.joblib_arrays import WRAPPER, skip_array

Name = Tuple[str, str]
MARK = object()
UNKNOWN = object()
_PYTHON_3 = 3
_PAIR = 2
# What loads the bytes that it is called with, as torch.load does.
_LOADS_BYTES = ("torch.storage", "_load_from_bytes")
_GETATTR = ("builtins", "getattr")


class Global:
    """A name that the pickle imports.

    Attributes:
        module: Its module.
        name: What of it, perhaps with dots.
    """

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name


class Called:
    """What calling something gives, whatever that is.

    Attributes:
        function: What is called: a `Global`, or another symbol.
        arguments: What with.
    """

    def __init__(self, function: Any, arguments: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.state: Any = None


class CannotFollowError(Exception):
    """The pickle does something that can't be told without running it; the text says what."""


class Machine:
    """Goes through the opcodes of one pickle.

    Attributes:
        found: The names that it imports.
        nested: Files in it that loading it would load.
    """

    def __init__(self, file: BinaryIO, read_nested: Callable[[], None]) -> None:
        self.found: set[Name] = set()
        self.nested: list[bytes] = []
        self._file = file
        self._read_nested = read_nested
        self._protocol = 0
        self._getattrs = 0
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def end(self, _argument: Any) -> None:
        """See what was left over."""
        if self._getattrs:
            self.found.add(_GETATTR)

    def proto(self, number: Any) -> None:
        """Read on by a protocol."""
        self._protocol = number

    def pop(self) -> Any:
        """Take off the top."""
        value = self._stack.pop()
        if value is MARK:
            raise CannotFollowError("a stack that does not fit its marks")
        return value

    def push_again(self) -> None:
        """Put the top on itself."""
        value = self.pop()
        self._getattrs += _is(value, _GETATTR)
        self._stack += [value, value]

    def drop(self) -> None:
        """Take off the top, even a mark."""
        self._stack.pop()

    def above_mark(self) -> list[Any]:
        """Take off all above the last mark, and the mark."""
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is MARK:
                above = self._stack[at + 1 :]
                del self._stack[at:]
                return above
        raise CannotFollowError("a mark that is not there")

    def push(self, value: Any) -> None:
        """Put on the top."""
        self._stack.append(value)

    def put(self, at: Any) -> None:
        """Remember the top."""
        self._memo[int(at)] = self._stack[-1]

    def memoize(self, _argument: Any) -> None:
        """Remember the top by the next number."""
        self._memo[len(self._memo)] = self._stack[-1]

    def get(self, at: Any) -> None:
        """Put what is remembered on the top."""
        if int(at) not in self._memo:
            raise CannotFollowError("a memo that is not there")
        self._getattrs += _is(self._memo[int(at)], _GETATTR)
        self._stack.append(self._memo[int(at)])

    def import_name(self, module: Any, name: Any) -> None:
        """Import what two symbols say."""
        if type(module) is not str or type(name) is not str:
            raise CannotFollowError("an import whose name is computed")
        if self._protocol < _PYTHON_3:
            # As the real one does for what Python 2 wrote.
            module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
            module = _compat_pickle.IMPORT_MAPPING.get(module, module)
        self.push_name(module, name)

    def push_name(self, module: str, name: str) -> None:
        """Put something that is imported on the top."""
        if (module, name) == _GETATTR:
            self._getattrs += 1
        else:
            self.found.add((module, name))
        self._stack.append(Global(module, name))

    def call(self, function: Any, arguments: Any) -> None:
        """Put what a call gives on the top."""
        attribute = _attribute(arguments) if _is(function, _GETATTR) else None
        if attribute is not None:
            # Before protocol 4, this is how a name with dots is said.
            self._getattrs -= 1
            self.push_name(*attribute)
            return
        if _is(function, _LOADS_BYTES):
            if not isinstance(arguments, tuple) or len(arguments) != 1 or not isinstance(arguments[0], bytes):
                raise CannotFollowError("a pickle in a pickle that is computed")
            self.nested.append(arguments[0])
        self._stack.append(_latin_1(function, arguments) or Called(function, arguments))

    def build(self, _argument: Any) -> None:
        """Give what lies below the top its state."""
        state, built = self.pop(), self.pop()
        if isinstance(built, Called):
            built.state = state
        self._stack.append(built)
        # joblib: the array itself lies in the file right here, or another pickle of its objects.
        of_joblib = isinstance(built, Called) and _is(built.function, WRAPPER)
        if of_joblib and skip_array(self._file, state):
            self._read_nested()


def _attribute(arguments: Any) -> Name | None:
    """The name with dots that ``getattr`` gives, where it is one of something that is imported."""
    if not isinstance(arguments, tuple) or len(arguments) != _PAIR:
        return None
    owner, name = arguments
    if not isinstance(owner, Global) or not isinstance(name, str):
        return None
    return owner.module, f"{owner.name}.{name}"


def _latin_1(function: Any, arguments: Any) -> bytes | None:
    """The bytes that protocols 0 to 2 write as text."""
    if not _is(function, ("_codecs", "encode")) or not isinstance(arguments, tuple) or len(arguments) != _PAIR:
        return None
    text, encoding = arguments
    return text.encode("latin-1") if isinstance(text, str) and encoding == "latin1" else None


def _is(function: Any, name: Name) -> bool:
    if isinstance(function, Called) and _is(function.function, ("copyreg", "_reconstructor")):
        return _is((function.arguments or (None,))[0], name)
    return isinstance(function, Global) and (function.module, function.name) == name
