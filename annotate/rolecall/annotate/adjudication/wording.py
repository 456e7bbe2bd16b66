"""Words for what is disputed, as people read it on the page, in the form and in messages."""

from collections.abc import Iterable

from rolecall.annotate.adjudication.case import Case, Dispute, Groups, Pair
from rolecall.evaluate.match import Key


def quoted(case: Case, key: Key, limit: int = 60) -> str:
    """The words of a span in quotation marks, in one line, the middle left out where they are many."""
    words = " ".join(case.article.text[key[0] : key[1]].split())
    half = limit // 2
    return f'"{words}"' if len(words) <= limit else f'"{words[:half]} … {words[-half:]}"'


def of_key(case: Case, key: Key) -> str:
    """A span as its role and words."""
    return f"{key[2]} {quoted(case, key)}"


def of_place(case: Case, place: int) -> str:
    """A place by the variants of its span."""
    return " | ".join(of_key(case, key) for key in case.places[place].variants)


def short(case: Case, place: int) -> str:
    """A place by one of its spans: the one that most have, else the longest."""
    variants = case.places[place].variants
    return of_key(case, max(variants, key=lambda key: (len(variants[key]), key[1] - key[0], key)))


def of_pair(case: Case, pair: Pair) -> str:
    """A link by its ends."""
    return f"{short(case, pair[0])} → {short(case, pair[1])}"


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


def of_groups(case: Case, groups: Groups) -> str:
    """How triggers are grouped."""
    return "; ".join(of_group(case, group) + " alone" * (len(group) == 1) for group in groups)
