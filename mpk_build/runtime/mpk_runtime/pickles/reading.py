"""What a pickle would import, read from its opcodes without running it.

What can't be followed is told as a problem: a name that is computed, an opcode that no pickle has, bytes behind the
end.
"""

from __future__ import annotations

import io
import pickletools
from typing import Any, BinaryIO

from mpk_runtime.pickles import opcodes
from mpk_runtime.pickles.joblib_arrays import ArrayError
from mpk_runtime.pickles.machine import CannotFollowError, Machine, Name

_NESTED = 20
# What torch.save wrote before version 1.6 begins with; five pickles, and then the bytes of the tensors.
_TORCH_MAGIC, _TORCH_PICKLES = 0x1950A86A20F9469CFC6C, 5


class PickleReading:
    """What was found.

    Attributes:
        names: Module and name of all that is imported, sorted.
        problems: What could not be followed.
        nested: Files in it that loading it would load.
        first: What the first pickle is, if it is a constant.
        complete: Whether the first pickle has its end.
    """

    def __init__(self) -> None:
        self.found: set[Name] = set()
        self.problems: list[str] = []
        self.nested: list[bytes] = []
        self.first: Any = None
        self.complete = False

    @property
    def names(self) -> list[Name]:
        """Module and name of all that is imported, sorted."""
        return sorted(self.found)


def read(data: bytes) -> PickleReading:
    """Read all pickles in ``data``, one behind the other."""
    reading = PickleReading()
    file = io.BytesIO(data)
    reading.first = read_one(file, reading)
    reading.complete = not reading.problems
    _read_rest(file, len(data), reading)
    return reading


def read_one(file: BinaryIO, reading: PickleReading, depth: int = 0) -> Any:
    """Read one pickle from where a file stands, into ``reading``; returns the symbol that it makes, or None."""
    if depth > _NESTED:
        reading.problems.append("pickles nested too deeply")
        return None
    machine = Machine(file, lambda: _read_nested(file, reading, depth))
    try:
        for opcode, argument, _position in pickletools.genops(file):  # type: ignore[no-untyped-call,unused-ignore]
            opcodes.step(machine, opcode.name, argument)
        return machine.pop()
    except (CannotFollowError, ArrayError) as error:
        reading.problems.append(str(error))
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, UnicodeError, EOFError, AttributeError):
        reading.problems.append("no pickle, or a broken one")
    finally:
        reading.found |= machine.found
        reading.nested += machine.nested
    return None


def _read_nested(file: BinaryIO, reading: PickleReading, depth: int) -> None:
    read_one(file, reading, depth + 1)


def _read_rest(file: BinaryIO, size: int, reading: PickleReading) -> None:
    count = 1
    while not reading.problems and file.tell() < size:
        if reading.first == _TORCH_MAGIC and count == _TORCH_PICKLES:
            return
        at = file.tell()
        read_one(file, reading)
        count += 1
        if reading.problems:
            reading.problems[-1] = f"{size - at} bytes behind the end of a pickle"
