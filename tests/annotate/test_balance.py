"""Roles over splits: rare ones in every part, sizes right, groups whole, always the same."""

import random
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.balance import allot, shared_out, shuffle, tabulate
from rolecall.annotate.splits import Shares, draw

SHARES = Shares(0.6, 0.2, 0.2)


def spread(split_of: dict[str, str], contents: dict[str, dict[str, int]], role: str) -> Counter[str]:
    """Count the labels of a role in each split, where each article is a group of its own."""
    counts: Counter[str] = Counter()
    for name, split in split_of.items():
        counts[split] += contents[name].get(role, 0)
    return counts


def test_a_rare_role_is_in_every_split_whatever_the_seed() -> None:
    names = [f"a{n:02}" for n in range(40)]
    contents = {name: {"PLACE": 5} for name in names}
    for at in (3, 4, 29):
        contents[names[at]]["FINE"] = 1
    group_of = {name: name for name in names}
    chance = 0
    for seed in range(20):
        split_of = draw(group_of, SHARES, seed, contents)
        assert spread(split_of, contents, "FINE") == {"train": 1, "validation": 1, "test": 1}
        assert Counter(split_of.values()) == {"train": 24, "validation": 8, "test": 8}
        chance += set(spread(draw(group_of, SHARES, seed), contents, "FINE").values()) == {1}
    assert chance < 20  # without looking at roles it does not happen by itself


def test_labels_stand_in_proportion() -> None:
    rng = random.Random(1)
    names = [f"a{n:03}" for n in range(100)]
    contents = {name: {role: rng.randint(0, 4) for role in ("A", "B", "C")} for name in names}
    split_of = draw({name: name for name in names}, SHARES, 0, contents)
    for role in ("A", "B", "C"):
        counts = spread(split_of, contents, role)
        assert abs(counts["test"] / counts.total() - 0.2) < 0.01
        assert abs(counts["train"] / counts.total() - 0.6) < 0.01


def test_two_groups_of_a_role_go_to_train_and_test() -> None:
    names = [f"a{n}" for n in range(10)]
    contents: dict[str, dict[str, int]] = {name: {} for name in names} | {"a3": {"FINE": 1}, "a7": {"FINE": 1}}
    split_of = draw({name: name for name in names}, SHARES, 0, contents)
    assert {split_of["a3"], split_of["a7"]} == {"train", "test"}


def test_the_order_comes_from_names_alone() -> None:
    """`printf 0:a | b2sum -l 128` and so on begin with 1d, 78, 76, db, 4b, 82: no library's generator has a say."""
    assert shuffle(["a", "b", "c", "d", "e", "f"], 0).tolist() == [0, 4, 2, 1, 5, 3]
    assert shuffle(["a", "b", "c", "d", "e", "f"], 1).tolist() != [0, 4, 2, 1, 5, 3]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.lists(st.integers(0, 3), min_size=4, max_size=4)), min_size=3, max_size=25)
)
def test_every_group_has_a_part_and_no_part_is_empty(groups: list[tuple[int, list[int]]]) -> None:
    group_of = {f"a{g}-{n}": f"g{g:02}" for g, (size, _) in enumerate(groups) for n in range(size)}
    contents = {f"g{g:02}": dict(zip("ABCD", counts, strict=True)) for g, (_, counts) in enumerate(groups)}
    names, sizes, table = tabulate(group_of, contents)
    wanted = shared_out((0.6, 0.2, 0.2), sizes, table)
    parts = allot(sizes, table, wanted, shuffle(names, 0))
    assert sorted(set(parts.tolist())) == [0, 1, 2]
    for part in (1, 2):
        assert abs(sizes[parts == part].sum() - wanted.articles[part]) <= sizes.max()
    assert np.array_equal(allot(sizes, table, wanted, shuffle(names, 0)), parts)
