import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.counts import Counts


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    predicted, gold = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    return Counts(draw(st.integers(0, min(predicted, gold))), predicted, gold)


def test_rates_by_hand() -> None:
    found = Counts(correct=2, predicted=3, gold=5)
    assert found.precision == 2 / 3
    assert found.recall == 2 / 5
    assert found.f1 == 0.5  # 2 * (2/3) * (2/5) / (2/3 + 2/5) = 4 / 8


@pytest.mark.parametrize(
    ("found", "precision", "recall", "f1"),
    [
        (Counts(0, 0, 0), None, None, None),
        (Counts(0, 0, 4), None, 0.0, 0.0),
        (Counts(0, 4, 0), 0.0, None, 0.0),
        (Counts(0, 4, 4), 0.0, 0.0, 0.0),
        (Counts(4, 4, 4), 1.0, 1.0, 1.0),
    ],
)
def test_rate_without_a_denominator_is_undefined(
    found: Counts, precision: float | None, recall: float | None, f1: float | None
) -> None:
    assert (found.precision, found.recall, found.f1) == (precision, recall, f1)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="5 correct of 4 predicted"):
        Counts(5, 4, 6)
    with pytest.raises(msgspec.ValidationError, match="2 correct of 1 predicted"):
        msgspec.json.decode(b"[2, 1, 9]", type=Counts)


@given(counts(), counts())
def test_adding_counts_adds_integers(first: Counts, second: Counts) -> None:
    both = first + second
    assert both == second + first
    assert both.gold == first.gold + second.gold
    assert msgspec.json.decode(msgspec.json.encode(both), type=Counts) == both


@given(counts())
def test_swapping_sides_swaps_precision_and_recall(found: Counts) -> None:
    swapped = Counts(found.correct, predicted=found.gold, gold=found.predicted)
    assert (swapped.precision, swapped.recall, swapped.f1) == (found.recall, found.precision, found.f1)
