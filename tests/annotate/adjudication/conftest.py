"""An adjudication on the session's server: two readings sent, and hands to decide with."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.access import Access
from rolecall.annotate.labelstudio import LabelStudio, connect
from rolecall.annotate.studio import Studio
from rolecall.annotate.tasks import body_of
from rolecall.annotate.wire import Json
from rolecall.core.cli import run
from rolecall.core.records import Annotation
from tests.annotate.adjudication.forms import Form
from tests.annotate.adjudication.material import AGREED, ANA, BEN, SCHEME, Files

Hands = Callable[[str], LabelStudio]


class Round:
    """The commands of one adjudication, and the project it goes through."""

    def __init__(self, files: Files, server: LabelStudio, hands: Hands, where: list[str]) -> None:
        self.files, self.server, self.hands, self.where = files, server, hands, where
        self.title = where[-1]

    def push(self, *options: str) -> int:
        return run(["annotate", "adjudicate", "push", *self.files.inputs, *self.where, *options])

    def pull(self, *options: str) -> int:
        command = ["annotate", "adjudicate", "pull", *self.files.inputs, *self.where, *self.files.outputs]
        return run([*command, *options])

    def tasks(self) -> dict[str, Json]:
        """The tasks of the project, by article."""
        found = self.server.tasks(self.server.get_project(self.title).id)
        return {task["data"]["article"]: task for task in found}

    def decide(self, reading: Annotation, by: str = "gold", **changes: Any) -> None:
        """Hand in a decision as somebody's own."""
        self.hand_in(reading.article, body_of(reading, SCHEME) | {"ground_truth": False} | changes, by)

    def hand_in(self, article: str, body: Json, by: str = "gold") -> None:
        self.hands(by).annotate(self._number(article), body)

    def change(self, article: str, results: list[Json], by: str) -> None:
        """Change what somebody handed in."""
        (found,) = self.tasks()[article]["annotations"]
        self.hands(by).call("PATCH", f"api/annotations/{found['id']}", {"result": results})

    def draft(self, article: str, results: list[Json], by: str = "gold") -> None:
        """Leave unsaved work on a task."""
        self.hands(by).call("POST", f"api/tasks/{self._number(article)}/drafts", {"result": results, "lead_time": 1})

    def _number(self, article: str) -> int:
        stamps = self.server.stamps(self.server.get_project(self.title).id)
        (found,) = [stamp["id"] for stamp in stamps if stamp["data"]["article"] == article]
        return int(found)


@pytest.fixture(scope="session")
def hands(studio: Studio) -> Iterator[Hands]:
    """The server as one of its people enters it, by name."""
    with ExitStack() as stack:

        @cache
        def make(name: str) -> LabelStudio:
            return stack.enter_context(connect(Access(studio.url, studio.accounts[name].token)))

        yield make


@pytest.fixture
def begin(server: LabelStudio, hands: Hands, studio_dir: Path, title: str, tmp_path: Path) -> Callable[..., Round]:
    """Makes the files of an adjudication, of the two readings that differ and the two that agree, or of others."""

    def make(*readings: Annotation) -> Round:
        files = Files(tmp_path, *(readings or (ANA, BEN, *AGREED)))
        return Round(files, server, hands, ["--studio", str(studio_dir), "--project", title])

    return make


@pytest.fixture
def form(tmp_path: Path) -> Form:
    made = Form(Files(tmp_path, ANA, BEN, *AGREED))
    assert made.write() == 0
    return made
