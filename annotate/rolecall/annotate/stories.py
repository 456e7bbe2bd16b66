"""Fill in `duplicate_of` and `story`: near-duplicates by their wording, reports of one event by their words and dates.

A report is put into a story when it is similar to its reports on average. A story that is torn gives away test articles
and makes intervals too narrow, unseen; one that is too large only makes the splits coarser and the intervals wider. So
the defaults rather join than tear.
"""

from array import array
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from rolecall.annotate import vectors
from rolecall.annotate.copies import Copies, find_copies
from rolecall.annotate.families import Families, original_name, settled
from rolecall.annotate.linkage import Limits, Texts, link
from rolecall.annotate.vectors import UNDATED, Watch, Words
from rolecall.core import similar
from rolecall.core.errors import InputError
from rolecall.core.groups import Names
from rolecall.core.records import Article
from rolecall.core.similar import Hashes

LIKENESS = similar.THRESHOLD
"""Share of common word sequences from which an article is a near-duplicate of another."""
SIMILARITY = 0.1
"""Mean similarity from which reports are of one story.

Chosen on the training topics of ECB+ by the F2 of B-cubed, in which recall counts twice: a torn story costs it.
"""
DAYS = 30
"""Days that two reports of one story may lie apart, and two halves of a story on average."""


class Settings(NamedTuple):
    """From when on articles are duplicates, or of one story; see the constants of these names."""

    likeness: float = LIKENESS
    similarity: float = SIMILARITY
    days: int = DAYS


DEFAULTS = Settings()


class Corpus:
    """What is kept of articles to compare them, by row; about 6 KB for one of 400 words, without its text."""

    def __init__(self) -> None:
        self.names: list[Names] = []
        self.row_of: dict[str, int] = {}
        self.days = array("q")
        self.shingles: list[Hashes] = []
        self.signatures: list[Hashes] = []
        self.words: list[Words] = []

    def add(self, article: Article, *, anew: bool) -> None:
        """Add an article with a new id, without the fields it has if they are to be found `anew`."""
        self.row_of[article.id] = len(self.names)
        fields = (None, None) if anew else (article.story or None, article.duplicate_of or None)
        self.names.append(Names(article.id, article.hash, *fields))
        self.days.append(day_of(article.published))
        words = similar.split_words(article.text)
        hashes = similar.hash_words(words)
        self.shingles.append(similar.shingle(hashes))
        self.signatures.append(similar.signature(self.shingles[-1]))
        self.words.append(vectors.count_words(words, hashes))


def day_of(published: str | None) -> int:
    """Return the ordinal of the day in an ISO 8601 date or time, or UNDATED."""
    for read in (datetime.fromisoformat, lambda text: date.fromisoformat(text[:10])):
        try:
            return read(published or "").toordinal()
        except ValueError:
            continue
    return UNDATED


class Duplicate(msgspec.Struct, frozen=True):
    """An article that was found to be a near-duplicate, of which one, and how like it is, in [0, 1]."""

    article: str
    duplicate_of: str
    likeness: float


class Found(NamedTuple):
    """The fields of each article before and after the search, in the order of the articles, and what is new in them."""

    before: list[Names]
    after: list[Names]
    duplicates: list[Duplicate]
    undated: int
    apart: list[tuple[str, str]]
    """Near-duplicates that had different stories, and keep them; where one names the other, groups join the stories."""


def find(
    articles: Iterable[Article],
    settings: Settings = DEFAULTS,
    *,
    anew: bool = False,
    watch: Watch = vectors.plain,
    path: Path | None = None,
) -> Found:
    """Find duplicates and stories; what the articles say of either already stays as it is, unless `anew`.

    A duplicate names the earliest of the articles that it is like, by date and then by place. A new story is named by
    the first of its articles; one that is there takes in new reports under its name. An article that nothing is like
    stays without a story. Raises InputError, naming `path`, for an id that stands twice.
    """
    corpus = _read(watch(articles, "Reading articles"), anew=anew, path=path)
    copies = _find_copies(corpus, settings, watch)
    families = Families(corpus.names, copies.original)
    families.join_known(corpus.row_of)
    apart = families.join_kin(copies.kin)
    days = np.array(corpus.days, dtype=np.int64)
    days = days[families.nodes]
    weighed = vectors.weigh([corpus.words[row] for row in families.nodes], days)
    corpus.words = []
    pairs = vectors.find_pairs(weighed, days, window=settings.days, threshold=settings.similarity, watch=watch)
    limits = Limits(settings.similarity, settings.days)
    groups = link(Texts(weighed.rows, days), pairs, families.groups(), families.numbers(), limits)
    return _found(corpus, copies, families.stories(groups), apart)


def _read(articles: Iterable[Article], *, anew: bool, path: Path | None) -> Corpus:
    corpus = Corpus()
    for article in articles:
        if article.id in corpus.row_of:
            raise InputError(
                f"article id {article.id!r} stands twice",
                path=path,
                remedy="give each article an id of its own, or remove one",
            )
        corpus.add(article, anew=anew)
    if not corpus.names:
        raise InputError("holds no articles", path=path, remedy="bring some in: rolecall annotate ingest")
    return corpus


def _find_copies(corpus: Corpus, settings: Settings, watch: Watch) -> Copies:
    """Find the copies, and let go of what only that took."""
    known = settled(corpus.names, corpus.row_of)
    shingles, signatures = corpus.shingles, np.stack(corpus.signatures)
    corpus.shingles, corpus.signatures = [], []
    order = _order(corpus, known)
    return find_copies(shingles, signatures, order, known, threshold=settings.likeness, watch=watch)


def _order(corpus: Corpus, known: dict[int, int]) -> list[int]:
    """Return the rows so that an original comes before its copies: by what is settled, by day, and by place.

    Settled originals come first and then whatever has a field, so that a second search finds the same.
    """
    originals, last = set(known.values()), np.iinfo(np.int64).max

    def rank(row: int) -> tuple[bool, bool, int, int]:
        day = corpus.days[row]
        told = row in known or corpus.names[row].story is not None
        return row not in originals, not told, last if day == UNDATED else day, row

    return sorted(range(len(corpus.names)), key=rank)


def _found(corpus: Corpus, copies: Copies, stories: dict[int, str], apart: list[tuple[int, int]]) -> Found:
    names = corpus.names
    duplicates = [
        Duplicate(names[row].id, original_name(names, int(copies.original[row])), round(like, 3))
        for row, like in sorted(copies.likeness.items())
    ]
    named = {each.article: each.duplicate_of for each in duplicates}
    after = [
        Names(one.id, one.hash, one.story or stories.get(row), one.duplicate_of or named.get(one.id))
        for row, one in enumerate(names)
    ]
    undated = sum(day == UNDATED for day in corpus.days)
    return Found(names, after, duplicates, undated, [(names[one].id, names[other].id) for one, other in apart])
