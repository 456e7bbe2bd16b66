"""One article without its page furniture."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from rolecall.annotate.cleaning.cuts import Cut, Kind, removals
from rolecall.annotate.cleaning.furniture import find
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.annotate.cleaning.repetition import Repetition
from rolecall.core.records import Article

ORIGIN = "cleaned_from"
"""The key of an article's meta that holds the hash of the text it was cut from."""


class Cleaned(NamedTuple):
    """An article without furniture, what was cut, and the offset map; no map where nothing was."""

    article: Article
    cuts: list[Cut]
    moved: OffsetMap | None


def clean(article: Article, *, repetition: Repetition | None = None, keep: Collection[Kind] = ()) -> Cleaned:
    """Cut the furniture out of an article, but for the kinds to `keep`; where there is none it comes back as it was."""

    def repeated(line: str) -> str | None:
        return repetition.reason(article.source, line) if repetition else None

    found = [each for each in find(article.text, article.title, repeated=repeated) if each.kind not in keep]
    if not found:
        return Cleaned(article, [], None)
    cuts = [
        Cut(article=article.id, start=start, end=end, text=article.text[start:end], kind=kind, reason=reason)
        for start, end, kind, reason in found
    ]
    moved = OffsetMap.of(article.id, article.text, removals(article.text, ((cut.start, cut.end) for cut in cuts)))
    text, meta = moved.apply(article.text), {**article.meta, ORIGIN: article.hash}
    return Cleaned(msgspec.structs.replace(article, text=text, hash=moved.hash, meta=meta), cuts, moved)
