"""What a project holds: which articles, in which tasks, and whether somebody has begun to label them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.tasks import key_of


class Task(NamedTuple):
    """A task that holds an article; `labelled` tells of annotations, skips and drafts, `suggested` counts."""

    id: int
    labelled: bool
    suggested: int


@dataclass
class Held:
    """The tasks of a project by article and hash."""

    tasks: dict[str, dict[str, list[Task]]] = field(default_factory=dict)

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
        """Yield the article of tasks that hold the same text, and which of them can go without a loss.

        The one that stays is one that somebody works on, else one with suggestions, else the first.
        """
        for article, texts in self.tasks.items():
            for tasks in texts.values():
                if len(tasks) > 1:
                    tasks.sort(key=lambda task: (not task.labelled, not task.suggested, task.id))
                    yield [task.id for task in tasks[1:] if not task.labelled], article


def survey(server: LabelStudio, project: int) -> Held:
    """Look through a project."""
    held = Held()
    for stamp in server.stamps(project):
        if key := key_of(stamp):
            labelled = stamp["total_annotations"] or stamp["cancelled_annotations"] or stamp["draft_exists"]
            task = Task(stamp["id"], bool(labelled), stamp["total_predictions"])
            held.tasks.setdefault(key.article, {}).setdefault(key.hash, []).append(task)
    return held
