"""Bring articles to Label Studio: each there once, none overwritten, whatever fails on the way.

The server has no idempotent import, and a request that got no answer may have done its work. So a push looks at what
the project holds, sends what is missing, and looks again, until nothing is missing and nothing stands twice. Where
every import was answered in full, the number of tasks is look enough: to list them takes as long as to import them.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec
import stamina

from rolecall.annotate.adjudication.page import refuse_adjudication
from rolecall.annotate.failures import UncertainError
from rolecall.annotate.labelling import check_page, labelling_config, validate
from rolecall.annotate.labelstudio import LabelStudio, Project
from rolecall.annotate.project import TRIES, make
from rolecall.annotate.suggest import Offer, by_task, compare
from rolecall.annotate.survey import NOTHING, Held, survey
from rolecall.annotate.tasks import task_of
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError, ServiceError
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme

BATCH_BYTES = 8_000_000
BATCH_TASKS = 1000
Watch = Callable[[int], object]


class Refusal(NamedTuple):
    """An article, or a suggestion for it, that does not go to the project, and why."""

    article: str
    reason: str


class Delivery(NamedTuple):
    """What goes to one project: its title, its articles' hashes by id, and those of them that get suggestions."""

    title: str
    hashes: Mapping[str, str]
    suggest: Collection[str] = frozenset()


class Pushed(NamedTuple):
    """What a push did, or would do; `made` tells whether the project is new, 0 stands for one that is not there yet.

    `new`, `unchanged`, `versions` and `refused` add up to the articles; `versions` are new texts beside an older one.
    `doubles` were tasks that stood twice and had nothing on them. `suggested` counts the suggestions that are
    new on their tasks, `replaced` the older ones of the same version that they stand for, `kept` those left alone.
    """

    project: int
    title: str
    made: bool
    new: int = 0
    unchanged: int = 0
    versions: int = 0
    refused: tuple[Refusal, ...] = ()
    doubles: int = 0
    suggested: int = 0
    replaced: int = 0
    kept: int = 0


def push(
    server: LabelStudio,
    articles: Mapping[str, Article],
    scheme: Scheme,
    delivery: Delivery,
    *,
    suggestions: Offer | None = None,
    page: str | None = None,
    instructions: str = "",
    update_instructions: bool = False,
    versions: bool = False,
    dry_run: bool = False,
    watch: Watch = lambda _: None,
) -> Pushed:
    """Bring a project up to what it should hold, and make it where there is none of that name.

    Articles are known by their own id and hash, so pushing again imports nothing twice. One whose text has changed is
    refused, or with `versions` put beside the older text, which stays with its labels. A new project gets `page`, else
    the scheme's own, and the `instructions`, in HTML, one that is there only if told so. `watch` is told how many
    articles are dealt with. Raises InputError for a project with another page, SchemeMismatchError for one of another
    scheme, ServiceError when the server fails; what has arrived by then stays, and pushing again carries on.
    """
    found = server.find_project(delivery.title)
    if page is None and found is not None:
        refuse_adjudication(found)
    page = labelling_config(scheme) if page is None else page
    validate(page)
    if found is None and not 3 <= len(delivery.title) <= 50:
        raise InputError(
            f"{delivery.title!r} cannot be a project's title", remedy="Label Studio takes titles of 3 to 50 characters"
        )
    if found is not None:
        check_page(found.page, scheme, project=found.title)
    work = _Work(server, articles, scheme, delivery, suggestions=suggestions, versions=versions, watch=watch)
    if dry_run:
        return work.forecast(found)
    project = found or make(server, delivery.title, page, instructions)
    check_page(project.page, scheme, project=project.title)
    done = work.carry_out(project, made=found is None)
    if suggestions is not None and delivery.suggest:
        _offer(server, project.id, suggestions.offered)
    if found is not None and update_instructions:
        server.update_project(project.id, expert_instruction=instructions, show_instruction=True)
    return done._replace(made=found is None)


def _offer(server: LabelStudio, project: int, versions: list[str]) -> None:
    """Let annotators start from these suggestions: the page offers those of one version, which the project names.

    Label Studio names it by itself only where the first tasks bring suggestions along.
    """
    there = server.call("GET", f"api/projects/{project}/model-versions")
    offered = [version for version in versions if there.get(version)]
    if offered and server.call("GET", f"api/projects/{project}")["model_version"] not in offered:
        server.update_project(project, model_version=offered[-1])


class _Work:
    """One push on its way; what it counts is what the first look finds to do."""

    def __init__(
        self,
        server: LabelStudio,
        articles: Mapping[str, Article],
        scheme: Scheme,
        delivery: Delivery,
        *,
        suggestions: Offer | None,
        versions: bool,
        watch: Watch,
    ) -> None:
        self.server, self.articles, self.scheme, self.watch = server, articles, scheme, watch
        self.delivery, self.suggestions, self.versions = delivery, suggestions, versions
        self.done = Pushed(0, delivery.title, made=False)
        self._new: set[str] | None = None
        self._compared = False
        self._left = -1
        self._blank = False

    def forecast(self, project: Project | None) -> Pushed:
        """Say what a push would do."""
        held = self._look(project) if project else NOTHING
        missing = self._missing(held)
        if project is not None:
            self._todo(project, held, missing)
        doubles = sum(len(spare) for spare, _ in held.doubles())
        return self.done._replace(project=project.id if project else 0, made=project is None, doubles=doubles)

    def carry_out(self, project: Project, *, made: bool) -> Pushed:
        """Look and send until all is there; a failure after some progress does not count against the next.

        A project that was just `made` needs no look before: if there is something in it, the next one tells.
        """
        self.done = self.done._replace(project=project.id)
        settled, idle = False, 0
        self._blank = made
        while not settled:
            left = self._left
            for attempt in stamina.retry_context(
                on=UncertainError, attempts=TRIES, timeout=None, wait_initial=0.5, wait_max=16
            ):
                with attempt:
                    settled = self._round(project)
            idle = idle + 1 if self._left == left else 0
            if idle > TRIES:
                raise ServiceError(
                    f"project {project.title!r} does not come to hold what is sent to it",
                    remedy="see whether somebody else pushes to it, or a proxy mixes up the answers",
                )
        return self.done

    def _round(self, project: Project) -> bool:
        """Look, do what is missing, and tell whether it is certain that there is nothing more to do.

        Raises UncertainError only where nothing of this round is certain to have been done.
        """
        held = NOTHING if self._blank else self._look(project)
        self._blank = False
        missing = self._missing(held)
        self._left = len(missing)
        removed = self._remove_doubles(held)
        self.watch(len(self.delivery.hashes) - len(missing))
        progress = 0
        made = [held.newest]
        try:
            for batch in self._batches(missing):
                made += self.server.import_tasks(project.id, batch)
                progress += len(batch)
                self.watch(len(self.delivery.hashes) - len(missing) + progress)
            add, delete = self._todo(project, held, missing)
            for at in range(0, len(add), BATCH_TASKS):
                self.server.import_predictions(project.id, add[at : at + BATCH_TASKS])
                progress += 1
        except UncertainError:
            if not progress:
                raise
            return False
        for number in delete:
            self.server.delete_prediction(number)
        return not (removed or add or delete) and (not missing or self._arrived(project, held, made))

    def _arrived(self, project: Project, held: Held, made: list[int]) -> bool:
        """Tell whether the tasks that imports say they made are all that the project holds more than before.

        An answer that came twice does not carry numbers higher than those before it, and a request that was done twice
        makes more tasks than it tells of.
        """
        rising = all(one < next_ for one, next_ in itertools.pairwise(made))
        return rising and self.server.count(project.id) == held.total + len(made) - 1

    def _look(self, project: Project) -> Held:
        return survey(self.server, project.id, drafts=self.suggestions is not None)

    def _missing(self, held: Held) -> set[str]:
        """Return the ids of articles to send."""
        missing: dict[str, None] = {}
        refused = []
        unchanged = versions = 0
        for name, digest in self.delivery.hashes.items():
            older = held.other(name, digest)
            if held.has(name, digest):
                unchanged += 1
            elif older is None or self.versions:
                missing[name] = None
                versions += older is not None
            else:
                refused.append(Refusal(name, f"the project has it with another text (hash {older[:12]})"))
        if self._new is None:
            self._new = set(missing)
            told = 0 if self.suggestions is None else sum(map(self.suggestions.count, self._new & self._suggested))
            self.done = self.done._replace(
                new=len(missing) - versions,
                unchanged=unchanged,
                versions=versions,
                refused=tuple(refused),
                suggested=told,
            )
        return set(missing)

    @property
    def _suggested(self) -> set[str]:
        return set() if self.suggestions is None else set(self.delivery.suggest)

    def _remove_doubles(self, held: Held) -> int:
        """Delete tasks that stand twice and have nothing on them, and return how many; name those that cannot go."""
        removed = 0
        for spare, article in held.doubles():
            for task in spare:
                self.server.delete_task(task)
            removed += len(spare)
            if not spare:
                self._refuse(article, "stands in several tasks, each of which somebody has begun to label")
        self.done = self.done._replace(doubles=self.done.doubles + removed)
        return removed

    def _refuse(self, article: str, reason: str) -> None:
        refusal = Refusal(article, reason)
        if refusal not in self.done.refused:
            self.done = self.done._replace(refused=(*self.done.refused, refusal))

    def _batches(self, missing: Collection[str]) -> Iterator[list[Json]]:
        batch: list[Json] = []
        size = 0
        for name in self.delivery.hashes:
            if name not in missing:
                continue
            task = task_of(self.articles[name], self.scheme.fingerprint)
            if self.suggestions and (wanted := self._wanted(name)):
                task["predictions"] = wanted
                task["data"] |= self.suggestions.data(name)
            length = len(msgspec.json.encode(task))
            if batch and (size + length > BATCH_BYTES or len(batch) >= BATCH_TASKS):
                yield batch
                batch, size = [], 0
            batch.append(task)
            size += length
        if batch:
            yield batch

    def _wanted(self, article: str) -> list[Json]:
        return list(self.suggestions.of(article)) if self.suggestions and article in self.delivery.suggest else []

    def _todo(self, project: Project, held: Held, missing: Collection[str]) -> tuple[list[Json], list[int]]:
        """Return the suggestions to add to tasks that were there before, and the numbers of those to delete then."""
        if self.suggestions is None:
            return [], []
        there = by_task(self.server.predictions(project.id))
        add: list[Json] = []
        delete: list[int] = []
        kept = 0
        for name, digest in self.delivery.hashes.items():
            task = held.task(name, digest) if name in self.delivery.suggest else None
            if task is None or name in missing:
                continue
            todo = compare(self._wanted(name), there.get(task.id, []), labelled=task.labelled)
            add += [body | {"task": task.id} for body in todo.add]
            delete += todo.delete
            kept += todo.unchanged * (name not in (self._new or ()))
            for version in todo.refused:
                self._refuse(name, f"is being labelled: its suggestion by {version} stays as it is")
        if not self._compared:
            self._compared = True
            self.done = self.done._replace(suggested=self.done.suggested + len(add), replaced=len(delete), kept=kept)
        return add, delete
