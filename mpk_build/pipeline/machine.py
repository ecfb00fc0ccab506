"""What this machine is to a build: its project folder, source environment, interpreters and container engine.

Each is found out once, when something asks for it.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import installing, python_path, source
from mpk_build.environment.direct_references import without_credentials
from mpk_build.environment.interpreters import Interpreter, Interpreters
from mpk_build.environment.sandbox.ladder import Ladder, Wish
from mpk_build.environment.sources import choosing
from mpk_build.foundation import digests
from mpk_build.foundation.errors import MachineError
from mpk_build.foundation.processes import model_environment
from mpk_build.foundation.resources import data_folder, runtime_folder, source_folder
from mpk_build.image import engine, registry
from mpk_build.image.base import SCRATCH
from mpk_build.manifest.paths import ManifestPath, PackageUri
from mpk_build.package.pickles import opinion
from mpk_build.package.secrets import scanning
from mpk_build.pipeline import values
from mpk_build.pipeline.values import Given, ProjectFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.options import Options
    from mpk_build.store.store import Store

# What changes the answer of an index.
_RESOLUTION = (
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX"),
    *("UV_INDEX_STRATEGY", "UV_EXCLUDE_NEWER", "UV_PRERELEASE", "UV_RESOLUTION"),
)
# What of mpk a stage's process does not run: these start it.
_ABOVE_STAGES = ("cli", "report", "pipeline", "store", "manifest", "_data", "__pycache__")


# Not an environment that is made, but the source environment itself.
LOCAL = "local"


def _steering() -> dict[str, str]:
    """The variables that steer what is resolved and what a model's process sees, without anybody's credentials."""
    paths = ("PATH", "TMPDIR", "HOME")
    seen = {name: value for name, value in model_environment().items() if name not in paths}
    uv = {name: value for name, value in os.environ.items() if name in _RESOLUTION}
    return {**seen, **{name: without_credentials(value) for name, value in uv.items()}}


class Machine:
    """This machine, for one build."""

    def __init__(self, project: Project, store: Store, options: Options) -> None:
        self._project = project
        self._options = options
        self._store = store
        self.caches = store.root / "caches"
        self.interpreters = Interpreters(self.caches / "interpreters.json")
        self._sandbox_because: str | None = None

    @property
    def references(self) -> dict[str, Callable[[], Given | ProjectFile]]:
        """What a declaration may name beside the manifest and outputs."""
        return {
            "project": lambda: Given(str(self._project.root), "the project's folder"),
            "source-env": lambda: Given(self.source.document, self.source_identity),
            "interpreter": lambda: Given(self.interpreter.python, self.interpreter.identity),
            "engine": lambda: Given(self.engine, self.engine),
            # Only an error names it, and no error is kept.
            "python-path": lambda: Given(python_path.folders(), "the caller's PYTHONPATH"),
            # Neither changes what the result is good for: a lock that was upgraded is read as any other, and where a
            # requirement stands in the manifest only shows in an error.
            "upgrade": lambda: Given(sorted(self._options.upgrade), "what is upgraded now"),
            "manifest-lines": lambda: Given(self._lines(), "the manifest's lines"),
            "saved-model": self._saved,
            "conda": self._conda,
            "secrets-scanner": lambda: Given(scanning.version(), scanning.version()),
            "pickle-scanner": lambda: Given(opinion.version(), opinion.version()),
            "base-image": self._base_image,
        }

    def _lines(self) -> dict[str, str]:
        source, found = self._project.source, {}
        for name in ("pip", "extra", "override"):
            for at in range(len(getattr(self._project.manifest.requirements, name) or [])):
                position = source.position(("requirements", name, at))
                found[f"requirements.{name}[{at}]"] = f"{Path(position.file).name}:{position.line}"
        return found

    def _saved(self) -> Given:
        saved = self._options.saved
        return Given(None, None) if saved is None else Given(str(saved), digests.of_source(saved))

    def _conda(self) -> Given:
        asked = self._project.manifest.requirements.conda.model_dump() if self.manager == "conda" else None
        return Given(asked, asked)

    def _base_image(self) -> Given | ProjectFile:
        image = self._project.manifest.targets.image
        base = image.base if image else SCRATCH
        if isinstance(base, ManifestPath):
            return ProjectFile(base.under(self._project.root), str(base))
        if base == SCRATCH:
            return Given(base, base)
        # A tag moves: what it means now is what counts, and what the stage gets.
        reference = registry.parse(base)
        pinned = replace(reference, version=self._digest_of(reference))
        return Given(str(pinned), pinned.version)

    @cache  # noqa: B019 - a machine lives as long as its build
    def _digest_of(self, reference: registry.Reference) -> str:
        if reference.version.startswith("sha256:"):
            return reference.version
        try:
            return registry.resolve(reference)
        except MachineError as error:
            raise MachineError(
                error.message, hint=f"with a digest no registry is asked: {reference.name}@sha256:..."
            ) from None

    @cached_property
    def source(self) -> choosing.Source:
        """Where the model is made."""
        manifest = self._project.manifest
        said, package = manifest.requirements, manifest.model.package
        wish = choosing.Wish(
            given=said.source,
            groups=tuple(said.groups),
            extras=tuple(said.extras),
            entrypoint=manifest.model.entrypoint or "",
            code_paths=tuple(manifest.model.code_paths),
            named=(*(said.pip or ()), *said.extra),
            conda=tuple(said.conda.dependencies),
            exclude_newer=said.exclude_newer,
            package=str(values.package_folder(package)) if isinstance(package, PackageUri) else package,
        )
        return choosing.locate(self._project.root, wish)

    @cached_property
    def interpreter(self) -> Interpreter:
        """The Python of the model."""
        return source.interpreter_of(self.source, self._project.manifest.requirements.python, self.interpreters)

    @cached_property
    def source_identity(self) -> str:
        """What distinguishes the source environment."""
        return source.identity(self.source, self.interpreter, self._store.stats.digest)

    @cached_property
    def engine(self) -> dict[str, str]:
        """The container engine that answers: ``{"kind", "version"}``."""
        return engine.probe()

    @property
    def sandbox(self) -> Ladder:
        """How far what runs in the model's environment can be shut in here."""
        return self._ladder if self._sandbox_because is None else self._required_ladder

    def require_sandbox(self, because: str) -> None:
        """From now on a sandbox is required, whatever the manifest says of it."""
        self._sandbox_because = because

    @cached_property
    def _ladder(self) -> Ladder:
        validation = self._project.manifest.validation
        wish = Wish(validation.sandbox, validation.network)
        return Ladder(wish, self.own_interpreter, self.caches / "sandbox.json")

    @cached_property
    def _required_ladder(self) -> Ladder:
        wish = Wish("required", self._project.manifest.validation.network, str(self._sandbox_because))
        return Ladder(wish, self.own_interpreter, self.caches / "sandbox.json")

    @property
    def manager(self) -> str:
        """What makes the model's environment."""
        return self._project.manifest.validation.manager

    def wanted(self, modules: tuple[str, ...] = ()) -> installing.Wanted:
        """How the model's environment is made, wherever one of its own is needed."""
        manager = "uv" if self.manager == LOCAL else self.manager
        return installing.Wanted(manager, self._project.manifest.name, modules)

    @cached_property
    def runtime_digest(self) -> str:
        """The digest of what mpk runs in a model's environment."""
        return digests.of_value([digests.of_source(runtime_folder(), self._store.stats.digest), _steering()])

    @cached_property
    def host_digest(self) -> str:
        """The digest of what mpk runs in a stage on the host, and of the tools that it uses there."""
        folder = source_folder()
        run_there = [entry for entry in sorted(folder.iterdir()) if entry.is_dir() and entry.name not in _ABOVE_STAGES]
        shipped = [folder / "__init__.py", data_folder("templates")]
        parts = [digests.of_source(path, self._store.stats.digest) for path in [*run_there, *shipped]]
        tools = [[name, importlib.metadata.version(name)] for name in ("uv", "cloudpickle")]
        return digests.of_value([parts, tools, _steering()])

    @cached_property
    def own_interpreter(self) -> Interpreter:
        """The Python that mpk runs on."""
        return self.interpreters.inspect(Path(sys.executable))
