"""What mpk infers for each project of the corpus, beside its truth: no miss, no surplus, and the package works."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from corpus.counting import Count
from corpus.inferring import infer
from corpus.projects import Project, load_projects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future


@pytest.fixture(scope="module")
def counts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Count]]]:
    """What mpk infers for every project that is asked for, several at a time."""
    folder = tmp_path_factory.mktemp("corpus")
    asked = [item.callspec.params["project"] for item in request.session.items if item.parent is request.node]  # type: ignore[attr-defined]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        yield {one.name: threads.submit(infer, one, folder / one.name) for one in asked}


@pytest.mark.parametrize("project", load_projects(), ids=lambda project: project.name)
def test_nothing_is_missed_and_nothing_is_surplus(project: Project, counts: Mapping[str, Future[Count]]) -> None:
    assert counts[project.name].result() == Count(project.name, (), (), ())
