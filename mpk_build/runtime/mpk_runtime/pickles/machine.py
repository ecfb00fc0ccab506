"""The machine of pickles, with symbols on its stack for what the real one would make.

See https://docs.python.org/3/library/pickletools.html, protocols 0 to 5.
"""

from __future__ import annotations

import _compat_pickle
from typing import Any, BinaryIO, Callable, Tuple

from mpk_runtime.pickles.joblib_arrays import WRAPPER, skip_array

Name = Tuple[str, str]
_MARK = object()
_UNKNOWN = object()
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

    def step(self, name: str, argument: Any) -> None:
        """Do what an opcode does; raises `CannotFollowError`."""
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name](argument))
        elif name in _STEPS:
            _STEPS[name](self, argument)
        else:
            raise CannotFollowError(f"the opcode {name}")

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
        if value is _MARK:
            raise CannotFollowError("a stack that does not fit its marks")
        return value

    def push_again(self) -> None:
        """Put the top on itself."""
        value = self.pop()
        self._getattrs += _is(value, _GETATTR)
        self._stack += [value, value]

    def above_mark(self) -> list[Any]:
        """Take off all above the last mark, and the mark."""
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is _MARK:
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


def _stack_global(machine: Machine, _argument: Any) -> None:
    name, module = machine.pop(), machine.pop()
    machine.import_name(module, name)


def _of_text(machine: Machine, argument: Any) -> None:
    module, _, name = str(argument).partition(" ")
    machine.import_name(module, name)


def _inst(machine: Machine, argument: Any) -> None:
    arguments = tuple(machine.above_mark())
    _of_text(machine, argument)
    machine.call(machine.pop(), arguments)


def _obj(machine: Machine, _argument: Any) -> None:
    function, *arguments = machine.above_mark()
    machine.call(function, tuple(arguments))


def _reduce(machine: Machine, _argument: Any) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.call(function, arguments)


def _new_with_names(machine: Machine, _argument: Any) -> None:
    _names, arguments, function = machine.pop(), machine.pop(), machine.pop()
    machine.call(function, arguments)


def _persistent(machine: Machine, _argument: Any) -> None:
    machine.pop()
    machine.push(_UNKNOWN)


def _tuple(count: int) -> Callable[[Machine, Any], None]:
    def step(machine: Machine, _argument: Any) -> None:
        machine.push(tuple([machine.pop() for _ in range(count)][::-1]))

    return step


def _set_items(machine: Machine, _argument: Any) -> None:
    _into(machine, machine.above_mark())


def _set_item(machine: Machine, _argument: Any) -> None:
    value, key = machine.pop(), machine.pop()
    _into(machine, [key, value])


def _into(machine: Machine, items: list[Any]) -> None:
    target = machine.pop()
    if isinstance(target, dict):
        pairs = zip(items[::2], items[1::2])
        target.update((key, value) for key, value in pairs if isinstance(key, (str, int)))
    machine.push(target)


def _append(machine: Machine, _argument: Any) -> None:
    value, target = machine.pop(), machine.pop()
    if isinstance(target, list):
        target.append(value)
    machine.push(target)


def _appends(machine: Machine, _argument: Any) -> None:
    values, target = machine.above_mark(), machine.pop()
    if isinstance(target, list):
        target.extend(values)
    machine.push(target)


def _dict(machine: Machine, _argument: Any) -> None:
    items = machine.above_mark()
    machine.push({})
    _into(machine, items)


def _pop(machine: Machine, _argument: Any) -> None:
    # The real one takes a mark off, too.
    machine._stack.pop()  # noqa: SLF001 - a part of it


def _to_mark(machine: Machine, _argument: Any) -> None:
    machine.above_mark()


def _frozenset(machine: Machine, _argument: Any) -> None:
    machine.above_mark()
    machine.push(_UNKNOWN)


def _dup(machine: Machine, _argument: Any) -> None:
    machine.push_again()


def _same(value: Any) -> Any:
    return value


def _nothing(_machine: Machine, _argument: Any) -> None:
    """Of no consequence."""


_CONSTANTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"), _same),
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING"), _same),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _same),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _same),
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_LIST": lambda _: [],
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_DICT": lambda _: {},
    "EMPTY_SET": lambda _: _UNKNOWN,
    "MARK": lambda _: _MARK,
    "PERSID": lambda _: _UNKNOWN,
    "NEXT_BUFFER": lambda _: _UNKNOWN,
}
_STEPS: dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": Machine.proto,
    "FRAME": _nothing,
    "STOP": Machine.end,
    "READONLY_BUFFER": _nothing,
    "GLOBAL": _of_text,
    "STACK_GLOBAL": _stack_global,
    "INST": _inst,
    "OBJ": _obj,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_with_names,
    "BUILD": Machine.build,
    "BINPERSID": _persistent,
    "TUPLE": lambda machine, _: machine.push(tuple(machine.above_mark())),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "LIST": lambda machine, _: machine.push(list(machine.above_mark())),
    "DICT": _dict,
    "FROZENSET": _frozenset,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "APPEND": _append,
    "APPENDS": _appends,
    "ADDITEMS": _to_mark,
    "POP": _pop,
    "POP_MARK": _to_mark,
    "DUP": _dup,
    "PUT": Machine.put,
    "BINPUT": Machine.put,
    "LONG_BINPUT": Machine.put,
    "MEMOIZE": Machine.memoize,
    "GET": Machine.get,
    "BINGET": Machine.get,
    "LONG_BINGET": Machine.get,
}
