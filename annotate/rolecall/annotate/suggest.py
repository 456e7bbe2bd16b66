"""Suggestions: what a model says of an article, sent along so that an annotator corrects instead of starting afresh.

A file of predictions is checked whole before anything is sent: Label Studio stores whatever it is given.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from rolecall.annotate.results import results_of
from rolecall.annotate.wire import Json, item_of
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme


class Offer(Protocol):
    """What goes out with articles: labels under a name each, one of which the page may offer to start from."""

    @property
    def offered(self) -> list[str]:
        """The names of those that people may start from."""

    def count(self, article: str) -> int:
        """Return how many there are for an article."""

    def of(self, article: str) -> Iterator[Json]:
        """Yield those for an article, as Label Studio takes them."""

    def data(self, article: str) -> Json:
        """Return what else the page shows of an article."""


class Suggestions:
    """A predictions file by article and model version, of which memory holds only byte offsets.

    Raises InputError (SchemeMismatchError) naming the file and line of the first record that is no model's, has an
    unknown role, a quote that is not in the text, or a link the page cannot draw, or that stands twice.
    """

    def __init__(self, path: Path, scheme: Scheme, articles: Mapping[str, Article]) -> None:
        self._path, self._scheme = path, scheme
        self._offsets: dict[str, dict[str, int]] = {}
        self._decoder = msgspec.json.Decoder(Annotation)
        located = jsonl.locate_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles, articles=articles)
        for offset, annotation in located:
            if annotation.kind != "model":
                raise InputError(
                    f"{annotation.by!r} of article {annotation.article!r} is no model's",
                    path=path,
                    remedy="suggest what a model predicted; people's labels are entered: rolecall annotate enter",
                )
            versions = self._offsets.setdefault(annotation.article, {})
            if annotation.by in versions:
                raise InputError(
                    f"{annotation.by!r} suggests twice for article {annotation.article!r}",
                    path=path,
                    remedy="keep one of the two",
                )
            results_of(annotation, scheme)  # raises where the page cannot show it
            versions[annotation.by] = offset

    @property
    def versions(self) -> list[str]:
        """The model versions in the file."""
        return sorted({version for versions in self._offsets.values() for version in versions})

    @property
    def offered(self) -> list[str]:
        """The model versions that people may start from: any."""
        return self.versions

    def __contains__(self, article: str) -> bool:
        return article in self._offsets

    def data(self, article: str) -> Json:  # noqa: ARG002  # the same for all
        """Return what else the page shows of an article: nothing."""
        return {}

    def count(self, article: str) -> int:
        """Return how many suggestions there are for an article."""
        return len(self._offsets.get(article, {}))

    def of(self, article: str) -> Iterator[Json]:
        """Yield the suggestions for an article, as Label Studio takes them."""
        for version, offset in self._offsets.get(article, {}).items():
            annotation = jsonl.read_at(self._path, offset, self._decoder)
            scores = [span.score for span in annotation.spans if span.score is not None]
            body = {"model_version": version, "result": results_of(annotation, self._scheme)}
            yield body | ({"score": sum(scores) / len(scores)} if scores else {})


class Todo(NamedTuple):
    """What is to be done about the suggestions of one task: bodies to add, numbers of old ones to delete after that.

    `refused` names the versions that stay as they are since somebody has begun to label.
    """

    add: list[Json]
    delete: list[int]
    unchanged: int
    refused: list[str]


def compare(wanted: list[Json], there: list[Json], *, labelled: bool) -> Todo:
    """Say what brings the suggestions of a task up to date.

    The same version is there once in the end. What somebody may have started from stays: an annotation forgets which
    suggestion it came from when that is deleted.
    """
    todo = Todo([], [], 0, [])
    unchanged = 0
    for body in wanted:
        version = body["model_version"]
        same = [one for one in there if one.get("model_version") == version]
        equal = [one["id"] for one in same if _equal(one, body)]
        other = [one["id"] for one in same if one["id"] not in equal[:1]]
        if labelled and same:
            if equal:
                unchanged += 1
            else:
                todo.refused.append(version)
            continue
        if equal:
            unchanged += 1
        else:
            todo.add.append(body)
        todo.delete.extend(other)
    return todo._replace(unchanged=unchanged)


def _equal(there: Json, body: Json) -> bool:
    return there.get("result") == body["result"] and there.get("score") == body.get("score")


def by_task(predictions: list[Json]) -> dict[int, list[Json]]:
    """Group a project's suggestions by the number of their task."""
    found: dict[int, list[Json]] = {}
    for one in sorted(map(item_of, predictions), key=lambda one: one["id"]):
        found.setdefault(one["task"], []).append(one)
    return found
