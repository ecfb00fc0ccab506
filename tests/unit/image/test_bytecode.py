"""Bytecode is the same bytes in every directory, process and number of jobs, and it is what the interpreter runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import find_python

from mpk_build.image import compiled, interpreter
from mpk_build.image.entries import walk

# Sets in constants, docstrings, nested code, names shared with the standard library: where bytes have differed.
SOURCE = '''
"""Doc."""
import os
def f(x, *args, key=1.5, **kwargs):
    """Inner."""
    if x in {"alpha", "beta", "gamma", b"delta", 3, None, (1, "two")}:
        return [one.strip() for one in ("a", "b", "os", "path") if key]
    def g():
        nonlocal x
        x = lambda self, name=os.path: (self, name, "alpha", 10**30)
        return x
    return g
class C:
    attribute: "int" = 1
    def method(self, alpha, beta): return {"alpha": alpha, "beta": beta}, f"{alpha!r}"
'''


def _project(root: Path) -> Path:
    (root / "pkg" / "sub").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text(SOURCE)
    (root / "pkg" / "sub" / "deep.py").write_text(SOURCE.replace("alpha", "omega"))
    (root / "pkg" / "template.py").write_text("{{ name }} = ]")
    (root / "pkg" / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n")
    (root / "single.py").write_text("X = 1\n")
    return root


def _python(version: str) -> Path:
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    return python


def _bytecode(python: Path, root: Path, scratch: Path) -> dict[str, bytes]:
    probed = interpreter.probe(python)
    entries = list(walk(_project(root), "opt/env", lambda path: path.name == "__pycache__"))
    return {
        entry.path: entry.source.read_bytes()
        for entry in compiled.bytecode(entries, "opt/env", probed, scratch)
        if entry.source
    }


@pytest.mark.parametrize("version", ["3.8", "3.10", "3.11", "3.12", "3.13"])
def test_the_bytes_are_equal_elsewhere(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = _python(version)
    one = _bytecode(python, tmp_path / "a", tmp_path / "a.out")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    for name in range(50):
        monkeypatch.setenv(f"NOISE_{name}", "x" * name)
    two = _bytecode(python, tmp_path / "b" / "deeper" / "still", tmp_path / "b.out")
    assert one == two
    tag = interpreter.probe(python).cache_tag
    assert sorted(one) == [
        f"opt/env/__pycache__/single.{tag}.pyc",
        f"opt/env/pkg/__pycache__/__init__.{tag}.pyc",
        f"opt/env/pkg/__pycache__/latin.{tag}.pyc",
        f"opt/env/pkg/sub/__pycache__/deep.{tag}.pyc",
    ]


def test_the_interpreter_takes_it_without_looking_at_the_source(tmp_path: Path) -> None:
    python = Path(sys.executable)
    made = _bytecode(python, tmp_path / "src", tmp_path / "out")
    run = tmp_path / "run"
    for path, data in made.items():
        target = run / Path(path).relative_to("opt/env")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    # Changed afterwards, so that an interpreter that checked would not take the bytecode.
    (run / "single.py").write_text("X = 2\n")
    code = (
        f"import sys; sys.path.insert(0, {str(run)!r}); import single, marshal; "
        "print(single.X, marshal.loads(open(single.__cached__, 'rb').read()[16:]).co_filename)"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 /opt/env/single.py\n"


def test_sources_that_are_not_python_stop_nothing(tmp_path: Path) -> None:
    python = Path(sys.executable)
    root = tmp_path / "src"
    root.mkdir()
    for name, data in {"nul": b"x = '\0'", "utf": b"x = '\xff'", "deep": b"(" * 5000, "good": b"x = 1"}.items():
        (root / f"{name}.py").write_bytes(data)
    entries = list(walk(root, "opt/env", lambda _: False))
    made = compiled.bytecode(entries, "opt/env", interpreter.probe(python), tmp_path / "out")
    assert [Path(entry.path).name.partition(".")[0] for entry in made] == ["good"]


@pytest.mark.parametrize("version", ["3.8", "3.11"])
def test_what_else_the_process_holds_does_not_count(version: str, tmp_path: Path) -> None:
    python = _python(version)
    source, neighbour = tmp_path / "source.py", tmp_path / "neighbour.py"
    source.write_text(SOURCE)
    neighbour.write_text(SOURCE + "\nlater = 'omega'")
    keep = f"kept = compile(open({str(neighbour)!r}).read(), 'n', 'exec')"
    made: list[bytes] = []
    for before in ("", keep):
        target = tmp_path / f"{len(made)}.pyc"
        code = f"import bytecode\n{before}\nbytecode.compile_file({str(source)!r}, '/x.py', {str(target)!r})"
        command = [str(python), "-S", "-s", "-B", "-c", code]
        environment = {"PYTHONHASHSEED": "0"}
        subprocess.run(command, cwd=compiled.script().parent, check=True, env=environment)
        made.append(target.read_bytes())
    assert made[0] == made[1]
