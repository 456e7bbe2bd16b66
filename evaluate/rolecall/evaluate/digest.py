"""The errors of many articles in a page: how many of each kind with examples, what is confused, missed, hardest."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from rolecall.evaluate.counts import Counts
from rolecall.evaluate.errors import KINDS, Error, Kind
from rolecall.evaluate.slices import form

T = TypeVar("T", str, tuple[str, str])

EXAMPLES = 5
"""How many errors of a kind are shown."""
MOST = 20
"""How many confused pairs, forms and articles are listed."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """All errors of one kind; `examples` are from different articles where there are as many."""

    kind: Kind
    errors: int
    examples: tuple[Error, ...]


class Confusion(msgspec.Struct, frozen=True, kw_only=True):
    """A role of gold that was predicted as another, in one layer or across layers."""

    gold: str
    predicted: str
    errors: int


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A surface form (case and white space aside) whose spans of one role were not found."""

    role: str
    form: str
    errors: int


class Hard(msgspec.Struct, frozen=True, kw_only=True):
    """An article with many errors."""

    article: str
    errors: int
    f1: float | None


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What the errors of a prediction come to."""

    kinds: tuple[Group, ...]
    confused: tuple[Confusion, ...]
    missed: tuple[Form, ...]
    hardest: tuple[Hard, ...]


def digest(errors: Iterable[Error], counts: Mapping[str, Counts]) -> Digest:
    """Sum errors up; `counts` are the strict counts of each article. The order of the errors does not matter."""
    by_kind: dict[Kind, list[Error]] = {}
    confused: Counter[tuple[str, str]] = Counter()
    forms: Counter[tuple[str, str]] = Counter()
    articles: Counter[str] = Counter()
    for error in errors:
        by_kind.setdefault(error.kind, []).append(error)
        articles[error.article] += 1
        if error.kind != "wrong event":
            forms.update((span.role, form(span)) for span in error.gold)
            if error.gold and error.predicted and error.gold[0].role != error.predicted[0].role:
                confused[error.gold[0].role, error.predicted[0].role] += 1
    return Digest(
        kinds=tuple(
            Group(kind=kind, errors=len(by_kind[kind]), examples=_examples(by_kind[kind]))
            for kind in KINDS
            if kind in by_kind
        ),
        confused=tuple(Confusion(gold=a, predicted=b, errors=n) for (a, b), n in _most(confused)),
        missed=tuple(Form(role=role, form=words, errors=n) for (role, words), n in _most(forms)),
        hardest=tuple(Hard(article=name, errors=n, f1=counts[name].f1) for name, n in _most(articles)),
    )


def _most(counter: Counter[T]) -> list[tuple[T, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST]


def _examples(errors: Iterable[Error]) -> tuple[Error, ...]:
    """Take one error from each article in turn, in the order of ids and texts."""
    rounds: Counter[str] = Counter()
    ranked = []
    for error in sorted(errors, key=lambda e: (e.article, (e.gold or e.predicted)[0].key)):
        ranked.append((rounds[error.article], error.article, error))
        rounds[error.article] += 1
    return tuple(error for *_, error in sorted(ranked, key=lambda item: item[:2])[:EXAMPLES])
