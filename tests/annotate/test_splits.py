import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.annotate.splits import SPLITS, Shares, check_leaks, check_torn, draw, draw_beside, groups, take
from rolecall.annotate.splits import given as given_by
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[2] / "sample"

# Articles of 3 to 30 groups, as {id: group}.
groupings = st.lists(st.integers(1, 6), min_size=3, max_size=30).map(
    lambda sizes: {f"a{g}-{n}": f"g{g}" for g, size in enumerate(sizes) for n in range(size)}
)


def article(name: str, **fields: str) -> Article:
    return Article.of(f"text of {name}", id=name, **fields)


def test_stories_duplicates_and_equal_texts_are_joined() -> None:
    articles = [
        article("e"),
        article("d", story="s"),
        article("c", duplicate_of="d"),  # joins the story of d
        article("b", duplicate_of="c", story="t"),  # and brings another story with it
        article("a", story="t"),
        Article.of("the same text", id="y"),
        Article.of("the same text", id="x", story="u"),
    ]
    expected = {"a": "a", "b": "a", "c": "a", "d": "a", "e": "e", "x": "x", "y": "x"}
    assert groups(articles) == expected
    assert groups(reversed(articles)) == expected


def test_what_an_absent_article_joins_stays_joined() -> None:
    twins = [article("b", duplicate_of="gone"), article("a", duplicate_of="gone")]
    assert groups(twins) == {"a": "a", "b": "a"}


def test_the_sample_is_divided_as_its_shares_say() -> None:
    group_of = groups(jsonl.read(SAMPLE / "articles.jsonl", Article))
    assert len(set(group_of.values())) == 28
    for seed in range(5):  # 70, 15 and 15 percent of 40
        assert Counter(draw(group_of, Shares(), seed).values()) == {"train": 28, "validation": 6, "test": 6}
    assert draw(group_of, Shares(), 0) != draw(group_of, Shares(), 1)


def test_large_stories_do_not_spoil_the_sizes() -> None:
    group_of = {f"{g}-{n}": f"{g}" for g in range(5) for n in range(20)} | {f"s{n}": f"s{n}" for n in range(100)}
    sizes = Counter(draw(group_of, Shares(), 0).values())  # 200 articles, half of them in 5 stories
    assert (sizes["validation"], sizes["test"]) == (30, 30)


@settings(deadline=None)
@given(groupings, st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_a_group_is_never_torn_and_no_split_is_empty(
    group_of: dict[str, str], seed: int, shuffler: random.Random
) -> None:
    split_of = draw(group_of, Shares(), seed)
    assert set(split_of) == set(group_of)
    assert set(split_of.values()) == set(SPLITS)
    assert all(len({split_of[name] for name in group_of if group_of[name] == g}) == 1 for g in group_of.values())
    largest = max(Counter(group_of.values()).values())
    for split in ("validation", "test"):
        size = sum(value == split for value in split_of.values())
        assert abs(size - 0.15 * len(group_of)) <= largest
    shuffled = list(group_of.items())
    shuffler.shuffle(shuffled)
    assert draw(dict(shuffled), Shares(), seed) == split_of


def test_a_share_of_nothing_is_no_split() -> None:
    group_of = {name: name for name in "abcd"}
    assert set(draw(group_of, Shares(0, 0, 1), 0).values()) == {"test"}
    assert Counter(draw(group_of, Shares(0.5, 0, 0.5), 0).values()) == {"train": 2, "test": 2}
    assert set(draw({"a": "a"}, Shares(1, 0, 0), 0).values()) == {"train"}


def test_too_few_stories_are_named_with_the_remedy() -> None:
    with pytest.raises(InputError, match=r"3 labelled articles make 2 groups by story.*\n  remedy: .*--split 1,0,0"):
        draw({"a": "s", "b": "s", "c": "c"}, Shares(), 0)


def test_beside_a_test_split_the_others_are_drawn_in_proportion() -> None:
    group_of = {f"a{n}": f"a{n}" for n in range(16)} | {"t0": "t", "t1": "t"}
    split_of = draw_beside(group_of, {"t0", "t1"}, Shares(0.6, 0.2, 0.2), 0)  # 3 to 1, whatever test's share
    assert Counter(split_of.values()) == {"train": 12, "validation": 4, "test": 2}
    assert split_of["t0"] == split_of["t1"] == "test"
    assert draw_beside(group_of, {"t0", "t1"}, Shares(0.75, 0.25, 0), 0) == split_of
    assert set(draw_beside({"a": "a", "t": "t"}, {"t"}, Shares(0.5, 0, 0.5), 0).items()) == {
        ("a", "train"),
        ("t", "test"),
    }
    assert draw_beside({"t": "t"}, {"t", "gone"}, Shares(0, 0, 1), 0) == {"t": "test"}
    with pytest.raises(InputError, match=r"16 labelled articles are not for test.*\n  remedy: .*--split 0\.8,0\.2,0"):
        draw_beside(group_of, {"t0", "t1"}, Shares(0, 0, 1), 0)


def test_whole_groups_are_taken_up_to_a_number() -> None:
    group_of = {"a0": "a", "a1": "a", "a2": "a", "b0": "b", "c0": "c"}
    assert len(take(group_of, 4, 0)) == 4  # a, and one of the others
    assert take(group_of, 5, 0) == set(group_of)
    assert take(group_of, 5, 0, spare=1) in (set(group_of) - {"b0"}, set(group_of) - {"c0"})
    assert take(group_of, 0, 0) == take(group_of, -2, 0) == take({}, 1, 0) == set()
    assert take(group_of, 0, 0, least=1) in ({"b0"}, {"c0"})
    one = {"a0": "a", "a1": "a", "a2": "a"}
    assert (take(one, 1, 0), take(one, 2, 0), take(one, 1, 0, least=1)) == (set(), set(one), set(one))
    assert take(one, 2, 0, spare=1) == set()


@settings(deadline=None)
@given(groupings, st.integers(-5, 200), st.integers(0, 2**32 - 1), st.integers(0, 1), st.integers(0, 2))
def test_what_is_taken_is_as_near_as_one_group_allows(
    group_of: dict[str, str], target: int, seed: int, least: int, spare: int
) -> None:
    taken = take(group_of, target, seed, least=least, spare=spare)
    sizes = Counter(group_of.values())
    inside = {group_of[name] for name in taken}
    assert len(taken) == sum(sizes[group] for group in inside)
    assert least <= len(inside) <= len(sizes) - spare
    gap = target - len(taken)
    for group, size in sizes.items():
        free = len(inside) > least if group in inside else len(sizes) - len(inside) > spare
        assert not free or abs(gap + (size if group in inside else -size)) >= abs(gap)


def test_splits_can_be_given() -> None:
    articles = [Article.of(name, id=name, meta={"fold": {"name": name}}) for name in ("train", "dev", "val", "test")]
    assert given_by(articles, "meta.fold.name") == {
        "train": "train",
        "dev": "validation",
        "val": "validation",
        "test": "test",
    }
    assert given_by([article("a", source="validation")], "source") == {"a": "validation"}


@pytest.mark.parametrize(
    ("meta", "says"), [({}, "None"), ({"split": "held"}, "'held'"), ({"split": ["dev"]}, r"\['dev'\]")]
)
def test_a_value_that_is_no_split_is_named(meta: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=rf"article 'a': meta\.split is {says}, which is no split") as caught:
        given_by([Article.of("x", id="a", meta=meta)], "meta.split")
    assert "validation, valid, val, dev" in caught.value.remedy


def test_a_torn_story_is_found() -> None:
    check_torn({"a": "s", "b": "s", "c": "c"}, {"a": "train", "b": "train", "c": "test"})
    with pytest.raises(InputError, match=r"articles 'a' \(train\) and 'b' \(test\) are of one story"):
        check_torn({"a": "s", "b": "s"}, {"a": "train", "b": "test"})


@pytest.mark.parametrize(
    "leak",
    [
        article("b", story="s"),
        article("b", duplicate_of="a"),
        Article.of("text of a", id="b"),
        article("a", story="s"),
    ],
)
def test_leaks_are_found_in_the_files(tmp_path: Path, leak: Article) -> None:
    jsonl.write(tmp_path / "train" / "articles.jsonl", [article("a", story="s")])
    jsonl.write(tmp_path / "test" / "articles.jsonl", [article("c")])
    check_leaks(tmp_path)
    jsonl.write(tmp_path / "test" / "articles.jsonl", [article("c"), leak])
    with pytest.raises(InputError, match="'a'"):
        check_leaks(tmp_path)
