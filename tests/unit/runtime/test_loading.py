"""A package is loaded by the flavor that knows its loader, or by the loader itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from mpk_runtime import loading
from mpk_runtime.flavors import table

if TYPE_CHECKING:
    from pathlib import Path

LOADER = """
class Model:
    def __init__(self, path, config=None):
        self.seen = [path, config]
    def predict(self, model_input):
        return [*self.seen, model_input]
    def score(self, model_input, params=None):
        return [*self.seen, model_input, params]
    def loose(self, model_input, **params):
        return [*self.seen, model_input, params]
def _load_pyfunc(path, config=None):
    return Model(path, config)
"""


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])


def package(root: Path, **conf: Any) -> dict[str, Any]:
    (root / "code").mkdir()
    (root / "code" / "carried_loader.py").write_text(LOADER)
    return {"flavors": {"python_function": {"loader_module": "carried_loader", "code": "code", **conf}}}


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ({}, ["{root}", None, 1]),
        ({"data": "weights.txt"}, ["{root}/weights.txt", None, 1]),
        ({"config": {"a": 1}, "data": "d"}, ["{root}/d", {"a": 1}, 1]),
        ({"predict_fn": "score"}, ["{root}", None, 1, {"t": 2}]),
        ({"predict_fn": "loose"}, ["{root}", None, 1, {}]),
    ],
)
def test_a_loader_that_the_package_carries_is_called_as_mlflow_does(
    tmp_path: Path, conf: dict[str, Any], expected: list[Any]
) -> None:
    loaded = loading.load(str(tmp_path), package(tmp_path, **conf))
    predicted = loaded.predict(1, {"t": 2})
    assert predicted == [str(tmp_path) + one[6:] if str(one).startswith("{root}") else one for one in expected]
    assert (type(loaded.native).__name__, loaded.flavor) == ("Model", "python_function")
    del sys.modules["carried_loader"]


@pytest.mark.parametrize("loader", ["mlflow.nowhere", "json", None])
def test_a_loader_that_is_none_is_told(tmp_path: Path, loader: str | None) -> None:
    known = ", ".join(sorted(name for row in table.ROWS for name in row.loader_modules))
    with pytest.raises(loading.PackageError) as told:
        loading.load(str(tmp_path), {"flavors": {"python_function": {"loader_module": loader}}})
    assert str(told.value) == (
        f"MLmodel names the loader '{loader}'; expected one of {known}, or a module of the package's code or its "
        "environment that has a function _load_pyfunc"
    )


def test_what_a_loader_itself_lacks_is_told_as_it_is(tmp_path: Path) -> None:
    document = package(tmp_path, loader_module="lacking_loader")
    (tmp_path / "code" / "lacking_loader.py").write_text("import not_installed_anywhere\n")
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'not_installed_anywhere'$"):
        loading.load(str(tmp_path), document)


def test_a_package_that_can_not_be_called_is_told(tmp_path: Path) -> None:
    with pytest.raises(loading.PackageError) as told:
        loading.load(str(tmp_path), {"flavors": {"sklearn": {}}})
    assert str(told.value) == "MLmodel has no flavor 'python_function', which is what can be served"
