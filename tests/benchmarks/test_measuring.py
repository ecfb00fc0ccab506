"""One command is timed by both clocks, in exactly the environment that it is given."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.measuring import CommandFailedError, Sample, Workplace

if TYPE_CHECKING:
    from pathlib import Path

_WORK = "sum(range(3_000_000))"


def test_both_clocks_run_and_children_count(tmp_path: Path) -> None:
    place = Workplace(tmp_path, {})
    idle = place.run(sys.executable, "-c", "import time; time.sleep(0.3)")
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_WORK!r}], check=True)"
    busy = place.run(sys.executable, "-c", child)
    assert idle.wall_s >= 0.3
    assert idle.cpu_s < idle.wall_s
    assert busy.cpu_s > idle.cpu_s


def test_a_command_has_the_folder_and_the_variables_that_it_is_given(tmp_path: Path) -> None:
    script = "import os; print(os.getcwd()); print(os.environ.get('SET'), os.environ.get('HOME'))"
    _, said = Workplace(tmp_path, {"SET": "yes"}).read(sys.executable, "-c", script)
    assert said == f"{tmp_path}\nyes None\n"


def test_a_command_that_fails_is_no_sample(tmp_path: Path) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    with pytest.raises(CommandFailedError) as caught:
        Workplace(tmp_path, {}).run(sys.executable, "-c", script)
    assert str(caught.value) == f"{sys.executable} -c {script} ended with 3:\nout\nerr"


def test_samples_of_several_commands_add_up() -> None:
    assert Sample(1.0, 0.5) + Sample(2.0, 0.25) == Sample(3.0, 0.75)
