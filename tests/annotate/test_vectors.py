from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate import vectors
from rolecall.annotate.vectors import UNDATED, Vectors, count_words, find_pairs, plain, weigh
from rolecall.core.similar import hash_words, split_words

VOCABULARY = ["police", "held", "miners", "rally", "Garnavan", "Serik", "union", "road", "snow", "court"]


def vectors_of(*texts: str) -> Vectors:
    counted = [count_words(words, hash_words(words)) for words in map(split_words, texts)]
    return weigh(counted, np.array([UNDATED] * len(counted)))


def pairs_of(matrix: Vectors, days: list[int], **limits: Any) -> dict[tuple[int, int], float]:
    found = find_pairs(matrix, np.array(days, dtype=np.int64), watch=plain, **limits)
    return {
        (min(i, j), max(i, j)): round(s, 5)
        for i, j, s in zip(found.one.tolist(), found.other.tolist(), found.similarity.tolist(), strict=True)
    }


def test_capitals_are_features_of_their_own() -> None:
    words = ["March", "march", "Paris"]
    assert sorted(count_words(words, hash_words(words)).counts.tolist()) == [1, 1, 1, 2]


def test_a_similarity_by_hand() -> None:
    matrix = vectors_of("snow snow road", "snow court", "rally")
    snow, alone = (np.log(4 / 3) + 1) ** 1.5, (np.log(4 / 2) + 1) ** 1.5  # in two texts of three, in one
    first = np.hypot(np.sqrt(2) * snow, alone)
    expected = np.sqrt(2) * snow * snow / (first * np.hypot(snow, alone))
    assert pairs_of(matrix, [UNDATED] * 3, window=0, threshold=0.01) == {(0, 1): pytest.approx(expected, abs=1e-5)}


def test_reports_too_far_apart_are_no_pair_and_one_without_a_date_is_near_to_all() -> None:
    matrix = vectors_of(*["snow road", "rally"] * 3)
    days = [10, 10, 17, 10, UNDATED, 18]
    assert set(pairs_of(matrix, days, window=7, threshold=0.9)) == {(0, 2), (0, 4), (2, 4), (1, 3)}
    assert set(pairs_of(matrix, days, window=8, threshold=0.9)) >= {(1, 5), (3, 5)}


def test_texts_without_words_are_like_nothing() -> None:
    assert pairs_of(vectors_of("...", "!", "snow"), [UNDATED] * 3, window=0, threshold=0.01) == {}


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8).map(" ".join),
            st.just(UNDATED) | st.integers(1, 40),
        ),
        min_size=1,
        max_size=24,
    ),
    st.integers(0, 20),
)
def test_the_search_finds_what_comparing_all_finds(texts: list[tuple[str, int]], window: int) -> None:
    """With blocks of 4, and words in more than 3 texts left out at first: a pair that shares only those is none."""
    matrix, days = vectors_of(*(text for text, _ in texts)), [day for _, day in texts]
    dense = matrix.rows.toarray().astype(np.float64)
    common = (dense > 0).sum(axis=0) > 3
    rare = dense[:, ~common]
    block, vectors._BLOCK = vectors._BLOCK, 4
    try:
        found = pairs_of(Vectors(matrix.rows, common), days, window=window, threshold=0.3)
    finally:
        vectors._BLOCK = block
    expected = {
        (i, j): round(float(dense[i] @ dense[j]), 5)
        for i in range(len(texts))
        for j in range(i + 1, len(texts))
        if dense[i] @ dense[j] >= 0.3
        and rare[i] @ rare[j] > 0
        and (UNDATED in {days[i], days[j]} or abs(days[i] - days[j]) <= window)
    }
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_story_of_many_reports_in_few_days_leaves_its_names_rare() -> None:
    """100 reports of one event in two days among 100 others, one a day: a name counts for 2 days, and not for half."""
    texts = [f"Jarkul filler{number}" for number in range(100)] + [f"weather other{number}" for number in range(100)]
    days = [50 + number % 2 for number in range(100)] + [*range(100)]
    counted = [count_words(words, hash_words(words)) for words in map(split_words, texts)]
    bursty, steady = weigh(counted, np.array(days)), weigh(counted, np.array([UNDATED] * 200))
    first = [float((each.rows[0] @ each.rows[1].T).toarray()[0, 0]) for each in (bursty, steady)]
    last = [float((each.rows[150] @ each.rows[151].T).toarray()[0, 0]) for each in (bursty, steady)]
    # Jarkul and its capital count 3 x (1 + 100 / 100) a day: 12 texts of 200. Alone a filler is in 1.
    jarkul, alone = (np.log(201 / 13) + 1) ** 1.5, (np.log(201 / 2) + 1) ** 1.5
    assert first[0] == pytest.approx(2 * jarkul**2 / (2 * jarkul**2 + alone**2), abs=1e-5)
    assert first[0] > first[1] + 0.2
    assert last[0] == pytest.approx(last[1], abs=1e-5)
