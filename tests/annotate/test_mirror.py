"""A mirror of a real project: after each change on the server only what changed is read, and the mirror is right."""

from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate import mirror
from rolecall.annotate.access import Access
from rolecall.annotate.labelstudio import LabelStudio, Project, connect
from rolecall.annotate.studio import Studio
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.scheme import load_scheme
from tests.annotate.conftest import send

SCHEME = load_scheme("protest")
ARREST: Json = {
    "id": "d",
    "type": "labels",
    "from_name": "event",
    "to_name": "text",
    "value": {"start": 7, "end": 15, "text": "detained", "labels": ["ARREST"]},
}


class Glass:
    """A project of twelve tasks, and its mirror."""

    def __init__(self, server: LabelStudio, title: str, path: Path) -> None:
        articles = [Article.of(f"Police detained {count} people.", id=f"a{count}") for count in range(12)]
        send(server, articles, SCHEME, title)
        self.server, self.path = server, path
        self.project: Project = server.get_project(title)
        self.ids = [task["id"] for task in self.server.tasks(self.project.id)]

    def refresh(self) -> tuple[int, int, list[int]]:
        """Refresh, see that the mirror says what the server says, and tell how many tasks were read and were not."""
        done = mirror.refresh(self.server, self.project, self.path)
        kept = {task["id"]: essence(task) for task in mirror.read(self.path)}
        assert kept == {task["id"]: essence(task) for task in self.server.tasks(self.project.id)}
        assert list(kept) == sorted(kept)
        return done.read, done.unchanged, done.gone


def essence(task: Json) -> Json:
    """What a pull makes use of, in a snapshot and in a page alike."""
    parts = {
        kind: [(one["id"], one["result"], one["updated_at"]) for one in sorted(task[kind], key=lambda one: one["id"])]
        for kind in ("annotations", "drafts", "predictions")
    }
    return {"data": task["data"], "created": task["created_at"], "updated": task["updated_at"], **parts}


@pytest.fixture
def glass(server: LabelStudio, title: str, tmp_path: Path) -> Glass:
    return Glass(server, title, tmp_path / "mirror.jsonl")


def test_only_what_changed_is_read(glass: Glass, sdk: Any, studio: Studio) -> None:
    first, second, third = glass.ids[:3]
    assert glass.refresh() == (12, 0, [])
    assert glass.refresh() == (0, 12, [])
    made = sdk.annotations.create(id=first, result=[ARREST])
    assert glass.refresh() == (1, 11, [])
    sdk.annotations.update(made.id, result=[])
    sdk.predictions.create(task=second, result=[ARREST], model_version="v")
    assert glass.refresh() == (2, 10, [])
    sdk.annotations.delete(made.id)
    assert glass.refresh() == (1, 11, [])
    with connect(Access(studio.url, studio.accounts["ana"].token)) as ana:
        draft = ana.call("POST", f"api/tasks/{third}/drafts", {"result": [ARREST]})
        assert glass.refresh() == (1, 11, [])
        ana.call("PATCH", f"api/drafts/{draft['id']}", {"result": []})
        assert glass.refresh() == (1, 11, [])
        ana.call("DELETE", f"api/drafts/{draft['id']}")
    assert glass.refresh() == (1, 11, [])
    assert glass.refresh() == (0, 12, [])


def test_deleted_tasks_and_numbers_given_again(glass: Glass, sdk: Any) -> None:
    glass.refresh()
    last = glass.ids[-1]
    sdk.tasks.delete(str(last))
    assert glass.refresh() == (0, 11, [last])
    sdk.tasks.delete(str(glass.ids[-2]))
    again = glass.server.import_tasks(glass.project.id, [{"data": {"text": "Another."}}])
    read, unchanged, gone = glass.refresh()
    assert (read, unchanged) == (1, 10)
    assert gone == ([] if again[0] == glass.ids[-2] else [glass.ids[-2]])


def test_after_many_changes_everything_is_read(glass: Glass, sdk: Any) -> None:
    glass.refresh()
    for number in glass.ids[:4]:
        sdk.annotations.create(id=number, result=[])
    assert glass.refresh() == (12, 0, [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no mirror of a project"),
        (b"{}\n", "is no mirror of a project"),
        (b'{"server":"http://x","project":3,"created":""}\n', "mirrors project 3 of http://x"),
    ],
)
def test_another_file_is_no_mirror(glass: Glass, content: bytes, message: str) -> None:
    glass.path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        glass.refresh()
    assert glass.path.read_bytes() == content
    glass.path.unlink()
    glass.refresh()
    torn = glass.path.read_bytes()[:-30]
    glass.path.write_bytes(torn)
    with pytest.raises(InputError, match="is no mirror of a project"):
        glass.refresh()
    assert glass.path.read_bytes() == torn
