"""Bring annotations home from Label Studio: every annotator's, with who, when and how long; every loss on the books."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ijson
import msgspec

from rolecall.annotate.reader import Reading, Remark
from rolecall.annotate.studio import person
from rolecall.annotate.tasks import key_of, read_annotation
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.ledger import Balance, Ledger, Source
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme

STAGE = "pull"


class Refusal(NamedTuple):
    """A task that does not hold the article it should: which, and why none of its annotations come home."""

    task: str
    reason: str


class Noted(NamedTuple):
    """A remark, and whose annotation it is about."""

    article: str
    by: str
    remark: Remark


class Pulled(NamedTuple):
    """What a pull brought: annotations by annotator, the books, and what to look at.

    `people` counts annotations by annotator, `drafts` counts unsaved work, which is no annotation.
    """

    people: Counter[str]
    books: list[Balance]
    refused: list[Refusal]
    remarks: list[Noted]
    drafts: int

    @property
    def lost(self) -> int:
        """How many tasks, annotations, spans, links and joins did not come home."""
        return len(self.refused) + sum(sum(balance.dropped.values()) for balance in self.books)


def ledger_path(out: Path) -> Path:
    """The ledger's place, beside the annotations."""
    return out.with_name(f"{out.stem}.ledger.jsonl")


def check_out(out: Path, *inputs: Path | None) -> None:
    """Refuse to write the annotations, or the ledger beside them, over a file that they are read from."""
    written = {out.resolve(), ledger_path(out).resolve()}
    for path in inputs:
        if path is not None and path.resolve() in written:
            raise InputError("would be replaced by what is pulled", path=path, remedy="choose another --out")


def read_export(path: Path, scheme: Scheme) -> Iterator[Json]:
    """Yield the tasks of a file that Label Studio exported as JSON, one at a time.

    Raises InputError for a file that is none, SchemeMismatchError for tasks that were pushed under another scheme.
    """
    remedy = "export the project as JSON (not JSON-MIN, not CSV): in the page, Export; or rolecall annotate pull --url"
    count = 0
    with jsonl.open_input(path) as file:
        try:
            for count, task in enumerate(ijson.items(file, "item", use_float=True), 1):
                if not isinstance(task, dict) or not isinstance(task.get("annotations"), list):
                    raise InputError(f"item {count} is not a task with annotations", path=path, remedy=remedy)
                key = key_of(task)
                if key and key.scheme != scheme.fingerprint:
                    raise SchemeMismatchError(key.scheme, scheme.fingerprint, path=path)
                yield task
        except (ijson.JSONError, UnicodeDecodeError) as error:
            what = f"is not JSON after {count} tasks: {_first_line(error)}"
            raise InputError(what, path=path, remedy=remedy) from error
    if not count:
        raise InputError("holds no tasks", path=path, remedy=remedy)


def _first_line(error: Exception) -> str:
    """What a JSON parser says, which may be bytes, without its picture of the place on further lines."""
    said = error.args[0] if error.args else ""
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(error)
    return words.partition("\n")[0]


def pull(
    tasks: Iterable[Json],
    articles: Mapping[str, Article],
    scheme: Scheme,
    out: Path,
    *,
    names: Mapping[int, str],
    adjudicators: frozenset[str] | None = None,
) -> Pulled:
    """Write every annotation of these tasks to `out`, and beside it the ledger of what could not be kept.

    `names` are the annotators by Label Studio's number; one without a name becomes "user-NUMBER". With `adjudicators`,
    their annotations are the adjudicated ones, whatever Label Studio calls ground truth. Memory does not grow with the
    number of tasks, only with what is lost or remarked on.
    """
    home = _Home(articles, scheme, names, adjudicators)
    jsonl.write(out, (annotation for task in tasks for annotation in home.bring(task)))
    books = home.ledger.write(ledger_path(out))
    return Pulled(home.people, books, home.refused, home.remarks, home.drafts)


class _Home:
    """What one pull gathers on its way through the tasks."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        scheme: Scheme,
        names: Mapping[int, str],
        adjudicators: frozenset[str] | None,
    ) -> None:
        self._articles, self._scheme, self._names, self._adjudicators = articles, scheme, names, adjudicators
        self._seen: set[tuple[str, str]] = set()
        self.ledger = Ledger()
        self.people: Counter[str] = Counter()
        self.refused: list[Refusal] = []
        self.remarks: list[Noted] = []
        self.drafts = 0

    def bring(self, task: Json) -> list[Annotation]:
        """Read the annotations of a task, in the order of their annotators' names."""
        drafts = task.get("drafts")
        self.drafts += len(drafts) if isinstance(drafts, list) else 0
        wires = [wire if isinstance(wire, dict) else {} for wire in task["annotations"]]
        self.ledger.enter(STAGE, "annotation", len(wires))
        found = self._article(task)
        if isinstance(found, str):
            key = key_of(task)
            name = key.article if key else f"task {task.get('id')}"
            self.refused.append(Refusal(name, found))
            for wire in wires:
                self._drop(name, self._name(wire), wire, found)
            return []
        brought = [self._annotation(wire, found, self._name(wire), task) for wire in self._latest(wires, found)]
        return sorted(brought, key=lambda annotation: annotation.by)

    def _article(self, task: Json) -> Article | str:
        """The article that a task holds, or why it holds none of ours."""
        key = key_of(task)
        if key is None:
            return "task was not pushed by rolecall"
        article = self._articles.get(key.article)
        if article is None:
            return "article is not among those given"
        if key.hash != article.hash:
            return "article has changed since it was pushed"
        return article if task["data"].get("text") == article.text else "task's text was altered"

    def _latest(self, wires: list[Json], article: Article) -> Iterator[Json]:
        """Yield one annotation of each person: the one last updated that was not skipped, else the last skipped."""
        for wire in sorted(wires, key=_weight, reverse=True):
            by = self._name(wire)
            if (article.id, by) in self._seen:
                self._drop(article.id, by, wire, "another annotation by the same person counts")
                continue
            self._seen.add((article.id, by))
            yield wire

    def _annotation(self, wire: Json, article: Article, by: str, task: Json) -> Annotation:
        version = _prediction(wire, task)
        annotation, reading = read_annotation(wire, article, self._scheme, by=by, from_prediction=version)
        self._book(reading, Source(article.id, by))
        self.people[by] += 1
        if self._adjudicators is not None:
            kind = "adjudicated" if by in self._adjudicators else "human"
            annotation = msgspec.structs.replace(annotation, kind=kind)
        return annotation

    def _book(self, reading: Reading, source: Source) -> None:
        self.ledger.keep(STAGE, "annotation")
        for unit, count in reading.entered.items():
            self.ledger.enter(STAGE, unit, count)
            self.ledger.keep(STAGE, unit, reading.kept[unit])
        for loss in reading.losses:
            if loss.outcome == "changed":
                became = loss.became or ""
                self.ledger.changed(STAGE, loss.unit, source, loss.item, became=became, reason=loss.reason)
            else:
                self.ledger.dropped(STAGE, loss.unit, source, loss.item, reason=loss.reason)
        self.remarks += [Noted(*source, remark) for remark in reading.remarks]

    def _drop(self, article: str, by: str, wire: Json, reason: str) -> None:
        results = wire.get("result")
        size = len(results) if isinstance(results, list) else 0
        words = f"annotation {wire.get('id')} with {size} results"
        self.ledger.dropped(STAGE, "annotation", Source(article, by), words, reason=reason)

    def _name(self, wire: Json) -> str:
        """Name who made an annotation: by the e-mail address in it, else by the number of the account."""
        who = wire.get("completed_by")
        number = who.get("id") if isinstance(who, dict) else who
        if isinstance(number, int) and number in self._names:
            return self._names[number]
        email = who.get("email") if isinstance(who, dict) else None
        return person(email) if isinstance(email, str) and email else f"user-{number}"


def _weight(wire: Json) -> tuple[bool, str]:
    """What decides between annotations of one person; Label Studio's times sort as they are written."""
    return wire.get("was_cancelled") is not True, str(wire.get("updated_at"))


def _prediction(wire: Json, task: Json) -> str | None:
    """Name the suggestion an annotation started from: by its model version where that is known, else by its number."""
    parent = wire.get("parent_prediction")
    if parent is None:
        return None
    known: list[Any] = [wire.get("prediction"), *(task.get("predictions") or [])]
    for prediction in known:
        if isinstance(prediction, dict) and prediction.get("id") == parent and prediction.get("model_version"):
            return str(prediction["model_version"])
    return f"prediction-{parent}"
