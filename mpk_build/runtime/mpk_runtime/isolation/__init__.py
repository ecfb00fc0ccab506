"""Packages of any modules beside each other in one process: each sees its own, and nobody else sees them.

A package's modules are loaded below a name of their own (``mpk_3f2a9c01_1.my_model`` for ``my_model``), with builtins
of their own whose ``__import__`` looks there first. So they have their place in ``sys.modules``, where pickle,
dataclasses, typing, inspect and pydantic look a class's module up, and none by a name that others use.
See docs/decisions/0009-isolation-of-modules.md.
"""
