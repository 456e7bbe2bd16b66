"""Parts of the counts of one article, by what a span or an article is like; intervals follow as for the whole.

`of_article` names the article's values for questions such as "by language"; the others split or recount its spans.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Any

from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Entry
from rolecall.core.quantities import agree, parse
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate.align import align
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, keys

LENGTHS = (1_000, 3_000, 10_000)
"""Bounds of the length classes, in code points."""
UNKNOWN = "unknown"

Form = tuple[str, str]
"""A role and the surface form of a span that has it."""


def of_article(article: Article, field: str) -> str:
    """Return an article's value for a field.

    The field is year (of publication), length (a class), group, one of the article's own, such as lang, source or
    story, or meta.NAME; "unknown" where the article has none. Raises InputError for a field that no article can have.
    """
    match field.split("."):
        case ["length"]:
            return _length(len(article.text))
        case ["year"]:
            return article.published[:4] if article.published else UNKNOWN
        case ["group" | "lang" | "source" | "story" | "published" | "title" | "url" as name]:
            value: Any = getattr(article, name)
        case ["meta", name]:
            value = article.meta.get(name)
        case _:
            raise InputError(
                f"articles have no field {field!r}",
                remedy="fields: lang, year, length, story, group, source, published, title, url, meta.NAME",
            )
    return UNKNOWN if value is None else str(value)


def _length(characters: int) -> str:
    for low, high in pairwise((0, *LENGTHS)):
        if characters < high:
            return f"{low:,} to {high - 1:,}"
    return f"{LENGTHS[-1]:,} and more"


def form(span: Span) -> str:
    """Return a span's surface form: its words in lower case, with single spaces."""
    return " ".join(span.text.casefold().split())


def forms(annotations: Iterable[Annotation]) -> set[Form]:
    """Collect the surface forms of a training set, by role."""
    return {(span.role, form(span)) for annotation in annotations for span in annotation.spans}


def by_surface(gold: Annotation, predicted: Annotation | None, known: AbstractSet[Form]) -> dict[str, Counts]:
    """Count the spans whose surface form the training set has in the same role (seen), and those whose it has not."""
    sides = [
        {span.key: (span.role, form(span)) in known for span in one.spans} if one else {} for one in (gold, predicted)
    ]
    return {
        name: _counts(*({key for key, seen in side.items() if seen is wanted} for side in sides))
        for name, wanted in (("seen", True), ("unseen", False))
    }


def by_value(gold: Annotation, predicted: Annotation | None, scheme: Scheme) -> dict[str, Counts]:
    """Count quantities by their value: a prediction is right when it stands for a gold span of its role and agrees.

    Spans are paired as `align` does. Texts that are no quantity agree when they are the same words. Returns counts by
    role, for the roles with `value: count` that occur.
    """
    counted = {name for name, role in scheme.roles.items() if role.value == "count"}
    left, right = (
        {span.key: span for span in one.spans if span.role in counted} if one else {} for one in (gold, predicted)
    )
    paired = align(left.keys(), right.keys(), scheme.layer_of).pairs
    right_by_role = dict.fromkeys(counted, 0)
    for pair in paired:
        if pair.typed and _same_value(left[pair.gold].text, right[pair.predicted].text):
            right_by_role[pair.gold[2]] += 1
    found = {}
    for role in sorted(counted):
        sizes = [sum(key[2] == role for key in side) for side in (right, left)]
        if any(sizes):
            found[role] = Counts(right_by_role[role], *sizes)
    return found


def _same_value(one: str, other: str) -> bool:
    left, right = parse(one), parse(other)
    if left is None or right is None:
        return left is right and one.casefold().split() == other.casefold().split()
    return agree(left, right)


def unreadable(annotation: Annotation, scheme: Scheme) -> int:
    """Count the spans of roles with `value: count` whose text is no quantity."""
    counted = {span.key: span.text for span in annotation.spans if scheme.roles[span.role].value == "count"}
    return sum(parse(text) is None for text in counted.values())


def unreachable(entries: Iterable[Entry | Balance]) -> dict[str, set[Key]]:
    """Collect, by article, the gold spans that a ledger says were changed or dropped on the way to the model."""
    found: dict[str, set[Key]] = {}
    for entry in entries:
        if isinstance(entry, Entry) and entry.span is not None:
            found.setdefault(entry.article, set()).add(entry.span.key)
    return found


def by_reach(gold: Annotation, predicted: Annotation | None, lost: AbstractSet[Key]) -> dict[str, Counts]:
    """Count the spans that the model could not learn or produce, and the rest."""
    left = keys(gold.spans)
    right = keys(predicted.spans) if predicted else frozenset()
    return {"reachable": _counts(left - lost, right - lost), "unreachable": _counts(left & lost, right & lost)}


def _counts(gold: AbstractSet[Key], predicted: AbstractSet[Key]) -> Counts:
    return Counts(len(gold & predicted), len(predicted), len(gold))
