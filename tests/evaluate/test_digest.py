import random

from rolecall.core.records import Span
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.digest import EXAMPLES, digest
from rolecall.evaluate.errors import Error


def span(start: int, text: str, role: str) -> Span:
    return Span(start, start + len(text), role, text)


ERRORS = [
    Error(article="a", kind="missed", gold=(span(0, "Riot  police", "AUTHORITY"),)),
    Error(article="b", kind="missed", gold=(span(5, "riot police", "AUTHORITY"),)),
    Error(article="b", kind="missed", gold=(span(40, "court", "AUTHORITY"),)),
    Error(article="b", kind="wrong role", gold=(span(60, "men", "DETAINEE"),), predicted=(span(60, "men", "VICTIM"),)),
    Error(article="c", kind="spurious", predicted=(span(3, "men", "VICTIM"),)),
    Error(article="c", kind="too long", gold=(span(9, "May", "TIME"),), predicted=(span(9, "May 1", "TIME"),)),
]  # fmt: skip
COUNTS = {"a": Counts(1, 1, 2), "b": Counts(0, 1, 3), "c": Counts(0, 2, 1)}


def test_by_hand() -> None:
    found = digest(ERRORS, COUNTS)
    assert [(group.kind, group.errors) for group in found.kinds] == [
        ("missed", 3),
        ("spurious", 1),
        ("wrong role", 1),
        ("too long", 1),
    ]
    assert [(pair.gold, pair.predicted, pair.errors) for pair in found.confused] == [("DETAINEE", "VICTIM", 1)]
    assert [(form.role, form.form, form.errors) for form in found.missed] == [
        ("AUTHORITY", "riot police", 2),
        ("AUTHORITY", "court", 1),
        ("DETAINEE", "men", 1),
        ("TIME", "may", 1),
    ]
    hardest = [(hard.article, hard.errors, hard.f1) for hard in found.hardest]
    assert hardest == [("b", 3, 0), ("c", 2, 0), ("a", 1, 2 / 3)]


def test_the_order_does_not_matter() -> None:
    shuffled = ERRORS[:]
    random.Random(1).shuffle(shuffled)
    assert digest(shuffled, COUNTS) == digest(ERRORS, COUNTS)


def test_examples_come_from_different_articles() -> None:
    many = [Error(article=name, kind="missed", gold=(span(at, "x", "TIME"),)) for name in "ab" for at in range(9)]
    [group] = digest(many, {"a": Counts(0, 0, 9), "b": Counts(0, 0, 9)}).kinds
    assert [(error.article, error.gold[0].start) for error in group.examples] == [
        ("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2)
    ]  # fmt: skip
    assert len(group.examples) == EXAMPLES


def test_no_errors() -> None:
    found = digest([], {})
    assert (found.kinds, found.confused, found.missed, found.hardest) == ((), (), (), ())
