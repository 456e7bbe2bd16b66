"""Enter annotations that exist already, each under its annotator's own account, so that it belongs to that person."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.access import Access
from rolecall.annotate.labelling import check_page
from rolecall.annotate.labelstudio import LabelStudio, Project, connect
from rolecall.annotate.studio import Studio
from rolecall.annotate.tasks import Key, body_of, key_of, read_annotation
from rolecall.annotate.verify import contents
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, disagreement
from rolecall.core.scheme import Scheme

Offsets = dict[str, dict[str, int]]


class Entry(NamedTuple):
    """An annotation to enter: who made it, the task it belongs to, and where in the file it stands."""

    by: str
    task: int
    offset: int


class Refusal(NamedTuple):
    """An annotation that is not entered, and why."""

    article: str
    by: str
    reason: str


class Plan(NamedTuple):
    """What entering a file will do; nothing has been written yet."""

    project: Project
    entries: list[Entry]
    unchanged: int
    refused: list[Refusal]


def plan(path: Path, server: LabelStudio, studio: Studio, scheme: Scheme, name: str) -> Plan:
    """Check a whole file against a project, and find out what is there already.

    An annotation that its author has entered into its article with the same contents is left alone; one with other
    contents is refused, never overwritten. Raises InputError (SchemeMismatchError) for a file or project that does not
    fit: unknown roles, accounts or articles, changed texts, what the wire cannot carry.
    """
    project = server.get_project(name)
    check_page(project.page, scheme, project=project.title)
    waiting = _survey(path, scheme, studio)
    names = server.people()
    entries: list[Entry] = []
    refused: list[Refusal] = []
    unchanged = 0
    for task in server.tasks(project.id):
        key = key_of(task)
        if key is None or key.article not in waiting:
            continue
        article = _article(task, key, project)
        there = _there(task, article, scheme, names)
        for by, offset in waiting.pop(key.article).items():
            annotation = jsonl.read_at(path, offset, _DECODER)
            if problem := disagreement(annotation, article):
                raise InputError(problem, path=path, remedy="enter only annotations of the texts that were pushed")
            if by not in there:
                entries.append(Entry(by, task["id"], offset))
            elif contents(annotation, scheme.triggers) in there[by]:
                unchanged += 1
            else:
                refused.append(Refusal(key.article, by, "has another annotation by this person there"))
    if waiting:
        raise InputError(
            f"{len(waiting)} of its articles are not in project {project.title!r}, first {next(iter(waiting))!r}",
            path=path,
            remedy="push the articles first: rolecall annotate push",
        )
    entries.sort(key=lambda entry: entry.offset)
    return Plan(project, entries, unchanged, refused)


def _survey(path: Path, scheme: Scheme, studio: Studio) -> Offsets:
    """Check every record of a file by itself, and return where each stands: {article: {annotator: byte offset}}."""
    waiting: Offsets = {}
    strangers: Counter[str] = Counter()
    for offset, annotation in jsonl.locate_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles):
        by = annotation.by
        strangers[by] += by not in studio.accounts
        if annotation.kind == "model":
            raise InputError(f"{by!r} is a model's", path=path, remedy="enter what people annotated")
        if by in waiting.setdefault(annotation.article, {}):
            raise InputError(
                f"{by!r} annotated article {annotation.article!r} twice", path=path, remedy="keep one of the two"
            )
        body_of(annotation, scheme)  # raises where the wire cannot carry it
        waiting[annotation.article][by] = offset
    if unknown := [name for name, count in strangers.items() if count]:
        raise InputError(
            f"no account for {', '.join(unknown)}; there are: {', '.join(studio.accounts) or 'none'}",
            path=path,
            remedy=f"rolecall annotate studio start --dir DIR --annotators {','.join(unknown)}",
        )
    return waiting


def _article(task: Json, key: Key, project: Project) -> Article:
    """The article of a task; raises InputError where the task's text is not the one its hash tells."""
    try:
        return Article(id=key.article, hash=key.hash, text=task["data"]["text"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"task {task['id']} does not hold the text of article {key.article!r} any more: {error}",
            path=f"project {project.title!r}",
            remedy="delete that task in Label Studio and push the article again",
        ) from error


def _there(
    task: Json, article: Article, scheme: Scheme, names: Mapping[int, str]
) -> dict[str, list[dict[str, Counter[str]]]]:
    """Return what each person's annotations of a task say."""
    there: dict[str, list[dict[str, Counter[str]]]] = {}
    for wire in task["annotations"]:
        by = names.get(wire["completed_by"], "")
        annotation, _ = read_annotation(wire, article, scheme, by=by)
        there.setdefault(by, []).append(contents(annotation, scheme.triggers))
    return there


def carry_out(plan: Plan, path: Path, studio: Studio, scheme: Scheme) -> Iterator[Entry]:
    """Enter what a plan holds and yield each entry once it is in; raises ServiceError at the first that fails."""
    with ExitStack() as stack:
        names = dict.fromkeys(entry.by for entry in plan.entries)
        ways = {name: Access(studio.url, studio.accounts[name].token) for name in names}
        people = {name: stack.enter_context(connect(way)) for name, way in ways.items()}

        def put(entry: Entry) -> Entry:
            annotation = jsonl.read_at(path, entry.offset, _DECODER)
            people[entry.by].annotate(entry.task, body_of(annotation, scheme))
            return entry

        # The server takes some 0.2 s for each; a few at a time save a third of that, more save nothing.
        yield from stack.enter_context(ThreadPoolExecutor(4)).map(put, plan.entries)


_DECODER = msgspec.json.Decoder(Annotation)
