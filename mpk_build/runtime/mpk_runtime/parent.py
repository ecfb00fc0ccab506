"""A process that does not outlive the one that started it, however that one ends."""

from __future__ import annotations

import contextlib
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGKILL) -> bool:
    """Have the kernel send ``number`` to this process when its parent is gone; see prctl(2).

    It works while native code holds the interpreter, unlike a thread that watches. Returns whether the kernel
    can do it: Linux only.
    """
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) == 0)
    return False


def end_in_order() -> None:
    """Take SIGTERM as an interruption, so that what this process has started is ended too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
