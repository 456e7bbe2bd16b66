"""The text of a count span as whole numbers: "around 50", "dozens", "at least 2,000", "half a million".

English words, and digits of any script. Many words leave the number open, so they stand for ranges by convention:

    few, handful   3 to 5       tens       20 to 99       dozens       24 to 99
    several        3 to 9       hundreds   200 to 999     scores       40 to 99
    a couple       about 2      thousands  2,000 to 9,999, and so on for millions and billions
    multiple       2 or more    tens of thousands  20,000 to 99,999; a few hundred  300 to 599

"Nearly", "some", "perhaps" and "or so" are one hedge, "about"; "up to" and "as many as" bound from above; "five of the
12" counts the five; "two to three hundred" starts at 200. No quantity at all: "many", "numerous"; a share ("91 per
cent", "half of the 12"); "10-15,000", which may start at 10 or at 10,000; anything with a word unknown here.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from text_to_num import text2num  # type: ignore[import-untyped]


class Quantity(NamedTuple):
    """What a count says: inclusive bounds, None where it sets none; never both None, never low above high."""

    low: int | None
    high: int | None
    approximate: bool


def parse(text: str) -> Quantity | None:
    """Normalise the text of a count span, or return None where it says no number that could be relied on."""
    return _hedged(_words(text))


def agree(a: Quantity, b: Quantity) -> bool:
    """Tell whether two quantities say the same: equal bounds, and both approximate or neither.

    "About 50" and "around 50" agree, and so do "more than 9" and "at least ten". "50" and "around 50" do not: the
    hedge belongs to the span, and to lose it turns an estimate into a count. "2,000" and "at least 2,000" do not
    either: agreement is equality, never overlap, so it is transitive.
    """
    return a == b


# Beyond these a text is no count, and numbers stay exact wherever they are read as floats.
_LONGEST = 120
_DIGITS = 15

_QUOTES = " \"'“”‘()[]«»"

_MARKS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"’": "'", "\u066c": "'", "\u066b": ".", "，": ",", "+": " plus ", "~": " about ", "≈": " about "}
    | {">": " over ", "<": " under ", "≥": " at least ", "≤": " at most "}
)
_GROUPED = re.compile(
    r"(?<![\d.,'])[1-9]\d{0,2}(?:([,' ])\d{3})(?:\1\d{3})*(?![\d,'])|(?<![\d.,'])[1-9]\d?(?:,\d\d)+,\d{3}(?![\d,'])"
)
_REWRITES = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"(?<=\d) ?- ?(?=\d)|(?<=\w) - (?=\w)", " to "),
        (r"(?<=\w)-(?=[^\W\d])", " "),
        (r"(?<=\d)k\b", " thousand"),
        (r"(?<=\d) ?(?:mln|mn)\b|(?<=\d)m\b", " million"),
        (r"(?<=\d) ?bn\b", " billion"),
        (r"\b(half|quarters?)(?: of)? an? ", r"\1 "),
    )
)


def _words(text: str) -> list[str]:
    """Split into words of one form: case, dashes, digits and their grouping folded; none where the text is too long."""
    visible = "".join(
        str(unicodedata.decimal(char, char)) for char in text.casefold() if unicodedata.category(char) != "Cf"
    )
    spaced = " ".join(visible.translate(_MARKS).split()).lstrip(_QUOTES).rstrip(_QUOTES + ".,;:!?")
    if len(spaced) > _LONGEST:
        return []
    plain = _GROUPED.sub(lambda match: re.sub(r"\D", "", match.group()), spaced)
    for pattern, to in _REWRITES:
        plain = pattern.sub(to, plain)
    return plain.split()


_SCALES = {
    "dozen": 12,
    "score": 20,
    "hundred": 100,
    "thousand": 1_000,
    "lakh": 100_000,
    "million": 1_000_000,
    "crore": 10_000_000,
    "billion": 1_000_000_000,
}
_SCALES |= {f"{name}s": scale for name, scale in _SCALES.items()}
_VAGUE: dict[str, tuple[int, int | None]] = {
    "couple": (2, 2),
    "few": (3, 5),
    "handful": (3, 5),
    "several": (3, 9),
    "multiple": (2, None),
    "tens": (20, 99),
    "dozens": (24, 99),
    "scores": (40, 99),
} | {f"{name}s": (2 * _SCALES[name], 10 * _SCALES[name] - 1) for name in ("hundred", "thousand", "million", "billion")}
_NAMED = {
    name: Fraction(number)
    for number, names in ((0, "none, nobody, no, no one, zero"), (1, "single"), (2, "both, pair"), (3, "trio"))
    for name in names.split(", ")
}
_FRACTIONS = {"half": Fraction(1, 2), "quarter": Fraction(1, 4), "three quarters": Fraction(3, 4)}


def _digits(word: str, scaled: bool) -> Fraction | None:
    """Read ASCII digits; a point is decimal before a scale ("1.500 million"), else it groups ("1.500" people)."""
    if not scaled and re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", word):
        word = word.replace(".", "")
    if len(word) <= _DIGITS and re.fullmatch(r"\d+(?:\.\d+)?" if scaled else r"\d+", word):
        return Fraction(word)
    return None


def _cardinal(words: Sequence[str]) -> Fraction | None:
    """Read number words; text2num takes more besides ("tens", "zero ten", "fifty and two hundred")."""
    if any(not word.isascii() or not word.isalpha() or word.endswith("s") for word in words):
        return None
    if {"zero", "nought"} & {*words} or any(b == "and" and a not in _SCALES for a, b in pairwise(words)):
        return None
    try:
        return Fraction(text2num(" ".join(words), "en"))
    except ValueError:
        return None


def _amount(words: Sequence[str], scaled: bool = False) -> Fraction | None:
    """Read one number; only where a scale is to follow may it be broken ("one and a half" million)."""
    if not words:
        return None
    phrase, last = " ".join(words), words[-1]
    named = (_FRACTIONS if scaled else _NAMED).get(phrase)
    if named is not None:
        return named
    found = _digits(phrase, scaled)
    if found is None:
        found = _cardinal(words)
    if found is not None:
        return found
    if scaled and phrase.endswith((" and a half", " and a quarter")):
        head = _amount(words[:-3], scaled)
        return None if head is None else head + _FRACTIONS[last]
    if last not in _SCALES:
        return None
    head = Fraction(1) if phrase == last and not last.endswith("s") else _amount(words[:-1], scaled=True)
    return head * _SCALES[last] if head else None


def _exact(words: Sequence[str]) -> int | None:
    """Read a whole number, or the part in "five of the 12"."""
    number = _amount(words)
    if number is not None:
        return int(number) if number.denominator == 1 and number < 10**_DIGITS else None
    for at in range(1, len(words) - 2):
        if words[at] == "of" and words[at + 1] in {"the", "those"}:
            part, total = _exact(words[:at]), _exact(words[at + 2 :])
            return part if part is not None and total is not None and part <= total else None
    return None


def _vague(words: Sequence[str]) -> Quantity | None:
    """Read a vague word and the scales after it: "a few hundred", "tens of thousands"."""
    if not words or words[0] not in _VAGUE:
        return None
    low, high = _VAGUE[words[0]]
    scales = words[2:] if words[1:2] == ["of"] else words[1:]
    if any(word not in _SCALES for word in scales) or (len(words) > 1 and not scales):
        return None
    for scale in (_SCALES[word] for word in scales):
        if high is not None:
            high = high * scale if low == high else (high + 1) * scale - 1
        low *= scale
    return Quantity(low, high, approximate=True)


def _single(words: Sequence[str]) -> Quantity | None:
    """Read a number or a vague word, with or without an article, without a hedge."""
    words = words[1:] if len(words) > 1 and words[0] in {"a", "an"} else words
    number = _exact(words)
    return _vague(words) if number is None else Quantity(number, number, approximate=False)


def _elided(left: Sequence[str], right: Sequence[str]) -> Sequence[str]:
    """Give the left end of "two to three hundred" the scale it shares, where it then stays below the right end."""
    tail = len(right)
    while tail and right[tail - 1] in _SCALES:
        tail -= 1
    if left[-1] in _SCALES or not 0 < tail < len(right):
        return left
    full, end = _amount([*left, *right[tail:]]), _amount(right)
    return [*left, *right[tail:]] if full is not None and end is not None and full < end else left


def _range(words: Sequence[str]) -> Quantity | None:
    """Read two ends, unless the words can be parted in two ways or the left end may lack its thousands."""
    opened = {"between": {"and", "to"}, "from": {"to"}}.get(words[0]) if words else None
    words = words[1:] if opened else words
    found = []
    for at in range(1, len(words) - 1):
        if words[at] in (opened or {"to", "or"}):
            right = _single(words[at + 1 :])
            left = _single(_elided(words[:at], words[at + 1 :]))
            if left and right:
                found.append((left.low, right.high, left.approximate or right.approximate))
    if len(found) != 1:
        return None
    low, high, rough = found[0]
    if low is None or high is None or low > high or (not rough and 0 < low * 1000 < high):
        return None
    return Quantity(low, high, rough)


def _exactly(quantity: Quantity) -> Quantity:
    return quantity


def _about(quantity: Quantity) -> Quantity:
    return quantity._replace(approximate=True)


def _at_least(quantity: Quantity) -> Quantity | None:
    return None if quantity.low is None else quantity._replace(high=None)


def _at_most(quantity: Quantity) -> Quantity | None:
    return None if quantity.high is None else quantity._replace(low=None)


def _more_than(quantity: Quantity) -> Quantity | None:
    return None if quantity.low is None else quantity._replace(low=quantity.low + 1, high=None)


def _fewer_than(quantity: Quantity) -> Quantity | None:
    return quantity._replace(low=None, high=quantity.high - 1) if quantity.high else None


Hedge = Callable[[Quantity], Quantity | None]


def _table(rows: dict[Hedge, str]) -> dict[tuple[str, ...], Hedge]:
    return {tuple(phrase.split()): hedge for hedge, phrases in rows.items() for phrase in phrases.split(", ")}


_BEFORE = _table(
    {
        _exactly: "a, an, the, all, all the, all of the, exactly, precisely, a total of, total of, only, just, a mere, "
        "another, a further, further, an additional, additional, a record, the other, other",
        _about: "about, around, approximately, approx, approx., roughly, some, circa, c., ca., nearly, almost, "
        "perhaps, maybe, possibly, probably, estimated, an estimated, close to, just over, just under, just short of, "
        "slightly more than, a little more than, a little over, in the region of, in the order of",
        _at_least: "at least, no fewer than, no less than, not fewer than, not less than, a minimum of, upwards of, "
        "upward of",
        _at_most: "up to, at most, no more than, not more than, as many as, a maximum of",
        _more_than: "more than, over, well over, above, in excess of, greater than, exceeding",
        _fewer_than: "fewer than, less than, under, well under, below",
    }
)
_AFTER = _table(
    {
        _exactly: "people, of people, persons, person, others, more, in total, in all, of them, strong",
        _about: "or so, odd, or thereabouts",
        _at_least: "or more, plus, and more, and counting",
        _at_most: "or fewer, or less",
    }
)


def _hedged(words: list[str]) -> Quantity | None:
    """Read a number, vague word or range, else take off the outermost hedge, the longest that fits, and read on."""
    quantity = _single(words) or _range(words)
    if quantity is not None:
        return quantity
    for size in range(min(4, len(words) - 1), 0, -1):
        before, after = _BEFORE.get(tuple(words[:size])), _AFTER.get(tuple(words[-size:]))
        if hedge := before or after:
            inner = _hedged(words[size:] if before else words[:-size])
            return inner and hedge(inner)
    return None
