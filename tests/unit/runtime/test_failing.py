"""What a stage says of what the model raised."""

from __future__ import annotations

import pytest

from mpk_runtime.failing import Watch
from mpk_runtime.signature import Signature
from mpk_runtime.stage import StageError


def test_a_signature_that_is_broken_is_the_package_s_fault(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StageError) as raised, Watch([str(tmp_path)]).told("load"):
        Signature.from_document({"outputs": "[1]"})
    assert raised.value.message == (
        "the package's MLmodel has a signature that can't be read: outputs[0] is 1; expected a map such as "
        '{"type": "double"}'
    )
    assert raised.value.failure is not None
    assert (raised.value.failure["type"], raised.value.failure["phase"]) == ("SignatureError", "load")
    assert capsys.readouterr().err == ""
