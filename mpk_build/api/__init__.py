"""mpk from Python: packages loaded, used and made in the caller's own process; see docs/packages.md.

The one room of the host that imports ``mpk_runtime``, and with it a model's libraries: those of the caller.
"""
