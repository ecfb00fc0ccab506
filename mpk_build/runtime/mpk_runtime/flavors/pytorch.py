"""PyTorch modules, in the layout of ``mlflow.pytorch``.

The folder ``data`` has ``model.pth``, a whole module pickled by ``torch.save`` or a scripted one, and
``pickle_module_info.txt``, the name of the module that reads the pickle; or it has ``model.pt2``, a graph that
``torch.export.save`` wrote, as MLflow 3 does. The flavor's block: ``{"model_data": "data", "pytorch_version"}``.
"""

from __future__ import annotations

import importlib
import io
import os
import pickle
import shutil
import sys
import types
import zipfile
from typing import TYPE_CHECKING, Any

from mpk_runtime.pickles import dumping

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict

_FOLDER = "data"
_PICKLED, _EXPORTED, _MODULE = "model.pth", "model.pt2", "pickle_module_info.txt"

# With a config whoever loads it may name the device.
_FUNCTION = {"loader_module": "mlflow.pytorch", "data": _FOLDER, "config": {"device": None}}
_OF_THE_WRITER = ("version", "byteorder", ".data/serialization_id")


def detect(model: Any) -> bool:
    """Whether this is a module, scripted or not."""
    networks = sys.modules.get("torch.nn")
    return networks is not None and isinstance(model, networks.Module)


def save(model: Any, folder: str) -> Document:
    """Write a module as ``torch.save`` does, a scripted one as ``torch.jit.save`` does.

    Raises:
        PicklingError: The module can't be pickled.
    """
    import torch

    if isinstance(model, torch.jit.ScriptModule):
        data, form = _scripted(torch, model), "torchscript"
    else:
        data, form = dumping.dump_with(lambda pickler: _saved(torch, model, pickler), _pickle_in)
    _write(folder, _PICKLED, data)
    # Which reads what cloudpickle wrote, too.
    _write(folder, _MODULE, b"pickle")
    return {
        "python_function": {**_FUNCTION, "pickle_module_name": "pickle"},
        "pytorch": {"model_data": _FOLDER, "pytorch_version": str(torch.__version__), "serialization_format": form},
    }


def adopt(path: str, folder: str) -> Document:
    """A ``.pt2`` file is taken as it is; what is in another is saved anew.

    Raises:
        TypeError: There is no whole module in it.
    """
    import torch

    if path.endswith(".pt2"):
        _exported(torch, path)
        os.makedirs(os.path.join(folder, _FOLDER), exist_ok=True)
        shutil.copyfile(path, os.path.join(folder, _FOLDER, _EXPORTED))
        return {
            "python_function": dict(_FUNCTION),
            "pytorch": {"model_data": _FOLDER, "pytorch_version": str(torch.__version__)},
        }
    model = _unpickled(torch, path, pickle, "cpu")
    if isinstance(model, dict):
        raise TypeError(
            "it holds weights alone (a state_dict) and not the module that they are of; expected an entrypoint: a "
            "function that makes the module and loads them into it"
        )
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"it holds a {type(model).__name__}; expected a module of PyTorch")
    return save(model, folder)


def load(root: str, document: Document) -> Any:
    """The module, ready to predict, on the device of the config, else on a GPU where there is one."""
    import torch

    function = document["flavors"].get("python_function") or {}
    own = document["flavors"].get("pytorch") or {}
    path = os.path.join(root, own.get("model_data") or function.get("data") or _FOLDER)
    device = _device(torch, document)
    if os.path.isdir(path) and not os.path.exists(os.path.join(path, _PICKLED)):
        return _exported(torch, os.path.join(path, _EXPORTED))
    reader = _reader(os.path.join(path, _MODULE)) if os.path.isdir(path) else pickle
    model = _unpickled(torch, os.path.join(path, _PICKLED) if os.path.isdir(path) else path, reader, device)
    model.eval()
    model.to(device)
    return model


def function(native: Any, document: Document) -> Predict:
    """A table gives a table with the same index, an array an array; params go to the module by name."""
    import torch

    device = _device(torch, document)

    def call(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        kind = type(model_input).__name__
        if kind not in ("DataFrame", "ndarray"):
            raise TypeError(f"found a {kind}; expected a pandas DataFrame or a numpy array")
        data = model_input.to_numpy(dtype="float32") if kind == "DataFrame" else model_input
        with torch.no_grad():
            predicted = native(torch.from_numpy(data).to(device), **(params or {}))
        if not isinstance(predicted, torch.Tensor):
            raise TypeError(f"the module returned a {type(predicted).__name__}; expected one tensor")
        values = predicted.cpu().numpy()
        if kind == "ndarray":
            return values
        import pandas as pd

        return pd.DataFrame(values, index=model_input.index)

    return call


def requirements() -> list[str]:
    """PyTorch."""
    return ["torch"]


def _write(folder: str, name: str, data: bytes) -> None:
    os.makedirs(os.path.join(folder, _FOLDER), exist_ok=True)
    with open(os.path.join(folder, _FOLDER, name), "wb") as file:
        file.write(data)


def _saved(torch: Any, model: Any, pickler: Any) -> bytes:
    module = types.ModuleType("pickle")
    vars(module).update({**vars(pickle), "Pickler": pickler})
    buffer = io.BytesIO()
    torch.save(model, buffer, pickle_module=module)
    return buffer.getvalue()


def _pickle_in(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if name.endswith("/data.pkl"))


def _scripted(torch: Any, model: Any) -> bytes:
    """A scripted module without the records that say where on this machine the lines of its source lie."""
    scripted, without = io.BytesIO(), io.BytesIO()
    torch.jit.save(model, scripted)
    scripted.seek(0)
    reader = torch._C.PyTorchFileReader(scripted)  # noqa: SLF001 - it has no other name
    writer = torch._C.PyTorchFileWriter(without)  # noqa: SLF001 - as above
    writer.set_min_version(int(reader.get_record("version")))
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name not in _OF_THE_WRITER:
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    return without.getvalue()


def _reader(file: str) -> Any:
    with open(file, encoding="utf-8") as text:
        name = text.read().strip()
    # MLflow's own is cloudpickle for writing, and pickle for reading.
    return pickle if name.split(".")[0] == "mlflow" else importlib.import_module(name)


def _unpickled(torch: Any, path: str, reader: Any, device: str) -> Any:
    if _is_scripted(path):
        return torch.jit.load(path, map_location=device)
    # The whole module, and not its weights alone, which is what torch 2.6 and later would read.
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    whole = {"weights_only": False} if version >= (1, 13) else {}
    return torch.load(path, map_location=device, pickle_module=reader, **whole)


def _is_scripted(path: str) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _exported(torch: Any, path: str) -> Any:
    return torch.export.load(path).module()


def _device(torch: Any, document: Document) -> str:
    config = (document["flavors"].get("python_function") or {}).get("config") or {}
    return str(config.get("device") or ("cuda" if torch.cuda.is_available() else "cpu"))
