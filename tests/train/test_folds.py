"""Folds: every article in one, no story torn, the same in any order."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.errors import InputError
from rolecall.train import folds

GROUPS = st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from("abcdefghij"), min_size=1, max_size=60)


def test_the_largest_stories_go_first_to_the_emptiest_folds() -> None:
    # Stories of 4, 2, 1 and 1 articles: 4 alone, 2 to the other fold, then both single ones there too.
    group_of = dict(zip("abcdefgh", ["long"] * 4 + ["pair"] * 2 + ["one", "two"], strict=True))
    for seed in range(5):
        found = folds.draw(group_of, 2, seed)
        assert [found[name] for name in "abcdefgh"] == [1, 1, 1, 1, 2, 2, 2, 2]


def test_another_seed_draws_other_folds() -> None:
    group_of = {str(number): str(number) for number in range(12)}
    first = folds.draw(group_of, 3, 0)
    assert folds.draw(group_of, 3, 0) == first
    assert folds.draw(group_of, 3, 1) != first
    assert Counter(first.values()) == {1: 4, 2: 4, 3: 4}


@given(GROUPS, st.integers(2, 5), st.integers(0, 3), st.randoms())
def test_every_article_is_in_one_fold_and_no_story_in_two(
    group_of: dict[str, str], count: int, seed: int, rng: object
) -> None:
    sizes = Counter(group_of.values())
    if len(sizes) < count:
        with pytest.raises(InputError, match=f"too few for {count} folds"):
            folds.draw(group_of, count, seed)
        return
    found = folds.draw(group_of, count, seed)
    assert found.keys() == group_of.keys()
    assert set(found.values()) == set(range(1, count + 1))
    assert len({(group_of[name], fold) for name, fold in found.items()}) == len(sizes)
    loads = Counter(found.values())
    assert max(loads.values()) - min(loads.values()) <= max(sizes.values())
    names = list(group_of)
    rng.shuffle(names)  # type: ignore[attr-defined]
    assert folds.draw({name: group_of[name] for name in names}, count, seed) == found


def test_a_dataset_has_folds_of_its_own_where_no_article_is_without() -> None:
    group_of = {"a": "one", "b": "one", "c": "two", "d": "three"}
    own = {"a": 3, "b": 3, "c": 0, "d": 0}
    assert folds.settled(own, group_of, Path("dataset")) == own
    assert folds.settled({**own, "d": None}, group_of, Path("dataset")) is None
    assert folds.settled(dict.fromkeys(own), group_of, Path("dataset")) is None
    assert folds.settled({}, {}, Path("dataset")) is None


@pytest.mark.parametrize(
    ("own", "said"),
    [({"a": 0, "b": 1, "c": 1}, "dataset: its folds tear a story apart: 'a' is in fold 0, 'b' in fold 1\n  remedy: "),
     ({"a": 1, "b": 1, "c": 1}, "dataset: all of its articles are in one fold, which leaves none to learn from\n")],
)  # fmt: skip
def test_folds_of_a_dataset_that_cannot_be_taken(own: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        folds.settled(own, {"a": "one", "b": "one", "c": "two"}, Path("dataset"))
