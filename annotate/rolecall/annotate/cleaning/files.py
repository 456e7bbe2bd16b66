"""A file of articles without their page furniture, and the labels that were made before it went.

The articles are read twice: once to count what repeats in a source, once to cut. Memory holds ids and digests of short
lines, never texts.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rolecall.annotate.cleaning.articles import Cleaned, clean
from rolecall.annotate.cleaning.carryover import carry
from rolecall.annotate.cleaning.cuts import Cut, Kind
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.annotate.cleaning.repetition import Repetition
from rolecall.annotate.cleaning.scores import Gold, Scores
from rolecall.annotate.cleaning.standing import Standing
from rolecall.annotate.passage import ledger_path
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.jsonl import ArticleFile
from rolecall.core.ledger import Balance, Ledger
from rolecall.core.records import Annotation, Article
from rolecall.core.spool import Spool

Put = Callable[[msgspec.Struct], None]
Watch = Callable[[Iterable[Any], str], Iterable[Any]]
"""Is given the records of a reading and what it is for, and yields them again: a progress bar."""


class Report(msgspec.Struct, kw_only=True):
    """What a cleaning did, in articles, cuts by kind, characters, and annotations with their books."""

    articles: int = 0
    changed: int = 0
    cuts: dict[str, int] = msgspec.field(default_factory=Counter)
    characters: int = 0
    removed: int = 0
    spans_in_meta: int = 0
    """Articles that were cut and have spans in their meta, which still count in the text before."""
    same: list[tuple[str, str]] = []
    """Articles that have the text of an earlier one once they are clean, and are not linked to any."""
    kept: int = 0
    """Articles that keep the text of an earlier run, where this one would cut otherwise."""
    annotations: int = 0
    books: list[Balance] = []
    scores: Scores | None = None

    @property
    def lost(self) -> int:
        """How many spans, links and events were dropped."""
        return sum(sum(balance.dropped.values()) for balance in self.books)


class Outputs(NamedTuple):
    """Files to write; what is None is not written."""

    articles: Path | None = None
    cuts: Path | None = None
    map: Path | None = None
    annotations: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All files that will be written, the ledger of the annotations last."""
        ledger = None if self.annotations is None else ledger_path(self.annotations)
        return [path for path in (*self, ledger) if path is not None]


def clean_files(
    path: Path,
    outputs: Outputs,
    *,
    annotations: Path | None = None,
    gold: Gold | None = None,
    keep: Collection[Kind] = (),
    overwrite: bool = False,
    standing: Standing | None = None,
    watch: Watch = lambda items, _: items,
    listen: Callable[[Cut], None] | None = None,
) -> Report:
    """Clean the articles of a file, in their order, and carry annotations of it over; all is written, or nothing.

    Articles that are `standing` keep the text that they have there. `listen` is told of every cut.
    Raises InputError for an id that stands twice, for annotations of other texts, for an output that exists unless
    `overwrite` is given, and for one that is an input.
    """
    check_free(outputs.files, [path] if annotations is None else [path, annotations], overwrite=overwrite)
    report, ledger, owners = Report(), Ledger(), dict[bytes, str]()
    repetition = _counted(watch(jsonl.read(path, Article), "Counting lines"), path)
    with ExitStack() as stack:
        puts = [stack.enter_context(writing(each)) for each in outputs]
        put_article, put_cut, put_map, put_annotation = puts if standing is None else _met(puts, standing)
        moves = Moves(stack.enter_context(Spool()))
        for article in watch(jsonl.read(path, Article), "Cleaning"):
            done = clean(article, repetition=repetition, keep=keep)
            if standing is not None:
                done = standing.keep(article, done)
            put_article(done.article)
            for cut in done.cuts:
                put_cut(cut)
                if listen is not None:
                    listen(cut)
            if done.moved is not None:
                put_map(done.moved)
                moves.add(done.moved)
            if gold is not None:
                gold.hold(article, done.cuts)
            _count(report, article, done, owners)
        if annotations is not None:
            for old in watch(jsonl.read_annotations(annotations, articles=ArticleFile(path)), "Carrying annotations"):
                put_annotation(moves.carry(old, ledger))
                report.annotations += 1
        if standing is not None:
            standing.check()
            report.kept = standing.kept
        if annotations is not None:
            report.books = ledger.balances() if outputs.annotations is None else ledger.write(outputs.files[-1])
        report.scores = None if gold is None else gold.scores()
    return report


def check_free(outputs: Collection[Path], inputs: Collection[Path], *, overwrite: bool) -> None:
    """Refuse outputs that are inputs or one another, and those that exist unless `overwrite` is given."""
    for written in outputs:
        if any(written.resolve() == path.resolve() for path in inputs):
            raise InputError("is an input and would be replaced", path=written, remedy="choose another file")
        if sum(written.resolve() == path.resolve() for path in outputs) > 1:
            raise InputError("cannot hold two outputs", path=written, remedy="give each a file of its own")
        if written.is_file() and not overwrite:
            raise InputError("exists already", path=written, remedy="choose another file, or add --overwrite")


@contextmanager
def writing(path: Path | None) -> Iterator[Put]:
    """Open a file of records that takes the place of `path` when the block ends well; without one they go nowhere."""
    if path is None:
        yield lambda _: None
        return
    encode = msgspec.json.Encoder().encode
    with jsonl.open_atomic(path) as file:

        def put(record: msgspec.Struct) -> None:
            file.write(encode(record) + b"\n")

        yield put


def _met(puts: Sequence[Put], standing: Standing) -> list[Put]:
    """Have what stands in each output know of what is put there."""

    def both(output: int, put: Put) -> Put:
        def put_and_tell(record: msgspec.Struct) -> None:
            put(record)
            standing.met(output, record)

        return put_and_tell

    return [both(output, put) for output, put in enumerate(puts)]


class Moves:
    """The offset maps of articles that were cut, put aside on disk; memory holds ids."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._places: dict[str, int] = {}
        self._decode = msgspec.json.Decoder(OffsetMap).decode

    def add(self, moved: OffsetMap) -> None:
        """Put the map of an article aside."""
        self._places[moved.article] = self._spool.add(msgspec.json.encode(moved))

    def carry(self, annotation: Annotation, ledger: Ledger) -> Annotation:
        """Carry an annotation over; where its article was not cut, it stays as it is."""
        place = self._places.get(annotation.article)
        still = OffsetMap(article=annotation.article, hash=annotation.hash, cleaned_from=annotation.hash, removed=())
        return carry(annotation, still if place is None else self._decode(self._spool.get(place)), ledger)


def _counted(articles: Iterable[Article], path: Path) -> Repetition:
    repetition, seen = Repetition(), set[str]()
    for article in articles:
        if article.id in seen:
            raise InputError(
                f"article id {article.id!r} stands twice", path=path, remedy="give each article an id of its own"
            )
        seen.add(article.id)
        repetition.count(article)
    if not seen:
        raise InputError("holds no articles", path=path, remedy="check the path")
    return repetition


def _count(report: Report, article: Article, done: Cleaned, owners: dict[bytes, str]) -> None:
    """Count an article; `owners` are the first articles of each text by its hash."""
    owner = owners.setdefault(bytes.fromhex(done.article.hash), article.id)
    if owner != article.id and article.duplicate_of is None:
        report.same.append((article.id, owner))
    report.spans_in_meta += done.moved is not None and "spans" in article.meta
    report.articles += 1
    report.changed += done.moved is not None
    for cut in done.cuts:
        report.cuts[cut.kind] = report.cuts.get(cut.kind, 0) + 1
    report.characters += len(article.text)
    report.removed += len(article.text) - len(done.article.text)
