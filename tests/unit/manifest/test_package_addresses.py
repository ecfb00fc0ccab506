"""``model.path`` as the address of a package: what is refused before anything is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import ManifestError
from mpk_build.manifest.loading import load_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            'path: "https://ann:secret@example.org/model.zip"',
            "mpk.yaml:2:15: model.path: an address with a password in it; expected that in ~/.netrc or the cloud's own"
            " variables",
        ),
        (
            'path: "ftp://example.org/model.zip"',
            "mpk.yaml:2:15: model.path: 'ftp://example.org/model.zip' is of no kind of URI that mpk knows; expected a"
            " path, or a folder, file:, s3://, gs://, az://, https://, runs:/RUN/PATH or models:/NAME/VERSION",
        ),
        (
            'path: "models:/churn/3", flavor: xgboost',
            "mpk.yaml:2:8: model: found flavor beside a package, which brings its own; expected path alone, or config",
        ),
    ],
)
def test_what_is_no_address_of_a_package(tmp_path: Path, model: str, told: str) -> None:
    file = tmp_path / "mpk.yaml"
    file.write_text(f"name: x\nmodel: {{{model}}}\ntargets: {{model: {{}}}}\n")
    with pytest.raises(ManifestError) as caught:
        load_project(file)
    assert str(caught.value).replace(f"{tmp_path}/", "").splitlines()[0] == told
