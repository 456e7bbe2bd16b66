"""Carry a live Label Studio project to another scheme in place: annotations keep their ids, authors, beginnings.

What the project holds is first written to a backup, which is the journal as well: what stands on the server is held
against what stood there and against what that becomes. So a run that was cut off is finished by running it again, and
nothing is mapped twice. Until all is done a page of its own stands in the project, which push and pull refuse.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.annotate.backup import KINDS, digest, held, read_backup, same, write_backup
from rolecall.annotate.changeover import passing_page
from rolecall.annotate.labelling import Moving, check_page, labelling_config, moving
from rolecall.annotate.labelstudio import LabelStudio, Project
from rolecall.annotate.migration import Migration
from rolecall.annotate.passage import ledger_path
from rolecall.annotate.rewriting import rewrite, understood
from rolecall.annotate.tasks import key_of
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError, ServiceError
from rolecall.core.ledger import Balance, Ledger
from rolecall.core.records import Article

ROUNDS = 3
"""How often to look whether somebody worked meanwhile, before giving up."""
Place = tuple[str, int]
"""A kind and the server's number."""


class Entry(NamedTuple):
    """What the backup holds at a place: results, what they become, when they were saved, the annotation of a draft."""

    before: list[Any]
    after: list[Any]
    updated: str
    annotation: int | None


class Refusal(NamedTuple):
    """Something that somebody has worked on meanwhile, and why it is not certain what becomes of it."""

    article: str
    what: str
    reason: str


class Plan(NamedTuple):
    """What carrying a project over does; `settled` tells that its page is the new scheme's already."""

    project: Project
    migration: Migration
    entries: dict[Place, Entry]
    names: Mapping[int, str]
    books: list[Balance]
    settled: bool

    @property
    def lost(self) -> int:
        """How many labels, relations and answers are dropped."""
        return sum(sum(balance.dropped.values()) for balance in self.books)

    @property
    def changing(self) -> dict[str, int]:
        """How many annotations, drafts and predictions become something else."""
        changed = Counter(kind for (kind, _), entry in self.entries.items() if entry.before != entry.after)
        return {kind: changed[kind] for kind in KINDS}


class Step(NamedTuple):
    """A task that was looked at: how much was written, and what was refused."""

    written: int
    refused: list[Refusal]


def prepare(server: LabelStudio, migration: Migration, name: str, backup: Path, *, dry_run: bool = False) -> Plan:
    """Read a project, work out what becomes of it, write the backup and its ledger, and close the project to others.

    A migration that was begun with this backup is found, and goes on from what the backup holds. Raises InputError for
    a project of another scheme, for a backup that is not the one this project's migration began with, and for a file
    in the way. With `dry_run` nothing is written.
    """
    project = server.get_project(name)
    between = moving(project.page)
    settled = f"<!-- rolecall scheme {migration.target.fingerprint} -->" in project.page
    if settled and not backup.exists():
        raise InputError(
            f"is on {migration.target.fingerprint} already",
            path=f"project {project.title!r}",
            remedy="to see whether old labels came in since, name the backup of its migration with --backup",
        )
    fresh = between is None and not settled
    tasks = _read(server, project, migration, backup) if fresh else _resume(backup, project, between, migration)
    names, ledger = server.people(), Ledger()
    entries = {place: entry for task in tasks for place, entry in _entries(task, migration, names, ledger)}
    plan = Plan(project, migration, entries, names, ledger.balances(), settled)
    if dry_run:
        return plan
    if fresh:
        ends = migration.source.fingerprint, migration.target.fingerprint
        stamp = Moving(*ends, migration.digest, digest(backup) or write_backup(backup, tasks))
    ledger.write(ledger_path(backup))
    if fresh:
        _set_page(server, project, passing_page(project.page, migration.target, stamp))
    return plan


def _read(server: LabelStudio, project: Project, migration: Migration, backup: Path) -> list[Json]:
    """Read a project that nothing has been done to yet."""
    check_page(project.page, migration.source, project=project.title)
    if ledger_path(backup).exists() and not backup.exists():
        raise InputError("exists already", path=ledger_path(backup), remedy="choose another --backup")
    tasks = list(server.tasks(project.id))
    if ahead := sum(key is not None and key.scheme == migration.target.fingerprint for key in map(key_of, tasks)):
        raise InputError(
            f"{ahead} of its tasks are on {migration.target.fingerprint} already",
            path=f"project {project.title!r}",
            remedy="a migration was begun and its page replaced by hand: put that page back, or import the backup anew",
        )
    # A run that was cut off before it changed anything has left its backup; it is this very state.
    if backup.exists() and not same(read_backup(backup), tasks):
        raise InputError("exists already", path=backup, remedy="choose another --backup: nothing has been changed yet")
    return tasks


def _resume(backup: Path, project: Project, between: Moving | None, migration: Migration) -> list[Json]:
    """Read the backup that a migration began with; raise InputError where it is another's."""
    if between and between.migration != migration.digest:
        raise InputError(
            f"is being carried over from {between.source} to {between.target} by another migration",
            path=f"project {project.title!r}",
            remedy="finish it with the migration file and the backup that it began with",
        )
    if between and digest(backup) != between.backup:
        raise InputError("is not the backup that this began with", path=backup, remedy="name that one with --backup")
    tasks = read_backup(backup)
    if any(task["project"] != project.id for task in tasks):
        raise InputError("is another project's", path=backup, remedy="name the backup of this one with --backup")
    return tasks


def _entries(
    task: Json, migration: Migration, names: Mapping[int, str], ledger: Ledger
) -> Iterator[tuple[Place, Entry]]:
    article = _article(task)
    for kind in KINDS:
        for one in held(task, kind):
            if article is None and one["result"]:
                raise InputError(f"task {task['id']} has labels and no text", remedy="delete that task, then run again")
            after = rewrite(one["result"], article, migration, _by(kind, one, names), ledger) if article else []
            yield (kind, one["id"]), Entry(one["result"], after, str(one.get("updated_at")), one.get("annotation"))


def _article(task: Json) -> Article | None:
    """The text that a task holds now, whoever put it there."""
    key, text = key_of(task), task["data"].get("text")
    return Article.of(text, id=key.article if key else f"task {task['id']}") if isinstance(text, str) and text else None


def _by(kind: str, one: Json, names: Mapping[int, str]) -> str:
    """Say whose something is, as the ledger has it."""
    if kind == "annotations":
        return names.get(one["completed_by"], f"user-{one['completed_by']}")
    return f"{one.get('user')} (draft)" if kind == "drafts" else f"{one.get('model_version')} (suggestion)"


def _set_page(server: LabelStudio, project: Project, page: str) -> None:
    server.call("PATCH", f"api/projects/{project.id}", {"label_config": page})


def carry_out(server: LabelStudio, plan: Plan, *, settled: bool = False) -> Iterator[Step]:
    """Write what a plan holds, and yield each task once it is done; raises ServiceError at the first that fails."""
    work = partial(_carry, server, plan, settled or plan.settled)
    with ThreadPoolExecutor(4) as pool:
        yield from pool.map(work, server.tasks(plan.project.id))


def finish(server: LabelStudio, plan: Plan) -> list[Refusal]:
    """Give the project its new page once everything is carried over, and return what keeps it from that."""
    failure: ServiceError | None = None
    for _ in range(0 if plan.settled else ROUNDS):
        if refused := [refusal for step in carry_out(server, plan) for refusal in step.refused]:
            return refused
        # The server counts labels in use, drafts' more than once and in vain; it takes no page without one of those.
        server.call("POST", f"api/projects/{plan.project.id}/summary/reset/", {})
        try:
            _set_page(server, plan.project, labelling_config(plan.migration.target))
            break
        except ServiceError as error:
            failure = error
            time.sleep(1)  # servers with workers count by and by
    else:
        if failure:
            raise failure
    return [refusal for step in carry_out(server, plan, settled=True) for refusal in step.refused]


def _carry(server: LabelStudio, plan: Plan, settled: bool, task: Json) -> Step:
    """Carry over what a task holds, as far as it is not yet."""
    targets, refused = _targets(plan, settled, task)
    written = _write_annotations(server, plan, settled, task, targets) + _write_others(server, plan, task, targets)
    key = key_of(task)
    if key and key.scheme == plan.migration.source.fingerprint and not refused:
        data = task["data"] | {"scheme": plan.migration.target.fingerprint}
        server.call("PATCH", f"api/tasks/{task['id']}", {"data": data})
        written += 1
    return Step(written, refused)


def _targets(plan: Plan, settled: bool, task: Json) -> tuple[dict[Place, list[Any]], list[Refusal]]:
    """Say what everything in a task is to become, but for that which is refused."""
    article = _article(task)
    targets: dict[Place, list[Any]] = {}
    refused: list[Refusal] = []
    if article is None:
        return targets, refused
    for kind in KINDS:
        for one in held(task, kind):
            found = _target(plan, settled, (kind, one["id"]), one["result"], article)
            if isinstance(found, str):
                what = f"{kind.removesuffix('s')} {one['id']} by {_by(kind, one, plan.names)}"
                refused.append(Refusal(article.id, what, found))
            else:
                targets[kind, one["id"]] = found
    return targets, refused


def _target(plan: Plan, settled: bool, place: Place, found: list[Any], article: Article) -> list[Any] | str:
    """Say what results that were found on the server are to become, or why that is not certain."""
    entry, (source, target, _) = plan.entries.get(place), plan.migration
    new = understood(found, article, target)
    if settled and new:
        return found
    if entry and found in (entry.before, entry.after):
        return entry.after
    if not understood(found, article, source):
        return found if new else "was changed meanwhile, and holds labels of both schemes"
    ledger = Ledger()
    after = rewrite(found, article, plan.migration, "", ledger)
    if after == found or not (new or any(balance.dropped for balance in ledger.balances())):
        return after
    what = "means something in either scheme" if new else "holds what this migration drops"
    return f"was changed meanwhile, and {what}"


def _write_annotations(
    server: LabelStudio, plan: Plan, settled: bool, task: Json, targets: Mapping[Place, list[Any]]
) -> int:
    """Write annotations in the order in which they were saved: the last one saved is a person's word on a task."""
    written = 0
    latest: dict[Any, str] = {}

    def saved(one: Json) -> str:
        entry = plan.entries.get(("annotations", one["id"]))
        known = entry and one["result"] in (entry.before, entry.after)
        return entry.updated if entry and known else str(one["updated_at"])

    for one in sorted(held(task, "annotations"), key=saved):
        target, who = targets.get(("annotations", one["id"])), one["completed_by"]
        overtaken = not settled and str(one["updated_at"]) <= latest.get(who, "")
        updated = str(one["updated_at"])
        if target is not None and (one["result"] != target or overtaken):
            for draft in held(task, "drafts"):
                if draft["annotation"] == one["id"]:  # the server deletes the drafts of what is saved
                    server.call("PATCH", f"api/drafts/{draft['id']}", {"annotation": None})
                    draft["detached"] = True
            updated = server.call("PATCH", f"api/annotations/{one['id']}", {"result": target})["updated_at"]
            written += 1
        latest[who] = max(latest.get(who, ""), updated)
    return written


def _write_others(server: LabelStudio, plan: Plan, task: Json, targets: Mapping[Place, list[Any]]) -> int:
    """Write drafts, each on the annotation that it changes if that is still there, and predictions."""
    written = 0
    there = {one["id"] for one in held(task, "annotations")}
    for draft in held(task, "drafts"):
        target, entry = targets.get(("drafts", draft["id"])), plan.entries.get(("drafts", draft["id"]))
        wanted = entry.annotation if entry and entry.annotation in there else draft["annotation"]
        body: Json = {} if target is None or draft["result"] == target else {"result": target}
        if draft.get("detached") or wanted != draft["annotation"]:
            body["annotation"] = wanted
        if body:
            server.call("PATCH", f"api/drafts/{draft['id']}", body)
            written += 1
    for one in held(task, "predictions"):
        target = targets.get(("predictions", one["id"]))
        if target is not None and one["result"] != target:
            server.call("PATCH", f"api/predictions/{one['id']}", {"result": target})
            written += 1
    return written
