"""A project's tasks kept on this side, so that the next pull reads only what has changed since.

A JSON Lines file: which project of which server it mirrors, then the tasks as the server told them, by number. What
tells that a task has changed are its times and counts; unsaved work leaves no trace in them, so a task with any is
always read again. A number that the server has given to another task has another time of creation.
"""

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from rolecall.annotate.exported import items
from rolecall.annotate.labelstudio import LabelStudio, Project
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.errors import InputError, ServiceError
from rolecall.core.spool import Spool

MANY = 0.3
"""Share of changed tasks above which a new snapshot of all is quicker than asking for each."""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mirror is of."""

    server: str
    project: int
    created: str


class Stamp(NamedTuple):
    """What tells that a task has changed, beside unsaved work."""

    created: str
    updated: str
    labelled: int
    skipped: int
    suggested: int


class Refreshed(NamedTuple):
    """How many tasks were read anew and how many were not, and the numbers of those that are gone."""

    read: int
    unchanged: int
    gone: list[int]


def fetch(server: LabelStudio, project: Project) -> Iterator[Json]:
    """Yield every task of a project from a snapshot, or by pages where the server makes none; order is the server's."""
    with tempfile.TemporaryFile() as file:
        try:
            server.snapshot(project.id, file)
        except ServiceError:
            yield from server.tasks(project.id)
        else:
            yield from items(file, f"the snapshot of project {project.title!r}")


def refresh(server: LabelStudio, project: Project, path: Path) -> Refreshed:
    """Bring a mirror up to date, or make it, atomically.

    Raises InputError for a file that is a mirror of something else or none, ServiceError when the server fails.
    """
    head = Head(server.access.url, project.id, project.created)
    known = _index(path, head) if path.exists() else {}
    stamps = {stamp["id"]: stamp for stamp in server.stamps(project.id, data=False)} if known else {}
    drafted = server.drafted(project.id) if known else set()
    keep = {
        number
        for number, stamp in stamps.items()
        if number in known and number not in drafted and known[number].stamp == _stamp(stamp)
    }
    if len(keep) < (1 - MANY) * len(stamps) or not known:
        keep = set()
        source = fetch(server, project)
    else:
        source = server.tasks(project.id, sorted(stamps.keys() - keep))
    with Spool() as spool:
        places = {task["id"]: spool.add(msgspec.json.encode(task)) for task in source}
        with jsonl.open_atomic(path) as file, _opened(path, known) as old:
            file.write(msgspec.json.encode(head) + b"\n")
            for number in sorted(places.keys() | keep):
                if number in places:
                    file.write(spool.get(places[number]) + b"\n")
                else:
                    old.seek(known[number].offset)
                    file.write(old.readline())
    return Refreshed(len(places), len(keep), sorted(known.keys() - places.keys() - keep))


def read(path: Path) -> Iterator[Json]:
    """Yield the tasks of a mirror, by number."""
    with jsonl.open_input(path) as file:
        file.readline()
        for line in file:
            yield _TASK.decode(line)


class _Known(NamedTuple):
    """Where a task stands in the mirror, and what tells whether it has changed; None where it always has to be read."""

    offset: int
    stamp: Stamp | None


_HEAD = msgspec.json.Decoder(Head)
_TASK = msgspec.json.Decoder(dict[str, Any])


def _index(path: Path, head: Head) -> dict[int, _Known]:
    """Return where each task of a mirror stands; raise InputError where it is not one of this project."""
    known: dict[int, _Known] = {}
    remedy = "name another file with --incremental, or remove this one: the next pull reads everything"
    try:
        with jsonl.open_input(path) as file:
            if (found := _HEAD.decode(file.readline())) != head:
                raise InputError(f"mirrors project {found.project} of {found.server}", path=path, remedy=remedy)
            offset = file.tell()
            for line in file:
                task = _TASK.decode(line)
                known[task["id"]] = _Known(offset, None if task.get("drafts") else _stamp(task))
                offset += len(line)
    except (msgspec.DecodeError, KeyError) as error:
        raise InputError(f"is no mirror of a project: {error}", path=path, remedy=remedy) from error
    return known


def _stamp(task: Json) -> Stamp:
    counts = (task["total_annotations"], task["cancelled_annotations"], task["total_predictions"])
    return Stamp(task["created_at"], task["updated_at"], *counts)


@contextmanager
def _opened(path: Path, known: Mapping[int, _Known]) -> Iterator[BinaryIO]:
    """Open a mirror that is being replaced, or nothing where there is none yet."""
    with path.open("rb") if known else io.BytesIO() as file:
        yield file
