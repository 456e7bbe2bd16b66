"""Labels that ran into a line of the story when the page became text: "kazakhstan land reforms 1Hundreds gathered".

What gives them away is the seam: a small letter or a digit that runs into a capital, a full stop that runs into a
letter. Where a space hides the seam, the label must be one that no writer would write: words in small letters and a
number, with a name among them that the story writes with a capital.
"""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import regex

from rolecall.annotate.cleaning.credits import judge_credit
from rolecall.annotate.cleaning.cuts import Kind
from rolecall.annotate.cleaning.shapes import judge, words_of

_SLUG = r"\p{Ll}{2,}(?:[ _-](?:\p{Ll}{2,}|\d{1,4})){1,7}"
_NUMBERED = rf"{_SLUG}[ _-]?\d{{1,3}}"
_AT_START = regex.compile(rf"(?P<label>{_NUMBERED}|{_SLUG}(?<=\p{{Ll}}))(?P<space> ?)(?=[\"“«„]?\p{{Lu}})")
_AT_END = regex.compile(rf"(?<=[\p{{L}}\d]{{3}}[.!?…]|[.!?…][\"”»’)])(?P<space>\s{{0,3}})(?P<label>{_NUMBERED})$")
_NUMBERS = regex.compile(rf"(?m)(?:^\s*|[.!?…\"”»]\s{{0,3}})(?P<label>{_NUMBERED})(?=\s*$|\s?[\"“«„]?\p{{Lu}})")
_ALONE = regex.compile(_NUMBERED)
_SEAM = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_STOP_SEAM = regex.compile(r"(?<=[\p{L}\d)]{2}[.!?…]|[.!?…][\"”»’)])(?=\p{L})")
_STOP = regex.compile(r"(?<=\p{L}{3}[.!?…])\s+(?=\p{L})")
_SHOUTED = regex.compile(
    r"(?:ADVERTISEMENT|ADVERTISING|РЕКЛАМА|ЖАРНАМА|PUBLICIDAD|ANZEIGE)\s+(?=[\"“«„]?\p{Lu}[\p{Ll}\s]+)"
    r"(?=\S*\p{Ll}|\S+ \S*\p{Ll})"
)
_OPENERS = frozenset(
    [
        "the",
        "a",
        "an",
        "in",
        "on",
        "at",
        "for",
        "after",
        "as",
        "when",
        "while",
        "since",
        "under",
        "with",
        "by",
        "from",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "he",
        "his",
        "she",
        "her",
        "they",
        "their",
        "there",
        "some",
        "many",
        "more",
        "most",
        "about",
        "over",
        "nearly",
        "two",
        "three",
        "police",
        "protesters",
        "several",
        "hundreds",
        "thousands",
        "в",
        "во",
        "на",
        "по",
        "после",
        "как",
        "когда",
        "это",
        "эти",
        "он",
        "она",
        "они",
        "его",
        "ее",
        "из",
        "за",
        "при",
        "с",
        "со",
        "более",
        "около",
    ]
)
_LABELS = 60
"""Characters of the longest label at the beginning of a line."""
_LAST = 180
"""Characters of the longest label at the end of a line."""
_STORY = 40
"""Characters of the shortest rest that is still a line of the story."""


class Label(NamedTuple):
    """A label at the edge of a line, offsets into the line."""

    start: int
    end: int
    reason: str
    kind: Kind = "fused"


def labels_in(line: str, text: str, *, opens: bool) -> list[Label]:
    """Return the labels at both edges of a line; `opens` is that a sentence of `text` must begin with the line."""
    if _ALONE.fullmatch(line):
        return [Label(0, len(line), "a picture's label in small letters")] if opens and _given_away(line, text) else []
    if len(line) < _STORY:
        return []
    labels = [_first(line, text) if opens else None, _last(line, text)]
    return [label for label in labels if label is not None and len(line) - (label.end - label.start) >= 25]


def _first(line: str, text: str) -> Label | None:
    if match := _AT_START.match(line):
        label = match["label"]
        glued, numbered = not match["space"], label[-1].isdigit()
        if (glued and numbered) or ((glued or numbered) and _given_away(label, text)):
            return Label(0, match.end("label"), "a picture's label that ran into the line")
    if match := _SHOUTED.match(line):
        return Label(0, len(match[0].rstrip()), "a label in capitals before a sentence")
    for seam in reversed(list(_SEAM.finditer(line, 0, _LABELS))):
        verdict = judge(line[: seam.start()])
        if verdict is not None:
            opener = next(words_of(line[seam.start() :]), "").lower()
            if verdict.weight == 3 or opener in _OPENERS:
                return Label(0, seam.start(), "a phrase of furniture that ran into the line")
    return None


def _last(line: str, text: str) -> Label | None:
    if (match := _AT_END.search(line)) and (not match["space"] or _given_away(match["label"], text)):
        return Label(match.start("label"), len(line), "a picture's label that ran into the line")
    late = max(_STORY, len(line) - _LAST)
    for seam in _STOP_SEAM.finditer(line, late):
        verdict = judge(line[seam.start() :])
        if verdict is not None and verdict.weight >= 2:
            return Label(seam.start(), len(line), "a phrase of furniture that ran into the line")
    for stop in _STOP.finditer(line, late):
        rest = line[stop.end() :]
        credit = judge_credit(rest)
        if credit is not None and credit.kind == "credit" and credit.weight == 3:
            return Label(stop.end(), len(line), "a picture's credit after the last sentence", "credit")
        verdict = judge(rest)
        if verdict is not None and verdict.weight == 3 and not line.endswith("."):
            return Label(stop.end(), len(line), "a phrase of furniture after the last sentence")
    return None


def _given_away(label: str, text: str) -> bool:
    """Whether a label is one of a series, or holds a name that the story writes with a capital and never without."""
    labels = _numbered(text)
    stem = label.rstrip("0123456789")
    if len({each for each in labels if each.rstrip("0123456789") == stem}) > 2:
        return True
    spelled = _spellings(text)
    here = 0 if label in labels else 1  # labels without a number are not told apart from the story
    words = filter(None, regex.split(r"[\W\d_]+", label))
    return any(spelled[word.capitalize()] > 0 and spelled[word] <= here for word in words)


@lru_cache(maxsize=2)
def _numbered(text: str) -> Counter[str]:
    return Counter(match["label"] for match in _NUMBERS.finditer(text))


@lru_cache(maxsize=2)
def _spellings(text: str) -> Counter[str]:
    """Count the words of a text outside of labels."""
    return Counter(words_of(_NUMBERS.sub(" ", text)))
