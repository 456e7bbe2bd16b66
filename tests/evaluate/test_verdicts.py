"""The four schemas, worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.align import align
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.verdicts import SCHEMAS, Pairs, Verdicts, count_pairs, verdicts

LAYER_OF = {"X": "one", "Y": "one"}
# gold:      0-3 X   5-9 X   12-15 X   20-22 Y   30-33 X
# predicted: 0-3 X   5-9 Y   12-16 X   20-25 X             40-44 Y
GOLD = {(0, 3, "X"), (5, 9, "X"), (12, 15, "X"), (20, 22, "Y"), (30, 33, "X")}
PREDICTED = {(0, 3, "X"), (5, 9, "Y"), (12, 16, "X"), (20, 25, "X"), (40, 44, "Y")}


def test_by_hand() -> None:
    pairs = count_pairs(align(GOLD, PREDICTED, LAYER_OF))
    assert pairs == Pairs(4, 2, 2)
    found = verdicts(Counts(1, 5, 5), pairs)
    assert found == {
        "strict": Verdicts(correct=1, incorrect=3, partial=0, missing=1, spurious=1),
        "exact": Verdicts(correct=2, incorrect=2, partial=0, missing=1, spurious=1),
        "partial": Verdicts(correct=2, incorrect=0, partial=2, missing=1, spurious=1),
        "type": Verdicts(correct=2, incorrect=2, partial=0, missing=1, spurious=1),
    }
    assert [found[schema].f1 for schema in SCHEMAS] == [0.2, 0.4, 0.6, 0.4]
    assert found["partial"].precision == (2 + 2 / 2) / 5


def test_nothing_to_judge() -> None:
    for each in verdicts(Counts(), Pairs()).values():
        assert (each.precision, each.recall, each.f1) == (None, None, None)
    only_gold = verdicts(Counts(0, 0, 3), Pairs())["strict"]
    assert (only_gold.precision, only_gold.recall, only_gold.f1) == (None, 0, 0)


def test_pairs_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="3 exact and 0 typed among 2 pairs cannot be"):
        Pairs(2, 3, 0)


keys = st.builds(
    lambda start, length, role: (start, start + length, role),
    st.integers(0, 12),
    st.integers(1, 4),
    st.sampled_from(["X", "Y"]),
)


@given(gold=st.frozensets(keys, max_size=6), predicted=st.frozensets(keys, max_size=6))
def test_every_span_has_one_verdict_under_every_schema(
    gold: frozenset[tuple[int, int, str]], predicted: frozenset[tuple[int, int, str]]
) -> None:
    counts = Counts(len(gold & predicted), len(predicted), len(gold))
    found = verdicts(counts, count_pairs(align(gold, predicted, LAYER_OF)))
    for each in found.values():
        assert (each.possible, each.actual) == (len(gold), len(predicted))
        assert min(each.correct, each.incorrect, each.partial, each.missing, each.spurious) >= 0
    assert found["strict"].f1 == counts.f1
    assert (found["strict"].f1 or 0) <= (found["exact"].f1 or 0) <= (found["partial"].f1 or 0)
    assert (found["strict"].f1 or 0) <= (found["type"].f1 or 0)


Side = frozenset[tuple[int, int, str]]


@given(articles=st.lists(st.tuples(st.frozensets(keys, max_size=6), st.frozensets(keys, max_size=6)), max_size=4))
def test_a_perfect_article_lowers_no_schema(articles: list[tuple[Side, Side]]) -> None:
    perfect = frozenset({(0, 3, "X"), (3, 4, "Y")})
    counts, pairs = Counts(), Pairs()
    for gold, predicted in articles:
        counts += Counts(len(gold & predicted), len(predicted), len(gold))
        pairs += count_pairs(align(gold, predicted, LAYER_OF))
    before = verdicts(counts, pairs)
    after = verdicts(counts + Counts(2, 2, 2), pairs + count_pairs(align(perfect, perfect, LAYER_OF)))
    for schema in SCHEMAS:
        assert (after[schema].f1 or 0) >= (before[schema].f1 or 0)
