"""The assignment: worked by hand, and against every assignment listed one by one."""

from collections.abc import Iterator
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.align import Pair, align
from rolecall.evaluate.match import Key

LAYER_OF = {"X": "one", "Y": "one", "Z": "two"}

keys = st.builds(
    lambda start, length, role: (start, start + length, role),
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from(["X", "Y", "Z"]),
)
sides = st.frozensets(keys, max_size=5)


def worth(pairs: list[Pair]) -> tuple[int, int, int, int, int]:
    """What is maximised: same bounds and role, same bounds, same role, common characters, pairs."""
    return (
        sum(pair.exact and pair.typed for pair in pairs),
        sum(pair.exact for pair in pairs),
        sum(pair.typed for pair in pairs),
        sum(common(pair.gold, pair.predicted) for pair in pairs),
        len(pairs),
    )


def common(one: Key, other: Key) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def assignments(gold: frozenset[Key], predicted: frozenset[Key]) -> Iterator[list[Pair]]:
    left, right = sorted(gold), sorted(predicted)
    padded = [*right, *[None] * len(left)]
    for order in permutations(padded, len(left)):
        yield [
            Pair(one, other)
            for one, other in zip(left, order, strict=True)
            if other and LAYER_OF[one[2]] == LAYER_OF[other[2]] and common(one, other) > 0
        ]


@given(gold=st.frozensets(keys, max_size=3), predicted=st.frozensets(keys, max_size=4))
def test_no_assignment_is_better(gold: frozenset[Key], predicted: frozenset[Key]) -> None:
    found = align(gold, predicted, LAYER_OF)
    assert worth(found.pairs) == max(map(worth, assignments(gold, predicted)))


@given(gold=sides, predicted=sides)
def test_every_span_is_in_one_place_and_strict_counts_are_set_intersection(
    gold: frozenset[Key], predicted: frozenset[Key]
) -> None:
    found = align(gold, predicted, LAYER_OF)
    assert sorted([pair.gold for pair in found.pairs] + found.missed) == sorted(gold)
    assert sorted([pair.predicted for pair in found.pairs] + found.spurious) == sorted(predicted)
    assert {pair.gold for pair in found.pairs if pair.exact and pair.typed} == gold & predicted
    assert all(LAYER_OF[pair.gold[2]] == LAYER_OF[pair.predicted[2]] for pair in found.pairs)


@given(gold=sides, predicted=sides)
def test_swapping_the_sides_is_worth_the_same(gold: frozenset[Key], predicted: frozenset[Key]) -> None:
    assert worth(align(gold, predicted, LAYER_OF).pairs) == worth(align(predicted, gold, LAYER_OF).pairs)


@given(gold=sides, predicted=sides, names=st.permutations(["X", "Y"]))
def test_other_names_and_the_other_direction_are_worth_the_same(
    gold: frozenset[Key], predicted: frozenset[Key], names: list[str]
) -> None:
    before = worth(align(gold, predicted, LAYER_OF).pairs)
    named = dict(zip("XYZ", [*names, "Z"], strict=True))
    left, right = ({(start, end, named[role]) for start, end, role in side} for side in (gold, predicted))
    assert worth(align(left, right, LAYER_OF).pairs) == before
    left, right = ({(99 - end, 99 - start, role) for start, end, role in side} for side in (gold, predicted))
    assert worth(align(left, right, LAYER_OF).pairs) == before


@given(first=st.tuples(sides, sides), second=st.tuples(sides, sides), gap=st.integers(0, 3))
def test_an_article_cut_where_no_span_is_cut_is_worth_the_same(
    first: tuple[frozenset[Key], frozenset[Key]], second: tuple[frozenset[Key], frozenset[Key]], gap: int
) -> None:
    away = 12 + gap  # no span reaches further than 12
    moved = [{(start + away, end + away, role) for start, end, role in side} for side in second]
    parts = [worth(align(*sides, LAYER_OF).pairs) for sides in (first, second)]
    whole = worth(align(first[0] | moved[0], first[1] | moved[1], LAYER_OF).pairs)
    assert whole == tuple(map(sum, zip(*parts, strict=True)))


@pytest.mark.parametrize(
    ("gold", "predicted", "pairs"),
    [
        # One prediction over two gold spans goes to the one it shares more with.
        ({(0, 3, "X"), (4, 9, "X")}, {(0, 9, "X")}, [((4, 9, "X"), (0, 9, "X"))]),
        # The same role weighs more than any number of characters.
        ({(0, 3, "X"), (4, 9, "Y")}, {(0, 9, "X")}, [((0, 3, "X"), (0, 9, "X"))]),
        # The same bounds weigh more than the same role.
        ({(0, 5, "X")}, {(0, 5, "Y"), (0, 6, "X")}, [((0, 5, "X"), (0, 5, "Y"))]),
        # An identical pair comes before everything, even where two other pairs would then be one.
        ({(0, 5, "X"), (5, 9, "X")}, {(0, 5, "X")}, [((0, 5, "X"), (0, 5, "X"))]),
        # A greedy matcher would give 2:6 to 0:4 first, and leave 5:9 alone; both can have one.
        (
            {(0, 4, "X"), (5, 9, "X")},
            {(2, 6, "X"), (0, 2, "X")},
            [((0, 4, "X"), (0, 2, "X")), ((5, 9, "X"), (2, 6, "X"))],
        ),
        # Two pairs with one common character each rather than one with two.
        (
            {(0, 4, "X"), (6, 10, "X")},
            {(2, 7, "Y"), (3, 4, "Y")},
            [((0, 4, "X"), (3, 4, "Y")), ((6, 10, "X"), (2, 7, "Y"))],
        ),
        # All else equal, by text order.
        ({(0, 2, "X"), (2, 4, "X")}, {(1, 3, "X")}, [((0, 2, "X"), (1, 3, "X"))]),
        # Layers do not mix, and touching is not overlap.
        ({(0, 5, "X")}, {(0, 5, "Z")}, []),
        ({(0, 5, "X")}, {(5, 9, "X")}, []),
    ],
)
def test_by_hand(gold: set[Key], predicted: set[Key], pairs: list[tuple[Key, Key]]) -> None:
    assert [tuple(pair) for pair in align(gold, predicted, LAYER_OF).pairs] == pairs


def test_a_large_group_stays_exact() -> None:
    # Six hundred spans that all hang together: each gold span's best partner is the one shifted by one.
    gold = {(10 * at, 10 * at + 12, "X") for at in range(600)}
    predicted = {(10 * at + 1, 10 * at + 13, "X") for at in range(600)}
    found = align(gold, predicted, LAYER_OF)
    assert [pair.predicted[0] - pair.gold[0] for pair in found.pairs] == [1] * 600
