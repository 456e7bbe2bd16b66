"""Decoding against every valid sequence, listed one by one."""

from itertools import pairwise, product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rolecall.core import bio
from rolecall.train import transitions
from rolecall.train.decode import LEAST, decode

ROLES = ("X", "Y")
TAGS = bio.tag_names(ROLES)


@st.composite
def logits(draw: st.DrawFn, longest: int = 5) -> NDArray[np.float32]:
    length = draw(st.integers(0, longest))
    numbers = st.floats(-6, 6, width=32)
    rows = draw(st.lists(st.lists(numbers, min_size=5, max_size=5), min_size=length, max_size=length))
    return np.array(rows, dtype=np.float32).reshape(length, 5)


def valid(path: tuple[int, ...]) -> bool:
    try:
        bio.decode([TAGS[tag] for tag in path])
    except ValueError:
        return False
    return True


def chances_of(rows: NDArray[np.float32], links: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """The probability of every valid sequence, an O before it and one behind it."""
    probs = np.exp(rows.astype(np.float64))
    probs /= probs.sum(axis=1, keepdims=True)
    raw = {
        path: float(
            np.prod([probs[unit, tag] for unit, tag in enumerate(path)])
            * np.exp(sum(links[pair] for pair in pairwise((0, *path, 0))))
        )
        for path in product(range(5), repeat=len(rows))
        if valid(path)
    }
    return {path: value / sum(raw.values()) for path, value in raw.items()}


@st.composite
def links(draw: st.DrawFn) -> NDArray[np.float64]:
    """Log-weights of neighbouring tags."""
    numbers = draw(st.lists(st.floats(-3, 3), min_size=25, max_size=25))
    return np.asarray(transitions.valid(5) + np.array(numbers).reshape(5, 5))


def placed(path: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The spans of a valid sequence."""
    return [(place.first, place.last, ROLES.index(role)) for place, role in bio.decode([TAGS[tag] for tag in path])]


@given(logits(), links())
def test_spans_are_those_that_are_more_probable_than_not(rows: NDArray[np.float32], own: NDArray[np.float64]) -> None:
    chances: dict[tuple[int, int, int], float] = {}
    for path, chance in chances_of(rows, own).items():
        for span in placed(path):
            chances[span] = chances.get(span, 0.0) + chance
    [found] = decode([rows], own)
    assert found == sorted(found)
    assert all(one.last <= other.first for one, other in pairwise(found))
    for one in found:
        assert one.score == pytest.approx(chances.pop(one[:3]))
        assert one.score > LEAST
    assert all(chance < LEAST + 1e-9 for chance in chances.values())


@given(st.lists(logits(longest=8), max_size=5), links())
def test_articles_side_by_side_are_decoded_as_if_alone(
    batch: list[NDArray[np.float32]], own: NDArray[np.float64]
) -> None:
    for together, rows in zip(decode(batch, own), batch, strict=True):
        [alone] = decode([rows], own)
        assert [span[:3] for span in together] == [span[:3] for span in alone]
        assert [span.score for span in together] == pytest.approx([span.score for span in alone])


def test_many_short_articles_beside_a_long_one_are_decoded_as_if_alone() -> None:
    # 40,000 units and 500 times 20: side by side they would be filled up to 20 million.
    rng = np.random.default_rng(0)
    batch = [(rng.normal(size=(length, 5)) * 4).astype(np.float32) for length in (*[20] * 250, 40_000, *[20] * 250, 0)]
    found = decode(batch)
    for at in (0, 250, 400, 501):
        [alone] = decode([batch[at]])
        assert [span[:3] for span in found[at]] == [span[:3] for span in alone]
    assert len(found[250]) > 1000
    assert found[501] == []


def test_worked_by_hand() -> None:
    # One role, two units: B then I 0.9 x 0.8; the alternatives are OO, OB, BO, BB; OI is not valid.
    rows = np.array([[log(0.1), log(0.9), -50], [log(0.1), log(0.1), log(0.8)]], dtype=np.float32)
    [[span]] = decode([rows])
    everything = 0.1 * 0.1 + 0.1 * 0.1 + 0.9 * 0.1 + 0.9 * 0.1 + 0.9 * 0.8
    assert span[:3] == (0, 2, 0)
    assert span.score == pytest.approx(0.9 * 0.8 / everything)


def test_a_lone_inside_is_no_span() -> None:
    # I- is by far the likeliest tag of the first unit, and cannot stand there.
    rows = np.array([[0, -1, 9], [0, -9, -9]], dtype=np.float32)
    assert decode([rows]) == [[]]


def test_what_comes_later_may_make_a_start_likely() -> None:
    # B alone is less probable than O, but the I behind it, which O cannot have before it, speaks for both.
    rows = np.array([[log(0.6), log(0.4), -50], [log(0.08), log(0.02), log(0.9)]], dtype=np.float32)
    [[span]] = decode([rows])
    assert span[:3] == (0, 2, 0)
    assert span.score == pytest.approx(0.4 * 0.9 / (0.4 * 0.9 + 0.1))


def test_of_spans_that_share_the_probability_the_likely_one_is_chosen_or_none() -> None:
    # A B- first has 0.75: with I- 0.75 x 0.7, alone 0.75 x 0.3; an O first 0.25 x 0.3, as no I- may follow.
    rows = np.log(np.array([[0.25, 0.75, 1e-9], [0.2, 0.1, 0.7]], dtype=np.float32))
    [[span]] = decode([rows])
    assert span[:3] == (0, 2, 0)
    assert span.score == pytest.approx(0.75 * 0.7 / (0.75 + 0.25 * 0.3), rel=1e-5)
    # A B- alone has 0.45 (0.31 before an O, 0.14 before another B-); B- I- has 0.40.
    rows = np.log(np.array([[0.25, 0.75, 1e-9], [0.36, 0.17, 0.47]], dtype=np.float32))
    assert decode([rows]) == [[]]
    # All that there is is as probable as the rest: B- and B- I- have a half each.
    rows = np.array([[-50, 0, -50], [0, -50, 0]], dtype=np.float32)
    assert decode([rows]) == [[]]


def test_neighbours_of_one_role_stay_apart() -> None:
    rows = np.array([[-9, 9, -9], [-9, 9, -9], [-9, -9, 9]], dtype=np.float32)
    [found] = decode([rows])
    assert [span[:3] for span in found] == [(0, 1, 0), (1, 3, 0)]


def test_a_very_sure_and_very_long_article_stays_finite() -> None:
    rows = np.full((5000, 5), -200, dtype=np.float32)
    rows[::2, 1] = rows[1::2, 2] = 200
    [found] = decode([rows])
    assert len(found) == 2500
    assert all(span.score == pytest.approx(1) for span in found)
    rows = np.zeros((20000, 5), dtype=np.float32)
    assert all(0 < span.score <= 1 for span in decode([rows])[0])


def test_nothing_to_decode() -> None:
    assert decode([]) == []
    assert decode([np.empty((0, 5), dtype=np.float32)]) == [[]]
