"""Which stages a build runs, and what it leaves."""

from __future__ import annotations

import os
import shutil
import threading
import time
from typing import TYPE_CHECKING

import pytest
from tiny import MANIFEST, MODEL, build, ran, statuses, write_tiny

from mpk_build.foundation.errors import UsageError
from mpk_build.pipeline.options import Options

if TYPE_CHECKING:
    from pathlib import Path

ALL = ["infer-env", "package", "validate"]

FACTORY = """\
from pathlib import Path


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def predict(self, values):
        return [value * self.factor for value in values]


def fit():
    rows = Path("data/rows.txt").read_text().split()
    return Scale(max(map(int, rows)))
"""
FACTORY_MANIFEST = MANIFEST.replace("model:predict", "model:fit()")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "project")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    files = {"mpk.yaml": FACTORY_MANIFEST, "model.py": FACTORY, "data/rows.txt": "1 2 3\n"}
    return write_tiny(tmp_path / "project", files)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_the_second_build_runs_nothing(project: Path, store: Path) -> None:
    first = build(project, store)
    assert (first.error, ran(first)) == (None, ALL)
    again = build(project, store)
    assert [(stage.status, stage.why) for stage in again.stages] == [("cached", "nothing changed")] * 3
    assert [stage.key for stage in again.stages] == [stage.key for stage in first.stages]
    assert [stage.outputs for stage in again.stages] == [stage.outputs for stage in first.stages]


def test_a_new_time_or_comment_runs_nothing(project: Path, store: Path) -> None:
    build(project, store)
    os.utime(project / "model.py", (1, 1))
    (project / "mpk.yaml").write_text(f"# a comment\n{MANIFEST}")
    assert ran(build(project, store)) == []


def test_other_code_runs_what_it_reaches(project: Path, store: Path) -> None:
    build(project, store)
    (project / "model.py").write_text(MODEL.replace("+ 1", "+ 2"))
    again = build(project, store)
    assert ran(again) == ALL
    assert [stage.why for stage in again.stages] == [
        "model.py changed",
        "the input 'capture' changed, and 1 more",
        "the input 'document' changed, and 2 more",
    ]


def test_an_edit_within_the_second_of_the_last_run_is_seen(project: Path, store: Path) -> None:
    moment = (project / "model.py").stat().st_mtime
    build(project, store)
    (project / "model.py").write_text(MODEL.replace("+ 1", "+ 2"))
    # To Python's own cache of bytecode, of the same size and second, this is the file that it has seen.
    os.utime(project / "model.py", (moment, moment))
    again = build(project, store)
    assert (again.error, ran(again)) == (None, ALL)
    assert not list(project.rglob("__pycache__"))


def test_other_code_that_predicts_the_same_stops_at_the_package(project: Path, store: Path) -> None:
    build(project, store)
    (project / "model.py").write_text(f"# a comment\n{MODEL}")
    again = build(project, store)
    # The capture is the same, byte by byte; the package holds the code, so it is another.
    assert [(stage.stage, stage.why) for stage in again.stages if stage.status == "built"] == [
        ("infer-env", "model.py changed"),
        ("package", "model.py changed"),
        ("validate", "the input 'document' changed, and 1 more"),
    ]


def test_other_data_that_trains_the_same_model_stops_the_build(trained: Path, store: Path) -> None:
    assert ran(build(trained, store)) == ALL
    (trained / "data" / "rows.txt").write_text("3 2 1\n")
    again = build(trained, store)
    assert statuses(again) == {"infer-env": "built", "package": "cached", "validate": "cached"}
    assert again.stages[0].why == "data/rows.txt changed"


def test_other_data_that_trains_another_model_goes_all_the_way(trained: Path, store: Path) -> None:
    build(trained, store)
    (trained / "data" / "rows.txt").write_text("1 2 30\n")
    assert ran(build(trained, store)) == ALL


def test_data_that_is_found_by_listing_a_folder_counts(trained: Path, store: Path) -> None:
    code = FACTORY.replace(
        'Path("data/rows.txt").read_text()', '"".join(p.read_text() for p in Path("data").glob("*.txt"))'
    )
    (trained / "model.py").write_text(code)
    build(trained, store)
    assert ran(build(trained, store)) == []
    (trained / "data" / "more.txt").write_text("9\n")
    again = build(trained, store)
    assert (again.stages[0].status, again.stages[0].why) == ("built", "the list of files in data/ changed")


def test_a_file_that_was_looked_for_counts_when_it_appears(trained: Path, store: Path) -> None:
    code = FACTORY.replace(
        "def fit():\n",
        "def fit():\n    try:\n        return Scale(int(open('factor').read()))\n    except OSError:\n        pass\n",
    )
    (trained / "model.py").write_text(code)
    build(trained, store)
    assert ran(build(trained, store)) == []
    (trained / "unrelated").write_text("5")
    assert ran(build(trained, store)) == []
    (trained / "factor").write_text("5")
    again = build(trained, store)
    assert (ran(again), again.stages[0].why) == (ALL, "factor changed")


def test_what_changes_while_its_stage_runs_is_not_kept(trained: Path, store: Path) -> None:
    (trained / "model.py").write_text(
        FACTORY.replace("def fit():\n", "def fit():\n    open('data/rows.txt', 'a').write('4\\n')\n")
    )
    assert ran(build(trained, store)) == ALL
    assert "infer-env" in ran(build(trained, store))


def test_a_manifest_value_reaches_only_its_stage(project: Path, store: Path) -> None:
    build(project, store)
    (project / "mpk.yaml").write_text(f"{MANIFEST}metadata: {{owner: biology}}\n")
    again = build(project, store)
    assert statuses(again) == {"infer-env": "cached", "package": "built", "validate": "built"}
    assert again.stages[1].why == "the param 'metadata' changed"


def test_going_back_to_what_was_built_before_runs_nothing(project: Path, store: Path) -> None:
    build(project, store)
    (project / "model.py").write_text(MODEL.replace("+ 1", "+ 2"))
    build(project, store)
    (project / "model.py").write_text(MODEL)
    assert ran(build(project, store)) == []


def test_lost_and_spoilt_outputs_are_laid_out_again(project: Path, store: Path) -> None:
    first = build(project, store)
    (project / "dist" / "model" / "MLmodel").write_text("spoilt")
    assert ran(build(project, store)) == []
    assert (project / "dist" / "model" / "MLmodel").read_text().startswith("flavors:")
    shutil.rmtree(project / "dist")
    again = build(project, store)
    assert ran(again) == []
    assert (project / "dist" / "model" / "MLmodel").is_file()
    assert again.stages[1].outputs == first.stages[1].outputs


def test_outputs_go_where_they_are_asked_to(project: Path, store: Path, tmp_path: Path) -> None:
    result = build(project, store, Options(dist=tmp_path / "out"))
    package = result.stage("package")
    assert package is not None
    assert package.outputs["model"].path == tmp_path / "out" / "model"
    assert not (project / "dist").exists()


def test_until_ends_after_that_stage(project: Path, store: Path) -> None:
    assert statuses(build(project, store, Options(until="package"))) == {"infer-env": "built", "package": "built"}
    with pytest.raises(UsageError) as caught:
        build(project, store, Options(until="pakage"))
    assert (caught.value.message, caught.value.hint) == (
        "there is no stage 'pakage' in this build",
        "one of: infer-env, package, validate",
    )


def test_a_stage_asked_for_runs_although_nothing_changed(project: Path, store: Path) -> None:
    build(project, store)
    again = build(project, store, Options(again=frozenset({"validate"})))
    assert statuses(again) == {"infer-env": "cached", "package": "cached", "validate": "built"}
    assert again.stages[2].why == "it was asked for"


def test_locked_refuses_a_lock_that_is_missing_or_stale(project: Path, store: Path) -> None:
    missing = build(project, store, Options(locked=True))
    assert missing.error is not None
    assert (missing.error.message, missing.error.hint, missing.error.exit_code) == (
        "pylock.tiny.toml does not exist yet, and --locked forbids to write it",
        "mpk lock, and commit what it writes",
        1,
    )
    assert not (project / "pylock.tiny.toml").exists()
    build(project, store)
    assert build(project, store, Options(locked=True)).error is None
    lock = (project / "pylock.tiny.toml").read_text()
    (project / "mpk.yaml").write_text(MANIFEST.replace("source:", "extra: [six==1.17.0], source:"))
    stale = build(project, store, Options(locked=True))
    assert stale.error is not None
    assert stale.error.message == "pylock.tiny.toml is stale, and --locked forbids to write it"
    assert statuses(stale) == {"infer-env": "failed", "package": "skipped", "validate": "skipped"}
    assert (project / "pylock.tiny.toml").read_text() == lock


def test_a_lost_lock_comes_back_with_the_same_bytes(project: Path, store: Path) -> None:
    (project / "mpk.yaml").write_text(MANIFEST.replace("source:", "extra: [six], source:"))
    build(project, store)
    lock = (project / "pylock.tiny.toml").read_bytes()
    (project / "pylock.tiny.toml").unlink()
    build(project, store)
    assert (project / "pylock.tiny.toml").read_bytes() == lock


def test_a_committed_lock_decides_the_versions(project: Path, store: Path) -> None:
    (project / "mpk.yaml").write_text(MANIFEST.replace("source:", "extra: [six==1.16.0], source:"))
    build(project, store)
    lock = (project / "pylock.tiny.toml").read_bytes()
    assert b'version = "1.16.0"' in lock
    (project / "mpk.yaml").write_text(MANIFEST.replace("source:", "extra: [six], source:"))
    build(project, store)
    assert b'version = "1.16.0"' not in (project / "pylock.tiny.toml").read_bytes()


def test_a_broken_store_is_repaired_by_the_build(project: Path, store: Path) -> None:
    build(project, store)
    shutil.rmtree(project / "dist")
    for number, blob in enumerate(sorted(path for path in (store / "blobs").rglob("*") if path.is_file())):
        blob.chmod(0o644)
        if number % 3 == 0:
            blob.write_bytes(b"flipped")
        elif number % 3 == 1:
            blob.write_bytes(b"")
        else:
            blob.unlink()
    again = build(project, store)
    assert (again.error, ran(again)[:2]) == (None, ["infer-env", "package"])
    assert (project / "dist" / "model" / "MLmodel").read_text().startswith("flavors:")
    assert ran(build(project, store)) == []


def test_unreadable_records_count_as_absent(project: Path, store: Path) -> None:
    build(project, store)
    for record in (store / "actions").iterdir():
        record.write_bytes(record.read_bytes()[:20])
    for other in (store / "stats.json", *(store / "projects").iterdir()):
        other.write_text("[]")
    again = build(project, store)
    assert (again.error, ran(again)) == (None, ALL)


def test_builds_of_one_project_at_once_all_succeed(project: Path, store: Path) -> None:
    results = []
    threads = [threading.Thread(target=lambda: results.append(build(project, store))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.error for result in results] == [None] * 3
    assert len({result.stages[1].outputs["model"].digest for result in results}) == 1
    assert ran(build(project, store)) == []


def test_a_stage_that_takes_too_long_is_ended(project: Path, store: Path) -> None:
    (project / "model.py").write_text("import time\n\ndef predict(values):\n    time.sleep(600)\n")
    (project / "mpk.yaml").write_text(f"{MANIFEST}validate: {{timeout: 1}}\n")
    started = time.monotonic()
    result = build(project, store)
    assert time.monotonic() - started < 60
    assert result.error is not None
    assert (result.error.message, result.error.hint) == (
        "the model did not load and predict within 1 s",
        "raise validate: {timeout: SECONDS}",
    )


def test_a_failed_stage_keeps_its_log_and_skips_what_follows(project: Path, store: Path) -> None:
    (project / "model.py").write_text(
        "def predict(values):\n    print('about to fail')\n    raise RuntimeError('no luck')\n"
    )
    result = build(project, store)
    assert statuses(result) == {"infer-env": "failed", "package": "skipped", "validate": "skipped"}
    assert result.error is not None
    assert result.error.message == (
        "the model raised RuntimeError in the source environment (while it predicted the input example): no luck"
    )
    assert result.stages[1].why == "infer-env failed"
    log = result.stages[0].log
    assert log is not None
    assert "about to fail" in log.read_text()
    assert "RuntimeError: no luck" in log.read_text()


def test_environments_inside_the_project_are_nobodys_input(project: Path, store: Path) -> None:
    import venv

    venv.create(project / "env", symlinks=True, with_pip=False)
    site = next((project / "env" / "lib").glob("python*")) / "site-packages"
    (site / "tool.py").write_text("VALUE = 1\n")
    (project / "model.py").write_text(f"import tool\n{MODEL}")
    (project / "mpk.yaml").write_text(MANIFEST.replace("source: requirements.txt", "source: env"))
    result = build(project, store)
    # A module without a distribution can't be installed from a lock, and it is no code of the project either.
    assert result.error is not None
    assert result.error.message == (
        f"the model imports 'tool' from {site}/tool.py, which is in no distribution and not in the project"
    )
    assert result.error.hint == "install it there from a package, or move it into the project"


def test_a_changed_environment_counts(project: Path, store: Path) -> None:
    import venv

    venv.create(project / ".venv", symlinks=True, with_pip=False)
    site = next((project / ".venv" / "lib").glob("python*")) / "site-packages"
    info = site / "libx-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: libx\nVersion: 1.0\n")
    (info / "RECORD").write_text("libx.py,,\n")
    (project / "mpk.yaml").write_text(MANIFEST.replace("{source: requirements.txt}", "{}"))
    assert ran(build(project, store)) == ALL
    assert ran(build(project, store)) == []
    (info / "RECORD").write_text("libx.py,sha256=other,1\n")
    again = build(project, store)
    assert (again.stages[0].status, again.stages[0].why) == ("built", "the input 'source' changed")


def test_data_outside_of_the_project_counts(trained: Path, store: Path) -> None:
    outside = trained.parent / "rows.txt"
    outside.write_text("1 2 3\n")
    (trained / "model.py").write_text(FACTORY.replace('"data/rows.txt"', f'"{outside}"'))
    assert ran(build(trained, store)) == ALL
    assert ran(build(trained, store)) == []
    outside.write_text("1 2 30\n")
    again = build(trained, store)
    assert (ran(again), again.stages[0].why) == (ALL, f"{outside} changed")


def test_a_module_that_appears_later_counts(project: Path, store: Path) -> None:
    (project / "model.py").write_text(
        "try:\n    from extra import K\nexcept ImportError:\n    K = 1\n\n"
        "def predict(values):\n    return [value + K for value in values]\n"
    )
    build(project, store)
    assert ran(build(project, store)) == []
    (project / "extra.py").write_text("K = 5\n")
    again = build(project, store)
    assert (ran(again), again.stages[0].why) == (ALL, "extra.py changed")


def test_a_lock_that_arrives_later_is_kept(project: Path, store: Path) -> None:
    build(project, store)
    lock = project / "pylock.tiny.toml"
    lock.write_text(f"# pulled from a colleague\n{lock.read_text()}")
    theirs = lock.read_text()
    again = build(project, store, Options(locked=True))
    assert (again.error, lock.read_text()) == (None, theirs)


def test_code_beside_a_code_path_counts_wherever_the_checkout_lies(tmp_path: Path, store: Path) -> None:
    for name, factor in (("a", 2), ("b", 70)):
        shared = {"../shared/units.py": "from helpers import K\n", "../shared/helpers.py": f"K = {factor}\n"}
        manifest = MANIFEST.replace('"model:predict"', '"model:predict", code_paths: [../shared/units.py]')
        model = "import units\n\ndef predict(values):\n    return [value * units.K for value in values]\n"
        write_tiny(tmp_path / name / "project", {"mpk.yaml": manifest, "model.py": model, **shared})
    assert ran(build(tmp_path / "a" / "project", store)) == ALL
    assert ran(build(tmp_path / "b" / "project", store)) == ALL
    helpers = tmp_path / "b" / "shared" / "helpers.py"
    helpers.write_text("# a comment\nK = 70\n")
    assert "package" in ran(build(tmp_path / "b" / "project", store))
    assert (tmp_path / "b" / "project" / "dist" / "model" / "code" / "helpers.py").read_text() == helpers.read_text()


def test_a_folder_that_is_not_ours_is_left_alone(project: Path, store: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "model").mkdir(parents=True)
    (tmp_path / "out" / "model" / "thesis.txt").write_text("years of work")
    result = build(project, store, Options(dist=tmp_path / "out"))
    assert isinstance(result.error, UsageError)
    assert result.error.message == f"{tmp_path}/out/model is a folder that mpk has not made, so it is left alone"
    assert (tmp_path / "out" / "model" / "thesis.txt").read_text() == "years of work"


def test_a_project_is_itself_by_whichever_way_it_is_reached(trained: Path, store: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(trained)
    (tmp_path / "beside").mkdir()
    assert ran(build(tmp_path / "link", store)) == ALL
    assert ran(build(tmp_path / "beside" / ".." / "project", store)) == []
    (trained / "data" / "rows.txt").write_text("1 2 30\n")
    assert ran(build(tmp_path / "link", store)) == ALL


def test_places_of_secrets_are_not_packaged(project: Path, store: Path) -> None:
    (project / ".env").write_text("TOKEN=s3cret\n")
    (project / "model.py").write_text(f"TOKEN = open('.env').read()\n\n{MODEL}")
    result = build(project, store)
    assert result.error is not None
    assert result.error.message == "the model reads .env, which looks like a place of secrets, so it is not packaged"


def test_links_do_not_carry_files_in(project: Path, store: Path) -> None:
    (project / "weights").mkdir()
    (project / "weights" / "host").symlink_to("/etc/hostname")
    (project / "mpk.yaml").write_text(MANIFEST.replace('"model:predict"', '"model:predict", artifacts: {w: weights}'))
    result = build(project, store)
    assert result.error is not None
    assert result.error.message == (
        f"{project}/weights/host is a link to a folder or out of {project}/weights; put the files there"
    )
