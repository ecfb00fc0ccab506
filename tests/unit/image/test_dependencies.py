"""An environment's layers: large distributions apart, nothing installed while the layers are there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.image_support import install

from mpk_build.foundation.errors import StageError
from mpk_build.image import dependencies, interpreter
from mpk_build.image.dependencies import Environment, layers_of
from mpk_build.image.entries import Entry
from mpk_build.image.layers import LayerCache

if TYPE_CHECKING:
    from mpk_build.image.interpreter import Interpreter

LOCK = """
lock-version = "1.0"
[[packages]]
name = "big"
version = "{}"
wheels = [{{ url = "https://example.com/big.whl", upload-time = 2026-01-01T00:00:00Z, hashes = {{ sha256 = "00" }} }}]
"""


@pytest.fixture(scope="module")
def python() -> Interpreter:
    return interpreter.probe(Path(sys.executable))


class Installer:
    """Lays out what a real one would, and counts."""

    def __init__(self, small: bytes = b"small = 1\n") -> None:
        self.calls = 0
        self.small = small

    def install(self, _lock: Path, target: Path, _python: Path) -> None:
        """In the place of `install_tree`."""
        self.calls += 1
        for name in ("big", "also_big"):
            install(target, name, {f"{name}/__init__.py": b"", f"{name}/data.bin": bytes(dependencies.LARGE)})
        install(target, "small", {"small.py": self.small})


def environment(folder: Path, python: Interpreter, version: str = "1", **changes: object) -> Environment:
    lock = folder / "pylock.toml"
    lock.write_text(f"# made at {len(changes)}\n{LOCK.format(version)}")
    settings = {"extra": (Entry("opt/env/extra.py", source=lock),), **changes}
    return Environment("dependencies", lock, "opt/env", "opt/env", python, **settings)  # type: ignore[arg-type]


def test_large_ones_have_layers_of_their_own(tmp_path: Path, python: Interpreter) -> None:
    installer, cache = Installer(), LayerCache(tmp_path / "cache")
    layers, wants = layers_of(environment(tmp_path, python), cache, installer.install)
    assert [layer.purpose for layer in layers] == ["dependencies also_big", "dependencies big", "dependencies"]
    assert wants == []
    again, _ = layers_of(environment(tmp_path, python), cache, installer.install)
    assert [layer.digest for layer in again] == [layer.digest for layer in layers]
    assert all(layer.cached for layer in again)
    assert installer.calls == 1


def test_a_change_of_a_small_one_leaves_the_large_ones(tmp_path: Path, python: Interpreter) -> None:
    cache = LayerCache(tmp_path / "cache")
    layers_of(environment(tmp_path, python), cache, Installer().install)
    layers, _ = layers_of(environment(tmp_path, python, "2"), cache, Installer(b"small = 2\n").install)
    assert [layer.cached for layer in layers] == [True, True, False]


def test_together_when_asked(tmp_path: Path, python: Interpreter) -> None:
    layers, _ = layers_of(
        environment(tmp_path, python, split=False), LayerCache(tmp_path / "cache"), Installer().install
    )
    assert [layer.purpose for layer in layers] == ["dependencies"]


def test_it_installs_again_when_a_layer_is_gone(tmp_path: Path, python: Interpreter) -> None:
    installer, cache = Installer(), LayerCache(tmp_path / "cache")
    layers, _ = layers_of(environment(tmp_path, python), cache, installer.install)
    (tmp_path / "cache" / "blobs" / "sha256" / layers[2].digest[7:]).unlink()
    again, _ = layers_of(environment(tmp_path, python), cache, installer.install)
    assert [(layer.digest, layer.cached) for layer in again] == [
        (layers[0].digest, True),
        (layers[1].digest, True),
        (layers[2].digest, False),
    ]
    assert installer.calls == 2


def test_a_lock_that_is_no_toml(tmp_path: Path, python: Interpreter) -> None:
    broken = environment(tmp_path, python)
    broken.lock.write_text("= nothing")
    with pytest.raises(StageError) as raised:
        layers_of(broken, LayerCache(tmp_path / "cache"), Installer().install)
    assert raised.value.message == f"The lock {broken.lock} can't be read: Invalid statement (at line 1, column 1)."
