"""Puts copies of outputs where people look for them: below ``dist/``, beside the manifest, in a container engine."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.image import engine
from mpk_build.pipeline import values
from mpk_build.store.store import remove_abandoned

if TYPE_CHECKING:
    from filelock import FileLock

    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.history import History
    from mpk_build.pipeline.machine import Machine
    from mpk_build.pipeline.options import Options
    from mpk_build.pipeline.spec import StageSpec
    from mpk_build.pipeline.values import Scope
    from mpk_build.store.store import Store, StoredObject

_ENGINE = "engine:"


@dataclass(frozen=True)
class Publisher:
    """Publishes the outputs of one project.

    Attributes:
        project: The project.
        store: Where the outputs are.
        machine: The engine, if there is one.
        dist: Where ``${dist}`` is.
        options: Whether to publish, and whether what stands beside the manifest may change.
        history: Which folders are ours to replace.
    """

    project: Project
    store: Store
    machine: Machine
    dist: Path
    options: Options
    history: History

    def publish(self, spec: StageSpec, outputs: dict[str, StoredObject], scope: Scope) -> dict[str, Path]:
        """Make every published output of a stage what it should be; what already is, is left alone.

        Returns:
            Output to the path below ``dist`` or the project, the first where there are several.

        Raises:
            StageError: With ``locked``, a file beside the manifest would change.
            ManifestError: A destination lies outside of ``dist`` and the project.
            BrokenObjectError: The output is no longer whole in the store.
        """
        paths: dict[str, Path] = {}
        if not self.options.publish:
            return paths
        for output, destinations in spec.says.publish.items():
            for at, destination in enumerate(destinations):
                where = ("publish", output, at)
                if output not in outputs:
                    raise spec.source.error(f"the stage has no output '{output}'", where)
                path = self._path(destination, scope, spec, where)
                if path is not None:
                    self._lay_out(outputs[output], path, locked=destination.startswith("${project}/"))
                    paths.setdefault(output, path)
                elif self.machine.engine["kind"] != "none":
                    name = values.resolve(destination.removeprefix(_ENGINE), scope, spec, where)
                    self._load(outputs[output], paths.get(output), name)
        return paths

    def _path(self, destination: str, scope: Scope, spec: StageSpec, where: tuple[str | int, ...]) -> Path | None:
        if destination.startswith(_ENGINE):
            return None
        for name, root in (("${dist}/", self.dist), ("${project}/", self.project.root)):
            if destination.startswith(name):
                path = root / str(values.resolve(destination.removeprefix(name), scope, spec, where))
                if path.resolve().is_relative_to(root.resolve()) and path.resolve() != root.resolve():
                    return path
        raise spec.source.error(
            f"found '{destination}'; expected a path below ${{dist}}/ or ${{project}}/, or engine:NAME", where
        )

    def _lay_out(self, stored: StoredObject, path: Path, *, locked: bool) -> None:
        if self.store.matches(stored, path):
            return
        self._refuse_foreign(path)
        if self.options.locked and locked:
            what = "is stale" if path.exists() else "does not exist yet"
            raise StageError(
                f"{path.name} {what}, and --locked forbids to write it",
                hint="mpk lock, and commit what it writes",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone(path):
            self._replace(stored, path)

    def _alone(self, path: Path) -> FileLock:
        """Of several builds of one project, one at a time lays out a path."""
        from filelock import FileLock

        return FileLock(self.store.folder("locks") / f"{digests.of_bytes(bytes(path))[7:39]}.lock")

    def _replace(self, stored: StoredObject, path: Path) -> None:
        remove_abandoned(path.parent.glob(f".mpk-publish-{path.name}-*"))
        # Made beside its place, so that what stands there is replaced by a rename and never half-written.
        try:
            folder = Path(tempfile.mkdtemp(prefix=f".mpk-publish-{path.name}-", dir=path.parent))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        try:
            self.store.take(stored, folder / "new")
            if path.is_dir() and not path.is_symlink():
                path.rename(folder / "old")
            (folder / "new").replace(path)
            if stored.kind == "folder":
                self.history.remember_published(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _refuse_foreign(self, path: Path) -> None:
        if not path.is_dir() or path.is_symlink() or not any(path.iterdir()) or self.history.published(path):
            return
        if not any((path / name).is_file() for name in ("MLmodel", "oci-layout")):
            raise UsageError(
                f"{path} is a folder that mpk has not made, so it is left alone", hint="move it away, or -o DIR"
            )

    def _load(self, stored: StoredObject, laid_out: Path | None, name: str) -> None:
        image = self.project.manifest.targets.image
        names = [f"{name}:{tag}" for tag in (image.tags if image else ["latest"])]
        if laid_out is not None:
            engine.ensure_loaded(laid_out, names)
            return
        with self.store.work_folder("load") as work:
            layout = work / "layout"
            self.store.take(stored, layout)
            engine.ensure_loaded(layout, names)
