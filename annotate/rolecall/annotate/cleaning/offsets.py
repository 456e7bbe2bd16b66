"""Offset maps: where each character of a cleaned text stands in the original, and where labels go when text is cut."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Self

import msgspec

from rolecall.annotate.cleaning.cuts import Stretch, apart, remove
from rolecall.core.records import text_hash


class OffsetMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the text of one article became another: `removed` are half-open stretches of the original.

    `hash` is of the text as it is now, `cleaned_from` of the text as it was. Raises ValueError where the stretches are
    not sorted and apart.
    """

    article: str
    hash: str
    cleaned_from: str
    removed: tuple[Stretch, ...]

    def __post_init__(self) -> None:
        if not apart(self.removed) or (self.removed and self.removed[0][0] < 0):
            raise ValueError(f"article {self.article!r}: the removed stretches are not sorted and apart")

    @classmethod
    def of(cls, article: str, text: str, removed: Sequence[Stretch]) -> Self:
        """Make the map of a text from which these stretches go."""
        after = text_hash(remove(text, removed))
        return cls(article=article, hash=after, cleaned_from=text_hash(text), removed=tuple(removed))

    def apply(self, text: str) -> str:
        """Return the original without what is removed."""
        return remove(text, self.removed)

    def forward(self, start: int, end: int) -> Stretch | None:
        """Return where a stretch of the original stands now, less what of it is removed; None when nothing is left."""
        now = self._now(start), self._now(end)
        return now if now[0] < now[1] else None

    def backward(self, start: int, end: int) -> Stretch:
        """Return where a stretch of the cleaned text stood in the original, with what was removed inside it.

        The inverse of `forward`: `forward(*backward(start, end)) == (start, end)`.
        """
        return self._before(start), self._before(end - 1) + 1

    def quote(self, start: int, end: int, text: str) -> str:
        """Return what is left of a stretch of the original whose quote is `text`."""
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in self.removed if a < end and b > start]
        return remove(text, inside)

    def _now(self, position: int) -> int:
        number = bisect_right(self.removed, (position,))  # how many begin before it
        return position - sum(min(b, position) - a for a, b in self.removed[:number])

    def _before(self, position: int) -> int:
        lengths = [b - a for a, b in self.removed]
        places = [a - gone for (a, _), gone in zip(self.removed, accumulate(lengths, initial=0), strict=False)]
        return position + sum(lengths[: bisect_right(places, position)])
