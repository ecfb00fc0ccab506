"""Makes ``mpk_runtime``, which is never installed, importable in this process; it is imported after this module."""

from __future__ import annotations

import sys

from mpk_build.foundation.resources import runtime_folder

if str(runtime_folder()) not in sys.path:
    # Last: what the caller has comes first.
    sys.path.append(str(runtime_folder()))
