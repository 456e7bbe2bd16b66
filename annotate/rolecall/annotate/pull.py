"""Bring annotations home from Label Studio: every annotator's, with who, when and how long; every loss on the books."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.reader import Remark, book
from rolecall.annotate.tasks import drafts_of, key_of, maker_of, read_annotation, suggestion_of
from rolecall.annotate.wire import Json, item_of
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Ledger, Source
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.core.spool import Spool

STAGE = "pull"


class Refusal(NamedTuple):
    """A task that does not hold the article it should, why none of its annotations come home, and where it is."""

    task: str
    reason: str
    link: str | None = None


class Noted(NamedTuple):
    """A remark, and whose annotation it is about."""

    article: str
    by: str
    remark: Remark
    link: str | None = None


class Gone(NamedTuple):
    """An annotation of the last pull that the server has no more."""

    article: str
    by: str


class Pulled(NamedTuple):
    """What a pull brought: annotations by annotator, the books, and what to look at.

    `people` counts annotations by annotator, `drafts` those of them that nobody has submitted, `suggested` those that
    started from a suggestion; `absent` are articles that no task holds. Where annotations of the last pull are `gone`,
    nothing was `written`.
    """

    people: Counter[str]
    books: list[Balance]
    refused: list[Refusal]
    remarks: list[Noted]
    drafts: int
    suggested: int
    absent: list[str]
    gone: list[Gone]
    written: bool

    @property
    def lost(self) -> int:
        """How many tasks, annotations, spans, links, joins and choices did not come home."""
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


def pull(
    tasks: Iterable[Json],
    articles: Mapping[str, Article],
    scheme: Scheme,
    out: Path,
    *,
    names: Mapping[int, str],
    adjudicators: frozenset[str] | None = None,
    url: str | None = None,
    overwrite: bool = False,
) -> Pulled:
    """Write every annotation of these tasks to `out`, and beside it the ledger of what could not be kept.

    They stand in the order of `articles`, then of their makers' names, whatever order the tasks come in. `names` are
    the annotators by Label Studio's number; one without a name becomes "user-NUMBER". With `adjudicators`, their
    annotations are the adjudicated ones, whatever Label Studio calls ground truth. `url` is the server's, for links.
    Annotations that stand in `out` already and do not come again are reported and nothing is written, unless
    `overwrite` is given. Memory holds a few numbers for each annotation, and what is lost or remarked on.
    """
    with Spool() as spool:
        home = _Home(articles, scheme, names, adjudicators, url=url, spool=spool)
        for task in tasks:
            home.gather(task)
        gone = [] if overwrite else sorted(set(_standing(out)) - home.candidates.keys())
        annotations = home.annotations()
        if gone:
            for _ in annotations:
                pass
        else:
            jsonl.write(out, annotations)
        books = home.ledger.balances() if gone else home.ledger.write(ledger_path(out))
    return Pulled(
        people=home.people,
        books=books,
        refused=sorted(home.refused),
        remarks=home.remarks,
        drafts=home.drafts,
        suggested=home.suggested,
        absent=[name for name in articles if name not in home.found],
        gone=[Gone(*one) for one in gone],
        written=not gone,
    )


def _standing(out: Path) -> Iterator[tuple[str, str]]:
    """Yield whose annotations of which articles an existing file has."""
    if out.is_file():
        for annotation in jsonl.read(out, Annotation):
            yield annotation.article, annotation.by


class _Wire(msgspec.Struct):
    """One annotation or draft as it came, with what its task tells about it."""

    wire: Json
    version: str | None
    link: str | None
    draft: bool


_SECOND = {True: "unsaved beside another annotation", False: "another annotation by the same person counts"}


class _Candidate(NamedTuple):
    """Decides between annotations of one person: the rank, when it was last changed, else what is in it.

    `place` is where it is put aside.
    """

    rank: int
    updated: str
    digest: bytes
    place: int


class _Home:
    """What one pull gathers on its way through the tasks."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        scheme: Scheme,
        names: Mapping[int, str],
        adjudicators: frozenset[str] | None,
        *,
        url: str | None,
        spool: Spool,
    ) -> None:
        self._articles, self._scheme, self._names, self._adjudicators = articles, scheme, names, adjudicators
        self._url, self._spool = url, spool
        self._decoder = msgspec.json.Decoder(_Wire)
        self.candidates: dict[tuple[str, str], list[_Candidate]] = {}
        self.found: set[str] = set()
        self.ledger = Ledger()
        self.people: Counter[str] = Counter()
        self.refused: list[Refusal] = []
        self.remarks: list[Noted] = []
        self.drafts = self.suggested = 0

    def gather(self, task: Json) -> None:
        """Put the annotations of a task aside, with its unsaved work, or refuse all of them."""
        drafts = drafts_of(task)
        wires = [*map(item_of, task["annotations"]), *drafts]
        self.ledger.enter(STAGE, "annotation", len(wires))
        found = self._article(task)
        link = self._link(task)
        if isinstance(found, str):
            key = key_of(task)
            name = key.article if key else f"task {task.get('id')}"
            self.refused.append(Refusal(name, found, link))
            for wire in wires:
                self._drop(Source(name, self._name(wire)), wire, found, link)
            return
        self.found.add(found.id)
        for at, wire in enumerate(wires):
            draft = at >= len(wires) - len(drafts)
            line = msgspec.json.encode(_Wire(wire, suggestion_of(wire, task), link, draft))
            rank = 1 if draft else 0 if wire.get("was_cancelled") is True else 2
            candidate = _Candidate(rank, str(wire.get("updated_at")), sha256(line).digest(), self._spool.add(line))
            self.candidates.setdefault((found.id, self._name(wire)), []).append(candidate)

    def annotations(self) -> Iterator[Annotation]:
        """Yield one annotation of each person and article, in the order of the articles; the others are in the ledger.

        It is the submitted one that was last changed, else unsaved work, else a skip.
        """
        # So far there is only what stands in tasks that were refused.
        self.ledger.entries.sort(key=lambda e: (e.article, e.by, e.reason, e.item, e.link or ""))
        people: dict[str, list[str]] = {}
        for article, by in self.candidates:
            people.setdefault(article, []).append(by)
        for name in self._articles:
            for by in sorted(people.get(name, ())):
                first, *others = sorted(self.candidates[name, by], reverse=True)
                aside = self._decoder.decode(self._spool.get(first.place))
                yield self._annotation(aside, self._articles[name], by)
                for other in others:
                    lost = self._decoder.decode(self._spool.get(other.place))
                    self._drop(Source(name, by), lost.wire, _SECOND[lost.draft], lost.link)

    def _article(self, task: Json) -> Article | str:
        """The article that a task holds, or why it holds none of ours."""
        key = key_of(task)
        if key is None:
            return "task was not pushed by rolecall"
        article = self._articles.get(key.article)
        if article is None:
            return "article is not among those given"
        if key.hash != article.hash:
            return "article has another text now than when it was pushed"
        return article if task["data"].get("text") == article.text else "task's text was altered"

    def _link(self, task: Json) -> str | None:
        """Where a person can look at a task."""
        if self._url is None:
            return None
        return f"{self._url}/projects/{task.get('project')}/data?task={task.get('id')}"

    def _annotation(self, aside: _Wire, article: Article, by: str) -> Annotation:
        annotation, reading = read_annotation(aside.wire, article, self._scheme, by=by, from_prediction=aside.version)
        source = Source(article.id, by)
        self.ledger.keep(STAGE, "annotation")
        book(reading, self.ledger, STAGE, source, aside.link)
        self.remarks += [Noted(*source, remark, aside.link) for remark in reading.remarks]
        self.people[by] += 1
        self.suggested += annotation.from_prediction is not None
        if aside.draft:
            self.drafts += 1
            annotation = msgspec.structs.replace(annotation, status="draft")
        if self._adjudicators is not None:
            kind = "adjudicated" if by in self._adjudicators else "human"
            annotation = msgspec.structs.replace(annotation, kind=kind)
        return annotation

    def _drop(self, source: Source, wire: Json, reason: str, link: str | None) -> None:
        results = wire.get("result")
        size = len(results) if isinstance(results, list) else 0
        words = f"annotation {wire.get('id')} with {size} results"
        self.ledger.dropped(STAGE, "annotation", source, words, reason=reason, link=link)

    def _name(self, wire: Json) -> str:
        return maker_of(wire, self._names)
