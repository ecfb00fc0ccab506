"""The system's libraries that a process has mapped, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from mpk_build.foundation.resources import runtime_folder

_SCRIPT = """
import ctypes, json, sys
sys.path.insert(0, sys.argv[1])
from mpk_runtime import shared_objects
before = shared_objects.of_the_system()
ctypes.CDLL("libblkid.so.1")
print(json.dumps([before, shared_objects.of_the_system()]))
"""


def test_a_library_that_is_opened_by_name_is_seen() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _SCRIPT, str(runtime_folder())], capture_output=True, text=True, check=True
    )
    before, after = json.loads(done.stdout)
    new = {Path(path).name.split(".so")[0] for path in set(after) - set(before)}
    assert "libblkid" in new
    assert after == sorted(after)
    assert not any("lib-dynload" in path or "site-packages" in path for path in after)
