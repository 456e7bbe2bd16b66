"""Bring articles to Label Studio: each once, none overwritten."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.labelling import check_page, labelling_config
from rolecall.annotate.labelstudio import LabelStudio, Project
from rolecall.annotate.tasks import key_of, task_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme

BATCH_BYTES = 4_000_000
BATCH_TASKS = 500


class Refusal(NamedTuple):
    """An article that is not pushed, and why."""

    article: str
    reason: str


class Pushed(NamedTuple):
    """What a push did; `made` tells whether the project is new."""

    project: int
    made: bool
    new: int
    unchanged: int
    refused: list[Refusal]


def push(server: LabelStudio, articles: Iterable[Article], scheme: Scheme, name: str) -> Pushed:
    """Import the articles that a project does not hold yet, and make the project where there is none of that name.

    Articles are known by their own id and hash, so pushing again imports nothing twice, and an article whose text has
    changed is refused. Raises InputError for a project with another page, SchemeMismatchError for one of another
    scheme, ServiceError when the server fails; what has arrived by then stays, and pushing again carries on.
    """
    found = server.find_project(name)
    project = found or _make(server, name, scheme)
    check_page(project.page, scheme, project=project.title)
    held = _held(server, project)
    batch: list[Json] = []
    size = new = unchanged = 0
    refused: list[Refusal] = []
    for article in articles:
        hashes = held.setdefault(article.id, set())
        if article.hash in hashes:
            unchanged += 1
            continue
        if hashes:
            refused.append(Refusal(article.id, f"the project has it with another text (hash {min(hashes)[:12]})"))
            continue
        hashes.add(article.hash)
        batch.append(task_of(article, scheme.fingerprint))
        size += len(article.text.encode())
        if size >= BATCH_BYTES or len(batch) >= BATCH_TASKS:
            server.import_tasks(project.id, batch)
            new += len(batch)
            batch, size = [], 0
    if batch:
        server.import_tasks(project.id, batch)
    return Pushed(project.id, found is None, new + len(batch), unchanged, refused)


def _make(server: LabelStudio, title: str, scheme: Scheme) -> Project:
    if not 3 <= len(title) <= 50:
        raise InputError(
            f"{title!r} cannot be a project's title", remedy="Label Studio takes titles of 3 to 50 characters"
        )
    return server.create_project(title, labelling_config(scheme))


def _held(server: LabelStudio, project: Project) -> dict[str, set[str]]:
    """Return the hashes under which the project holds each article."""
    held: dict[str, set[str]] = {}
    for task in server.tasks(project.id, annotations=False):
        if key := key_of(task):
            held.setdefault(key.article, set()).add(key.hash)
    return held


def write_files(articles: Iterable[Article], scheme: Scheme, folder: Path) -> int:
    """Write tasks.json and config.xml for import by hand, and return how many tasks; memory does not grow."""
    page = labelling_config(scheme)
    count = 0
    with jsonl.open_atomic(folder / "tasks.json") as file:
        file.write(b"[")
        for article in articles:
            file.write(b",\n" if count else b"\n")
            file.write(msgspec.json.encode(task_of(article, scheme.fingerprint)))
            count += 1
        file.write(b"\n]\n")
    jsonl.write_text(folder / "config.xml", page)
    return count
