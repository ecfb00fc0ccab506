"""One project for each way to write a model of one's own, and what its package has to be."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from e2e.projects import Project, write_project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FRAMES = "pandas==3.1.1\n"
LEARNING = "pandas==3.1.1\nscikit-learn==1.9.1\n"
SMALL = "inflection==0.5.1\nsix==1.17.0\n"

AREA = """
    def area(plots):
        return (plots["width"] * plots["height"]).tolist()
"""


@dataclass(frozen=True)
class Kind:
    """A way to write a model.

    Attributes:
        manifest: Its manifest; what `write_project` adds is left out.
        files: Its files.
        predictions: What it says to its input example.
        code: The files below ``code/`` of its package, without the loader.
        requirements: The lines of the package's requirements.txt.
        shared: A file beside the project's folder, and its text.
    """

    manifest: dict[str, Any]
    files: dict[str, str]
    predictions: Any
    code: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    shared: dict[str, str] = field(default_factory=dict)


def write_kind(folder: Path, name: str) -> Project:
    """The project of a kind below ``folder``."""
    kind = KINDS[name]
    for path, text in kind.shared.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return write_project(folder / "project", kind.manifest, kind.files)


@functools.cache
def _built(name: str, folder: Path) -> Project:
    project = write_kind(folder, name)
    project.build()
    return project


def built(name: str, folders: pytest.TempPathFactory) -> Project:
    """The project of a kind, built and validated, once a session."""
    return _built(name, folders.getbasetemp() / f"kind-{name}")


KINDS = {
    "class": Kind(
        {"model": {"entrypoint": "model:Doubler"}, "input_example": [1, 2, 3]},
        {
            "model.py": """
            class Doubler:
                def predict(self, model_input):
                    return [2 * number for number in model_input]
            """
        },
        [2, 4, 6],
        ("model.py",),
    ),
    "context": Kind(
        {
            "model": {
                "entrypoint": "model:Model",
                "artifacts": {"norms": "data/norms.json", "words": "data/words", "others": "others/norms.json"},
                "config": {"threshold": 2},
            },
            "params": {"scale": 1.5},
            "input_example": [1.0, 2.0, 3.0],
        },
        {
            "model.py": """
            import json, os

            class Model:
                def load_context(self, context):
                    with open(context.artifacts["norms"]) as norms, open(context.artifacts["others"]) as others:
                        self.offset = json.load(norms)["offset"] + json.load(others)["offset"]
                    self.words = sorted(os.listdir(context.artifacts["words"]))

                def predict(self, context, model_input, params=None):
                    limit = context.model_config["threshold"]
                    word = self.words[0]
                    return [[number * params["scale"] + self.offset, number > limit, word] for number in model_input]
            """,
            "data/norms.json": '{"offset": 10}',
            "data/words/apple.txt": "red",
            "data/words/more/pear.txt": "green",
            "others/norms.json": '{"offset": 100}',
        },
        [[111.5, False, "apple.txt"], [113.0, False, "apple.txt"], [114.5, True, "apple.txt"]],
        ("model.py",),
    ),
    "function": Kind(
        {"model": {"entrypoint": "text.scoring:score"}, "input_example": "example.json"},
        {
            "text/__init__.py": "",
            "text/scoring.py": """
            from .counting import vowels

            def score(texts):
                return [vowels(text) for text in texts]
            """,
            "text/counting.py": """
            def vowels(text):
                return sum(letter in "aeiou" for letter in text)
            """,
            "text/unused.py": "",
            "example.json": '["ape", "sky", "\u00fcber"]',
        },
        [2, 0, 1],
        ("text/__init__.py", "text/counting.py", "text/scoring.py"),
    ),
    "instance": Kind(
        {"model": {"entrypoint": "training:fit()"}, "input_example": ["box", "leaf"]},
        {
            "requirements.txt": SMALL,
            "training.py": """
            import six
            from naming import Plurals

            def fit():
                return Plurals({six.text_type("leaf"): "leaves!"})
            """,
            "naming.py": """
            class Plurals:
                def __init__(self, known):
                    self.known = known

                def predict(self, model_input):
                    import inflection
                    return [self.known.get(word) or inflection.pluralize(word) for word in model_input]
            """,
        },
        ["boxes", "leaves!"],
        ("naming.py",),
        ("inflection==0.5.1",),
    ),
    "closure": Kind(
        {"model": {"entrypoint": "training:fit()"}, "input_example": [1, 2]},
        {
            "training.py": """
            import collections

            def fit():
                weights = collections.Counter("aab")

                def predict(model_input, params=None):
                    return [number + weights["a"] for number in model_input]

                return predict
            """,
        },
        [3, 4],
        (),
        ("cloudpickle==3.1.2",),
    ),
    "lambda": Kind(
        {"model": {"entrypoint": "training:fit()"}, "input_example": ["b", "a"]},
        {"training.py": "def fit():\n    return lambda texts: sorted(texts)\n"},
        ["a", "b"],
        (),
        ("cloudpickle==3.1.2",),
    ),
    "local-class": Kind(
        {"model": {"entrypoint": "training:fit()"}, "input_example": [1, 2]},
        {
            "training.py": """
            from rounding import Base

            def fit():
                class Local(Base):
                    names = {"one", "two", "three", "four"}

                    def __init__(self):
                        self.by = 3

                    def predict(self, model_input):
                        return [self.times(number) + len(self.names) for number in model_input]

                return Local()
            """,
            "rounding.py": """
            class Base:
                def times(self, number):
                    return number * self.by
            """,
        },
        [7, 10],
        ("rounding.py",),
        ("cloudpickle==3.1.2",),
    ),
    "streaming": Kind(
        {"model": {"entrypoint": "model:Words"}, "input_example": ["a b", "c"]},
        {
            "model.py": """
            class Words:
                def predict_stream(self, context, model_input):
                    from splitting import split
                    for text in model_input:
                        yield from split(text)
            """,
            "splitting.py": "def split(text):\n    return text.split()\n",
        },
        ["a", "b", "c"],
        ("model.py", "splitting.py"),
    ),
    "transformer": Kind(
        {
            "model": {"entrypoint": "learning.train:fit()"},
            "input_example": {"columns": ["x", "y"], "data": [[1, 2], [3, 5]]},
        },
        {
            "requirements.txt": LEARNING,
            "learning/__init__.py": "",
            "learning/features.py": """
            def with_sum(frame):
                return frame.assign(sum=frame["x"] + frame["y"])
            """,
            "learning/steps.py": """
            from sklearn.base import BaseEstimator, TransformerMixin

            class Rounding(TransformerMixin, BaseEstimator):
                def fit(self, X, y=None):
                    return self

                def transform(self, X):
                    from .units import whole
                    return whole(X)
            """,
            "learning/units.py": """
            def whole(frame):
                return frame.round()
            """,
            "learning/train.py": """
            import numpy as np
            import pandas as pd
            from sklearn.tree import DecisionTreeRegressor
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import FunctionTransformer
            from learning.features import with_sum
            from learning.steps import Rounding

            def fit():
                frame = pd.DataFrame({"x": [1, 3, 2], "y": [2, 5, 0]})
                pipeline = make_pipeline(FunctionTransformer(with_sum), Rounding(), DecisionTreeRegressor(random_state=0))
                return pipeline.fit(frame, frame["x"] / 2)
            """,
        },
        [0.5, 1.5],
        ("learning/__init__.py", "learning/features.py", "learning/steps.py", "learning/units.py"),
        ("pandas==3.1.1", "scikit-learn==1.9.1"),
    ),
    "src-module": Kind(
        {"model": {"entrypoint": "model:Model"}, "input_example": [1, 2]},
        {
            "model.py": """
            from src.utils import factor

            class Model:
                def predict(self, model_input):
                    return [number * factor() for number in model_input]
            """,
            "src/utils.py": """
            from pathlib import Path

            def factor():
                return int(Path(__file__).with_name("factor.txt").read_text())
            """,
            "src/factor.txt": "7",
        },
        [7, 14],
        ("model.py", "src/factor.txt", "src/utils.py"),
    ),
    "src-layout": Kind(
        {"model": {"entrypoint": "app:Model"}, "input_example": [1, 2]},
        {
            "src/pkg/__init__.py": "FACTOR = 5\n",
            "src/pkg/model.py": """
            from pathlib import Path
            from . import FACTOR

            class Base:
                def __init__(self):
                    self.offset = int((Path(__file__).parent / "data" / "offset.txt").read_text())

                def predict(self, model_input):
                    return [number * FACTOR + self.offset for number in model_input]
            """,
            "app.py": "from pkg.model import Base\n\n\nclass Model(Base):\n    pass\n",
            "src/pkg/data/offset.txt": "1",
            "src/pkg/data/unread.txt": "2",
        },
        [6, 11],
        ("app.py", "pkg/__init__.py", "pkg/data/offset.txt", "pkg/model.py"),
    ),
    "data-files": Kind(
        {"model": {"entrypoint": "pkg.model:Model"}, "input_example": ["b", "c"]},
        {
            "pkg/__init__.py": "",
            "pkg/model.py": """
            import os
            import tomllib
            from pathlib import Path

            HERE = Path(__file__).parent

            class Model:
                def load_context(self, context):
                    self.names = sorted(os.listdir(HERE / "names"))
                    self.settings = tomllib.loads((HERE / "settings.toml").read_text())
                    try:
                        self.more = (HERE / "more.txt").read_text()
                    except FileNotFoundError:
                        self.more = "none"

                def predict(self, context, model_input):
                    return [[f"{name}.txt" in self.names, self.settings["limit"], self.more] for name in model_input]
            """,
            "pkg/names/a.txt": "",
            "pkg/names/b.txt": "",
            "pkg/settings.toml": "limit = 3\n",
            "pkg/unread.toml": "",
        },
        [[True, 3, "none"], [False, 3, "none"]],
        ("pkg/__init__.py", "pkg/model.py", "pkg/names/a.txt", "pkg/names/b.txt", "pkg/settings.toml"),
    ),
    "outside": Kind(
        {"model": {"entrypoint": "model:Model", "code_paths": ["../shared/units.py"]}, "input_example": [1]},
        {
            "model.py": """
            import units

            class Model:
                def predict(self, model_input):
                    return [units.inches(number) for number in model_input]
            """,
        },
        [0.3937],
        ("model.py", "units.py"),
        shared={"shared/units.py": "def inches(cm):\n    return round(cm / 2.54, 4)\n"},
    ),
    "lazy": Kind(
        {"model": {"entrypoint": "pkg.model:predict"}, "input_example": [1, 2]},
        {
            "pkg/__init__.py": "",
            "pkg/model.py": """
            def predict(numbers):
                from .sub import twice
                if max(numbers) > 100:
                    import pkg.large
                    from pkg.rare.deep import thing
                    return pkg.large.predict(numbers) + [thing]
                return [twice(number) for number in numbers]
            """,
            "pkg/sub.py": "def twice(number):\n    return 2 * number\n",
            "pkg/large.py": "from . import scale\n\ndef predict(numbers):\n    return [scale.BY * one for one in numbers]\n",
            "pkg/scale.py": "BY = 1000\n",
            "pkg/rare/__init__.py": "",
            "pkg/rare/deep.py": "thing = 'rare'\n",
        },
        [2, 4],
        (
            *("pkg/__init__.py", "pkg/large.py", "pkg/model.py"),
            *("pkg/rare/__init__.py", "pkg/rare/deep.py", "pkg/scale.py", "pkg/sub.py"),
        ),
    ),
    "records": Kind(
        {"model": {"entrypoint": "model:area"}, "input_example": "example.json"},
        {
            "requirements.txt": FRAMES,
            "model.py": AREA,
            "example.json": '[{"width": 2, "height": 3.5}, {"width": 4, "height": null}]',
        },
        [7.0, None],
        ("model.py",),
        ("pandas==3.1.1",),
    ),
    "split": Kind(
        {"model": {"entrypoint": "model:area"}, "input_example": "example.json"},
        {
            "requirements.txt": FRAMES,
            "model.py": AREA,
            "example.json": '{"dataframe_split": {"columns": ["height", "width"], "data": [[2, 3], [4, 5]]}}',
        },
        [6, 20],
        ("model.py",),
        ("pandas==3.1.1",),
    ),
    "csv": Kind(
        {"model": {"entrypoint": "model:named"}, "input_example": "example.csv"},
        {
            "requirements.txt": FRAMES,
            "model.py": """
            def named(rows):
                return rows.assign(name=rows["name"].str.upper(), big=rows["size"] > 1)
            """,
            "example.csv": 'name,size,good\n"a, b",1,True\n\u00e9t\u00e9,2,False\n',
        },
        [
            {"name": "A, B", "size": 1, "good": True, "big": False},
            {"name": "\u00c9T\u00c9", "size": 2, "good": False, "big": True},
        ],
        ("model.py",),
        ("pandas==3.1.1",),
    ),
    "declared": Kind(
        {
            "model": {"entrypoint": "model:total"},
            "input_example": [{"price": 2, "sizes": [1]}, {"price": 1.5, "sizes": [2, 3], "note": "x"}],
            "params": {"factor": 2},
            "signature": {
                "inputs": {"price": "double", "sizes": ["long"], "note": {"type": "string", "required": False}},
                "outputs": ["double"],
                "params": {"factor": "double"},
            },
        },
        {
            "requirements.txt": FRAMES,
            "model.py": """
            def total(rows, params):
                return [params["factor"] * price * sum(sizes) for price, sizes in zip(rows["price"], rows["sizes"])]
            """,
        },
        [4.0, 15.0],
        ("model.py",),
        ("pandas==3.1.1",),
    ),
    "hinted": Kind(
        {
            "model": {"entrypoint": "model:Ages"},
            "input_example": [
                {"name": "Ada", "born": "1815-12-10"},
                {"name": "Alan", "born": "1912-06-23", "tags": ["x"]},
            ],
            "requirements": {"source": "models.txt"},
        },
        {
            "model.py": """
            from __future__ import annotations

            import datetime

            import pydantic

            class Person(pydantic.BaseModel):
                name: str
                born: datetime.date
                tags: list[str] = []

            class Age(pydantic.BaseModel):
                name: str
                years: int

            class Ages:
                def predict(self, model_input: list[Person]) -> list[Age]:
                    return [Age(name=one.name, years=2000 - one.born.year + len(one.tags)) for one in model_input]
            """,
            "models.txt": "pydantic==2.13.5\n",
        },
        [{"name": "Ada", "years": 185}, {"name": "Alan", "years": 89}],
        ("model.py", *(f"mpk_type_hints/{name}.py" for name in ("__init__", "converting", "reading"))),
        ("pydantic==2.13.5",),
    ),
    "tensor": Kind(
        {"model": {"entrypoint": "model:Model"}, "input_example": [[1.0, 2.0], [3.0, 4.0]]},
        {
            "requirements.txt": "numpy==2.4.6\n",
            "model.py": """
            class Model:
                def predict(self, model_input):
                    return model_input @ model_input.T
            """,
        },
        [[5.0, 11.0], [11.0, 25.0]],
        ("model.py",),
        ("numpy==2.4.6",),
    ),
}
