"""Runs a script that is no module of any path."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from mpk_runtime.isolation import asking

if TYPE_CHECKING:
    import types


def run(path: str) -> types.ModuleType:
    """The module that a script makes; it stays in ``sys.modules``, where its classes are looked up.

    Raises:
        FileNotFoundError: There is none.
        Exception: Whatever it raises.
    """
    package = asking.package()
    stem = os.path.splitext(os.path.basename(path))[0]
    name = f"{package.name}.{stem}" if package else f"mpk_script_{stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not os.path.isfile(path):
        raise FileNotFoundError(f"{path} is no Python script, or not there")
    module = importlib.util.module_from_spec(spec)
    if package:
        vars(module)["__builtins__"] = package.builtins
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
