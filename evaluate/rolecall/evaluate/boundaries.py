"""What the words are that one span takes in and another of its role leaves out: an article, a preposition, a title.

The classes are rules over English function words; of another language only what characters tell is said. They name
what is to be looked at, and decide nothing.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from rolecall.core.records import Span


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ARTICLES = _set("a an the")
PREPOSITIONS = _set(
    "about above across after against along among around as at before behind below beneath beside between beyond by "
    "down during for from in inside into near off on onto out outside over past since through throughout till to "
    "toward towards under until up upon via with within without"
)
HEDGES = _set(
    "about around almost nearly roughly approximately some over under only just at least most more less fewer than up "
    "to as many an estimated several all another"
)
NUMBERS = _set(
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred hundreds thousand thousands million dozen dozens scores several many few"
)
RELATIVES = _set("who whom whose which that where when")
POSSESSIVES = _set("her his its their our my your")
AND = _set("and or &")


class Trait(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A mark of a disagreement; `by` is the reader who takes the words in, marks the span, or has it whole."""

    name: str
    by: str = ""


class Told(NamedTuple):
    """A trait in words: what one takes in, and the words by which guidelines would speak of it (a pattern)."""

    words: str
    spoken: str


TOLD = {
    "article": Told("the article", r"articles?"),
    "preposition": Told("the preposition before it", r"prepositions?"),
    "hedge": Told("the hedge", r"hedges?"),
    "quantity": Told("the quantity before it", r"quantit(?:y|ies)|numbers?"),
    "description": Told("the title or description before the name", r"descriptions?|descriptors?|titles?|names?"),
    "part": Told("the part before the of", r"of-phrases?"),
    "possessor": Told("the possessor", r"possessives?|possessors?"),
    "class word": Told("the class word after the name", r"class words?|generic|names?"),
    "modifier": Told("the words before the head noun", r"adjectives?|premodifiers?|modifiers?|noun phrase|shortest"),
    "coordination": Told("the other half of a coordination", r"coordinat\w+|conjunctions?|lists?"),
    "apposition": Told("what follows after a comma", r"appositions?|comma"),
    "of-phrase": Told("the of-phrase", r"of-phrases?"),
    "prepositional phrase": Told("the prepositional phrase after it", r"prepositional|prepositions?|shortest"),
    "relative clause": Told("the relative clause", r"relative clauses?"),
    "possessive": Told("the possessive ending", r"possessives?|possessors?"),
    "noun": Told("the noun after the quantity", r"nouns?"),
    "number": Told("the number after it", r"years?|numbers?|dates?"),
    "words after": Told("the words after it", r"shortest|phrases?"),
    "punctuation": Told("punctuation or space at the edge", r"punctuation|quot\w+|full stop|spaces?|comma"),
    "part of a word": Told("the rest of a word", r"words?|half|anti-"),
    "words before": Told("the words before it", r"shortest|phrases?"),
}
"""The traits of boundaries."""


def edges(one: Span, other: Span, by: tuple[str, str], lang: str | None = None) -> tuple[Trait, ...]:
    """Say what lies between the starts and between the ends of two spans that overlap; `by` are their readers."""
    found = []
    english = _english(lang)
    if one.start != other.start:
        at = 0 if one.start < other.start else 1
        longer, later = (one, other) if at == 0 else (other, one)
        cut = later.start - longer.start
        found.append(Trait(_before(longer.text[:cut], longer.text[cut:], english=english), by[at]))
    if one.end != other.end:
        at = 0 if one.end > other.end else 1
        longer, shorter = (one, other) if at == 0 else (other, one)
        cut = shorter.end - longer.start
        found.append(Trait(_after(longer.text[:cut], longer.text[cut:], english=english), by[at]))
    return tuple(dict.fromkeys(found))


def gap(whole: Span, parts: Sequence[Span], by: str, lang: str | None = None) -> Trait:
    """Say what stands between the first two parts of a span that one reader has whole."""
    first, second = sorted(parts, key=lambda span: span.key)[:2]
    between = whole.text[first.end - whole.start : max(first.end, second.start) - whole.start]
    words = _words(between) if _english(lang) else []
    if any(word in AND for word in words) or (not words and "," in between):
        return Trait("coordination", by)
    if words and words[0] in PREPOSITIONS:
        return Trait("preposition between", by)
    if re.match(r"['’]s?(?:\W|$)", between):
        return Trait("possessor", by)
    return Trait("side by side" if not between.strip() else "words between", by)


def _english(lang: str | None) -> bool:
    """Whether the rules for English hold; an article that does not say is taken for English."""
    return lang is None or lang.lower().split("-")[0] == "en"


def _words(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"[\w’'&-]+", text)]


class _Cut(NamedTuple):
    """The words of one side only, and the common part; `words` are those of `extra`, `beside` the nearest of `rest`."""

    extra: str
    rest: str
    words: list[str]
    beside: str

    @property
    def last(self) -> str:
        """The last word that is no article."""
        return next((word for word in reversed(self.words) if word not in ARTICLES), "")


_Rules = tuple[tuple[str, Callable[[_Cut], bool]], ...]

_BEFORE_ANY: _Rules = (
    ("part of a word", lambda cut: cut.extra[-1:].isalnum() and cut.rest[:1].isalnum()),
    ("punctuation", lambda cut: not cut.words),
)
_BEFORE: _Rules = (
    ("article", lambda cut: ARTICLES.issuperset(cut.words)),
    ("coordination", lambda cut: cut.words[-1] in AND or cut.extra.rstrip().endswith(",")),
    ("hedge", lambda cut: HEDGES.issuperset(cut.words) and _numeric(cut.beside)),
    ("part", lambda cut: cut.last == "of"),
    ("preposition", lambda cut: cut.last in PREPOSITIONS or cut.words[0] in PREPOSITIONS),
    ("possessor", lambda cut: cut.last in POSSESSIVES or re.search(r"['’]s?$", cut.last) is not None),
    ("quantity", lambda cut: all(_numeric(word) or word in HEDGES for word in cut.words)),
    ("description", lambda cut: cut.rest[:1].isupper()),
    ("modifier", lambda _: True),
)
"""What stands before the common part: the first rule that holds names it."""
_AFTER_ANY: _Rules = (
    ("possessive", lambda cut: re.match(r"\s*['’]s?(?:\W|$)", cut.extra) is not None),
    ("part of a word", lambda cut: cut.rest[-1:].isalnum() and cut.extra[:1].isalnum()),
    ("punctuation", lambda cut: not cut.words),
)
_AFTER: _Rules = (
    ("coordination", lambda cut: cut.words[0] in AND or ("," in cut.extra and not AND.isdisjoint(cut.words))),
    ("number", lambda cut: all(word.isdecimal() for word in cut.words)),
    ("apposition", lambda cut: cut.extra.lstrip().startswith(",")),
    ("of-phrase", lambda cut: cut.words[0] == "of"),
    ("relative clause", lambda cut: cut.words[0] in RELATIVES),
    ("prepositional phrase", lambda cut: cut.words[0] in PREPOSITIONS),
    ("noun", lambda cut: _numeric(cut.beside.casefold())),
    ("class word", lambda cut: cut.beside[:1].isupper() and cut.extra == cut.extra.lower()),
    ("words after", lambda _: True),
)
"""What stands after it."""


def _before(extra: str, rest: str, *, english: bool) -> str:
    cut = _Cut(extra, rest, _words(extra), next(iter(_words(rest)), ""))
    return _first((*_BEFORE_ANY, *_BEFORE) if english else (*_BEFORE_ANY, ("words before", lambda _: True)), cut)


def _after(rest: str, extra: str, *, english: bool) -> str:
    cut = _Cut(extra, rest, _words(extra), next(reversed(re.findall(r"[\w-]+", rest)), ""))
    return _first((*_AFTER_ANY, *_AFTER) if english else (*_AFTER_ANY, ("words after", lambda _: True)), cut)


def _first(rules: _Rules, cut: _Cut) -> str:
    return next(name for name, holds in rules if holds(cut))


def _numeric(word: str) -> bool:
    return any(map(str.isdecimal, word)) or not NUMBERS.isdisjoint(word.split("-"))
