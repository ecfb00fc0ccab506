"""What the code of a package in isolation can count on, and what it leaves behind."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import pickle
import sys
import textwrap
import weakref
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest

from mpk_runtime import loading
from mpk_runtime.isolation import asking, finder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLAVOR = {"loader_module": "mpk_python_model", "data": "python_model.json", "code": "code"}


def package(root: Path, files: dict[str, str], *, pickled: bytes | None = None, **conf: Any) -> tuple[str, Any]:
    """Write a package whose model is ``model:Model``, or a pickle; its folder and its document."""
    for place, text in files.items():
        file = root / "code" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    described: dict[str, Any] = {"kind": "class", "entrypoint": "model:Model", "pickle": None, "artifacts": {}}
    if pickled is not None:
        (root / "model.pkl").write_bytes(pickled)
        described = {**described, "kind": "instance", "pickle": "model.pkl"}
    (root / "python_model.json").write_text(json.dumps(described))
    return str(root), {"flavors": {"python_function": {**FLAVOR, **conf}}}


def model(body: str, before: str = "") -> str:
    """The source of a model with a predict of that body."""
    return f"{before}\nclass Model:\n    def predict(self, rows):\n{textwrap.indent(textwrap.dedent(body), ' ' * 8)}\n"


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    gc.collect()
    before = _seen()
    yield
    gc.collect()
    assert _seen() == before


def _seen() -> Any:
    ours = {name for name in sys.modules if name.startswith("mpk_") and name.split(".")[0] != "mpk_runtime"}
    functions = (pickle.load, pickle.loads, pickle.Unpickler, importlib.import_module, cloudpickle.loads)
    return ours, functions, list(sys.path), finder.Finder in sys.meta_path


def test_code_by_value_imports_the_modules_of_its_package(tmp_path: Path) -> None:
    """Two packages with the very same pickle, so with the same ids of classes, and other modules."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    source = """
class Model:
    def predict(self, rows):
        import numbers_of
        from numbers_of import MORE
        return [numbers_of.ONE, MORE, self.inner()]
    def inner(self):
        return (lambda: __import__("numbers_of").ONE)()
"""
    exec(source, namespace)  # noqa: S102 - as a notebook does
    data = cloudpickle.dumps(namespace["Model"]())
    loaded = [
        loading.load(
            *package(tmp_path / str(one), {"numbers_of.py": f"ONE = {one}\nMORE = {-one}\n"}, pickled=data),
            isolated=True,
        )
        for one in (1, 2, 3)
    ]
    assert [one.predict([0]) for one in loaded] == [[1, -1, 1], [2, -2, 2], [3, -3, 3]]
    assert len({type(one.native.model) for one in loaded}) == 3


def test_what_unpickles_in_python_finds_the_packages_classes(tmp_path: Path) -> None:
    """As joblib and dill do; and cloudpickle, which took pickle's functions over when it was imported."""
    body = """
        import cloudpickle, io, pickle
        class Reader(pickle._Unpickler):
            pass
        data = pickle.dumps(Kept(1))
        assert type(Reader(io.BytesIO(data)).load()) is type(cloudpickle.loads(data)) is Kept
        assert type(pickle.Unpickler(io.BytesIO(data)).load()) is Kept
        return [type(Reader(io.BytesIO(b"ckept\\nKept\\n)\\x81.")).load()) is Kept]
    """
    files = {
        "model.py": model(body, "from kept import Kept"),
        "kept.py": "class Kept:\n    def __init__(self, *a): pass\n",
    }
    assert loading.load(*package(tmp_path, files), isolated=True).predict([0]) == [True]


def test_a_pickle_is_read_by_the_same_package_loaded_again(tmp_path: Path) -> None:
    body = """
        import pickle
        return pickle.dumps(Kept(7)) if rows is None else pickle.loads(rows).value
    """
    kept = "class Kept:\n    def __init__(self, value):\n        self.value = value\n"
    written = package(tmp_path / "one", {"model.py": model(body, "from kept import Kept"), "kept.py": kept})
    data = loading.load(*written, isolated=True).predict(None)
    gc.collect()
    assert loading.load(*written, isolated=True).predict(data) == 7
    other = package(tmp_path / "two", {"model.py": model(body, "from kept import Kept"), "kept.py": kept + "\n# 2\n"})
    with pytest.raises(ModuleNotFoundError):
        loading.load(*other, isolated=True).predict(data)


def test_a_function_outlives_the_model_that_it_was_taken_from(tmp_path: Path) -> None:
    files = {
        "model.py": model("import lazy\nreturn lazy.rows(rows)"),
        "lazy.py": "import model\ndef rows(given):\n    return given\n",
    }
    predict = loading.load(*package(tmp_path, files), isolated=True).predict
    gc.collect()
    assert predict([1]) == [1]


def test_what_outlives_its_package_still_imports_the_same_modules(tmp_path: Path) -> None:
    files = {"model.py": model("import lazy\nreturn lazy.Model is type(self)"), "lazy.py": "from model import Model\n"}
    loaded = loading.load(*package(tmp_path, files), isolated=True)
    native = loaded.native.model
    name = type(native).__module__
    del loaded
    gc.collect()
    assert name not in sys.modules
    assert native.predict([1]) is True
    asking.leave(name.split(".")[0])


def test_memory_is_free_when_a_model_is_dropped(tmp_path: Path) -> None:
    body = "import big\nimport big as again\nreturn len(big.DATA)"
    loaded = loading.load(
        *package(tmp_path, {"model.py": model(body), "big.py": "class Big(list): pass\nDATA = Big(range(10))\n"}),
        isolated=True,
    )
    assert loaded.predict([0]) == 10
    name = type(loaded.native.model).__module__.split(".")[0]
    data = weakref.ref(sys.modules[f"{name}.big"].DATA)
    del loaded
    gc.collect()
    assert data() is None


def test_a_package_that_can_t_be_loaded_leaves_nothing(tmp_path: Path) -> None:
    files = {"model.py": "import helper_of_it\nraise RuntimeError('no')\n", "helper_of_it.py": ""}
    with pytest.raises(RuntimeError, match=r"^no$"):
        loading.load(*package(tmp_path, files), isolated=True)


def test_modules_of_the_environment_stay_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library with a module of the same name as one of the package's: each has its own."""
    site = tmp_path / "site"
    (site / "some_library").mkdir(parents=True)
    (site / "some_library/__init__.py").write_text(
        "import same_name\nNAME = same_name.NAME\ndef later():\n    import same_name\n    return same_name.NAME\n"
    )
    (site / "same_name.py").write_text("NAME = 'the library'\n")
    monkeypatch.syspath_prepend(str(site))
    body = """
        import same_name, some_library
        return [same_name.NAME, some_library.NAME, some_library.later()]
    """
    files = {"model.py": model(body), "same_name.py": "NAME = 'the package'\n"}
    loaded = loading.load(*package(tmp_path / "package", files), isolated=True)
    assert loaded.predict([0]) == ["the package", "the library", "the library"]
    assert importlib.import_module("same_name").__file__ == str(site / "same_name.py")
    for name in ("same_name", "some_library"):
        monkeypatch.delitem(sys.modules, name)


def test_a_namespace_may_have_parts_in_the_package_and_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("acme/installed.py", "acme/more/deep.py", "whole/__init__.py"):
        (tmp_path / "site" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / place).write_text("NAME = 'site'\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    body = """
        import acme.own
        import acme.installed
        from acme import installed as again, own, more
        import acme.more.deep as deep
        import whole
        assert again is acme.installed
        return [acme.own.NAME, acme.installed.NAME, own.NAME, deep.NAME, whole.NAME]
    """
    # Of a folder with data and a package of the same name, the package wins, as on sys.path.
    files = {"model.py": model(body), "acme/own.py": "NAME = 'own'\n", "whole/data.txt": ""}
    loaded = loading.load(*package(tmp_path / "package", files), isolated=True)
    assert loaded.predict([0]) == ["own", "site", "own", "site", "site"]
    for name in [name for name in sys.modules if name.split(".")[0] in ("acme", "whole")]:
        monkeypatch.delitem(sys.modules, name)


def test_a_config_can_be_given_where_the_model_has_it(tmp_path: Path) -> None:
    source = "class Model:\n    def predict(self, context, rows):\n        return context.model_config\n"
    root, document = package(tmp_path, {"model.py": source}, config={"limit": 1, "name": "a"})
    assert loading.load(root, document, isolated=True).predict([0]) == {"limit": 1, "name": "a"}
    assert loading.load(root, document, {"limit": 2}, isolated=True).predict([0]) == {"limit": 2, "name": "a"}
    assert document["flavors"]["python_function"]["config"] == {"limit": 1, "name": "a"}
    with pytest.raises(loading.PackageError) as error:
        loading.load(root, document, {"limt": 2})
    assert str(error.value) == "the model's config has limit, name; found limt, which it would not see"
    with pytest.raises(loading.PackageError) as error:
        loading.load(*package(tmp_path, {}), config={"limit": 2})
    assert str(error.value) == "the model's config has none; found limit, which it would not see"


def test_no_other_code_is_taken_for_a_packages(tmp_path: Path) -> None:
    loaded = loading.load(*package(tmp_path, {"model.py": model("return rows")}), isolated=True)
    assert asking.package() is None
    assert importlib.util.find_spec("model") is None
    with pytest.raises(ModuleNotFoundError):
        pickle.loads(b"cmodel\nModel\n.")  # noqa: S301 - written here
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("model")
    assert pickle.loads(pickle.dumps({"a": [1]})) == {"a": [1]}  # noqa: S301 - as above
    assert loaded.predict([1]) == [1]


def test_what_streams_can_be_streamed(tmp_path: Path) -> None:
    loaded = loading.load(
        *package(
            tmp_path,
            {
                "model.py": model("import one\nyield from one.times(rows)"),
                "one.py": "def times(rows):\n    yield from rows\n",
            },
        ),
        isolated=True,
    )
    assert loaded.predict([1, 2]) == [1, 2]
    assert loaded.predict_stream is not None
    assert next(loaded.predict_stream([1, 2])) == 1
    plain = package(tmp_path / "plain", {"model.py": model("return rows")})
    assert loading.load(*plain, isolated=True).predict_stream is None
