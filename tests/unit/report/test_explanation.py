"""What ``mpk lock --explain`` says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support import run_mpk
from tiny import MANIFEST, write_tiny

from mpk_build.report.explanation import reason, text

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
import dateutil.parser

def never():
    import attr

def predict(values):
    if len(values) > 100:
        import idna
        import nowhere
    return [dateutil.parser.parse(str(2000 + value)).year for value in values]
"""
SOURCE = "python-dateutil==2.8.2\nsix==1.15.0\nidna==3.7\npackaging==24.0\nattrs==24.1.0\n"
TABLE = """\
requirement      version  why
idna             3.7      only in source: model.py:8
packaging>=20    24.0     declared in requirements.extra
python-dateutil  2.8.2    imported while loading (model.py:1)
  six            1.15.0   comes with python-dateutil
                          imported while loading by python-dateutil

left out
  attrs  only in code that the model does not reach; model.py:4

not installed where the model was made
  nowhere  model.py:9
"""


def test_each_requirement_is_told_with_its_reason_also_from_the_cache(tmp_path: Path) -> None:
    manifest = MANIFEST.replace("requirements.txt}", "requirements.txt, extra: [packaging>=20]}")
    write_tiny(tmp_path, {"mpk.yaml": manifest, "model.py": MODEL, "requirements.txt": SOURCE})
    first = run_mpk("lock", "--explain", cwd=tmp_path)
    again = run_mpk("lock", "--explain", "--quiet", cwd=tmp_path)
    assert (first.returncode, first.stdout) == (0, TABLE), first.stderr
    assert (again.returncode, again.stdout, again.stderr) == (0, TABLE, "")
    document = json.loads(run_mpk("lock", "--explain", "--json", "--quiet", cwd=tmp_path).stdout)
    assert list(document) == ["schema_version", "ok", "needs", "left_out", "missing", "computed_imports", "unread"]
    assert document["needs"][0] == {
        "name": "idna",
        "version": "3.7",
        "extras": [],
        "requirement": "idna==3.7",
        "required_by": None,
        "evidence": [{"how": "source", "module": "idna", "file": "model.py", "line": 8}],
    }
    assert document["missing"] == [{"module": "nowhere", "file": "model.py", "line": 9, "optional": False}]


@pytest.mark.parametrize(
    ("field", "requirements", "why"),
    [
        ("static: false", ["python-dateutil==2.8.2"], "only in source, and requirements.static is false"),
        ("exclude: [IDNA]", ["python-dateutil==2.8.2"], "requirements.exclude"),
    ],
)
def test_the_manifest_refuses(tmp_path: Path, field: str, requirements: list[str], why: str) -> None:
    manifest = MANIFEST.replace("requirements.txt}", f"requirements.txt, {field}}}")
    write_tiny(tmp_path, {"mpk.yaml": manifest, "model.py": MODEL, "requirements.txt": SOURCE})
    done = run_mpk("lock", "--json", cwd=tmp_path)
    facts = json.loads(done.stdout)["stages"][0]["facts"]
    assert (facts["requirements"], {one["name"]: one["why"] for one in facts["left_out"]}["idna"]) == (
        requirements,
        why,
    )


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"how": "imported", "phase": "predicting", "detail": "pandas"}, "imported while predicting by pandas"),
        ({"how": "plugin", "phase": "loading", "detail": "a: b = c"}, "a plugin, loaded while loading (a: b = c)"),
        ({"how": "extra", "detail": "httpx[http2]"}, "an extra: httpx[http2]"),
        (
            {"how": "metadata", "phase": "loading", "file": "m.py", "line": 2},
            "asked for by name while loading (m.py:2)",
        ),
        ({"how": "metadata", "phase": "loading", "detail": "words.txt"}, "words.txt read while loading"),
        ({"how": "library", "phase": "loading", "detail": "a.so"}, "a shared library loaded while loading (a.so)"),
        ({"how": "program", "phase": "loading", "module": "markdown"}, "a program started while loading (markdown)"),
    ],
)
def test_evidence_in_words(evidence: dict[str, Any], words: str) -> None:
    assert reason(evidence) == words


def test_libraries_are_counted() -> None:
    libraries = [{"how": "library", "phase": "loading", "detail": name} for name in ("a.so", "b.so", "c.so")]
    need: dict[str, Any] = {"name": "cv", "version": "1", "extras": [], "requirement": "cv==1", "required_by": None}
    imported = {"how": "imported", "phase": "loading"}
    assert text({"needs": [{**need, "evidence": [imported, *libraries]}]}).splitlines() == [
        "requirement  version  why",
        "cv           1        imported while loading",
        "                      a shared library loaded while loading (a.so), and 2 more",
    ]


def test_a_module_that_only_python_path_has_is_named_with_the_field(tmp_path: Path) -> None:
    (tmp_path / "shared" / "units").mkdir(parents=True)
    (tmp_path / "shared" / "units" / "__init__.py").write_text("def double(value):\n    return 2 * value\n")
    model = "import units\n\ndef predict(values):\n    return [units.double(value) for value in values]\n"
    project = write_tiny(tmp_path / "project", {"model.py": model})
    done = run_mpk("lock", "--quiet", cwd=project, env={"PYTHONPATH": str(tmp_path / "shared")})
    lines = [line for line in done.stderr.splitlines() if line.startswith(("error:", " hint:"))]
    assert (done.returncode, lines) == (
        1,
        [
            f"error: the model imports 'units', which only PYTHONPATH has, in {tmp_path}/shared; mpk runs the source"
            " environment's Python without PYTHONPATH, for nothing else would know of it",
            " hint: model: {code_paths: [../shared/units]}",
        ],
    )
    manifest = (project / "mpk.yaml").read_text().replace('predict"', 'predict", code_paths: [../shared/units]')
    (project / "mpk.yaml").write_text(manifest)
    assert run_mpk("lock", cwd=project).returncode == 0
