"""Leaks: articles of the training side that give away articles of the test side."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from rolecall.core.groups import Names, join
from rolecall.core.records import Article
from rolecall.core.similar import NearIndex

Reason = Literal["same text", "near-duplicate", "same story"]


class Leak(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An article of the training side and one of the test side that it gives away; `likeness` of near-duplicates."""

    train: str
    test: str
    reason: Reason
    likeness: float | None = None


def find_leaks(train: Iterable[Article], test: Iterable[Article]) -> list[Leak]:
    """Return every leak, ordered by test and training article, each pair under the first reason that fits.

    The same text is the same hash; near-duplicates are those of `rolecall.core.similar`; a story is a group of
    `rolecall.core.groups`, also where articles of the training side join it. Memory grows with the test side, and with
    the ids of the training side.
    """
    index = NearIndex()
    texts: dict[str, list[str]] = {}
    tested: list[Names] = []
    for article in test:
        index.add(article.id, article.text)
        texts.setdefault(article.hash, []).append(article.id)
        tested.append(_names(article))
    found: dict[tuple[str, str], Leak] = {}
    trained: list[Names] = []

    def note(leak: Leak) -> None:
        found.setdefault((leak.test, leak.train), leak)

    for article in train:
        for other in texts.get(article.hash, ()):
            note(Leak(train=article.id, test=other, reason="same text"))
        for near in index.find(article.text):
            note(Leak(train=article.id, test=near.key, reason="near-duplicate", likeness=round(near.likeness, 3)))
        trained.append(_names(article))
    group_of = join([*tested, *trained])
    stories: dict[str, list[str]] = {}
    for own in tested:
        stories.setdefault(group_of[own.id], []).append(own.id)
    for own in trained:
        for other in stories.get(group_of[own.id], ()):
            note(Leak(train=own.id, test=other, reason="same story"))
    return [found[pair] for pair in sorted(found)]


def _names(article: Article) -> Names:
    return Names(article.id, article.hash, article.story, article.duplicate_of)
