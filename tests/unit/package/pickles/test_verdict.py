"""Verdicts on pickles: those of attackers, each written by hand, and those that libraries and people make."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import subprocess
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest

from mpk_build.package.pickles.verdict import KINDS, Verdict, verdict, worst

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PACKAGE: dict[str, Any] = {"flavors": {"python_function": {"code": "code"}}}


def text(value: str) -> bytes:
    """SHORT_BINUNICODE."""
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def array_of_objects(inner: bytes) -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + inner


SYSTEM = b"cos\nsystem\n(S'id'\ntR."
STACKED = b"\x80\x04" + text("os") + text("system") + b"\x93" + text("id") + b"\x85R."
# The module and the name come back from the memo, behind other texts.
THROUGH_MEMO = (
    b"\x80\x04"
    + text("os")
    + b"\x94"
    + text("system")
    + b"\x94"
    + b"00"
    + text("numpy")
    + text("dtype")
    + b"00h\x00h\x01\x93"
    + text("id")
    + b"\x85R."
)
JOBLIB = (
    b"\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\x00\x00\x00shape(K\x01tX\x05\x00\x00\x00dtype"
    b"cnumpy\ndtype\n(X\x02\x00\x00\x00O8K\x00K\x01tRub" + SYSTEM + b"."
)
MALICIOUS: dict[str, tuple[bytes, str, tuple[str, ...]]] = {
    "a call": (SYSTEM, "dangerous", ("os.system",)),
    "protocol 4": (STACKED, "dangerous", ("os.system",)),
    "through the memo": (THROUGH_MEMO, "dangerous", ("os.system",)),
    "eval of Python 2": (b"c__builtin__\neval\n(S'1'\ntR.", "dangerous", ("builtins.eval",)),
    "a name of Python 2": (b"ccommands\ngetoutput\n(S'id'\ntR.", "dangerous", ("subprocess.getoutput",)),
    "an instance": (b"(S'id'\nios\nsystem\n.", "dangerous", ("os.system",)),
    "an object": (b"(cos\nsystem\nS'id'\no.", "dangerous", ("os.system",)),
    "an unknown gadget": (
        b"\x80\x04" + text("cProfile") + text("run") + b"\x93" + text("1") + b"\x85R.",
        "dangerous",
        ("cProfile.run",),
    ),
    "a gadget of numpy": (
        b"cnumpy.core\n_ufunc_reconstruct\n(S'os'\nS'system'\ntR.",
        "dangerous",
        ("numpy.core._ufunc_reconstruct",),
    ),
    "a gadget that nobody listed": (b"ctorch.somewhere\nrun\n(S'id'\ntR.", "unknown", ("torch.somewhere.run",)),
    "an attribute of what is known": (
        b"\x80\x04" + text("pandas") + text("DataFrame.eval") + b"\x93.",
        "unknown",
        ("pandas.DataFrame.eval",),
    ),
    "an attribute through a module": (
        b"\x80\x04" + text("pandas") + text("io.common.os.system") + b"\x93.",
        "dangerous",
        ("pandas.io.common.os.system",),
    ),
    "getattr of an instance": (
        b"c__builtin__\ngetattr\n(cpandas\nDataFrame\n)RS'eval'\ntR.",
        "dangerous",
        ("builtins.getattr",),
    ),
    "getattr that is passed on": (
        b"cfunctools\npartial\n(c__builtin__\ngetattr\ntR.",
        "dangerous",
        ("builtins.getattr",),
    ),
    "a second pickle": (pickle.dumps(1) + SYSTEM, "dangerous", ("os.system",)),
    "a computed name": (
        b"\x80\x04" + text("os") + b"c_codecs\nencode\n(S'system'\ntR\x93.",
        "unreadable",
        ("an import whose name is computed",),
    ),
    "a broken end": (STACKED[:-1] + b"\xff", "dangerous", ("os.system",)),
    "an extension code": (b"\x80\x02\x82\x01.", "unreadable", ("the opcode EXT1",)),
    "bytes behind it": (pickle.dumps(1) + b"\xff\xff", "unreadable", ("2 bytes behind the end of a pickle",)),
    "in an archive of torch": (zipped(**{"archive/data.pkl": STACKED}), "dangerous", ("os.system",)),
    "in an array": (array_of_objects(SYSTEM), "dangerous", ("os.system",)),
    "in arrays": (zipped(**{"a.npy": array_of_objects(SYSTEM)}), "dangerous", ("os.system",)),
    "compressed": (zlib.compress(SYSTEM), "dangerous", ("os.system",)),
    "compressed otherwise": (bz2.compress(STACKED), "dangerous", ("os.system",)),
    "among arrays of joblib": (JOBLIB, "dangerous", ("os.system",)),
    "in a pickle in a pickle": (
        b"\x80\x03ctorch.storage\n_load_from_bytes\nC" + bytes([len(SYSTEM)]) + SYSTEM + b"\x85R.",
        "dangerous",
        ("os.system",),
    ),
    "scipy's distributions": (
        b"cscipy.stats._continuous_distns\nnorm_gen\n.",
        "dangerous",
        ("scipy.stats._continuous_distns.norm_gen",),
    ),
}
MISSED_BY_PICKLESCAN = {"an extension code", "bytes behind it", "compressed", "compressed otherwise"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """All samples as one package, judged once."""
    root = tmp_path_factory.mktemp("malicious")
    for name, (data, _, _) in MALICIOUS.items():
        (root / f"{name}.pkl").write_bytes(data)
    return {one.path.removesuffix(".pkl"): one for one in verdict(root, PACKAGE, second_opinion=True)}


@pytest.mark.parametrize("name", MALICIOUS)
def test_what_an_attacker_writes_is_never_clean(name: str, judged: dict[str, Verdict]) -> None:
    _, kind, names = MALICIOUS[name]
    assert (judged[name].kind, judged[name].names) == (kind, names)
    assert not judged[name].is_trusted


def test_picklescan_stands_beside_it(judged: dict[str, Verdict]) -> None:
    assert {name for name, one in judged.items() if one.picklescan == "clean"} == MISSED_BY_PICKLESCAN
    assert judged["a call"].picklescan == "dangerous"
    assert judged["a call"].told() == "a call.pkl  dangerous: os.system (picklescan: dangerous)"
    assert worst(list(judged.values())) == "dangerous"


def test_a_file_counts_for_what_it_is_and_not_for_its_name(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_bytes(SYSTEM)
    (tmp_path / "weights.bin").write_bytes(STACKED)
    (tmp_path / "notes.json").write_text('{"a": 1}')
    (tmp_path / "conda.yaml").write_text("channels:\n- conda-forge\n")
    (tmp_path / "words.txt").write_text("cat\ndog\nbird\n")
    (tmp_path / "broken").write_bytes(SYSTEM[:-1])
    (tmp_path / "other").write_bytes(SYSTEM[:-1])
    document = {"flavors": {"python_function": {"model_path": "broken", "env": "conda.yaml"}}}
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "x.whl").write_bytes(SYSTEM)
    assert [(one.path, one.kind, one.picklescan) for one in verdict(tmp_path, document)] == [
        ("broken", "dangerous", None),
        ("model.txt", "dangerous", None),
        ("weights.bin", "dangerous", None),
    ]


FRAME = pd.DataFrame(
    {"a": [1, 2], "b": ["x", None], "c": pd.to_datetime(["2026-01-01", None]), "d": pd.Categorical(["x", "y"])},
    index=["q", "r"],
)
BENIGN: list[Any] = [
    {"a": [1.5, None, b"x"], "b": (True, {1}, frozenset([2]))},
    np.arange(6.0).reshape(2, 3),
    np.array(["a", 1], dtype=object),
    [np.float32(1), np.dtype([("a", "i4")]), np.random.RandomState(0), np.random.default_rng(0)],
    FRAME,
    [FRAME["a"], FRAME.index, pd.Timestamp("2026-01-01", tz="UTC"), pd.NA],
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("at", range(len(BENIGN)))
def test_what_libraries_write_is_known(at: int, protocol: int, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(BENIGN[at], protocol))
    assert verdict(tmp_path, PACKAGE) == [Verdict("model.pkl", "pickle", "known", ())]


def test_the_packages_own_names_are_those_that_its_code_defines(tmp_path: Path) -> None:
    code = tmp_path / "code" / "shop"
    code.mkdir(parents=True)
    (code / "__init__.py").write_text("")
    (code / "model.py").write_text(
        "import os\nfrom os import system\nfrom collections import namedtuple\nrun = os.system\n"
        "Point = namedtuple('Point', 'x')\nclass Model:\n    class Inner: ...\n"
    )
    for at, name in enumerate(("Model", "Model.Inner", "Point", "system", "run", "os.system")):
        (tmp_path / f"{at}.pkl").write_bytes(b"\x80\x04" + text("shop.model") + text(name) + b"\x93.")
    assert [(one.kind, one.names) for one in verdict(tmp_path, PACKAGE)] == [
        ("own code", ("shop.model.Model",)),
        ("own code", ("shop.model.Model.Inner",)),
        ("own code", ("shop.model.Point",)),
        ("unknown", ("shop.model.system",)),
        ("unknown", ("shop.model.run",)),
        ("dangerous", ("shop.model.os.system",)),
    ]


def made_by_value() -> Callable[[int], int]:
    import os

    return lambda value: value + len(os.sep)


def test_code_in_a_pickle_is_said_to_be_code(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(cloudpickle.dumps(made_by_value()))
    [found] = verdict(tmp_path, PACKAGE)
    assert found.kind == "by value"
    assert found.told().startswith("model.pkl  by value (is code): ")


def test_a_list_is_one_of_a_flavor(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04" + text("xgboost.core") + text("Booster") + b"\x93.")
    kinds = [
        verdict(tmp_path, {"flavors": {name: {} for name in flavors}})[0].kind
        for flavors in (["python_function"], ["python_function", "xgboost"], ["python_function", "lightgbm"])
    ]
    assert kinds == ["known", "known", "unknown"]


def test_the_types_of_skops_are_judged_as_well(tmp_path: Path) -> None:
    schema = {
        "__class__": "LogisticRegression",
        "__module__": "sklearn.linear_model._logistic",
        "__loader__": "ObjectNode",
        "content": {
            "__class__": "function",
            "__module__": "builtins",
            "content": {"module_path": "os", "function": "system"},
        },
    }
    (tmp_path / "bad.skops").write_bytes(zipped(**{"schema.json": json.dumps(schema).encode()}))
    del schema["content"]
    (tmp_path / "good.skops").write_bytes(zipped(**{"schema.json": json.dumps(schema).encode()}))
    (tmp_path / "x.skops").write_bytes(zipped(**{"schema.json": b"{"}))
    assert verdict(tmp_path, PACKAGE) == [
        Verdict("bad.skops", "skops", "dangerous", ("os.system",)),
        Verdict("good.skops", "skops", "known", ()),
        Verdict("x.skops", "skops", "unreadable", ("a schema that is no JSON",)),
    ]


def test_a_package_without_pickles_is_known(tmp_path: Path) -> None:
    assert verdict(tmp_path, PACKAGE) == []
    assert worst([]) == KINDS[0] == "known"


def test_reading_one_runs_nothing(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    data = b"\x80\x04" + text("os") + text("mkdir") + b"\x93" + text(str(target)) + b"\x85R."
    (tmp_path / "model.pkl").write_bytes(data)
    assert verdict(tmp_path, PACKAGE, second_opinion=True)[0].kind == "dangerous"
    assert not target.exists()
    subprocess.run([sys.executable, "-c", f"import pickle; pickle.loads({data!r})"], check=True)
    assert target.exists()


def test_large_data_are_told_by_their_beginning_and_pickles_read_to_their_end(tmp_path: Path) -> None:
    large = bytes(1 << 21)
    (tmp_path / "weights.bin").write_bytes(large)
    (tmp_path / "model.pth").write_bytes(zipped(**{"a/data.pkl": pickle.dumps([1]), "a/data/0": large}))
    (tmp_path / "nested.zip").write_bytes(zipped(**{"a.zip": zipped(x=STACKED, y=large)}))
    np.save(tmp_path / "x.npy", np.zeros(1 << 18))
    (tmp_path / "late").write_bytes(pickle.dumps(large) + SYSTEM)
    assert [(one.path, one.format, one.kind) for one in verdict(tmp_path, PACKAGE)] == [
        ("late", "pickle", "dangerous"),
        ("model.pth", "torch", "known"),
        ("nested.zip", "zip", "dangerous"),
        ("x.npy", "npy", "known"),
    ]


def joblib_array(kind: str, *, aligned: bool) -> bytes:
    """What joblib.dump writes for two floats: their bytes lie between the opcodes."""
    alignment = b"X\x1b\x00\x00\x00numpy_array_alignment_bytesK\x10" if aligned else b""
    state = b"(X\x05\x00\x00\x00shapeK\x02\x85X\x05\x00\x00\x00dtypecnumpy\ndtype\n(X\x02\x00\x00\x00" + kind.encode()
    padding = b"\x03\xff\xff\xff" if aligned else b""
    return (
        b"\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}"
        + state
        + b"K\x00K\x01tR"
        + alignment
        + b"ub"
        + padding
        + b"\xff" * 16
        + b"."
    )


def test_arrays_of_joblib_are_stepped_over(tmp_path: Path) -> None:
    for at, (kind, aligned) in enumerate((("f8", False), ("f8", True), ("f4", False), ("xx", False))):
        (tmp_path / f"{at}.joblib").write_bytes(joblib_array(kind, aligned=aligned))
    assert [(one.kind, one.names) for one in verdict(tmp_path, PACKAGE)] == [
        ("known", ()),
        ("known", ()),
        ("unreadable", ("no pickle, or a broken one",)),
        ("unreadable", ("an array of joblib of a type that is computed",)),
    ]


@pytest.mark.parametrize("place", ["wheels/model.pkl", "wheels/model.whl", "__pycache__/model.pkl", "./a/../model.dat"])
def test_a_file_that_a_flavor_loads_is_read_wherever_it_lies(tmp_path: Path, place: str) -> None:
    for folder in ("a", "wheels", "__pycache__"):
        (tmp_path / folder).mkdir()
    (tmp_path / place).write_bytes(SYSTEM[:-1])
    document = {"flavors": {"sklearn": {"pickled_model": place}}}
    assert [one.names for one in verdict(tmp_path, document)] != []


def test_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "model.dat").write_bytes(SYSTEM)
    (tmp_path / "model.pkl").symlink_to("model.dat")
    assert [one.kind for one in verdict(tmp_path, PACKAGE)] == ["dangerous", "dangerous"]
    assert [one.kind for one in verdict(tmp_path / "model.pkl", {})] == ["dangerous"]


@pytest.mark.parametrize("compress", [bz2.compress, gzip.compress, lzma.compress, zlib.compress])
def test_a_pickle_in_two_compressed_streams_is_read_as_one(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    (tmp_path / "model.dat").write_bytes(compress(STACKED[:2]) + compress(STACKED[2:]) + b"and more")
    assert [(one.path, one.kind, one.names) for one in verdict(tmp_path, PACKAGE)] == [
        ("model.dat", "dangerous", ("os.system",))
    ]


def test_a_file_that_a_flavor_loads_and_that_breaks_off_at_once_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "model.dat").write_bytes(b"\x80\x04")
    assert [one.kind for one in verdict(tmp_path, {"flavors": {"sklearn": {"pickled_model": "model.dat"}}})] == [
        "unreadable"
    ]
