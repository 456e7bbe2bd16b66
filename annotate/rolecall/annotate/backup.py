"""A backup of a Label Studio project: all tasks with annotations, drafts and predictions, as Label Studio exports them.

Its owner alone may read it. `rolecall annotate pull --from-file` takes it, and so does Label Studio's own import.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.errors import InputError

KINDS = ("annotations", "drafts", "predictions")
"""What of a task holds results."""
_OTHER = "choose another --backup"


def held(task: Json, kind: str) -> list[Json]:
    """Return the annotations, drafts or predictions of a task that are whole."""
    return [one for one in task.get(kind) or [] if isinstance(one, dict) and isinstance(one.get("result"), list)]


def same(one: Iterable[Json], other: Iterable[Json]) -> bool:
    """Tell whether tasks hold the same data and results."""
    return _contents(one) == _contents(other)


def _contents(tasks: Iterable[Json]) -> dict[Any, Any]:
    return {
        task["id"]: (task["data"], {(kind, one["id"]): one["result"] for kind in KINDS for one in held(task, kind)})
        for task in tasks
    }


def write_backup(path: Path, tasks: Sequence[Json]) -> str:
    """Write a backup atomically and return its digest."""
    with _private(), jsonl.open_atomic(path) as file:
        for number, task in enumerate(tasks):
            file.write((b",\n" if number else b"[\n") + msgspec.json.encode(task))
        file.write(b"\n]\n" if tasks else b"[]\n")
    return digest(path)


@contextmanager
def _private() -> Iterator[None]:
    """Let no one else read the files that are made meanwhile."""
    mask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(mask)


def read_backup(path: Path) -> list[Json]:
    """Read a backup; raise InputError where it is none."""
    try:
        with jsonl.open_input(path) as file:
            tasks = msgspec.json.decode(file.read(), type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is no backup: {error}", path=path, remedy=_OTHER) from error
    if not all(isinstance(task.get("data"), dict) and "id" in task and "project" in task for task in tasks):
        raise InputError("is no backup of a project", path=path, remedy=_OTHER)
    return tasks


def digest(path: Path) -> str:
    """Return what tells one backup from another, "" for a file that is not there."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""
