import random
from itertools import combinations

import numpy as np
import pytest

from rolecall.annotate.copies import Copies, find_copies
from rolecall.annotate.vectors import plain
from rolecall.core.similar import hash_words, likeness, shingle, signature


def find(texts: list[list[str]], order: list[int] | None = None, known: dict[int, int] | None = None) -> Copies:
    shingles = [shingle(hash_words(words)) for words in texts]
    signatures = np.stack([signature(each) for each in shingles])
    return find_copies(shingles, signatures, order or range(len(texts)), known or {}, threshold=0.5, watch=plain)


def words(first: int, last: int) -> list[str]:
    return [f"w{number}" for number in range(first, last)]


def test_a_copy_names_the_first_of_its_kind() -> None:
    texts = [words(0, 102), words(500, 602), words(10, 102), words(0, 102)]
    found = find(texts)
    assert found.original.tolist() == [0, 1, 0, 0]
    assert found.likeness == {2: pytest.approx(0.9), 3: 1.0}  # 90 of the 100 sequences
    assert found.kin == []
    assert find(texts, order=[3, 2, 1, 0]).original.tolist() == [3, 1, 3, 3]


def test_there_are_no_chains_and_what_would_be_one_is_kin() -> None:
    texts = [words(0, 102), words(30, 132), words(60, 162), words(90, 192)]  # each like its neighbours: 70 of 130
    found = find(texts)
    assert found.original.tolist() == [0, 0, 2, 2]
    assert found.kin == [(0, 2)]


def test_of_several_originals_the_most_alike_is_named_and_the_others_are_kin() -> None:
    found = find([words(0, 102), words(60, 162), words(25, 127)])
    assert found.original.tolist() == [0, 1, 0]  # 75 of 125 against 65 of 135, which is below the half
    assert found.kin == []
    found = find([words(0, 102), words(60, 162), words(32, 132)])
    assert found.original.tolist() == [0, 1, 1]  # 68 of 130 against 70 of 128
    assert found.kin == [(0, 1)]


def test_settled_originals_stay() -> None:
    texts = [words(0, 102), words(0, 102), words(0, 102)]
    found = find(texts, order=[1, 0, 2], known={1: 1, 0: 1})
    assert found.original.tolist() == [1, 1, 1]
    assert found.likeness == {2: 1.0}
    apart = find([*texts, words(700, 802)], known={0: 0, 1: 3}, order=[0, 1, 3, 2])
    assert apart.original.tolist() == [0, 3, 0, 3]
    assert apart.kin == [(0, 3)]


def test_every_near_pair_is_one_family_and_every_copy_is_measured() -> None:
    rng = random.Random(3)
    texts = []
    for _ in range(8):
        base = [f"w{rng.randrange(500)}" for _ in range(150)]
        texts += [[w if rng.random() > share else f"x{rng.randrange(9999)}" for w in base] for share in (0, 0.03, 0.1)]
    rng.shuffle(texts)
    found = find(texts)
    shingles = [shingle(hash_words(each)) for each in texts]
    family = {row: {row} for row in range(len(texts))}
    joins = [*enumerate(found.original.tolist()), *found.kin]
    for one, other in joins:
        both = family[one] | family[other]
        family.update(dict.fromkeys(both, both))
    near = [pair for pair in combinations(range(len(texts)), 2) if likeness(*(shingles[row] for row in pair)) >= 0.5]
    assert len(near) > 10
    assert all(family[one] is family[other] for one, other in near)
    assert {row: round(likeness(shingles[row], shingles[found.original[row]]), 9) for row in found.likeness} == {
        row: round(like, 9) for row, like in found.likeness.items()
    }
    assert min(found.likeness.values()) >= 0.5


def test_a_thousand_copies_are_quick() -> None:
    rng = random.Random(4)
    base = words(0, 80)
    texts = [[w if rng.random() > 0.01 else f"x{rng.randrange(99)}" for w in base] for _ in range(1000)]
    found = find(texts)
    assert len(set(found.original.tolist())) + len(found.likeness) == 1000
    assert len(set(found.original.tolist())) < 5
