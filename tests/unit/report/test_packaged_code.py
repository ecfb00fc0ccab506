"""What a person is told of the code in a package."""

from __future__ import annotations

from mpk_build.report.packaged_code import text


def test_files_with_reasons_what_was_left_out_and_what_may_be_missing() -> None:
    facts = {
        "code": {"model.py": "imported", "pkg/words.txt": "read"},
        "left_out": {
            ".mpkignore": "mpk's own files",
            "notes": ".mpkignore:1 ('notes/')",
            **{f"pkg/test_{at:02}.py": "tests" for at in range(22)},
        },
        "artifacts_left_out": {"tool": [".git/HEAD"]},
        "unread_files": {"pkg": 1, "words": 3},
    }
    shown = [f"  pkg/test_{at:02}.py" for at in range(20)]
    assert text(facts).splitlines() == [
        "code: 2 files",
        "  model.py       imported",
        "  pkg/words.txt  read",
        "left out, .mpkignore:1 ('notes/'): 1",
        "  notes",
        "left out, mpk's own files: 1",
        "  .mpkignore",
        "left out, tests: 22",
        *shown,
        "  and 2 more",
        "left out of the artifact tool: 1",
        "  .git/HEAD",
        "in pkg, 1 file was not read and not packaged; if another input needs them: code_paths",
        "in words, 3 files were not read and not packaged; if another input needs them: code_paths",
    ]


def test_a_model_that_needs_no_code() -> None:
    assert text({"code": {}}) == "code: 0 files"
