"""What source mentions, in the code that a model can come to run and in the rest."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from packaging.markers import default_environment

from mpk_build.environment.scanning import guards
from mpk_build.environment.scanning.conditions import Target
from mpk_build.environment.scanning.scan import Loaded, Mention, scan

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.scanning.scan import Scan

MARKERS = {**default_environment(), "sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"}
TARGET = Target((3, 11, 7), {name: str(value) for name, value in MARKERS.items()}, frozenset(("os", "json", "sys")))


def scanned(folder: Path, files: dict[str, str], loaded: Loaded | None = None) -> Scan:
    """The scan of a project; by default its module ``app`` is imported and ``app:Model`` is the model."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    return scan(loaded or Loaded((("app", folder / "app.py"),), "app:Model"), (folder,), TARGET)


def names(mentions: list[Mention]) -> set[str]:
    return {one.names[0] for one in mentions}


def model(*lines: str, top: str = "") -> str:
    """A module ``app`` with a model whose ``predict`` consists of these lines."""
    body = "\n".join(f"        {line}" for line in lines)
    return f"{textwrap.dedent(top)}\nclass Model:\n    def predict(self, rows):\n{body}\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["import one"], {"one"}),
        (["from one.two import three"], {"one.two.three"}),
        (["if rows:", "    for row in rows:", "        import one"], {"one"}),
        (["import importlib", "importlib.import_module('one.two')"], {"importlib", "one.two"}),
        (["__import__('one')"], {"one"}),
        (["def inner():", "    import one", "return map(inner, rows)"], {"one"}),
        (["return [lambda: __import__('one') for row in rows]"], {"one"}),
        (["import sys", "if sys.version_info < (3, 8):", "    import one"], {"sys"}),
        (
            ["import sys", "if sys.version_info[:2] >= (3, 11):", "    import one", "else:", "    import two"],
            {"sys", "one"},
        ),
        (["import sys", "if sys.platform == 'win32' and rows:", "    import one"], {"sys"}),
        (["import sys", "if not sys.platform.startswith('linux'):", "    import one"], {"sys"}),
        (["import os", "if os.name == 'nt' or rows:", "    import one"], {"os", "one"}),
        (["import platform", "if platform.system() in ('Windows', 'Darwin'):", "    import one"], {"platform"}),
        (["if False:", "    import one"], set()),
    ],
)
def test_what_can_run_here_counts(lines: list[str], expected: set[str], tmp_path: Path) -> None:
    assert names(scanned(tmp_path, {"app.py": model(*lines)}).reached) == expected


def test_what_is_for_types_or_for_scripts_does_not(tmp_path: Path) -> None:
    top = """
    import typing as t
    from typing import TYPE_CHECKING
    if TYPE_CHECKING:
        import one
    else:
        import other
    if t.TYPE_CHECKING:
        import two
    if __name__ == "__main__":
        import three
    """
    seen = scanned(tmp_path, {"app.py": model("return rows", top=top)})
    assert names(seen.reached) == {"typing", "typing.TYPE_CHECKING", "other"}


def test_training_beside_the_model_is_not_reached(tmp_path: Path) -> None:
    source = """
    import helpers

    def fit():
        import plotting
        model = Model()
        model.train()
        return model

    class Report:
        def write(self):
            import reporting

    class Model:
        def __init__(self):
            import made
            self.encoder = helpers.Encoder()

        def train(self):
            import training

        def predict(self, rows):
            return self._clean([self.encoder.encode(row) for row in rows])

        def _clean(self, rows):
            import cleaning
            return getattr(helpers, "finish")(rows)
    """
    helpers = """
    class Encoder:
        def encode(self, row):
            import encoding
        def learn(self):
            import learning

    def finish(rows):
        import finishing

    def never():
        import nothing
    """
    seen = scanned(tmp_path, {"app.py": source, "helpers.py": helpers})
    assert names(seen.reached) == {"made", "cleaning", "encoding", "finishing"}
    assert names(seen.unreached) == {"plotting", "reporting", "training", "learning", "nothing"}


def test_what_a_library_calls_of_a_class_is_reached_but_to_train_it(tmp_path: Path) -> None:
    source = """
    from library import Base

    class Step(Base):
        def fit(self, rows):
            import fitting
        def transform(self, rows):
            import transforming
    """
    loaded = Loaded((("app", tmp_path / "app.py"),), references=("app:Step", "library:Other"))
    seen = scanned(tmp_path, {"app.py": source}, loaded)
    assert (names(seen.reached), names(seen.unreached)) == ({"library.Base", "transforming"}, {"fitting"})


def test_modules_of_the_project_are_followed(tmp_path: Path) -> None:
    files = {
        "app.py": model("from package.deep import name as called", "return called(rows)"),
        "package/__init__.py": "import at_package",
        "package/deep.py": "from .core import name",
        "package/core.py": "def name(rows):\n    from . import sibling\n    import in_core",
        "package/sibling.py": "import at_sibling",
        "package/unused.py": "import at_unused",
    }
    assert names(scanned(tmp_path, files).reached) == {"at_package", "in_core", "at_sibling"}


def test_code_that_a_pickle_holds_by_value_is_read_where_it_stands(tmp_path: Path) -> None:
    source = """
    def fit():
        import plotting
        def answer(rows):
            import answering
            return clean(rows)
        return answer

    def clean(rows):
        import cleaning
    """
    seen = scanned(tmp_path, {"app.py": source}, Loaded((), code=("app.py:answer", "elsewhere.py:answer")))
    assert names(seen.reached) == {"answering", "cleaning"}


def test_a_computed_name_may_mean_any_code_that_is_given(tmp_path: Path) -> None:
    app = model("import importlib", "importlib.import_module(rows[0])")
    files = {"app.py": app, "given/__init__.py": "", "given/part.py": "def run():\n    import partial"}
    without = scanned(tmp_path, files)
    loaded = Loaded((("app", tmp_path / "app.py"),), "app:Model", given=(tmp_path / "given",))
    seen = scanned(tmp_path, files, loaded)
    assert (names(without.reached), names(seen.reached)) == ({"importlib"}, {"importlib", "partial"})
    assert without.computed == seen.computed == [(tmp_path / "app.py", 5)]


def test_a_computed_name_that_begins_with_a_package_means_its_modules(tmp_path: Path) -> None:
    app = model("import importlib", "importlib.import_module(f'plugins.{rows[0]}')")
    files = {"app.py": app, "plugins/__init__.py": "", "plugins/part.py": "def run():\n    import partial"}
    seen = scanned(tmp_path, files)
    assert (names(seen.reached), seen.computed) == ({"importlib", "partial"}, [])


def test_an_alternative_is_marked(tmp_path: Path) -> None:
    top = """
    try:
        import fast
    except ImportError:
        import slow
    import contextlib
    with contextlib.suppress(ImportError):
        import faster
    try:
        import needed
    except ImportError as error:
        raise RuntimeError("install needed") from error
    """
    seen = scanned(tmp_path, {"app.py": model("return rows", top=top)})
    assert {one.names[0]: (one.guarded, one.instead_of, one.why) for one in seen.reached} == {
        "fast": (True, (), "the code goes on without it"),
        "slow": (True, ("fast",), "instead of fast"),
        "contextlib": (False, (), None),
        "faster": (True, (), "the code goes on without it"),
        "needed": (False, (), None),
    }


def test_what_a_library_is_asked_for_by_name_is_mentioned(tmp_path: Path) -> None:
    lines = ["import pandas as pd", "pd.read_parquet(rows[0])", "return 'postgresql+psycopg://db'"]
    lines += ["from importlib.metadata import version", "version('some-thing')", "rows.version('other')"]
    seen = scanned(tmp_path, {"app.py": model(*lines)})
    found = [one for one in seen.reached if one.library or one.is_distribution]
    assert [(one.names, one.line, one.why, one.library) for one in found] == [
        (("some-thing",), 8, None, ()),
        (("pyarrow", "fastparquet"), 5, "for read_parquet", ("pandas",)),
        (("psycopg",), 6, "for postgresql+psycopg://", ("sqlalchemy",)),
    ]


def test_what_is_no_python_is_told(tmp_path: Path) -> None:
    files = {"app.py": model("import broken"), "broken.py": "def ("}
    assert scanned(tmp_path, files).unread == [tmp_path / "broken.py"]


def test_a_file_that_is_too_deep_to_be_read_stops_nothing(tmp_path: Path) -> None:
    deep = f"import json\nsums = {'+'.join(['1'] * 4000)}\n"
    assert scanned(tmp_path, {"app.py": deep}).unread == [tmp_path / "app.py"]
    assert not guards.catches_import_error(tmp_path / "app.py", 1)
