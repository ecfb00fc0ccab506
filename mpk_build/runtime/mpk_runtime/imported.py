"""Which modules a process imports: from which file, in which phase, who asked for each, and whether it worked.

A finder in front of all others asks them in turn, so it sees ``import``, ``__import__``, ``importlib.import_module``,
imports of C extensions and of threads alike, also of a module that is taken out of ``sys.modules`` again; a forked
child tells its parent through a file. (The audit event ``import`` misses ``importlib.import_module``.) What an earlier
finder finds, or what is put into ``sys.modules`` by hand, is seen when a phase ends.

The same finder is asked by ``importlib.metadata`` for distributions by name, and by `importlib.util.find_spec`, which
imports nothing and does not count.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Optional, Tuple

if TYPE_CHECKING:
    from types import FrameType

Record = Dict[str, Any]
_Asker = Tuple[Optional[str], Optional[int], Optional[Dict[str, str]]]

_BOOTSTRAP = "<frozen importlib._bootstrap>"
_OF_IMPORTLIB = ("<frozen importlib", importlib.__file__)
_OF_METADATA = ("/importlib/metadata", "/importlib_metadata/")
_OF_PKG_RESOURCES = "/pkg_resources/__init__.py"
_ENTRY_POINT = frozenset(("load", "resolve"))


class _WatchedSpec(ModuleSpec):
    """A spec while its module is executed; the import system says the end of that by ``_initializing = False``.

    A frame of ours around the module's execution would show up in tracebacks and move what ``warnings`` point at.
    """

    @property
    def _initializing(self) -> bool:
        return bool(self.__dict__.get("_initializing"))

    @_initializing.setter
    def _initializing(self, value: bool) -> None:
        self.__dict__["_initializing"] = value
        if not value:
            ended = self.__dict__.pop("_mpk_ended", None)
            self.__class__ = ModuleSpec  # type: ignore[assignment]
            if ended is not None:
                ended(worked=self.name in sys.modules)


class ImportedModules:
    """A finder that finds nothing of its own and writes down what the others find.

    Attributes:
        phase: What the process does at the moment; part of each record.
        asked: Distributions that were asked for by name: ``{"name", "phase", "by", "line"}``.
    """

    def __init__(self, children: str) -> None:
        self.phase = ""
        self.asked: list[Record] = []
        self._records: dict[str, Record] = {}
        self._before = set(sys.modules)
        self._asking: set[tuple[int, str]] = set()
        # Opened for the children of a fork, who inherit it.
        self._told = os.open(children, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._process = os.getpid()

    def watch(self, phase: str) -> None:
        """Be asked before all other finders from now on."""
        self.phase = phase
        self._before = set(sys.modules)
        finders: list[Any] = sys.meta_path
        finders.insert(0, self)

    def end_phase(self, following: str) -> None:
        """Add what is in ``sys.modules`` and was not seen to come; what follows belongs to another phase."""
        for name in set(sys.modules) - self._before - set(self._records):
            inside = _contents(sys.modules.get(name))
            file = inside.get("__file__") or getattr(inside.get("__spec__"), "origin", None)
            if isinstance(file, str) and os.path.isabs(file) and not _is_ours(name):
                self._records[name] = {"name": name, "file": os.path.normpath(file), "phase": self.phase}
        self.phase = following

    def modules(self) -> list[Record]:
        """What was imported: ``{"name", "file", "phase"}`` and, where known, ``by``, ``line``, ``plugin``; by name.

        ``plugin`` is the entry point that was loaded: ``{"group", "name", "value"}``. A module whose execution failed,
        and what it had imported of itself by then, is left out.
        """
        for record in self._told_by_children():
            self._records.setdefault(record["name"], record)
        failed = {name for name, record in self._records.items() if record.pop("failed", False)}
        failed -= set(sys.modules)
        return [
            record
            for name, record in sorted(self._records.items())
            if not any(f"{name}.".startswith(f"{other}.") for other in failed)
        ]

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What the finders after this one find; written down if it is to be imported."""
        frame = _asking_frame()
        key = (threading.get_ident(), name)
        if frame is None or key in self._asking:
            return None
        self._asking.add(key)
        try:
            spec = self._of_others(name, path, target)
        finally:
            self._asking.discard(key)
        if spec is not None and spec.origin and os.path.isabs(spec.origin) and not _is_ours(name):
            self._note(name, spec, frame)
        return spec

    def find_distributions(self, context: Any = None) -> Iterator[Any]:
        """None; that one was asked for by name is written down."""
        name = getattr(context, "name", None)
        if name is not None:
            file, line, _ = _asker(sys._getframe(1))  # noqa: SLF001 - only the frame tells who asks
            self.asked.append({"name": str(name), "phase": self.phase, "by": file, "line": line})
        return iter(())

    def _of_others(self, name: str, path: Any, target: Any) -> ModuleSpec | None:
        finders: list[Any] = sys.meta_path
        for finder in finders[finders.index(self) + 1 :] if self in finders else []:
            find = getattr(finder, "find_spec", None)
            if find is None:  # of before Python 3.4: the import system knows how to ask it
                return None
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                return spec
        return None

    def _note(self, name: str, spec: ModuleSpec, frame: FrameType) -> None:
        file, line, plugin = _asker(frame)
        record: Record = {"name": name, "file": os.path.normpath(str(spec.origin)), "phase": self.phase}
        if file is not None:
            record.update(by=file, line=line)
        if plugin is not None:
            record["plugin"] = plugin
        if type(spec) is ModuleSpec and hasattr(spec.loader, "exec_module"):
            spec.__dict__["_mpk_ended"] = self._ender(record)
            spec.__class__ = _WatchedSpec
        else:
            self._ender(record)(worked=True)

    def _ender(self, record: Record) -> Callable[..., None]:
        name = record["name"]

        def ended(*, worked: bool) -> None:
            if not worked:
                self._records.setdefault(name, {**record, "failed": True})
            elif name not in self._records or self._records[name].get("failed"):
                self._records[name] = record
                if os.getpid() != self._process:
                    os.write(self._told, json.dumps(record).encode("utf-8") + b"\n")

        return ended

    def _told_by_children(self) -> list[Record]:
        os.lseek(self._told, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self._told), "rb") as file:
            return [json.loads(line) for line in file]


def _contents(module: Any) -> dict[str, Any]:
    """What a module holds, without asking it: one that loads itself when it is used stays as it is."""
    try:
        return dict(object.__getattribute__(module, "__dict__"))
    except AttributeError:
        return {}


def _is_ours(name: str) -> bool:
    return name.split(".", 1)[0] == "mpk_runtime"


def _asking_frame() -> FrameType | None:
    """The frame that imports, as the import system has it; None where somebody only asks whether a module exists."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - only the frame tells
    while frame is not None and not (frame.f_code.co_name == "_find_spec" and frame.f_code.co_filename == _BOOTSTRAP):
        frame = frame.f_back
    frame = frame.f_back if frame is not None else None
    return frame if frame is not None and frame.f_code.co_name == "_find_and_load_unlocked" else None


def _asker(start: FrameType) -> _Asker:
    """File and line that asked for an import or a distribution, and the entry point that it did so for."""
    plugin = None
    frame: FrameType | None = start
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        if not file.startswith(_OF_IMPORTLIB):
            if not _is_between(file, code.co_name):
                return file, frame.f_lineno, plugin
            if code.co_name in _ENTRY_POINT:
                plugin = _entry_point(frame.f_locals.get("self")) or plugin
        frame = frame.f_back
    return None, None, plugin


def _is_between(file: str, function: str) -> bool:
    """Whether a library does there what its caller asked it for; what it imports for itself is its own affair."""
    if any(part in file for part in _OF_METADATA):
        return function != "<module>"
    return _OF_PKG_RESOURCES in file and function in _ENTRY_POINT


def _entry_point(point: Any) -> dict[str, str] | None:
    name, value = getattr(point, "name", None), getattr(point, "value", None)
    group = getattr(point, "group", "")
    if isinstance(name, str) and value is None and hasattr(point, "module_name"):  # of pkg_resources
        value = ":".join([point.module_name, *([".".join(point.attrs)] if point.attrs else [])])
    return {"group": str(group), "name": name, "value": str(value)} if isinstance(name, str) else None
