"""What a project holds: which articles, in which tasks, and whether somebody has begun to label them."""

from collections.abc import Iterator
from typing import NamedTuple

from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.tasks import key_of


class Task(NamedTuple):
    """A task that holds an article; `labelled` tells of annotations, skips and drafts, `suggested` counts."""

    id: int
    labelled: bool
    suggested: int


class Held(NamedTuple):
    """The tasks of a project by article and hash.

    Of several with the same text the first is one that somebody works on, else one with suggestions, else the oldest.
    `total` counts all tasks of the project, and `newest` is the highest of their numbers, whoever made them.
    """

    tasks: dict[str, dict[str, list[Task]]]
    total: int = 0
    newest: int = 0

    def has(self, article: str, digest: str) -> bool:
        """Tell whether the article is there with this text."""
        return digest in self.tasks.get(article, {})

    def other(self, article: str, digest: str) -> str | None:
        """Return the hash of another text under which the article is there."""
        return min((known for known in self.tasks.get(article, {}) if known != digest), default=None)

    def task(self, article: str, digest: str) -> Task | None:
        """Return the task that holds an article."""
        return next(iter(self.tasks.get(article, {}).get(digest, [])), None)

    def doubles(self) -> Iterator[tuple[list[int], str]]:
        """Yield each article that stands in several tasks, after those of them that can go without a loss."""
        for article, texts in self.tasks.items():
            for tasks in texts.values():
                if len(tasks) > 1:
                    yield [task.id for task in tasks[1:] if not task.labelled], article


NOTHING = Held({})


def survey(server: LabelStudio, project: int, *, drafts: bool) -> Held:
    """Look through a project, for unsaved work as well if asked to, or if an article stands in several tasks."""
    found: dict[str, dict[str, list[Task]]] = {}
    total = newest = 0
    for stamp in server.stamps(project):
        total, newest = total + 1, max(newest, stamp["id"])
        if key := key_of(stamp):
            labelled = stamp["total_annotations"] > 0 or stamp["cancelled_annotations"] > 0
            task = Task(stamp["id"], labelled, stamp["total_predictions"])
            found.setdefault(key.article, {}).setdefault(key.hash, []).append(task)
    if drafts or any(len(tasks) > 1 for texts in found.values() for tasks in texts.values()):
        drafted = server.drafted(project)
        for texts in found.values():
            for digest, tasks in texts.items():
                known = [task._replace(labelled=task.labelled or task.id in drafted) for task in tasks]
                texts[digest] = sorted(known, key=lambda task: (not task.labelled, not task.suggested, task.id))
    return Held(found, total, newest)
