"""Punctuation at the edges of a phrase, and quotation marks and brackets that do not pair."""

import unicodedata
from collections.abc import Iterator

import regex

from rolecall.annotate.checks.abbreviations import closes_abbreviation, lacks_stop

_BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "（": "）",
    "［": "］",
    "【": "】",
    "《": "》",
    "〈": "〉",
    "「": "」",
    "『": "』",
}
_CLOSING = {close: start for start, close in _BRACKETS.items()}
# Quotation marks by family; which of them opens differs between languages, that they come in pairs does not.
_FAMILIES = ('"“”„‟＂', "«»", "‹›")
_FAMILY = {mark: family for family in _FAMILIES for mark in family}
_APOSTROPHES = "'’‘ʼʻ‛`´"
_PLAIN = regex.compile(r"[\p{L}\p{M}\p{N} ]+")
_LACKS = "leaves out the last full stop of an abbreviation"
_CALLS = "!?¡¿…！？"
_FAIR_FIRST = "#@§¿¡&*%" + _APOSTROPHES
_FAIR_LAST = "%‰*#&" + _APOSTROPHES  # the apostrophe of "workers'" may stay


def complaints(text: str, start: int, end: int, allow: str = "") -> Iterator[str]:
    """Yield what is wrong with the punctuation of `text[start:end]`; marks in `allow` are fine at the edges."""
    phrase = text[start:end]
    if _PLAIN.fullmatch(phrase):
        if lacks_stop(text, end):
            yield _LACKS
        return
    paired = list(_unpaired(phrase))
    yield from paired
    if not paired and (wrapper := _wrapper(phrase)):
        yield f"stands in {wrapper}"
        return
    first, last = phrase[0], phrase[-1]
    if _mark(first) and first not in _FAIR_FIRST + allow and not _opens(phrase) and not _negative(phrase):
        yield f"begins with {first!r}"
    if len(phrase) == 1:
        return
    if last == "." and "." not in allow:
        if not closes_abbreviation(text, end):
            yield "ends with a full stop"
    elif _mark(last) and last not in _FAIR_LAST + allow and last not in _CLOSING and last not in _FAMILY:
        if last in _CALLS and _quoted(text, start, end):
            return
        yield f"ends with {last!r}"
    elif lacks_stop(text, end):
        yield _LACKS


def _quoted(text: str, start: int, end: int) -> bool:
    """Tell whether a phrase fills a pair of quotation marks, as a name with its mark does: «Алға!» партиясы."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return bool(before and after) and (_FAMILY.get(before, "").find(after) >= 0 or (before in "'‘" and after in "'’"))


def _mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "P"


def _opens(phrase: str) -> bool:
    """Tell whether a phrase begins with a bracket or quotation mark; whether it closes is told elsewhere."""
    return phrase[0] in _BRACKETS or phrase[0] in _FAMILY


def _negative(phrase: str) -> bool:
    """Tell a minus, or the point of a decimal."""
    return phrase[0] in "-–." and phrase[1:2].isdecimal()


def _wrapper(phrase: str) -> str | None:
    """Say what a whole phrase stands in: one pair of brackets or quotation marks, at its two ends."""
    if len(phrase) < 3:
        return None
    first, last, inner = phrase[0], phrase[-1], phrase[1:-1]
    family = _FAMILY.get(first)
    if family and last in family and not any(mark in family for mark in inner):
        return "quotation marks"
    if _BRACKETS.get(first) == last and first not in inner and last not in inner:
        return "brackets"
    if first in "'‘‚" and last in "'’‘" and not any(mark in _APOSTROPHES for mark in inner):
        return "quotation marks"
    return None


def _unpaired(phrase: str) -> Iterator[str]:
    """Yield which brackets and quotation marks lack their partner inside a phrase."""
    stack: list[str] = []
    for letter in phrase:
        if letter in _BRACKETS:
            stack.append(letter)
        elif letter in _CLOSING:
            if stack and stack[-1] == _CLOSING[letter]:
                stack.pop()
            else:
                yield f"closes {letter!r} without opening it"
    for letter in stack:
        yield f"opens {letter!r} without closing it"
    for family in _FAMILIES:
        marks = [at for at, letter in enumerate(phrase) if letter in family and not _inch(phrase, at)]
        if len(marks) % 2:
            yield "has a quotation mark without its partner"
    if (phrase[0] in "‘‚" and not any(mark in phrase for mark in "’'")) or phrase[-1] == "‘":
        yield "has a quotation mark without its partner"


def _inch(phrase: str, at: int) -> bool:
    return phrase[at] == '"' and at > 0 and phrase[at - 1].isdecimal() and phrase.count('"') == 1
