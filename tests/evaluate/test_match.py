from hypothesis import given

from rolecall.core.records import Span
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, Match, count, keys, overlaps, strict
from tests.evaluate.material import SCHEME, key_lists


def test_strict_by_hand() -> None:
    gold = frozenset({(0, 5, "PROTEST"), (7, 9, "PLACE"), (7, 9, "DETAINEE"), (10, 12, "PLACE")})
    predicted = frozenset({(0, 5, "PROTEST"), (7, 9, "PLACE"), (10, 13, "PLACE"), (0, 5, "ARREST")})
    assert strict(gold, predicted) == Match(
        correct=frozenset({(0, 5, "PROTEST"), (7, 9, "PLACE")}),
        missed=frozenset({(7, 9, "DETAINEE"), (10, 12, "PLACE")}),
        spurious=frozenset({(10, 13, "PLACE"), (0, 5, "ARREST")}),
    )
    assert count(gold, predicted) == {
        "ARREST": Counts(0, 1, 0),
        "DETAINEE": Counts(0, 0, 1),
        "PLACE": Counts(1, 2, 2),
        "PROTEST": Counts(1, 1, 1),
    }


def test_score_doubt_and_repetition_are_no_part_of_a_span() -> None:
    spans = [Span(0, 2, "PLACE", "ab"), Span(0, 2, "PLACE", "ab", score=0.3, unsure=True)]
    assert keys(spans) == {(0, 2, "PLACE")}


def test_overlap_counts_within_a_layer_only() -> None:
    layer_of = SCHEME.layer_of
    across = [(0, 9, "PARTICIPANT"), (0, 9, "DETAINEE"), (3, 4, "PLACE"), (3, 4, "ARREST")]
    assert overlaps(across, layer_of) == 0
    assert overlaps([(0, 9, "PROTEST"), (2, 4, "ARREST"), (8, 12, "PROTEST")], layer_of) == 2
    assert overlaps([(0, 9, "PROTEST"), (0, 9, "ARREST")], layer_of) == 1
    assert overlaps([(0, 9, "PROTEST"), (9, 12, "PROTEST")], layer_of) == 0  # half-open: they only touch


@given(key_lists, key_lists)
def test_strict_is_set_intersection(first: list[Key], second: list[Key]) -> None:
    gold, predicted = frozenset(first), frozenset(second)
    match = strict(gold, predicted)
    assert match.correct == gold & predicted
    assert match.correct | match.missed == gold
    assert match.correct | match.spurious == predicted
    totals = sum(count(gold, predicted).values(), Counts())
    assert totals == Counts(len(gold & predicted), len(predicted), len(gold))
