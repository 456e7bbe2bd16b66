"""Groups: the articles that must not be torn apart in splits and in resampling.

Articles of one story, a duplicate and its original, and equal texts belong together, and so do those that are joined
by way of others: the duplicate of an article is in that article's story.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import msgspec

from rolecall.core import jsonl


class Kin(Protocol):
    """What tells to whom an article belongs, as `Article` has it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def hash(self) -> str: ...  # noqa: D102
    @property
    def story(self) -> str | None: ...  # noqa: D102
    @property
    def duplicate_of(self) -> str | None: ...  # noqa: D102


class Names(msgspec.Struct, frozen=True):
    """These fields of an article alone, which read much faster than the whole record."""

    id: str
    hash: str
    story: str | None = None
    duplicate_of: str | None = None


def join(articles: Iterable[Kin]) -> dict[str, str]:
    """Return the group of each article by id, in their order; the groups do not depend on the order.

    A group is named by its story, the least one where it has several, else by the original, else by the article.
    """
    parents: dict[str | bytes, str | bytes] = {}

    def root(name: str | bytes) -> str | bytes:
        while (parent := parents.setdefault(name, name)) != name:
            parents[name] = name = parents[parent]
        return name

    known: dict[str, tuple[bool, str]] = {}
    for article in articles:
        rank = article.story is None, article.story or article.duplicate_of or article.id
        known[article.id] = min(rank, known.get(article.id, rank))
        for other in (article.story, article.duplicate_of, bytes.fromhex(article.hash)):  # bytes: no name is like it
            if other is not None:
                parents[root(other)] = root(article.id)
    best: dict[str | bytes, tuple[bool, str]] = {}
    for name, rank in known.items():
        top = root(name)
        best[top] = min(rank, best.get(top, rank))
    return {name: best[root(name)][1] for name in known}


def read_groups(path: Path) -> dict[str, str]:
    """Return the group of each article of a file by id; memory grows with their number, about 0.5 KB each."""
    return join(jsonl.read(path, Names))
