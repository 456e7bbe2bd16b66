"""Words for what is disputed, as people read it on the page, in the form and in messages."""

from collections.abc import Iterable

from rolecall.annotate.adjudication.case import Case, Dispute, Groups, Pair
from rolecall.evaluate.match import Key


def quoted(case: Case, key: Key, *, placed: bool = True) -> str:
    """The words of a span in quotation marks, in one line, the middle left out where they are many.

    With `placed`, words that stand in the text more than once are in brackets, among some of those around them; where
    those are the same as well, with the number of the place.
    """
    start, end = key[:2]
    text = case.article.text
    whole = text[start:end]
    words = _line(whole)
    words = words if len(words) <= _MANY else f"{words[: _MANY // 2]} … {words[-_MANY // 2 :]}"
    if placed and text.count(whole) > 1:
        before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
        before = before if start <= _AROUND else before.partition(" ")[2]
        after = after if end + _AROUND >= len(text) else after.rpartition(" ")[0]
        words = _line(f"{before}[{words}]{after}")
        if text.count(f"{before}{whole}{after}") > 1:
            return f'"{words}" ({text[:start].count(whole) + 1} of {text.count(whole)})'
    return f'"{words}"'


_MANY, _AROUND = 60, 20
"""Characters of a quote, and of what is shown on either side of it."""


def _line(words: str) -> str:
    return " ".join(words.split())


def of_key(case: Case, key: Key, *, placed: bool = True) -> str:
    """A span as its role and words."""
    return f"{key[2]} {quoted(case, key, placed=placed)}"


def at_offsets(case: Case, key: Key) -> str:
    """A span as its bounds, role and words, which no other span of the article has."""
    return f"{key[0]}:{key[1]} {of_key(case, key, placed=False)}"


def of_variant(case: Case, place: int, key: Key | None) -> str:
    """What a version has at a place; where, too, unless the words of one of its spans tell."""
    text = case.article.text
    lost = all(text.count(text[one[0] : one[1]]) > 1 for one in case.places[place].keys)
    return "nothing" if key is None else of_key(case, key, placed=lost)


def of_place(case: Case, place: int) -> str:
    """A place by the variants of its span."""
    return " | ".join(of_variant(case, place, key) for key in case.places[place].variants)


def short(case: Case, place: int, *, offsets: bool = False) -> str:
    """A place by one of its spans: the one that most have, else the longest."""
    variants = case.places[place].variants
    key = max(variants, key=lambda key: (len(variants[key]), key[1] - key[0], key))
    return at_offsets(case, key) if offsets else of_key(case, key)


def of_pair(case: Case, pair: Pair, *, offsets: bool = False) -> str:
    """A link by its ends."""
    return f"{short(case, pair[0], offsets=offsets)} → {short(case, pair[1], offsets=offsets)}"


def of_group(case: Case, group: Iterable[int]) -> str:
    """Triggers of one event."""
    return " + ".join(short(case, place) for place in group)


def what_differs(dispute: Dispute[Key | None]) -> str:
    """Say in a word how the versions of a place differ."""
    keys = [option.what for option in dispute.options if option.what is not None]
    bounds = len({key[:2] for key in keys}) > 1
    roles = len({key[2] for key in keys}) > 1
    missing = len(keys) < len(dispute.options)
    found = (("bounds", bounds), ("role", roles), ("labelled or not", missing))
    return " and ".join(word for word, differs in found if differs)


def of_groups(case: Case, groups: Groups, *, offsets: bool = False) -> str:
    """How triggers are grouped."""
    words = ([_trigger(case, place, offsets=offsets) for place in group] for group in groups)
    return "; ".join(" + ".join(group) + " alone" * (len(group) == 1) for group in words)


def _trigger(case: Case, place: int, *, offsets: bool) -> str:
    key = max(case.places[place].keys)
    return f"{key[0]}:{key[1]} {quoted(case, key, placed=False)}" if offsets else quoted(case, key)
