"""Annotators at their desks: a browser for each, logged in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
