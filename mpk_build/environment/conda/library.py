"""Py-rattler, which solves and installs conda packages with no conda on the machine; an extra of mpk's."""

from __future__ import annotations

import importlib
from typing import Any

from mpk_build.foundation.errors import MachineError


def rattler() -> Any:
    """The library.

    Raises:
        MachineError: It is not installed.
    """
    return _module("rattler")


def errors() -> Any:
    """The module of its exceptions.

    Raises:
        MachineError: It is not installed.
    """
    return _module("rattler.exceptions")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MachineError(
            "conda environments need py-rattler, which mpk is installed without",
            hint="pip install 'mpk-build[conda]'",
        ) from None
