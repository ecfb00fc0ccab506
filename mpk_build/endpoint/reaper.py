"""The first process of a container: hands signals on and buries the dead, as tini does.

The kernel gives process 1 two duties that no Python program does by itself: signals without an action are not
delivered to it, and every orphan in the container becomes its child.
"""

from __future__ import annotations

import os
import signal

_HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


def stay_behind() -> None:
    """Go on in a child process while this one stays behind as the first; call it before there are threads.

    Returns in the child only. This process ends when the child has, with its exit code, or 128 and the
    number of its signal.
    """
    # Blocked until there is an action for them: a signal that comes in between waits instead of being lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDED_ON)
    child = os.fork()
    if child:
        for number in _HANDED_ON:
            signal.signal(number, lambda received, _frame: os.kill(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
    if child:
        _bury_until(child)


def _bury_until(child: int) -> None:
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
