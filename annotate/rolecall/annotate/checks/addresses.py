"""Where a reading can be looked at: the page of its task in Label Studio.

Annotation files hold no task numbers, since a server may give them anew. So they are asked from the server, or read
from the tasks that `pull --incremental` keeps beside the annotations, or from an exported file.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from rolecall.annotate.tasks import drafts_of, key_of
from rolecall.annotate.wire import Json, item_of
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation

if TYPE_CHECKING:
    from rolecall.annotate.labelstudio import LabelStudio
    from rolecall.annotate.mirror import Head


class Place(NamedTuple):
    """A task of a project."""

    project: int
    task: int


class Addresses:
    """Places of readings at one server, found by whose they are, by when they were made, or by article alone."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._by_person: dict[tuple[str, str, str], Place] = {}
        self._by_time: dict[tuple[str, str, str], Place] = {}
        self._by_article: dict[tuple[str, str], Place] = {}

    def add(self, task: Json, project: int, *, by: str | None = None, shared: bool = False) -> None:
        """Take a task of a project that is `by` somebody's own, or `shared` by all whose place is not known better."""
        key = key_of(task)
        if key is None:
            return
        place = Place(project, task["id"])
        if by is not None:
            self._by_person.setdefault((key.article, key.hash, by), place)
        if shared:
            self._by_article.setdefault((key.article, key.hash), place)
        wires = task.get("annotations")
        for wire in [*map(item_of, wires if isinstance(wires, list) else []), *drafts_of(task)]:
            if isinstance(made := wire.get("created_at"), str):
                self._by_time.setdefault((key.article, key.hash, made), place)

    def link(self, annotation: Annotation) -> str | None:
        """Return the address of a reading's task, None where no task is known to hold it."""
        what = annotation.article, annotation.hash
        place = (
            self._by_person.get((*what, annotation.by))
            or self._by_time.get((*what, annotation.created or ""))
            or self._by_article.get(what)
        )
        return f"{self._url}/projects/{place.project}/data?task={place.task}" if place else None


def ask(server: "LabelStudio", title: str, people: Iterable[str]) -> Addresses:
    """Ask a server for the tasks of the project of this title, and of each person's, titled "TITLE, NAME".

    Raises InputError where there is none of them.
    """
    found = Addresses(server.access.url)
    own = {by: server.find_project(f"{title}, {by}") for by in people}
    common = server.find_project(title) if any(own.values()) else server.get_project(title)
    for by, project in own.items():
        if project is not None:
            for task in server.stamps(project.id):
                found.add(task, project.id, by=by)
    if common is not None:
        for task in server.stamps(common.id):
            found.add(task, common.id, shared=True)
    return found


def mirrors_of(annotations: Path) -> list[Path]:
    """Return the files of tasks that `pull --incremental` keeps beside annotations."""
    names = (path for path in annotations.resolve().parent.iterdir() if path.suffix == ".jsonl")
    return sorted(path for path in names if path.name.startswith(f"{annotations.stem}.project-"))


def read_mirrors(paths: list[Path]) -> Addresses | None:
    """Read the places of tasks from mirrors of one server's projects; None where there are none.

    Raises InputError for a file that is no mirror, or one of another server's.
    """
    from rolecall.annotate import mirror  # brings Label Studio's SDK, which most checks need not wait for

    found: Addresses | None = None
    first = ""
    for path in paths:
        head = _head(path)
        if found is None:
            found, first = Addresses(head.server), head.server
        if head.server != first:
            raise InputError(
                f"mirrors {head.server}, another one {first}",
                path=path,
                remedy="move away the mirror that is out of date",
            )
        for task in mirror.read(path):
            found.add(task, head.project, shared=len(paths) == 1)
    return found


def read_tasks(tasks: Iterator[Json], url: str) -> Addresses:
    """Read the places of exported tasks; `url` is the server's."""
    found = Addresses(url)
    for task in tasks:
        if isinstance(project := task.get("project"), int) and isinstance(task.get("id"), int):
            found.add(task, project, shared=True)
    return found


def _head(path: Path) -> "Head":
    from rolecall.annotate.mirror import Head

    with jsonl.open_input(path) as file:
        try:
            return msgspec.json.decode(file.readline(), type=Head)
        except msgspec.DecodeError as error:
            raise InputError(
                f"is no mirror of a project: {error}",
                path=path,
                remedy="move it away, or pull again with --incremental",
            ) from error
