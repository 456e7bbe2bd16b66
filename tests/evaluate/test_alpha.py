from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.alpha import alpha


def test_the_textbook_s_four_observers_with_missing_values() -> None:
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: 12 units, nominal, alpha 0.743.
    rows = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")
    units = Counter(
        tuple(value for value in unit if value != ".") for unit in zip(*(row.split() for row in rows), strict=True)
    )
    assert alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_by_hand() -> None:
    # Ten units of two readers: 8 agree on O, one on X, one is O and X. Values: 17 times O, 3 times X.
    # Do = 2/20; De = 2 x 17 x 3 / (20 x 19); alpha = 1 - 0.1 x 380 / 102.
    assert alpha(Counter({("O", "O"): 8, ("X", "X"): 1, ("O", "X"): 1})) == pytest.approx(1 - 0.1 * 380 / 102)


def test_the_example_of_the_documentation() -> None:
    assert alpha({("X", "X"): 20, ("O", "O"): 15, ("X", "O"): 5, ("O", "X"): 10}) == pytest.approx(0.4)


def test_where_all_say_the_same_there_is_no_alpha() -> None:
    assert alpha(Counter({("O", "O"): 5})) is None
    assert alpha(Counter({("O",): 5, ("X",): 2})) is None  # one reader each: nothing to compare
    assert alpha({}) is None


@given(st.lists(st.lists(st.sampled_from("OXY"), min_size=1, max_size=4).map(tuple), min_size=1, max_size=8))
def test_against_every_pair_of_values(units: list[tuple[str, ...]]) -> None:
    pairable = [unit for unit in units if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    unlike = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in pairable)
    expected = sum(a != b for a, b in permutations(values, 2))
    found = alpha(Counter(units))
    if not expected:
        assert found is None
    else:
        assert found == pytest.approx(1 - (unlike / len(values)) / (expected / (len(values) * (len(values) - 1))))
