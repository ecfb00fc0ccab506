"""Sources that are declared and not installed: real environments of what each kind of file asks for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from index_server import serve, write_wheel
from support import find_python

from mpk_build.environment import source, uv
from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.sources import choosing
from mpk_build.environment.sources.choosing import Wish
from mpk_build.foundation import digests
from mpk_build.foundation.errors import ManifestError, StageError
from mpk_build.store.location import default_root

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIST = "import json, importlib.metadata as m; print(json.dumps(sorted('{}=={}'.format(d.metadata['Name'].lower(), d.version) for d in m.distributions())))"
PYPROJECT = """\
[project]
name = "project"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["six==1.16.0"]

[project.optional-dependencies]
web = ["idna==3.6"]

[dependency-groups]
test = ["attrs==23.2.0", {include-group = "more"}]
more = ["markupsafe==2.1.5"]
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def interpreters() -> Interpreters:
    return Interpreters(default_root() / "caches" / "interpreters.json")


def installed(root: Path, wish: Wish | None = None, version: str | None = None) -> list[str]:
    """What is in the environment that is made of the source of a project."""
    found = choosing.locate(root, wish or Wish())
    interpreter = source.interpreter_of(found, version, interpreters())
    python = source.ensure(found, interpreter, default_root() / "caches" / "environments", None)
    done = subprocess.run([python, "-I", "-c", _LIST], capture_output=True, text=True, check=True)
    listed: list[str] = json.loads(done.stdout)
    return listed


def identity(root: Path, wish: Wish | None = None) -> str:
    found = choosing.locate(root, wish or Wish())
    return source.identity(found, source.interpreter_of(found, "3.11", interpreters()), digests.of_file)


def told(root: Path, wish: Wish) -> dict[str, Any]:
    found = choosing.locate(root, wish)
    return found.told(source.interpreter_of(found, "3.11", interpreters()))


def refused(root: Path, wish: Wish | None = None) -> tuple[str, str | None]:
    with pytest.raises(StageError) as caught:
        installed(root, wish)
    return caught.value.message, caught.value.hint


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an index that is the only one."""
    folder = tmp_path / "index"
    folder.mkdir()
    with serve(folder) as server:
        monkeypatch.setenv("UV_DEFAULT_INDEX", server.url)
        yield folder


# requirements files


def test_a_requirements_file_with_all_that_it_may_hold(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    write(
        tmp_path / "local",
        **{"pyproject.toml": '[project]\nname = "local-one"\nversion = "3"\n', "local_one.py": ""},
    )
    root = write(
        tmp_path,
        **{
            "requirements.in": "-r more.txt\n-c bounds.txt\n-e ./local\n--prefer-binary\nsix  # why\n",
            "more.txt": "idna>=3\n",
            "bounds.txt": "six<1.17\nidna==3.6\n",
        },
    )
    wish = Wish("requirements.in")
    assert installed(root, wish) == ["idna==3.6", "local-one==3", "six==1.16.0"]
    before = identity(root, wish)
    write(root, **{"bounds.txt": "six<1.16\nidna==3.6\n"})
    assert identity(root, wish) != before
    assert installed(root, wish) == ["idna==3.6", "local-one==3", "six==1.15.0"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "six\n-e ./local\n"),
        ("requirements.txt", "local-one[fast] @ ./local ; os_name == 'posix'\n"),
        ("requirements.txt", "./local[fast]\n"),
        ("pyproject.toml", "[tool.uv.sources]\nlocal-one = {path = 'local'}\n"),
        ("uv.lock", "[[package]]\nname = 'local-one'\nsource = {editable = 'local'}\n"),
        ("poetry.lock", "[[package]]\nname = 'local-one'\n[package.source]\ntype = 'directory'\nurl = 'local'\n"),
    ],
)
def test_local_projects_count(tmp_path: Path, name: str, text: str) -> None:
    root = write(tmp_path, **{name: text})
    write(root / "local", **{"local_one.py": "a = 1\n"})
    before = identity(root, Wish(name))
    assert identity(root, Wish(name)) == before
    write(root / "local", **{"local_one.py": "a = 2\n"})
    assert identity(root, Wish(name)) != before


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"requirements.txt": "six\n\nnumpy >\n"}, "requirements.txt:3: 'numpy >' can't be read: Unexpected end of version specifier, expected version"),
        ({"requirements.txt": "six\n-r other.txt\n"}, "requirements.txt:2: '-r other.txt' can't be read: failed to read from file `{root}/other.txt`: No such file or directory (os error 2)"),
        ({"pyproject.toml": "[project]\nname = 'x'\nversion = \n"}, "pyproject.toml:3: this is not TOML: Invalid value"),
        ({"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\ndependencies = [\n  'six',\n  'numpy >',\n]\n"}, "pyproject.toml:6: 'numpy >' is not a requirement: Expected semicolon (after name with no version specifier) or end"),
        ({"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\ndynamic = ['dependencies']\n"}, "pyproject.toml:4: its dependencies are dynamic: known only when the project is built"),
        ({"pyproject.toml": "[tool.black]\n"}, "pyproject.toml has no table [project], so it declares no dependencies"),
        ({"uv.lock": "version = 1\n"}, "uv.lock needs the pyproject.toml that it was made from beside it"),
        ({"uv.lock": "version = \n"}, "uv.lock:1: this is not TOML: Invalid value"),
        ({"poetry.lock": "[metadata]\nlock-version = '9.0'\n"}, "poetry.lock:2: this is not a lock that Poetry 1.1 to 2.x writes"),
        ({"poetry.lock": "package = []\n[metadata]\nlock-version = '2.0'\n"}, "poetry.lock needs the pyproject.toml that it was made from beside it: a lock of this version does not say what the project itself asks for"),
        ({"environment.yml": "dependencies:\n- six\n- numpy=1.26|1.27\n"}, "environment.yml:3: 'numpy=1.26|1.27' can't be said in the language of an index"),
        ({"environment.yml": "dependencies:\n- six\n- cudatoolkit=11\n- libstdcxx-ng\n"}, "environment.yml:3: cudatoolkit, libstdcxx-ng are no Python packages: only conda has them"),
        ({"environment.yml": "- six\n"}, "environment.yml is no conda environment: expected a map with channels and dependencies"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told_with_its_line(tmp_path: Path, files: dict[str, str], message: str) -> None:
    assert refused(write(tmp_path, **files))[0] == message.format(root=tmp_path)


# pyproject.toml and uv.lock


def test_a_pyproject_with_extras_and_groups_and_its_lock(tmp_path: Path) -> None:
    root = write(tmp_path, **{"pyproject.toml": PYPROJECT})
    assert installed(root) == ["six==1.16.0"]
    all_of_it = Wish("pyproject.toml", groups=("Test",), extras=("web",))
    everything = ["attrs==23.2.0", "idna==3.6", "markupsafe==2.1.5", "six==1.16.0"]
    assert installed(root, all_of_it) == everything
    assert identity(root, all_of_it) != identity(root)
    uv.run(["lock", "--quiet"], cwd=root)
    assert choosing.locate(root, Wish()).document["kind"] == "uv.lock"
    assert installed(root) == ["six==1.16.0"]
    locked = Wish("uv.lock", groups=("test",), extras=("web",))
    assert installed(root, locked) == everything
    # Exactly what is locked, whatever else would do: the project file has moved on, and counts nevertheless.
    before = identity(root, locked)
    write(root, **{"pyproject.toml": PYPROJECT.replace("six==1.16.0", "six")})
    assert identity(root, locked) != before
    assert installed(root, locked) == everything
    assert sorted(path.name for path in root.iterdir()) == ["pyproject.toml", "uv.lock"]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "idna\n"},
        {"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\ndependencies = ['idna']\n"},
        {"environment.yml": "dependencies: [idna]\n"},
        {"model.py": "import idna\n"},
    ],
)
def test_what_an_index_got_after_the_cut_off_is_not_in_it(tmp_path: Path, files: dict[str, str]) -> None:
    root = write(tmp_path, **files)
    given = choosing.SCAN if "model.py" in files else next(iter(files))
    wish = Wish(given, entrypoint="model:M", exclude_newer="2024-03-01T00:00:00Z")
    assert installed(root, wish) == ["idna==3.6"]
    assert identity(root, wish) != identity(root, Wish(given, entrypoint="model:M"))


def test_groups_and_extras_that_are_not_there(tmp_path: Path) -> None:
    root = write(tmp_path, **{"pyproject.toml": PYPROJECT, "requirements.txt": "six\n"})
    assert refused(root, Wish("pyproject.toml", groups=("tests",))) == (
        "pyproject.toml has no dependency group 'tests'; it has more, test",
        "did you mean 'test'?",
    )
    assert refused(root, Wish("pyproject.toml", extras=("gpu",))) == (
        "pyproject.toml has no extra 'gpu'; it has web",
        None,
    )
    with pytest.raises(ManifestError) as caught:
        choosing.locate(root, Wish(groups=("test",)))
    assert caught.value.message == "requirements.groups: the source is a requirements file, which has no groups"


def test_groups_without_a_project(tmp_path: Path) -> None:
    root = write(tmp_path, **{"pyproject.toml": '[dependency-groups]\nmodel = ["six==1.16.0"]\n'})
    assert installed(root, Wish(groups=("model",))) == ["six==1.16.0"]


# poetry.lock


def poetry_package(wheel: Path, extra: str = "", files: str | None = None) -> str:
    name, version = wheel.name.split("-")[:2]
    digest = digests.of_file(wheel)
    listed = files if files is not None else f'files = [{{file = "{wheel.name}", hash = "{digest}"}}]\n'
    return (
        f'[[package]]\nname = "{name.replace("_", "-")}"\nversion = "{version}"\ndescription = ""\n'
        f'python-versions = "*"\n{listed}{extra}\n'
    )


def wheels(index: Path) -> dict[str, Path]:
    names = ("main-one", "below", "dev-one", "extra-one", "old-python")
    return {name: write_wheel(index, name, "1.0") for name in names} | {
        "newer": write_wheel(index, "main-one", "2.0"),
        "later": write_wheel(index, "below", "1.0", tag="py2.py3-none-any"),
    }


def test_a_lock_of_poetry_2_1(tmp_path: Path, index: Path) -> None:
    files = wheels(index)
    lock = "".join(
        [
            poetry_package(files["main-one"], 'optional = false\ngroups = ["main", "dev"]\n'),
            poetry_package(files["below"], 'optional = false\ngroups = ["main"]\n'),
            poetry_package(files["dev-one"], 'optional = false\ngroups = ["dev"]\n'),
            poetry_package(files["extra-one"], 'optional = true\ngroups = ["main"]\nmarkers = "extra == \\"more\\""\n'),
            poetry_package(
                files["old-python"], 'optional = false\ngroups = ["main"]\nmarkers = "python_version < \\"3.9\\""\n'
            ),
            '[extras]\nmore = ["extra-one"]\n',
            '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.8"\ncontent-hash = ""\n',
        ]
    )
    root = write(tmp_path / "project", **{"poetry.lock": lock})
    assert installed(root) == ["below==1.0", "main-one==1.0"]
    everything = ["below==1.0", "dev-one==1.0", "extra-one==1.0", "main-one==1.0"]
    assert installed(root, Wish(groups=("dev",), extras=("more",))) == everything
    if find_python("3.8"):
        assert installed(root, version="3.8") == ["below==1.0", "main-one==1.0", "old-python==1.0"]
    assert refused(root, Wish(groups=("docs",)))[0] == "poetry.lock has no dependency group 'docs'; it has dev"
    other = lock.replace(digests.of_file(files["below"]), f"sha256:{'0' * 64}")
    assert refused(write(root, **{"poetry.lock": other})) == (
        "no index has the files of below==1.0 that poetry.lock lists: their hashes are others",
        "poetry lock",
    )


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_an_older_lock_of_poetry(tmp_path: Path, index: Path, version: str) -> None:
    files = wheels(index)
    old = version == "1.1"
    below = (
        '[package.dependencies]\nbelow = ">=1"\nold-python = {version = "*", markers = "python_version < \'3.9\'"}\n'
    )
    packages = {
        "main-one": "optional = false\n" + below,
        "below": "optional = false\n",
        "dev-one": "optional = false\n",
        "extra-one": "optional = true\n",
        "old-python": "optional = false\n",
    }
    nowhere = "" if old else None
    lock = "".join(poetry_package(files[name], text, nowhere) for name, text in packages.items())
    lock += '[extras]\nmore = ["extra-one"]\n\n'
    lock += f'[metadata]\nlock-version = "{version}"\npython-versions = "^3.8"\n'
    if old:
        lock += "[metadata.files]\n" + "".join(
            f'{name} = [{{file = "{files[name].name}", hash = "{digests.of_file(files[name])}"}}]\n'
            for name in packages
        )
    project = (
        '[tool.poetry.dependencies]\npython = "^3.8"\nmain-one = "*"\nextra-one = {version = "*", optional = true}\n'
    )
    project += '[tool.poetry.group.dev.dependencies]\ndev-one = "^1.0"\n'
    root = write(tmp_path / "project", **{"poetry.lock": lock, "pyproject.toml": project})
    assert installed(root) == ["below==1.0", "main-one==1.0"]
    everything = ["below==1.0", "dev-one==1.0", "extra-one==1.0", "main-one==1.0"]
    assert installed(root, Wish(groups=("dev",), extras=("more",))) == everything


def test_other_sources_of_a_poetry_lock(tmp_path: Path, index: Path) -> None:
    root = tmp_path / "project"
    wheel = write_wheel(root / "vendor", "vendored", "1.5")
    write(root / "local", **{"pyproject.toml": '[project]\nname = "local-one"\nversion = "3"\n', "local_one.py": ""})
    write_wheel(index, "setuptools", "99")
    lock = poetry_package(
        wheel, 'groups = ["main"]\n[package.source]\ntype = "file"\nurl = "vendor/' + wheel.name + '"\n'
    )
    lock += '[metadata]\nlock-version = "2.1"\n'
    assert installed(write(root, **{"poetry.lock": lock})) == ["vendored==1.5"]


# environment.yml


def test_a_conda_environment(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        **{
            "environment.yml": """\
name: model
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - conda-forge::six=1.16
  - idna >=3.6,<3.7
  - typing_extensions==4.9.0
  - msgpack-python=1.0.8=py311h52f7536_0
  - libgomp
  - pip:
    - attrs==23.2.0
"""
        },
    )
    wish = Wish(conda=("libgomp>=13",))
    assert installed(root, wish) == [
        "attrs==23.2.0",
        "idna==3.6",
        "msgpack==1.0.8",
        "six==1.16.0",
        "typing_extensions==4.9.0",
    ]
    assert told(root, wish) == {
        "kind": "conda environment",
        "name": "environment.yml",
        "renamed": {"msgpack-python": "msgpack"},
        "left_to_conda": ["libgomp"],
    }
    message, hint = refused(root)
    assert message == "environment.yml:10: libgomp is no Python package: only conda has it"
    assert hint == (
        "requirements: {conda: {dependencies: [libgomp]}} and validate: {manager: conda}; or take it out of"
        " environment.yml where the model does without"
    )


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("six", ""), ("six=1.16", "==1.16.*"), ("six=1.16.*", "==1.16.*"), ("six==1.16.0", "==1.16.0"),
        ("six 1.16.*", "==1.16.*"), ("six=1.16.0=pyh6c4a22f_0", "==1.16.0"), ("six>=1.15,<2", ">=1.15,<2"),
        ("six >=1.15, <2", ">=1.15,<2"), ("six[version='>=1.15']", ">=1.15"), ("six=*", ""), ("six!=1.15", "!=1.15"),
        ("a/b::six~=1.15", "~=1.15"), ("six=1.1*", "==1.1.*"),
    ],
)  # fmt: skip
def test_versions_in_the_language_of_conda(spec: str, expected: str) -> None:
    from mpk_build.environment import conda_specs

    assert conda_specs.specifier(spec, Path("environment.yml"), 1) == expected


# scan


def test_code_is_read_where_nothing_is_declared(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        **{
            "model.py": "import yaml, os\nfrom inner.part import low\ndef fit():\n    import six\n    return low\n",
            "unused.py": "import pandas\n",
        },
    )
    write(
        root / "inner",
        **{
            "__init__.py": "",
            "part.py": "try:\n    import ujson\nexcept ImportError:\n    pass\nfrom attr import define\nlow = 1\n",
        },
    )
    wish = Wish("scan", entrypoint="model:fit()")
    names = [one.split("==")[0] for one in installed(root, wish)]
    assert names == ["attrs", "pyyaml", "six", "ujson"]
    assert told(root, wish) == {
        "kind": "scan",
        "modules": {
            "attr": {"distribution": "attrs", "at": "inner/part.py:5"},
            "six": {"distribution": "six", "at": "model.py:4"},
            "ujson": {"distribution": "ujson", "at": "inner/part.py:2"},
            "yaml": {"distribution": "pyyaml", "at": "model.py:1"},
        },
    }
    before = identity(root, wish)
    write(root, **{"unused.py": "import scipy\n"})
    assert identity(root, wish) == before


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (
            "import os\nimport qqzz.inner\n",
            "model.py:2: imports qqzz.inner, and it is not known which distribution provides it",
            "mpk requirements add qqzz, if that is what it is called; else list what the code needs in a requirements.txt"
            " and name that as the source",
        ),
        (
            "import jwt\n",
            "model.py:1: imports jwt, and several distributions provide it: pyjwt, jwt",
            "mpk requirements add pyjwt",
        ),
    ],
)
def test_a_module_of_no_or_of_several_distributions(tmp_path: Path, code: str, message: str, hint: str) -> None:
    root = write(tmp_path, **{"model.py": f"{code}def predict(values):\n    return values\n"})
    assert refused(root, Wish("scan", entrypoint="model:predict")) == (message, hint)


def test_a_requirement_of_the_manifest_decides(tmp_path: Path, index: Path) -> None:
    write_wheel(index, "PyJWT", "2.0", {"jwt/__init__.py": ""})
    write_wheel(index, "qqzz", "1.0")
    root = write(tmp_path / "project", **{"model.py": "import jwt, qqzz\ndef predict(values):\n    return values\n"})
    wish = Wish("scan", entrypoint="model:predict", named=("PyJWT>1", "Qqzz"))
    assert installed(root, wish) == ["pyjwt==2.0", "qqzz==1.0"]


# which one


def test_the_first_of_several_is_used_and_the_others_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    names = ["environment.yml", "pyproject.toml", "requirements.txt", "poetry.lock", "uv.lock"]
    chosen = []
    for name in names:
        write(tmp_path, **{name: ""})
        found = choosing.locate(tmp_path, Wish())
        chosen.append((found.path.name, found.passed_over))
    assert chosen == [
        ("environment.yml", ()),
        ("pyproject.toml", ("environment.yml",)),
        ("requirements.txt", ("pyproject.toml", "environment.yml")),
        ("poetry.lock", ("requirements.txt", "environment.yml")),
        ("uv.lock", ("poetry.lock", "requirements.txt", "environment.yml")),
    ]
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert choosing.locate(tmp_path, Wish()).kind == "environment"


def test_nothing_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    with pytest.raises(ManifestError) as caught:
        choosing.locate(tmp_path, Wish())
    assert caught.value.message == (
        "there is no source environment: none is active, and beside the manifest there is no .venv, uv.lock,"
        " poetry.lock, requirements.txt, pyproject.toml or environment.yml"
    )


def test_the_python_that_a_source_declares(tmp_path: Path) -> None:
    def chosen(**files: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        found = choosing.locate(write(folder, **files), Wish())
        return source.interpreter_of(found, None, interpreters()).minor

    own = interpreters().inspect(Path(uv.binary()).parent / "python").minor
    assert chosen(**{"requirements.txt": ""}) == own
    assert chosen(**{"pyproject.toml": "[project]\nrequires-python = '>=3.8'\n"}) == own
    if find_python("3.9"):
        assert chosen(**{"pyproject.toml": "[project]\nrequires-python = '>=3.8,<3.10'\n"}) == "3.9"
        assert chosen(**{"environment.yml": "dependencies: [python=3.9]\n"}) == "3.9"
    with pytest.raises(ManifestError) as caught:
        chosen(**{"pyproject.toml": "[project]\nrequires-python = '<3.7'\n"})
    assert caught.value.message == "pyproject.toml wants Python <3.7, and mpk builds for 3.8 to 3.13"
