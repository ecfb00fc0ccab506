"""What each opcode of a pickle does to the machine."""

from __future__ import annotations

from typing import Any, Callable

from mpk_runtime.pickles.machine import MARK, UNKNOWN, CannotFollowError, Machine


def step(machine: Machine, name: str, argument: Any) -> None:
    """Do what an opcode does, by its name in `pickletools`.

    Raises:
        CannotFollowError: It is one that no model's pickle has, or does what can't be told without running it.
    """
    if name in _CONSTANTS:
        machine.push(_CONSTANTS[name](argument))
    elif name in _STEPS:
        _STEPS[name](machine, argument)
    else:
        raise CannotFollowError(f"the opcode {name}")


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
    machine.push(UNKNOWN)


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
    machine.drop()


def _to_mark(machine: Machine, _argument: Any) -> None:
    machine.above_mark()


def _frozenset(machine: Machine, _argument: Any) -> None:
    machine.above_mark()
    machine.push(UNKNOWN)


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
    "EMPTY_SET": lambda _: UNKNOWN,
    "MARK": lambda _: MARK,
    "PERSID": lambda _: UNKNOWN,
    "NEXT_BUFFER": lambda _: UNKNOWN,
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
