"""Landlock: a process takes rights from itself and from all that it starts, for good; see landlock(7).

Linux 5.13 and later. What a kernel can't refuse yet (TCP before its version 4 of the interface) stays allowed:
that is what canaries are for.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from typing import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1 << 0
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 38, 24
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FIRST_RIGHTS = (1 << 13) - 1
# Version of the interface -> the rights on files that it adds; see linux/landlock.h.
_ADDED = {2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABSTRACT_UNIX_SOCKETS, _SIGNALS = 1 << 0, 1 << 1
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def restrict(read: Iterable[str], write: Iterable[str], *, network: bool) -> None:
    """From now on open nothing but what lies at these paths, and without ``network`` reach no TCP port.

    Args:
        read: Files and folders that can be read and executed; what is not there is left out.
        write: Files and folders that can also be changed.
        network: Whether TCP stays allowed.

    Raises:
        OSError: The kernel has no Landlock, or refuses.
    """
    has = version()
    if not has:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock")
    files = _FIRST_RIGHTS
    for since, rights in _ADDED.items():
        files |= rights if has >= since else 0
    tcp = _BIND_TCP | _CONNECT_TCP if has >= _NETWORK_SINCE and not network else 0
    scoped = _ABSTRACT_UNIX_SOCKETS | _SIGNALS if has >= _SCOPES_SINCE else 0
    ruleset = _Ruleset(files, tcp, scoped)
    size = 24 if has >= _SCOPES_SINCE else 16 if has >= _NETWORK_SINCE else 8
    rules = _call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    try:
        for paths, rights in ((read, _READING), (write, files)):
            for path in paths:
                _allow(rules, path, rights & files)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def drop_capabilities() -> None:
    """Keep no capability (capabilities(7)), and regain none by starting a program."""
    library = ctypes.CDLL(None, use_errno=True)
    for capability in range(_LAST_CAPABILITY + 1):
        library.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    library.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(parent).st_mode)
        rule = _PathBeneath(rights if folder else rights & _OF_FILES, parent)
        _call(_ADD_RULE, rules, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result = int(library.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock refuses: {os.strerror(ctypes.get_errno())}")
    return result
