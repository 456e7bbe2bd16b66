"""What a gate needs beside the scorecard, read from files."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.evaluate import card as cards
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.compare import refuse
from rolecall.evaluate.leaks import Leak
from rolecall.evaluate.losses import Loss


class Evidence(NamedTuple):
    """What was given beside the scorecard; None where it was not."""

    baseline: Scorecard | None = None
    losses: Sequence[Loss] | None = None
    leaks: Sequence[Leak] | None = None


def read_baseline(path: Path, card: Scorecard) -> Scorecard:
    """Read an older scorecard; raise InputError unless it compares with `card`."""
    older = cards.read(path)
    try:
        refuse(older, card)
    except InputError as error:
        raise InputError(error.what, path=path, remedy=error.remedy) from error
    return older


def to_learn(path: Path) -> Iterator[Article]:
    """Yield the articles of a file; raise InputError where there is none, of which nothing can be said."""
    empty = True
    for article in jsonl.read(path, Article):
        empty = False
        yield article
    if empty:
        raise _empty(path)


def to_score(path: Path, scored: Collection[str] | None = None) -> Iterator[Article]:
    """Yield the articles that are scored, or all of a file.

    Raises InputError for an id that stands twice, a scored article that the file lacks, or a file without articles.
    """
    file = jsonl.ArticleFile(path)
    if not file:
        raise _empty(path)
    for name in file if scored is None else scored:
        if name not in file:
            raise InputError(
                f"lacks article {name!r}, which is scored", path=path, remedy="give the articles that were scored"
            )
        yield file[name]


def _empty(path: Path) -> InputError:
    return InputError("holds no articles", path=path, remedy="give a file with at least one")
