"""What an adjudication comes to, written as it goes: gold, decisions and the books."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from rolecall.annotate.adjudication.case import Case
from rolecall.annotate.adjudication.decisions import STAGE, Decision, Outcome, Trace, book, book_undecided
from rolecall.annotate.adjudication.versions import Versions
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Ledger, Source, Unit
from rolecall.core.records import Annotation


class Undecided(NamedTuple):
    """An article that has no gold, why, the points that are open, and where to look."""

    article: str
    reason: str
    points: tuple[str, ...] = ()
    link: str | None = None


class Remark(NamedTuple):
    """Something to look at; a `serious` one means that a decision is missing or something was lost."""

    article: str
    what: str
    where: str = ""
    link: str | None = None
    serious: bool = False


class Paths(NamedTuple):
    """The files an adjudication writes."""

    gold: Path
    decisions: Path

    @property
    def ledger(self) -> Path:
        """The ledger's place, beside the gold."""
        return self.gold.with_name(f"{self.gold.stem}.ledger.jsonl")

    def check(self, *inputs: Path, overwrite: bool, renew: bool = False) -> None:
        """Refuse to write over a file that is read, or over one that stands unless `overwrite` is given.

        With `renew`, gold and decisions that an adjudication wrote may be written anew.
        """
        written = [self.gold, self.decisions, self.ledger]
        if len({path.resolve() for path in written}) < len(written):
            raise InputError("gold, decisions and ledger need a file each", path=self.gold, remedy="choose other names")
        for path in inputs:
            if path.resolve() in {one.resolve() for one in written}:
                raise InputError("would be replaced by what is made from it", path=path, remedy="choose another --out")
        if renew and not overwrite:
            _check_own(self.gold, Annotation)
            _check_own(self.decisions, Decision)
        elif not overwrite:
            for path in written:
                if path.exists():
                    raise InputError("exists already", path=path, remedy="choose another name, or add --overwrite")


def _check_own(path: Path, kind: type[msgspec.Struct]) -> None:
    """Refuse to write over a file that holds something else."""
    if path.is_file():
        try:
            for _ in jsonl.read(path, kind):
                pass
        except InputError as error:
            raise InputError(
                "holds something else than would be written to it",
                path=path,
                remedy="choose another name, or add --overwrite",
            ) from error


class Result(NamedTuple):
    """What was decided: articles with gold by who decided, items by unit and outcome, and what is left to do.

    `singles` are articles that one person read, `taken` those of them whose one reading was taken as it is, `unread`
    those that nobody did; `gone` are articles of the gold that stood there before and have none now. Where that was not
    to be, nothing was `written`.
    """

    articles: Counter[str]
    items: dict[Unit, Counter[Outcome]]
    undecided: list[Undecided]
    singles: list[str]
    taken: list[str]
    unread: list[str]
    aided: list[str]
    remarks: list[Remark]
    books: list[Balance]
    gone: list[str]
    written: bool = True

    @property
    def complete(self) -> bool:
        """Whether nothing is left to look at."""
        unread = len(self.singles) - len(self.taken)
        open_points = any(remark.serious for remark in self.remarks)
        return not (self.undecided or open_points or unread or self.gone)


class Recorder:
    """Takes down what becomes of each article, in the order in which it is told."""

    def __init__(self, gold: BinaryIO, decisions: BinaryIO, before: set[str]) -> None:
        self._gold, self._decisions, self._before = gold, decisions, before
        self._encoder = msgspec.json.Encoder()
        self.ledger = Ledger()
        self.articles: Counter[str] = Counter()
        self.items: dict[Unit, Counter[Outcome]] = {}
        self.undecided: list[Undecided] = []
        self.singles: list[str] = []
        self.taken: list[str] = []
        self.unread: list[str] = []
        self.aided: list[str] = []
        self.remarks: list[Remark] = []
        self.written = True
        self._with_gold: set[str] = set()

    def decide(self, gold: Annotation, found: Trace, by: str) -> None:
        """Write the gold of an article and the decisions on it."""
        self._put(gold)
        self.articles[by] += 1
        for decision in found.decisions:
            self.items.setdefault(decision.unit, Counter())[decision.outcome] += 1
            self._decisions.write(self._encoder.encode(decision) + b"\n")
        self.ledger.enter(STAGE, "annotation", len(found.items))
        self.ledger.keep(STAGE, "annotation", len(found.items))
        book(found, self.ledger)

    def leave(self, case: Case, why: Undecided) -> None:
        """Take down that an article has no gold."""
        self.undecided.append(why)
        self._leave(case, why.reason)

    def leave_single(self, case: Case) -> None:
        """Take down that an article has no gold since one person read it."""
        self._leave(case, "read by one person only")

    def _put(self, annotation: Annotation) -> None:
        self._with_gold.add(annotation.article)
        if annotation.from_prediction is not None:
            self.aided.append(annotation.article)
        self._gold.write(self._encoder.encode(annotation) + b"\n")

    def _leave(self, case: Case, reason: str) -> None:
        self.ledger.enter(STAGE, "annotation", len(case.versions))
        for name in case.versions:
            self.ledger.dropped(STAGE, "annotation", Source(case.article.id, name), "reading", reason=reason)
        book_undecided(case, self.ledger, reason)

    def others(self, versions: Versions) -> None:
        """Enter the annotations that are no versions."""
        self.ledger.enter(STAGE, "annotation", len(versions.others))
        for article, by, reason in versions.others:
            self.ledger.dropped(STAGE, "annotation", Source(article, by), "reading", reason=reason)

    def result(self) -> Result:
        """Sum up, once all is written."""
        return Result(
            articles=self.articles,
            items=self.items,
            undecided=self.undecided,
            singles=self.singles,
            taken=self.taken,
            unread=self.unread,
            aided=self.aided,
            remarks=self.remarks,
            books=self.ledger.balances(),
            gone=self.gone,
            written=self.written,
        )

    @property
    def gone(self) -> list[str]:
        """The articles that had gold before and have none now."""
        return sorted(self._before - self._with_gold)


class _NotWrittenError(Exception):
    """Leaves the files as they are."""


@contextmanager
def recording(paths: Paths, *, overwrite: bool = True) -> Iterator[Recorder]:
    """Write gold, decisions and ledger, all of them or none where the block does not end well.

    Without `overwrite` none, too, where gold that stood there before would be gone.
    """
    before, unreadable = _before(paths.gold)
    with (
        suppress(_NotWrittenError),
        jsonl.open_atomic(paths.gold) as gold,
        jsonl.open_atomic(paths.decisions) as decisions,
    ):
        recorder = Recorder(gold, decisions, before)
        recorder.remarks += unreadable
        yield recorder
        if recorder.gone and not overwrite:
            recorder.written = False
            raise _NotWrittenError
        recorder.ledger.write(paths.ledger)


def _before(gold: Path) -> tuple[set[str], list[Remark]]:
    """Return the articles of the gold that stands there; one that cannot be read is remarked on."""
    try:
        return ({each.article for each in jsonl.read(gold, Annotation)} if gold.is_file() else set()), []
    except InputError as error:
        return set(), [Remark(gold.name, "what stood there before could not be read", str(error))]


def read_decisions(path: Path) -> Iterator[Decision]:
    """Read a decisions file back."""
    return jsonl.read(path, Decision)
