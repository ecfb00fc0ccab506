"""Anaconda's channels in ``conda.yaml``: what takes packages from them, and the same file with conda-forge."""

from __future__ import annotations

import pytest

from mpk_build.foundation.errors import UsageError
from mpk_build.package import conda_file
from mpk_build.pipeline.doctor import channels

# As MLflow's documentation of the licence change shows it.
OF_THE_DOCUMENTS = """\
name: mlflow-env
channels:
- defaults
dependencies:
- python=3.8.8
- pip
- pip:
    - mlflow==2.3
    - scikit-learn==0.23.2
    - cloudpickle==1.6.0
"""


@pytest.mark.parametrize(
    ("channel", "is_anacondas"),
    [
        ("defaults", True),
        ("main", True),
        ("pkgs/main", True),
        ("r", True),
        ("msys2", True),
        ("anaconda", True),
        ("main/linux-64", True),
        ("https://repo.anaconda.com/pkgs/main", True),
        ("https://repo.anaconda.com/pkgs/main/linux-64/", True),
        ("http://repo.continuum.io/pkgs/free", True),
        ("https://conda.anaconda.org/main", True),
        ("https://conda.anaconda.org/t/TOKEN/anaconda", True),
        ("conda-forge", False),
        ("nodefaults", False),
        ("bioconda", False),
        ("pytorch", False),
        ("https://conda.anaconda.org/conda-forge", False),
        ("https://conda.example.com/main", False),
        ("file:///srv/channels/main", False),
        ("./main", False),
    ],
)
def test_which_channels_are_anacondas(channel: str, *, is_anacondas: bool) -> None:
    assert conda_file.is_anacondas(channel) is is_anacondas


def found(text: str) -> list[tuple[str, str]]:
    return [(one.where, one.channel) for one in channels.findings(conda_file.parse(text, "conda.yaml"))]


@pytest.mark.parametrize(
    ("before", "wrong", "after"),
    [
        pytest.param(
            OF_THE_DOCUMENTS,
            [("channels", "defaults")],
            OF_THE_DOCUMENTS.replace("- defaults", "- conda-forge"),
            id="as in MLflow's documents",
        ),
        pytest.param(
            "dependencies:\n- python=3.11\n",
            [("channels", "defaults")],
            "dependencies:\n- python=3.11\nchannels: [conda-forge]\n",
            id="no channels: conda takes its defaults",
        ),
        pytest.param(
            "name: x\nchannels: []\ndependencies: [python]\n",
            [("channels", "defaults")],
            "name: x\nchannels: [conda-forge]\ndependencies: [python]\n",
            id="an empty list",
        ),
        pytest.param(
            "# ours\nchannels:  # in this order\n  - conda-forge   # first\n  - main\n  - 'bioconda'\ndependencies:\n  - python\n",
            [("channels", "main")],
            "# ours\nchannels:  # in this order\n  - conda-forge   # first\n  - 'bioconda'\ndependencies:\n  - python\n",
            id="there already: comments and layout stay",
        ),
        pytest.param(
            'channels: ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r", mine]\n'
            "dependencies: [python]\n",
            [("channels", "https://repo.anaconda.com/pkgs/main"), ("channels", "https://repo.anaconda.com/pkgs/r")],
            'channels: ["conda-forge", mine]\ndependencies: [python]\n',
            id="addresses in a flow list",
        ),
        pytest.param(
            "channels: [conda-forge]\ndependencies:\n- defaults::numpy=1.26  # fast\n- conda-forge::scipy\n",
            [("defaults::numpy=1.26", "defaults")],
            "channels: [conda-forge]\ndependencies:\n- conda-forge::numpy=1.26  # fast\n- conda-forge::scipy\n",
            id="the channel of a dependency",
        ),
        pytest.param(
            "channels: [conda-forge, nodefaults]\ndependencies: [python]\n",
            [],
            "channels: [conda-forge, nodefaults]\ndependencies: [python]\n",
            id="nodefaults is well",
        ),
        pytest.param(
            "channels: [nodefaults]\ndependencies: [/srv/python.conda]\n",
            [],
            "channels: [nodefaults]\ndependencies: [/srv/python.conda]\n",
            id="nodefaults alone is well",
        ),
    ],
)
def test_found_and_moved(before: str, wrong: list[tuple[str, str]], after: str) -> None:
    assert found(before) == wrong
    if wrong:
        assert channels.fixed(before, "conda.yaml") == after
        assert found(after) == []


def test_a_token_is_not_shown() -> None:
    text = "channels: ['https://me:pw@conda.anaconda.org/t/TOKEN/anaconda']\n"
    assert found(text) == [("channels", "https://conda.anaconda.org/anaconda")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- python\n", "conda.yaml is no conda environment: expected a map with channels and dependencies"),
        ("channels: defaults\n", "conda.yaml: found str in 'channels'; expected a list"),
        ("channels: [\n", "conda.yaml is not YAML: while parsing a flow node"),
    ],
)
def test_what_is_no_conda_environment(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        conda_file.parse(text, "conda.yaml")
    assert raised.value.message == message


def test_what_a_conda_environment_says() -> None:
    conda = conda_file.parse(OF_THE_DOCUMENTS, "conda.yaml")
    assert (conda.name, conda.channels, conda.dependencies, conda.python) == (
        "mlflow-env",
        ("defaults",),
        ("python=3.8.8", "pip"),
        "3.8.8",
    )
    assert conda.pip == ("mlflow==2.3", "scikit-learn==0.23.2", "cloudpickle==1.6.0")
    assert conda_file.has_build("numpy=1.19.2=py38h54aff64_0")
    assert not conda_file.has_build("numpy==1.19.2")
