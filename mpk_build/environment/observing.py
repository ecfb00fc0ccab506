"""Makes the model in its source environment, then watches a fresh process load it and predict."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mpk_build.environment import capturing
from mpk_build.environment.mirroring import mirror
from mpk_build.environment.needs import Evidence, Need
from mpk_build.environment.scanning.conditions import Target
from mpk_build.environment.seen import Module, Use
from mpk_build.foundation.documents import pretty, read_json
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_PROVEN = ("predictions", "form", "repeats", "unproven")
_DESCRIBED = ("signature", "from_type_hint", "example", "not_over_http")
_KEPT = ("flavors", "kind", "requires", "python_model", *_DESCRIBED, "python", "document", *_PROVEN)
# That of all other processes is 0.
_OTHER_HASH_SEED = "1"
_DESCRIPTION = "python_model.json"


@dataclass(frozen=True)
class Made:
    """What the model is made from: an entrypoint, or a file.

    Attributes:
        entrypoint: ``module:attribute``, perhaps with ``()``, or None.
        path: The absolute path of a file that a library saved, or None.
        flavor: Which library that was, or None where the file's name tells.
        package: The document of the package that ``path`` is, or None.
    """

    entrypoint: str | None
    path: str | None = None
    flavor: str | None = None
    package: dict[str, Any] | None = None


@dataclass(frozen=True)
class Model:
    """What the manifest says of the model.

    Attributes:
        made: What it is made from.
        config: Handed to the model when it is loaded.
        params: The params of predict with their defaults.
        artifacts: Name to absolute path.
        example: ``{"path": file}`` or ``{"data": value}``, or None.
        compare: How predictions will be compared: ``auto``, ``values``, ``schema`` or ``off``.
        saved: A folder with a model that another process has made and saved, and what `capture.make` says of it:
            ``model/`` and ``made.json``. It takes the place of the entrypoint.
        declared: Schemas of inputs, outputs and params that the manifest spells out, or None.
    """

    made: Made
    config: dict[str, Any]
    params: dict[str, Any]
    artifacts: dict[str, str]
    example: dict[str, Any] | None
    compare: str = "auto"
    saved: str | None = None
    declared: dict[str, Any] | None = None


@dataclass(frozen=True)
class Observation:
    """What was seen.

    Attributes:
        capture: What the package is made from: flavors, kind, predictions, signature, example, python.
        modules: The modules that loading and predicting imported, without the standard library's.
        uses: What they used of the environment without importing it.
        references: ``module:name`` of what the pickles refer to that they read.
        code: ``file:name`` of the code that these hold by value.
        target: The interpreter.
        site: Where the source environment looks for what is installed.
        read: What loading and predicting read of the project; a folder that was listed ends in a slash.
        opened: The same, of making the model too.
    """

    capture: dict[str, Any]
    modules: list[Module]
    uses: list[Use]
    references: tuple[str, ...]
    code: tuple[str, ...]
    target: Target
    site: list[str]
    read: list[str]
    opened: list[str]


class Watching:
    """A model that was made, and can be watched while it loads and predicts.

    A context: what is made for it is gone at its end, but for the saved model.

    Raises:
        StageError: The model's code failed, hung or died.
    """

    def __init__(self, project: capturing.SourceProject, model: Model, saved: Path) -> None:
        self._project = project
        self._model = model
        self._saved = saved
        self._timeout_s = 0.0
        self._left_s = 0.0
        self._made: dict[str, Any] = {}
        self._common: dict[str, Any] = {}
        self._temporary = tempfile.TemporaryDirectory()
        self._folder = Path(self._temporary.name)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take away what only watching needed."""
        (self._saved / _DESCRIPTION).unlink(missing_ok=True)
        self._temporary.cleanup()

    def observe(self, make_timeout_s: float, timeout_s: float) -> Observation:
        """Make the model, save it, load it and predict; each of the two within its seconds."""
        self._timeout_s = self._left_s = timeout_s
        self._common = {
            "model": str(self._saved),
            "carried": str(_carry_cloudpickle(self._folder)),
            "entrypoint": self._model.made.entrypoint or "",
        }
        if self._model.saved is not None:
            shutil.copytree(Path(self._model.saved, "model"), self._saved)
            made = {**read_json(Path(self._model.saved, "made.json")), "opened": []}
        else:
            self._saved.mkdir()
            model = self._model
            made_from = {name: getattr(model.made, name) for name in ("path", "flavor", "package")}
            example = {
                "config": model.config,
                "example": model.example,
                "params": model.params,
                "declared": model.declared,
            }
            given = {**self._common, **made_from, **example}
            made = capturing.run_step(self._project, "make", given, self._folder, make_timeout_s)
        self._made = made
        return self._observed(made, {"compare": self._model.compare}, timeout_s)

    def without(self, site: list[str], files: Collection[str]) -> Observation | None:
        """Load and predict as if these files below the folders ``site`` were not there; None where that fails.

        All such trials together have the seconds that loading and predicting has; None as well when they are over, and
        where nothing is compared, since nothing tells then that the files are not needed.
        """
        if self._model.compare == "off" or self._left_s <= 0:
            return None
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self._folder) as temporary:
            mirrors = {path: f"{temporary}/{at}/site-packages" for at, path in enumerate(site) if _is_site(path)}
            for path, place in mirrors.items():
                mirror(Path(path), files, Path(place))
            try:
                return self._tried({"mirrors": mirrors, "compare": "values"}, began + self._left_s)
            finally:
                self._left_s -= time.monotonic() - began

    def _tried(self, further: dict[str, Any], until: float) -> Observation | None:
        # Arrays need numpy. A model that gets along without may take the lists that its example is written in.
        listed = self._made.get("listed")
        for made in (self._made, *([{**self._made, **listed}] if listed else [])):
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            with contextlib.suppress(StageError):
                return self._observed(made, further, left_s)
        return None

    @contextlib.contextmanager
    def repeated(self, seen: Observation) -> Iterator[Callable[[], list[Any]]]:
        """Predict once more, in a process of its own that runs while the block does.

        Some models predict the same twice in one process and something else in the next: their hashes of texts are
        others, or they draw numbers when they are loaded. The function that the block gets waits for the process, and
        returns the predictions that were others.
        """
        known: list[Any] = seen.capture["repeats"]
        if self._model.compare != "auto" or known:
            yield lambda: known
            return
        self._describe(seen.capture)
        given = {**self._to_load(), **{name: seen.capture[name] for name in ("example", "signature", "not_over_http")}}
        step = capturing.running_step(self._project, "repeat", given, self._folder, PYTHONHASHSEED=_OTHER_HASH_SEED)
        with step as report:

            def others() -> list[Any]:
                predictions = report(self._timeout_s)["predictions"]
                return [] if predictions == seen.capture["predictions"] else [predictions]

            yield others

    def _to_load(self) -> dict[str, Any]:
        made = self._made
        function = made["flavors"]["python_function"]
        function = {**function, "config": {**function.get("config", {}), **self._model.config}}
        document = {**made.get("document", {}), "flavors": {**made["flavors"], "python_function": function}}
        return {**self._common, "document": document, **({} if made["by_value"] else {"carried": ""})}

    def _describe(self, made: dict[str, Any]) -> None:
        """Write what the loader of a custom model reads."""
        if "python_model" in made:
            description = {**made["python_model"], "artifacts": self._model.artifacts}
            (self._saved / _DESCRIPTION).write_text(pretty(description))

    def _observed(self, made: dict[str, Any], further: dict[str, Any], timeout_s: float) -> Observation:
        self._describe(made)
        given = {**self._to_load(), **further, "described": made["described"]}
        seen = capturing.run_step(self._project, "observe", given, self._folder, timeout_s)
        for path, place in given.get("mirrors", {}).items():
            seen = _moved(seen, place, path)
        return Observation(
            capture={name: {**seen, **made}[name] for name in _KEPT if name in {**seen, **made}},
            modules=[Module(**one) for one in seen["modules"] if not _is_standard(one["file"], seen["stdlib"])],
            uses=[*(Use("asked", **one) for one in seen["asked"]), *(_use(one) for one in seen["touched"])],
            references=tuple(seen["references"]),
            code=tuple(seen["code"]),
            target=_target(seen),
            site=seen["site"],
            read=seen["opened"],
            opened=[*made["opened"], *seen["opened"]],
        )


def without_carried(own: list[Module]) -> tuple[list[Module], list[Need]]:
    """The modules that belong to no distribution, without the cloudpickle that mpk brought; and the need for it."""
    kept = [module for module in own if module.name.split(".")[0] != "cloudpickle"]
    version = importlib.metadata.version("cloudpickle")
    why = Evidence("imported", "loading", "cloudpickle", detail="code that the model holds by value")
    return kept, [Need("cloudpickle", version, evidence=(why,))] if len(kept) < len(own) else []


def _is_site(path: str) -> bool:
    return Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()


def _moved(value: Any, before: str, after: str) -> Any:
    """A report in which what lies in one folder lies in another."""
    if isinstance(value, dict):
        return {name: _moved(one, before, after) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, before, after) for one in value]
    inside = isinstance(value, str) and f"{value}/".startswith(f"{before}/")
    return after + value[len(before) :] if inside else value


def _use(one: dict[str, Any]) -> Use:
    return Use(one["how"], one["phase"], name=one.get("module"), file=one.get("file"))


def _target(seen: dict[str, Any]) -> Target:
    version = tuple(int("".join(filter(str.isdigit, part)) or 0) for part in seen["python"].split(".")[:3])
    return Target(version, seen["markers"], frozenset(seen["standard"]))


def _carry_cloudpickle(folder: Path) -> Path:
    # For a model whose code goes along by value, where the source environment has no cloudpickle of its own.
    carried = folder / "carried"
    spec = importlib.util.find_spec("cloudpickle")
    if spec is not None and spec.origin is not None:
        shutil.copytree(Path(spec.origin).parent, carried / "cloudpickle", ignore=shutil.ignore_patterns("__pycache__"))
    return carried


def _is_standard(file: str, folders: list[str]) -> bool:
    installed = "/site-packages/" in file or "/dist-packages/" in file
    return not installed and any(file.startswith(f"{folder}/") for folder in folders)
