"""Everything that is measured, made in one temporary folder: mpk and MLflow installed, a copy of the example, built.

All sides get the same few environment variables and the same uv with the same cache. Each has run once when uv is told
to stay offline: there are indexes and proxies for which uv downloads again what it has, and that is not to be measured.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import yaml

from benchmarks.measuring import Sample, Workplace
from benchmarks.mlflow_side import MLFLOW, MLflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).resolve().parent.parent
# A requirement that every side can meet, and that differs from what the example is locked with.
OVERRIDE = "threadpoolctl==3.6.0"
_EXAMPLE = ("mpk.yaml", "penguins", "data", "examples", "pylock.penguins.toml")
_IMAGE = "mpk-benchmark"
_LABEL = "mpk.benchmark"
# How this machine reaches an index and an engine; all else would steer one side and not another.
_KEPT = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NATIVE_TLS", "SSL_CERT_", "DOCKER_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Laboratory:
    """What the experiments work with.

    Args:
        root: An empty folder on one file system.
        tell: Told what is being made.
        mlflow: Whether MLflow takes part.

    Attributes:
        project: The copy of the example.
        first_build: What its first build took: nothing in mpk's store, uv's downloads there.
    """

    def __init__(self, root: Path, tell: Callable[[str], None], *, mlflow: bool) -> None:
        self.root = root
        self.tell = tell
        self.project = root / "project"
        self.env = few_variables(root)
        self._uv = root / "tools" / "uv"
        self._uv.parent.mkdir()
        self._uv.symlink_to(_uv())
        (root / "home").mkdir()
        (root / "tmp").mkdir()
        tell("installing mpk from this checkout")
        self.python = self._environment_of("mpk", str(REPOSITORY))
        self.mpk = self.python.with_name("mpk")
        copy_example(self.project, root.name)
        tell("building the example once, to fill uv's cache")
        self.here.run(self.mpk, "build", "--quiet")
        self.here.run(self.mpk, "validate", "--override", OVERRIDE)
        self.floor_environment()
        self.floor_install(OVERRIDE)
        self.forget_floor()
        if mlflow:
            self.mlflow.predict(self.mlflow_package, "uv")
            self.tell("downloading what pip needs")
            self.mlflow.stock(self.mlflow_package, _interpreter())
        self.env["UV_OFFLINE"] = "1"
        tell("building the example for the first time")
        shutil.rmtree(root / "store")
        shutil.rmtree(self.project / "dist")
        self.first_build: Sample = self.here.run(self.mpk, "build", "--quiet")

    @property
    def here(self) -> Workplace:
        """The project's folder."""
        return Workplace(self.project, self.env)

    @property
    def package(self) -> Path:
        """The built package."""
        return self.project / "dist" / "model"

    @property
    def versions(self) -> str:
        """The versions of what is measured, in a line."""
        ask = "import platform; print('Python', platform.python_version())"
        parts = [self.here.read(self.python, "-c", ask), self.here.read(self.mpk, "--version")]
        return ", ".join([*(text.strip() for _, text in parts), self._uv_version, MLFLOW.replace("==", " ")])

    def forget_environments(self) -> None:
        """Drop the environments that mpk keeps; what it built stays."""
        shutil.rmtree(self.environments, ignore_errors=True)

    @property
    def environments(self) -> Path:
        """Where mpk keeps environments."""
        return self.root / "store" / "caches" / "environments"

    def floor_environment(self, package: Path | None = None, folder: Path | None = None) -> Sample:
        """``uv venv`` and ``uv pip sync`` of a package's lock, from nothing."""
        folder = folder or self._floor
        made = self.here.run(self._uv, "venv", "--quiet", "--no-project", "--python", _interpreter(), folder)
        lock = (package or self.package) / "pylock.toml"
        python = folder / "bin" / "python"
        return made + self.here.run(self._uv, "pip", "sync", "--quiet", "--python", python, lock)

    def floor_install(self, *requirements: str) -> Sample:
        """``uv pip install`` of other requirements into the floor's environment."""
        python = self._floor / "bin" / "python"
        return self.here.run(self._uv, "pip", "install", "--quiet", "--python", python, *requirements)

    def forget_floor(self) -> None:
        """Drop the floor's environment."""
        shutil.rmtree(self._floor, ignore_errors=True)

    def floor_predict(self, environment: Path | None = None) -> Sample:
        """Load and predict the example in the floor's environment, or in another that holds what it needs."""
        script = REPOSITORY / "benchmarks" / "floor.py"
        python = (environment or self._floor) / "bin" / "python"
        sample, said = self.here.read(python, script, self._floor_package)
        (self.root / "floor.json").write_text(f'{{"predictions": {said}}}')
        return sample

    def mlflow_predict(self, manager: str = "uv") -> Sample:
        """``mlflow models predict``, of the same package and example."""
        sample = self.mlflow.predict(self.mlflow_package, manager)
        self._compare_with_floor()
        return sample

    def mlflow_override(self) -> Sample:
        """The same with another requirement."""
        sample = self.mlflow.predict_otherwise(self.mlflow_package, OVERRIDE)
        self._compare_with_floor()
        return sample

    def _compare_with_floor(self) -> None:
        answer = self.mlflow.answer.read_text()
        if answer != (self.root / "floor.json").read_text():
            raise ValueError(f"MLflow predicts something else than the floor: {answer}")

    @cached_property
    def mlflow(self) -> MLflow:
        """MLflow, installed."""
        self.tell(f"installing {MLFLOW}")
        return MLflow(self.root, self._environment_of("mlflow", MLFLOW), self.env)

    @cached_property
    def mlflow_package(self) -> Path:
        """The built package, for MLflow."""
        return self.mlflow.adopt(self.package, "mlflow-package")

    @property
    def _floor(self) -> Path:
        return self.root / "floor"

    @cached_property
    def _floor_package(self) -> Path:
        # Loading it leaves bytecode in its code folder, which mpk would clear away again.
        return Path(shutil.copytree(self.package, self.root / "floor-package"))

    @cached_property
    def _uv_version(self) -> str:
        return " ".join(self.here.read(self._uv, "--version")[1].split()[:2])

    def _environment_of(self, name: str, *what: str) -> Path:
        place = Workplace(self.root, self.env)
        folder = self.root / f"{name}-environment"
        place.run(self._uv, "venv", "--quiet", "--no-project", "--python", _interpreter(), folder)
        python = folder / "bin" / "python"
        place.run(self._uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *what)
        return python


@contextlib.contextmanager
def laboratory(tell: Callable[[str], None], *, mlflow: bool) -> Iterator[Laboratory]:
    """A laboratory that leaves nothing behind: no file, no image in an engine; not even when it is interrupted."""
    before = signal.signal(signal.SIGTERM, _interrupted)
    root = Path(tempfile.mkdtemp(prefix="mpk-benchmark-"))
    try:
        yield Laboratory(root, tell, mlflow=mlflow)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        _forget_images(root.name)
        signal.signal(signal.SIGTERM, before)


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def few_variables(root: Path) -> dict[str, str]:
    """All environment variables that a side gets: what reaches the network and the engine, and folders of ``root``."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT) or name.upper() in _PROXIES}
    folders = [root / "tools", _interpreter().parent, "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        **kept,
        "PATH": os.pathsep.join(map(str, folders)),
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "LANG": "C.UTF-8",
        "UV_CACHE_DIR": str(root / "uv-cache"),
        "MPK_CACHE": str(root / "store"),
    }


def _interpreter() -> Path:
    return Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


def _uv() -> str:
    import uv

    return uv.find_uv_bin()


def copy_example(project: Path, token: str) -> None:
    """Copy the repository's example; its image gets a name of its own, and a label by which it is found again."""
    project.mkdir(parents=True)
    for name in _EXAMPLE:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, project / name)
    manifest = yaml.safe_load((project / "mpk.yaml").read_text())
    # One Python for all sides, and an image that can be told from the user's own.
    manifest["requirements"]["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    manifest["targets"] = {"model": {}, "image": {"name": _IMAGE, "labels": {_LABEL: token}}, "endpoint": {}}
    (project / "mpk.yaml").write_text(yaml.safe_dump(manifest))


def _forget_images(token: str) -> None:
    import docker

    with contextlib.suppress(docker.errors.DockerException), contextlib.closing(docker.from_env()) as client:
        for image in client.images.list(all=True, filters={"label": f"{_LABEL}={token}"}):
            client.images.remove(str(image.id), force=True)
