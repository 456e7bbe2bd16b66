"""Near-duplicates that stand in two splits, or in two folds of train."""

import random
from itertools import combinations

import pytest

from rolecall.annotate.doubles import Double, check_doubles, find_doubles, told
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.similar import THRESHOLD, likeness, shingles

SAID = "police held nine people in the square on monday after a rally against the new tax on bread and salt"


def articles(**texts: str) -> dict[str, Article]:
    return {name: Article.of(text, id=name) for name, text in texts.items()}


def test_copies_in_two_splits_are_found_and_those_in_one_are_not() -> None:
    text = SAID
    found = articles(
        a=text, b=f"{text}, agencies say", c=" ".join(reversed(SAID.split())), d=f"Update: {text}", e="something else"
    )
    split_of = {"a": "train", "b": "test", "c": "test", "d": "train", "e": "test"}
    doubles = find_doubles(found, split_of)
    # of 20 words there are 18 sequences of three; b has 2 more, d 1 more
    assert doubles == [
        Double("a", "train", "b", "test", round(18 / 20, 3)),
        Double("b", "test", "d", "train", round(18 / 21, 3)),
    ]
    assert find_doubles(found, dict.fromkeys(split_of, "train")) == []
    with pytest.raises(
        InputError,
        match=r"2 pairs of near-duplicates .*: 'a' \(train\) and 'b' \(test\): 0\.90 alike; .*\n  remedy: mark",
    ):
        check_doubles(doubles)
    check_doubles([])


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (
            ("train fold 0", "train fold 1"),
            "3 pairs of near-duplicates stand in two folds of train: 'a' (train fold 0) and",
        ),
        (
            ("train fold 0", "test"),
            "3 pairs of near-duplicates stand in two splits: 'a' (train fold 0) and 'b' (test): ",
        ),
        (("train", "test"), "3 pairs of near-duplicates stand in two splits: 'a' (train) and 'b' (test): "),
    ],
)
def test_what_pairs_stand_in_two_of_is_told(parts: tuple[str, str], says: str) -> None:
    pairs = [Double(one, parts[0], other, parts[1], 0.9) for one, other in ("ab", "cd", "ef")]
    with pytest.raises(InputError) as caught:
        check_doubles(pairs)
    assert str(caught.value).startswith(says)


def test_pairs_of_both_kinds_are_told_together() -> None:
    torn = [Double("a", "train fold 0", "b", "train fold 2", 0.9), Double("c", "test", "d", "train fold 2", 0.9)]
    assert told(torn) == "2 pairs of near-duplicates stand in two splits or folds of train"


def test_a_mass_of_copies_is_told_all_the_same() -> None:
    found = articles(**{f"a{n:03}": f"{SAID} {n}" for n in range(200)})
    doubles = find_doubles(found, {name: "test" if name < "a100" else "train" for name in found})
    assert {double.article for double in doubles} >= {f"a{n:03}" for n in range(100)}


def test_nothing_that_comparing_all_with_all_finds_is_missed() -> None:
    rng = random.Random(2)
    words = [f"w{n}" for n in range(400)]
    texts: dict[str, str] = {}
    said: list[str] = []
    for number in range(60):
        said = [*rng.choices(words, k=60)] if number % 4 == 0 else [*said]
        for _ in range(rng.randint(0, 4)):
            said[rng.randrange(60)] = rng.choice(words)
        texts[f"a{number:02}"] = " ".join(said)
    found = articles(**texts)
    split_of = {name: ("train", "test")[at % 2] for at, name in enumerate(found)}
    shingled = {name: shingles(text) for name, text in texts.items()}
    pairs = ((one, other) for one, other in combinations(found, 2) if split_of[one] != split_of[other])
    alike = {(one, other): likeness(shingled[one], shingled[other]) for one, other in pairs}
    doubles = {(double.article, double.other) for double in find_doubles(found, split_of)}
    assert doubles == {pair for pair, how in alike.items() if how >= THRESHOLD}
    assert len(doubles) > 30
