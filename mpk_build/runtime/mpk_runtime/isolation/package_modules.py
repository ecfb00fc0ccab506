"""The modules of one package, by names that no other package's have."""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import itertools
import os
import re
import sys
import types
import weakref
from importlib.machinery import PathFinder
from typing import Any, Callable, Iterable, Mapping, Sequence

KEY = "__mpk_package__"
_OWN_NAME = re.compile(r"(mpk_[0-9a-f]{8}_)[0-9]+\.(.+)")
_COUNT = itertools.count(1)
# Name of the root module -> the package.
PACKAGES: weakref.WeakValueDictionary[str, PackageModules] = weakref.WeakValueDictionary()


class PackageModules:
    """What ``import`` means in the code of one package.

    Attributes:
        name: The module that stands for the folder of its code; all its modules lie below that.
        builtins: What its code sees as builtins.
        run: ``run(function, *arguments)`` calls a function as if the package's code called it.
    """

    def __init__(self, folder: str, enter: Callable[[PackageModules], None]) -> None:
        self._enter = enter
        self.folder = os.path.abspath(folder)
        self._family = f"mpk_{_digest(self.folder)}_"
        self.name = f"{self._family}{next(_COUNT)}"
        self.builtins: dict[str, Any] = {**vars(builtins), "__import__": self._import, KEY: self}
        self.run: Callable[..., Any] = types.FunctionType(
            _call.__code__, {"__name__": self.name, "__builtins__": self.builtins}
        )
        self._owned: dict[str, bool] = {}
        self._shared: set[str] = set()
        root = types.ModuleType(self.name)
        root.__path__ = [self.folder]
        setattr(root, KEY, self)
        # What sys.modules had of it, while it is not there.
        self._kept: dict[str, types.ModuleType] = {self.name: root}
        PACKAGES[self.name] = self

    def owns(self, name: str) -> bool:
        """Whether ``import name`` in the package's code means a module of the package."""
        top = name.partition(".")[0]
        owned = self._owned.get(top)
        if owned is None:
            owned = self._owned[top] = self._finds(top)
        return owned and (top not in self._shared or self._has(name))

    def inner_name(self, name: str) -> str:
        """The name that a module has in ``sys.modules``: another one where the package has that module."""
        written = _OWN_NAME.fullmatch(name)
        if written and written.group(1) == self._family:
            # By the same package, loaded in isolation elsewhere or before.
            return f"{self.name}.{written.group(2)}"
        return f"{self.name}.{name}" if self.owns(name) else name

    def open(self) -> None:
        """Let its modules be found, and those that were there before `close`."""
        kept, self._kept = self._kept, {}
        sys.modules.update(kept)

    def close(self) -> None:
        """Take its modules out of ``sys.modules``; what still lives of its code keeps working."""
        names = [name for name in list(sys.modules) if name == self.name or name.startswith(f"{self.name}.")]
        self._kept = {name: sys.modules.pop(name) for name in names}
        for path in [
            path for path in list(sys.path_importer_cache) if f"{path}{os.sep}".startswith(self.folder + os.sep)
        ]:
            sys.path_importer_cache.pop(path, None)

    def _finds(self, top: str) -> bool:
        if top in sys.builtin_module_names or not top:
            return False
        spec = PathFinder.find_spec(top, [self.folder])
        if spec is None or spec.origin is not None:
            return spec is not None
        # A folder without __init__.py: a package of that name elsewhere wins, as on sys.path.
        outside = PathFinder.find_spec(top)
        if outside is not None and outside.origin is None:
            self._shared.add(top)
        return outside is None or top in self._shared

    def _has(self, name: str) -> bool:
        folders: Sequence[str] = [self.folder]
        for part in name.split("."):
            spec = PathFinder.find_spec(part, folders)
            if spec is None:
                return False
            folders = list(spec.submodule_search_locations or ())
        return True

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names of __import__
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        package = str((globals or {}).get("__package__") or "")
        if level:
            name, level = self._absolute(name, package, level)
        if not level and not self.owns(name):
            found = builtins.__import__(name, globals, locals, fromlist or (), 0)
            return found if fromlist or name.partition(".")[0] not in self._shared else self._joined(name)
        if self._kept:
            # The loaded model is gone, and this still lives.
            self._enter(self)
        inner = name if level else f"{self.name}.{name}"
        try:
            found = builtins.__import__(inner, globals, locals, fromlist or (), level)
        except ModuleNotFoundError as error:
            raise self.outwards(error) from None
        if level:
            return found
        if name in self._shared:
            self._join(name, fromlist or ())
        return found if fromlist else sys.modules[f"{self.name}.{name.partition('.')[0]}"]

    def _join(self, name: str, wanted: Iterable[str]) -> None:
        """Let the package's part of a namespace show what only the environment's part has."""
        own = builtins.__import__(f"{self.name}.{name}", None, None, ("",))
        for one in wanted:
            if not hasattr(own, one) and not self._has(f"{name}.{one}"):
                with contextlib.suppress(ImportError):
                    setattr(own, one, builtins.__import__(f"{name}.{one}", None, None, ("",)))

    def _joined(self, name: str) -> Any:
        top, second = name.split(".")[:2]
        self._join(top, [second])
        return sys.modules[f"{self.name}.{top}"]

    def _absolute(self, name: str, package: str, level: int) -> tuple[str, int]:
        """What a relative import in code that has kept its outer name means; all else is Python's own matter."""
        if package == self.name or package.startswith(f"{self.name}."):
            if package.count(".") < level:
                why = "with no known parent package" if package == self.name else "beyond top-level package"
                raise ImportError(f"attempted relative import {why}")
            return name, level
        if not package or not self.owns(package) or package.count(".") < level - 1:
            return name, level
        base = package.rsplit(".", level - 1)[0]
        return (f"{base}.{name}" if name else base), 0

    def outwards(self, error: ModuleNotFoundError) -> ModuleNotFoundError:
        """The error with the name that the package's code knows the module by."""
        if not str(error.name).startswith(f"{self.name}."):
            return error
        name = str(error.name)[len(self.name) + 1 :]
        return ModuleNotFoundError(str(error).replace(f"{self.name}.", ""), name=name, path=error.path)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _digest(folder: str) -> str:
    digest = hashlib.sha256()
    for base, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(base, file)
            digest.update(os.path.relpath(path, folder).encode("utf-8", "surrogateescape"))
            if file.endswith((".py", ".pyc")):
                with open(path, "rb") as source:
                    digest.update(hashlib.sha256(source.read()).digest())
            else:
                digest.update(str(os.path.getsize(path)).encode())
    return digest.hexdigest()[:8]
