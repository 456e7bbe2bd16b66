"""Where a region stands in an article's text: offsets as Label Studio wrote them, checked and, where need be, mended.

Label Studio counts Unicode code points, as we do. Other versions and tools have counted UTF-16 code units, as
JavaScript does; the quote beside the offsets then tells, wherever a character outside the Basic Multilingual Plane
stands before.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from rolecall.annotate.wire import Json, labels_of, value_of

_IGNORED = re.compile(r"\\n|\s+")
"""What Label Studio's quotes do not keep: a line end becomes a backslash and an n, spaces collapse."""


class Place(NamedTuple):
    """A stretch of the text, half-open in code points; `mended` says in a few fixed words what was wrong with it."""

    start: int
    end: int
    mended: str = ""


class Misplaced(NamedTuple):
    """Offsets that name no stretch of the text, with the reason in a few fixed words."""

    reason: str


def place(start: Any, end: Any, text: str, *, utf16: bool = False) -> Place | Misplaced:
    """Find the stretch that two offsets mean, in UTF-16 code units if so told; white space at its edges goes."""
    if type(start) is not int or type(end) is not int:
        return Misplaced("offsets are no whole numbers")
    if start >= end:
        return Misplaced("empty" if start == end else "reversed")
    mended = []
    if utf16:
        bounds = _from_utf16(start, end, text)
        if bounds is None:
            return Misplaced("out of range")
        mended = ["UTF-16 offsets"] if bounds != (start, end) else []
        start, end = bounds
    if start < 0 or end > len(text):
        return Misplaced("out of range")
    quote = text[start:end]
    if not (bare := quote.strip()):
        return Misplaced("nothing but white space")
    if bare != quote:
        mended.append("white space at the edge")
        start += len(quote) - len(quote.lstrip())
        end = start + len(bare)
    return Place(start, end, " and ".join(mended))


def in_utf16(regions: Iterable[Json], text: str) -> bool:
    """Tell whether an annotation's offsets count UTF-16 code units: its quotes say so, and not one says otherwise."""
    if text.isascii() or max(text) <= "\uffff":
        return False
    votes = {_fits_utf16_only(region, text) for region in regions if labels_of(region)}
    return True in votes and False not in votes


def _fits_utf16_only(region: Json, text: str) -> bool | None:
    """Whether a region's quote stands there only by UTF-16; None where the quote does not tell."""
    value = value_of(region)
    start, end, quote = value.get("start"), value.get("end"), value.get("text")
    if type(start) is not int or type(end) is not int or not isinstance(quote, str) or not 0 <= start < end:
        return None
    bounds = _from_utf16(start, end, text)
    ours = end <= len(text) and same(quote, text[start:end])
    theirs = bounds is not None and same(quote, text[slice(*bounds)])
    return None if ours == theirs else theirs


def same(quote: str, stretch: str) -> bool:
    """Whether a quote of Label Studio's can be of this stretch of text."""
    return quote == stretch or _IGNORED.sub("", quote) == _IGNORED.sub("", stretch)


def _from_utf16(start: int, end: int, text: str) -> tuple[int, int] | None:
    """Turn offsets in UTF-16 code units into code points; None where they split a character or lie outside."""
    units = text.encode("utf-16-le", "surrogatepass")
    if start < 0 or 2 * end > len(units):
        return None
    try:
        before = units[: 2 * start].decode("utf-16-le")
        inside = units[2 * start : 2 * end].decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return len(before), len(before) + len(inside)
