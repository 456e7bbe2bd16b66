"""Write articles with the fields that were found, and sum up what is new in them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from rolecall.annotate.stories import Duplicate, Found
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import Names, join
from rolecall.core.records import Article
from rolecall.core.wording import few

_encode = msgspec.json.Encoder().encode


class Size(msgspec.Struct, frozen=True):
    """A group of articles, and how many it has."""

    group: str
    articles: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found: articles, those of them without a date, and the groups that they make."""

    articles: int
    undated: int
    duplicates: int
    """Near-duplicates, those named before included."""
    new_duplicates: list[Duplicate]
    stories: int
    in_stories: int
    """Articles that have a story."""
    new_stories: int
    grown_stories: int
    """Stories that were there, and took in articles."""
    sizes: dict[int, int]
    """How many stories have how many articles, duplicates included."""
    groups: int
    """What is never torn apart: stories, originals with their duplicates, and articles that stand alone."""
    largest: list[Size]
    apart: list[tuple[str, str]]
    """Near-duplicates in different stories, which were given before."""


def sum_up(found: Found) -> Report:
    """Count what was found; the five largest groups are named."""
    before = {one.story for one in found.before if one.story is not None}
    stories = Counter(one.story for one in found.after if one.story is not None)
    joined = Counter(join(found.after).values())
    grown = {
        late.story
        for early, late in zip(found.before, found.after, strict=True)
        if early.story is None and late.story in before
    }
    return Report(
        articles=len(found.after),
        undated=found.undated,
        duplicates=sum(one.duplicate_of is not None for one in found.after),
        new_duplicates=found.duplicates,
        stories=len(stories),
        in_stories=stories.total(),
        new_stories=len(stories.keys() - before),
        grown_stories=len(grown),
        sizes=dict(sorted(Counter(stories.values()).items())),
        groups=len(joined),
        largest=[Size(name, count) for name, count in sorted(joined.items(), key=lambda each: (-each[1], each[0]))[:5]],
        apart=found.apart,
    )


def fill(
    articles: Iterable[Article],
    out: Path,
    search: Callable[[], Found],
    *,
    anew: bool = False,
    overwrite: bool = False,
) -> Found:
    """Search for the fields, write every article with them, in order, and return what was found.

    Raises InputError where an existing output has an article or a field that would be lost or changed (fields do not
    count when they were found `anew`), unless `overwrite` is given; nothing is written then. That the output can be
    written is known before the search begins. The articles may come from the output itself.
    """
    if out.is_dir():
        raise InputError("is a folder", path=out, remedy="name a file")
    missing = {} if overwrite or not out.is_file() else _there(out, anew=anew)
    with jsonl.open_atomic(out) as file:
        found = search()
        for article in _filled(articles, found.after, out):
            if (old := missing.get(article.id)) is not None and old.kept_by(article, anew=anew):
                del missing[article.id]
            file.write(_encode(article) + b"\n")
        if missing:
            raise InputError(
                f"{len(missing):,} of its records would be lost or changed: {', '.join(few(missing, 5))}",
                path=out,
                remedy="give that file as input, to keep what it says; or choose another --out; or add --overwrite",
            )
    return found


def _filled(articles: Iterable[Article], names: list[Names], out: Path) -> Iterator[Article]:
    rows = iter(names)
    for article in articles:
        one = next(rows, None)
        if one is None or (one.id, one.hash) != (article.id, article.hash):
            raise InputError(
                f"the articles changed while they were compared, at {article.id!r}",
                path=out,
                remedy="run the command again",
            )
        yield msgspec.structs.replace(article, story=one.story, duplicate_of=one.duplicate_of)


class _Old(msgspec.Struct, frozen=True):
    """What a record of the old output says: a digest of all but the two fields, and these."""

    rest: bytes
    story: str | None
    duplicate_of: str | None

    def kept_by(self, article: Article, *, anew: bool) -> bool:
        """Whether a new record says at least the same."""
        if self.rest != _digest(article):
            return False
        same = (self.story or article.story) == article.story
        return anew or (same and (self.duplicate_of or article.duplicate_of) == article.duplicate_of)


def _there(out: Path, *, anew: bool) -> dict[str, _Old]:
    return {
        article.id: _Old(_digest(article), None if anew else article.story, None if anew else article.duplicate_of)
        for article in jsonl.read(out, Article)
    }


def _digest(article: Article) -> bytes:
    bare = msgspec.structs.replace(article, story=None, duplicate_of=None)
    return hashlib.blake2b(_encode(bare), digest_size=16).digest()
