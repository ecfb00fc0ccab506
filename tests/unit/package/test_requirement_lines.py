"""Requirements files, read as pip reads them and changed without touching anything else."""

from __future__ import annotations

import pytest

from mpk_build.package import requirement_lines

FILE = """\
# what the model needs
--extra-index-url https://example.org/simple
-c constraints.txt
Scikit_Learn==1.5.0  # pinned: the pickle is of it
numpy==1.26.4; python_version < "3.12"
numpy==2.1.0 ; python_version>='3.12'
PyYAML[libyaml]>=6,\\
  <7
six==1.17.0 --hash=sha256:00 \\
  --hash=sha256:11
Tool @ https://example.org/Tool-1.0.zip#sha256=AB
git+https://example.org/Other.git@v1#egg=Other_One
./wheels/my_lib-1.0-py3-none-any.whl[fast] ; os_name == "posix"
git+https://example.org/nameless.git
-e ./src/local-1.0.tar.gz

# the end"""


def added(text: str, requirement: str) -> str:
    return requirement_lines.joined(requirement_lines.added(requirement_lines.parse(text), requirement))


def removed(text: str, name: str) -> str:
    return requirement_lines.joined(requirement_lines.removed(requirement_lines.parse(text), name))


@pytest.mark.parametrize(
    "text", [FILE, FILE.replace("\n", "\r\n"), "", "\n", "six", "six\\", "\ufeffsix\n", "six \\\n"]
)
def test_what_is_not_changed_stays(text: str) -> None:
    assert requirement_lines.joined(requirement_lines.parse(text)) == text
    assert removed(text, "absent") == text


def test_what_a_file_says() -> None:
    lines = requirement_lines.parse(FILE)
    assert [(one.number, one.kind, one.name, one.marker) for one in lines if one.kind != "other"] == [
        (2, "option", None, ""),
        (3, "option", None, ""),
        (4, "requirement", "scikit-learn", ""),
        (5, "requirement", "numpy", 'python_version < "3.12"'),
        (6, "requirement", "numpy", 'python_version >= "3.12"'),
        (7, "requirement", "pyyaml", ""),
        (9, "requirement", "six", ""),
        (11, "requirement", "tool", ""),
        (12, "requirement", "other-one", ""),
        (13, "requirement", "my-lib", 'os_name == "posix"'),
        (14, "requirement", None, ""),
        (15, "option", "local", ""),
    ]
    assert [one.requirement for one in lines if one.name in ("pyyaml", "six")] == [
        "PyYAML[libyaml]>=6,  <7",
        "six==1.17.0",
    ]
    assert [one.name for one in lines if one.has_hash] == ["six"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("requirement", "before", "after"),
    [
        ("scikit-learn==1.6.0", "Scikit_Learn==1.5.0  #", "scikit-learn==1.6.0  #"),
        ("numpy==2.2; python_version>='3.12'", "numpy==2.1.0 ; python_version>='3.12'\n", "numpy==2.2; python_version>='3.12'\n"),
        ("pyyaml==6.0.2", "PyYAML[libyaml]>=6,\\\n  <7\n", "pyyaml==6.0.2\n"),
        ("six", "six==1.17.0 --hash=sha256:00 \\\n  --hash=sha256:11\n", "six\n"),
        ("tool @ https://example.org/Tool-2.zip", "Tool @ https://example.org/Tool-1.0.zip#sha256=AB", "tool @ https://example.org/Tool-2.zip"),
        ("idna>=3", '"posix"\ngit+https://example.org/nameless.git\n', '"posix"\ngit+https://example.org/nameless.git\nidna>=3\n'),
        ("numpy", "nameless.git\n", "nameless.git\nnumpy\n"),
        ("local==1.0", "-e ./src/local-1.0.tar.gz", "local==1.0"),
    ],
)  # fmt: skip
def test_a_requirement_is_added(requirement: str, before: str, after: str, newline: str) -> None:
    text = FILE.replace("\n", newline)
    assert before in FILE
    assert added(text, requirement) == FILE.replace(before, after).replace("\n", newline)


@pytest.mark.parametrize(
    ("text", "after"),
    [("", "six\n"), ("a", "a\nsix"), ("a\n", "a\nsix\n"), ("# none\n", "# none\nsix\n"), ("a\n\n-c b\n", "a\nsix\n\n-c b\n")],
)  # fmt: skip
def test_the_first_and_the_last(text: str, after: str) -> None:
    assert added(text, "six") == after


def test_every_variant_of_a_name_is_removed() -> None:
    numpy = "numpy==1.26.4; python_version < \"3.12\"\nnumpy==2.1.0 ; python_version>='3.12'\n"
    assert removed(FILE, "numpy") == FILE.replace(numpy, "")
    assert removed(FILE, "other-one") == FILE.replace("git+https://example.org/Other.git@v1#egg=Other_One\n", "")
    assert removed("six\nSix>1\na", "six") == "a"
