"""A package that is there already, in place of a model that is made: its files, its signature, its input example."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from mpk_runtime.examples import stored
from mpk_runtime.examples.example import Example
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document

# What is written anew, beside the document.
_ANEW = (
    *("MLmodel", "requirements.txt", "constraints.txt", "conda.yaml", "python_env.yaml", "pylock.toml", "wheels"),
    *("input_example.json", "serving_input_example.json"),
)
_NEVER = ("__pycache__", ".git", ".gitignore")


def take(root: str, document: Document, folder: str) -> Document:
    """Copy the files of the package at ``root`` into ``folder``, without those that say what it needs.

    Returns:
        What `flavors.saving.save` does, and the ``document`` of its MLmodel.
    """

    def left(path: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _NEVER or (path == root and name in anew)]

    anew = {*_ANEW, *_environment_files(document)}
    shutil.copytree(root, folder, ignore=left, dirs_exist_ok=True)
    return {"kind": "package", "flavors": document["flavors"], "by_value": False, "document": document}


def _environment_files(document: Document) -> list[str]:
    env = document["flavors"]["python_function"].get("env")
    return [str(one) for one in (env.values() if isinstance(env, dict) else [env]) if one]


def described(root: str, document: Document, given: Document) -> Document:
    """What `proving.describe` is given of the package's own: signature, and the example unless there is another."""
    signature = Signature.from_document(document.get("signature"))
    declared: dict[str, Any] = {"inputs": signature.inputs, "outputs": signature.outputs, "params": signature.params}
    in_hand = None
    if given["example"] is None and document.get("saved_input_example_info"):
        in_hand = Example(stored.read(root, document, signature.inputs)[0])
    return {"declared": declared, "in_hand": in_hand}
