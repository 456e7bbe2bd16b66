"""What is cut from a text, and which white space goes with it, so that paragraphs stay apart and no gap doubles.

A cut names the furniture itself, from its first letter to its last. What is removed is a little more: one of the two
gaps beside it. The text that is left is made by removal alone, so every offset of it has one place in the original.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import msgspec
import regex

Kind = Literal[
    "navigation",
    "cookie",
    "browser",
    "share",
    "read-more",
    "related",
    "credit",
    "caption",
    "newsletter",
    "comment",
    "fused",
    "other",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
Stretch = tuple[int, int]

_BREAK = regex.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = "\u200b\u2060\ufeff"


class Cut(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A stretch of an article's text that is page furniture; offsets as of a span, `text` its quote.

    A gold file holds the same records without a reason.
    """

    article: str
    start: int
    end: int
    text: str
    kind: Kind
    reason: str = ""


class Line(NamedTuple):
    """A line of a text without the white space at its edges; `gap` counts the line ends between it and the one before.

    From 2 on a blank line stands between them.
    """

    start: int
    end: int
    text: str
    gap: int


def blank(character: str) -> bool:
    """Whether a character is white space, or one that nobody sees."""
    return character.isspace() or character in _INVISIBLE


def lines_of(text: str) -> list[Line]:
    """Split a text into its lines, blank ones left out."""
    found: list[Line] = []
    gap, start = 0, 0
    for end, after in _ends(text):
        first, last = start, end
        while first < last and blank(text[first]):
            first += 1
        while last > first and blank(text[last - 1]):
            last -= 1
        if first < last:
            found.append(Line(first, last, text[first:last], gap))
            gap = 0
        gap += 1
        start = after
    return found


def _ends(text: str) -> Iterator[Stretch]:
    for match in _BREAK.finditer(text):
        yield match.span()
    yield len(text), len(text)


def remove(text: str, stretches: Iterable[Stretch]) -> str:
    """Return the text without these stretches, which are sorted and apart."""
    bounds = [0, *(bound for stretch in stretches for bound in stretch), len(text)]
    return "".join(text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def removals(text: str, cuts: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return what to remove so that the cuts are gone, sorted and apart.

    Between two lines that meet then, the wider of the two gaps stays, at most one blank line; the end of the text stays
    as it was. Cuts with nothing but white space between them go as one.
    """
    blocks: list[Stretch] = []
    for start, end in sorted(cuts):
        if blocks and all(map(blank, text[blocks[-1][1] : start])):
            blocks[-1] = blocks[-1][0], max(end, blocks[-1][1])
        else:
            blocks.append((start, end))
    return tuple(part for block in blocks for part in _widened(text, *block) if part[0] < part[1])


def _widened(text: str, start: int, end: int) -> list[Stretch]:
    """Return what goes with one cut: it, and all of the white space beside it but one gap."""
    left, right = start, end
    while left > 0 and blank(text[left - 1]):
        left -= 1
    while right < len(text) and blank(text[right]):
        right += 1
    before, after = _breaks(text, left, start), _breaks(text, end, right)
    if left == 0:
        return [(0, right)]
    if right == len(text):
        return [(left, after[0][0]), (after[0][1], right)] if after else [(left, right)]
    if not before:  # the end of a line, or its middle
        return [(left, end)] if after or left < start else [(start, end)]
    if not after:
        return [(start, right)]
    indent = after[-1][1]  # white space from here on belongs to the line that follows
    if len(before) >= min(2, len(after)):
        return [(before[:2][-1][1], indent)]
    return [(left, after[0][0]), (after[:2][-1][1], indent)]


def _breaks(text: str, start: int, end: int) -> list[Stretch]:
    return [match.span() for match in _BREAK.finditer(text, start, end)]


def apart(stretches: Iterable[Stretch]) -> bool:
    """Whether stretches are sorted, and none is empty or touches the next."""
    listed = list(stretches)
    return all(start < end for start, end in listed) and all(one[1] < two[0] for one, two in pairwise(listed))
