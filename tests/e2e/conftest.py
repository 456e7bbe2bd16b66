"""Annotators at their desks, a browser for each, logged in; and the folders in which a CI job runs."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.jobs import CHECKOUT, ROLECALL, command

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from rolecall.annotate.studio import Studio
    from tests.e2e.page import Desk, Work


@pytest.fixture(scope="module")
def seat(chromium: "Browser", studio: "Studio") -> "Iterator[Callable[[str], Desk]]":
    """Seats an annotator, by name, before a page of their own, always the same."""
    from playwright.sync_api import expect

    from tests.e2e.page import Desk, log_in

    with ExitStack() as stack:

        @cache
        def make(name: str) -> Desk:
            page = stack.enter_context(chromium.new_context(viewport={"width": 1400, "height": 900})).new_page()
            page.set_default_timeout(60_000)
            expect.set_options(timeout=30_000)
            log_in(page, studio.url, studio.accounts[name])
            return Desk(page, studio.url)

        yield make


@pytest.fixture
def work(studio_dir: Path, tmp_path: Path, request: pytest.FixtureRequest) -> "Work":
    """A project of this test's own under the protest scheme."""
    from tests.e2e.page import Work

    return Work(tmp_path, studio_dir, request.node.name[5:55])


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """The folder first on the PATH: pip, which only writes down its arguments, and rolecall."""
    path = tmp_path / "bin"
    path.mkdir()
    command(path / "pip", 'printf "%s\\n" "$@" >"$0.arguments"')
    (path / "rolecall").symlink_to(ROLECALL)
    return path


@pytest.fixture
def folder(tmp_path: Path, commands: Path) -> Path:
    """The working folder of a job: gold, one annotator's labels in the place of predictions, articles, thresholds."""
    work = tmp_path / "work"
    work.mkdir()
    lines = (CHECKOUT / "sample" / "annotations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    by: dict[str, list[str]] = {"gold": [], "ana": [], "ben": []}
    for line in lines:
        by[json.loads(line)["by"]].append(line)
    (work / "gold.jsonl").write_text("".join(by["gold"]), encoding="utf-8")
    (work / "predictions.jsonl").write_text("".join(by["ana"]), encoding="utf-8")
    (work / "annotators.jsonl").write_text("".join(by["ana"] + by["ben"]), encoding="utf-8")
    (work / "articles.jsonl").write_bytes((CHECKOUT / "sample" / "articles.jsonl").read_bytes())
    (work / "strict.yaml").write_text("minimum:\n  micro.f1: 0.99\n", encoding="utf-8")
    return work
