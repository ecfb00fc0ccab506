"""Edits of manifests: what changes, and that nothing else does, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mpk_build.foundation.errors import ManifestError, UsageError
from mpk_build.manifest import editing
from mpk_build.manifest.loading import load_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "name: toy\nmodel: {entrypoint: 'model:fit()'}\ninput_example: [1]\n"
BLOCK = """\
# how it is made — für später
name: toy   # the name
model:
  entrypoint: "model:fit()"


requirements:
    python: "3.11"
    extra:  # besides what is found
    -   six >= 1.16   # compatibility
    # the parser
    -   'PyYAML>=6'

    -   idna
    override:
        - numpy<2  # until 3.0

# what it predicts
input_example: [1, 2]
"""
LINES = """\
name: toy
model: {entrypoint: "model:fit()"}
requirements: {
  extra: [
    six,       # compatibility
    "pyyaml[libyaml]>=6,<7",  # the parser
  ],
}
input_example: [1]
"""


def edited(tmp_path: Path, text: str, edit: Callable[[Path], object]) -> str:
    file = tmp_path / "mpk.yaml"
    file.write_bytes(text.encode())
    edit(file)
    return file.read_bytes().decode()


def added(tmp_path: Path, text: str, requirement: str, field: editing.Field = "extra") -> str:
    return edited(tmp_path, text, lambda file: editing.add_requirement(file, field, requirement))


def removed(tmp_path: Path, text: str, name: str) -> str:
    return edited(tmp_path, text, lambda file: editing.remove_requirement(file, name))


def put(tmp_path: Path, text: str, keys: tuple[str, ...], value: Any) -> str:
    return edited(tmp_path, text, lambda file: editing.set_value(file, keys, value))


@pytest.mark.parametrize(
    ("before", "requirement", "after"),
    [
        (
            HEAD,
            "six",
            "name: toy\nmodel: {entrypoint: 'model:fit()'}\nrequirements:\n  extra: [six]\ninput_example: [1]\n",
        ),
        (HEAD + "requirements: {}\n", "six", HEAD + "requirements: {extra: [six]}\n"),
        (HEAD + "requirements: { python: '3.11' }", "six", HEAD + "requirements: { python: '3.11', extra: [six] }"),
        (HEAD + "requirements: {extra: []}\n", "six", HEAD + "requirements: {extra: [six]}\n"),
        (HEAD + "requirements: {extra: [ # none\n  ]}\n", "six", HEAD + "requirements: {extra: [six # none\n  ]}\n"),
        (HEAD + "requirements: {extra: [a, b]}  # both\n", "six", HEAD + "requirements: {extra: [a, b, six]}  # both\n"),
        (HEAD + "requirements: {extra: [a, b,]}\n", "six", HEAD + "requirements: {extra: [a, b, six,]}\n"),
        (HEAD + "requirements:\n  extra:\n  - a", "six", HEAD + "requirements:\n  extra:\n  - a\n  - six"),
        (HEAD + "requirements:\n  extra:\n  - a\n...\n", "six", HEAD + "requirements:\n  extra:\n  - a\n  - six\n...\n"),
        (HEAD + "requirements:\n  pip:\n", "six", HEAD + "requirements:\n  pip:\n  extra: [six]\n"),
        (
            HEAD + 'requirements: {extra: [a, "b>1"]}\n',
            "b[x,y]>=2,<3; python_version < '3.12'",
            HEAD + "requirements: {extra: [a, \"b>1\", \"b[x,y]>=2,<3; python_version < '3.12'\"]}\n",
        ),
        (
            HEAD + 'requirements: {extra: [a, "B.b>1; os_name == \'posix\'", c]}\n',
            "b-b>=2,<3; os_name=='posix'",
            HEAD + 'requirements: {extra: [a, "b-b>=2,<3; os_name==\'posix\'", c]}\n',
        ),
        (
            HEAD + "requirements: {extra: [Six>1, a, six>1, \"six<9; os_name == 'nt'\"]}\n",
            "six==1.17.0",
            HEAD + "requirements: {extra: [six==1.17.0, a, \"six<9; os_name == 'nt'\"]}\n",
        ),
        (
            HEAD + "requirements: {extra: [a]}\n",
            "six @ https://example.org/six.whl#sha256=00",
            HEAD + "requirements: {extra: [a, six @ https://example.org/six.whl#sha256=00]}\n",
        ),
        (HEAD + "requirements: {extra: [a]}\n", "null", HEAD + 'requirements: {extra: [a, "null"]}\n'),
        (HEAD + "requirements:\n  extra: [a]\n", "six<2,>1; os_name == 'n'", HEAD + "requirements:\n  extra: [a, \"six<2,>1; os_name == 'n'\"]\n"),
        (LINES, "idna", LINES.replace("  ],\n}", "    idna,\n  ],\n}")),
        (
            LINES.replace('<7",  # the', '<7"  # the'),
            "idna",
            LINES.replace("  ],\n}", "    idna\n  ],\n}"),
        ),
        (BLOCK, "attrs>=23", BLOCK.replace("    -   idna\n", "    -   idna\n    -   attrs>=23\n")),
        (BLOCK, "pyyaml<7", BLOCK.replace("'PyYAML>=6'", "'pyyaml<7'")),
        (
            "{name: toy, model: {entrypoint: 'm:f'}, input_example: [1]}",
            "six",
            "{name: toy, model: {entrypoint: 'm:f'}, input_example: [1], requirements: {extra: [six]}}",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{}", "\ufeff{}", "{}\r"])
def test_a_requirement_is_added(tmp_path: Path, before: str, requirement: str, after: str, form: str) -> None:
    def formed(text: str) -> str:
        text = text.replace("\n", "\r\n") if form.endswith("\r") else text
        return form.removesuffix("\r").replace("{}", text)

    assert added(tmp_path, formed(before), requirement) == formed(after)
    project = load_project(tmp_path / "mpk.yaml")
    assert requirement in project.manifest.requirements.extra


def test_other_lists(tmp_path: Path) -> None:
    assert added(tmp_path, BLOCK, "numpy<3", "override") == BLOCK.replace("numpy<2", "numpy<3")
    assert added(tmp_path, BLOCK, "scipy", "override") == BLOCK.replace("3.0\n", "3.0\n        - scipy\n")
    assert added(tmp_path, BLOCK, "scipy", "pip") == BLOCK.replace("until 3.0\n", "until 3.0\n    pip: [scipy]\n")
    empty = HEAD + "requirements:\n  pip:  # to do\n  extra: [a]\n"
    assert added(tmp_path, empty, "six", "pip") == empty.replace("pip:", "pip: [six]")


def test_what_is_there_already_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mpk.yaml"
    file.write_text(BLOCK)
    before = file.stat()
    assert not editing.add_requirement(file, "extra", " idna ")
    assert editing.remove_requirement(file, "attrs") == []
    assert not editing.set_value(file, ("requirements", "python"), "3.11")
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (BLOCK, "pyyaml", BLOCK.replace("    -   'PyYAML>=6'\n", "")),
        (BLOCK, "idna", BLOCK.replace("    -   idna\n", "")),
        (BLOCK, "NumPy", BLOCK.replace("override:\n        - numpy<2  # until 3.0\n", "override: []\n")),
        (
            HEAD + "requirements:\n  extra:  # one\n  - a  # that\n",
            "a",
            HEAD + "requirements:\n  extra: []  # one\n",
        ),
        (HEAD + "requirements: {extra: [a]}\n", "a", HEAD + "requirements: {extra: []}\n"),
        (HEAD + "requirements: {extra: [ a, ]}\n", "a", HEAD + "requirements: {extra: [  ]}\n"),
        (HEAD + "requirements: {extra: [a, b, c]}\n", "a", HEAD + "requirements: {extra: [b, c]}\n"),
        (HEAD + "requirements: {extra: [a, b, c]}\n", "b", HEAD + "requirements: {extra: [a, c]}\n"),
        (HEAD + "requirements: {extra: [a, b, c]}\n", "c", HEAD + "requirements: {extra: [a, b]}\n"),
        (
            HEAD + "requirements: {pip: [A_b>1, x], extra: [\"a.b; os_name == 'nt'\", y, a-b], override: [z]}\n",
            "A-B",
            HEAD + "requirements: {pip: [x], extra: [y], override: [z]}\n",
        ),
        (LINES, "six", LINES.replace("    six,       # compatibility\n", "")),
        (LINES, "pyyaml", LINES.replace('    "pyyaml[libyaml]>=6,<7",  # the parser\n', "")),
        (HEAD + "requirements: {pip: [a]}\n", "a", HEAD + "requirements: {pip: []}\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_requirement_is_removed(tmp_path: Path, before: str, name: str, after: str, newline: str) -> None:
    assert removed(tmp_path, before.replace("\n", newline), name) == after.replace("\n", newline)


def test_the_lists_it_was_removed_from_are_told(tmp_path: Path) -> None:
    file = tmp_path / "mpk.yaml"
    file.write_text(HEAD + "requirements: {pip: [a], extra: [b], override: [a<3]}\n")
    assert editing.remove_requirement(file, "A") == ["pip", "override"]


@pytest.mark.parametrize(
    ("before", "keys", "value", "after"),
    [
        (BLOCK, ("requirements", "python"), "3.12", BLOCK.replace('"3.11"', '"3.12"')),
        (HEAD + "requirements: {python: '3.8'}\n", ("requirements", "python"), "3.12", HEAD + "requirements: {python: '3.12'}\n"),
        (HEAD, ("version",), "1.0", HEAD.replace("toy\n", 'toy\nversion: "1.0"\n')),
        (HEAD, ("validate", "timeout"), 60, HEAD + "validate:\n  timeout: 60\n"),
        (HEAD + "validate: {timeout: 60}\n", ("validate", "timeout"), 90, HEAD + "validate: {timeout: 90}\n"),
        (HEAD, ("targets", "image", "tags"), ["a", "1.0"], HEAD + 'targets:\n  image:\n    tags: [a, "1.0"]\n'),
        (HEAD + "targets: {model: {}}\n", ("targets", "image", "tags"), ["a"], HEAD + "targets: {model: {}, image: {tags: [a]}}\n"),
        (HEAD + "targets:\n  image:\n", ("targets", "image", "tags"), ["a"], HEAD + "targets:\n  image: {tags: [a]}\n"),
        (HEAD + "version: |-\n  1\ndescription: b\n", ("version",), "2.0", HEAD + 'version: "2.0"\ndescription: b\n'),
        (HEAD + "metadata:\n  a: 1\n  b: [x]\n# end\n", ("metadata",), {"c": True}, HEAD + "metadata: {c: true}\n# end\n"),
    ],
)  # fmt: skip
def test_a_value_is_set(tmp_path: Path, before: str, keys: tuple[str, ...], value: Any, after: str) -> None:
    assert put(tmp_path, before, keys, value) == after


def test_what_is_no_requirement_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        added(tmp_path, HEAD, "numpy >")
    assert caught.value.message == (
        "'numpy >' is not a requirement: Expected semicolon (after name with no version specifier) or end"
    )
    assert caught.value.hint == "write it as 'numpy>=2' (PEP 508)"
    assert (tmp_path / "mpk.yaml").read_text() == HEAD


def test_a_manifest_that_is_wrong_is_left_alone(tmp_path: Path) -> None:
    wrong = HEAD + "requirments: {extra: [a]}\n"
    with pytest.raises(ManifestError) as caught:
        added(tmp_path, wrong, "six")
    assert caught.value.hint == "did you mean 'requirements'?"
    assert (tmp_path / "mpk.yaml").read_text() == wrong


def test_a_value_that_no_manifest_may_have_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        put(tmp_path, HEAD, ("requirements", "python"), "2.7")
    assert caught.value.message == (
        f"{tmp_path}/mpk.yaml:4:11: requirements.python: found '2.7'; expected such as '3.11'\n"
        '    4 |   python: "2.7"\n      |           ^'
    )
    assert (tmp_path / "mpk.yaml").read_text() == HEAD


def test_a_spelling_that_can_not_be_edited_is_told(tmp_path: Path) -> None:
    odd = HEAD + "requirements: {extra: [a, ? b]}\n"
    file = tmp_path / "mpk.yaml"
    file.write_text(odd)
    with pytest.raises(ManifestError):
        editing.add_requirement(file, "extra", "six")
    assert file.read_text() == odd


def test_links_and_modes_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(HEAD)
    real.chmod(0o600)
    link = tmp_path / "mpk.yaml"
    link.symlink_to("real.yaml")
    editing.add_requirement(link, "extra", "six")
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert load_project(link).manifest.requirements.extra == ["six"]


def test_what_only_the_other_parser_reads_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mpk.yaml"
    file.write_text(HEAD + "requirements:\n  extra: [six]\t# a tab\n")
    with pytest.raises(ManifestError) as caught:
        editing.add_requirement(file, "extra", "idna")
    assert caught.value.message == f"{file} is written in a way that mpk can't edit"
    assert caught.value.hint == "add 'idna' to requirements.extra by hand"
