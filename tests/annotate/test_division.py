"""Splits by date and by source."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.division import Cut, cut_by_date, join_sources
from rolecall.annotate.splits import SPLITS, Shares
from rolecall.annotate.vectors import UNDATED
from rolecall.core.errors import InputError


def day(number: int) -> int:
    return date(2024, 1, number).toordinal()


def test_train_is_the_past() -> None:
    days = {f"a{n}": day(n) for n in range(1, 11)}
    split_of, cut = cut_by_date({name: name for name in days}, days, Shares(0.6, 0.2, 0.2))
    assert [split_of[f"a{n}"] for n in range(1, 11)] == ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
    assert cut == Cut(until={"train": "2024-01-06", "validation": "2024-01-08"})


def test_a_story_goes_by_its_latest_date_and_what_came_before_is_named() -> None:
    days = {"a1": day(1), "a2": day(2), "b1": day(2), "b2": day(9), "c": day(3), "d": day(8)}
    group_of = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c": "c", "d": "d"}
    split_of, cut = cut_by_date(group_of, days, Shares(0.5, 0, 0.5))
    assert {name for name, split in split_of.items() if split == "train"} == {"a1", "a2", "c"}
    assert cut == Cut(until={"train": "2024-01-03"}, early=["b1"])


def test_one_day_is_never_cut_in_two() -> None:
    days = {"a": day(1), "b": day(2), "c": day(2), "d": day(2), "e": day(3)}
    split_of, _ = cut_by_date({name: name for name in days}, days, Shares(0.5, 0, 0.5))
    assert split_of in (
        {"a": "train", "b": "test", "c": "test", "d": "test", "e": "test"},
        {"a": "train", "b": "train", "c": "train", "d": "train", "e": "test"},
    )


def test_what_has_no_date_goes_with_its_story_or_is_an_error() -> None:
    days = {"a": day(1), "b": day(2), "b2": UNDATED}
    group_of = {"a": "a", "b": "b", "b2": "b"}
    split_of, cut = cut_by_date(group_of, days, Shares(0.5, 0, 0.5))
    assert (split_of["b2"], cut.undated) == ("test", ["b2"])
    with pytest.raises(InputError, match=r"1 articles have no date that can be read, .*: b2\n  remedy: give them one"):
        cut_by_date(group_of | {"b2": "b2"}, days, Shares(0.5, 0, 0.5))


def test_too_few_days_are_told() -> None:
    days = {"a": day(1), "b": day(1), "c": day(2)}
    with pytest.raises(InputError, match="stories end on 2 days, too few for 3 splits by date"):
        cut_by_date({name: name for name in days}, days, Shares())
    assert cut_by_date({"a": "a"}, days, Shares(0, 0, 1)) == ({"a": "test"}, Cut(until={}))


@given(st.lists(st.tuples(st.integers(1, 28), st.integers(0, 9)), min_size=3, max_size=30))
def test_nothing_in_a_split_is_later_than_the_next_one_begins(found: list[tuple[int, int]]) -> None:
    days = {f"a{n}": day(at) for n, (at, _) in enumerate(found)}
    group_of = {f"a{n}": f"g{group}" for n, (_, group) in enumerate(found)}
    last = {group: max(days[name] for name in days if group_of[name] == group) for group in group_of.values()}
    if len(set(last.values())) < 3:
        return
    split_of, cut = cut_by_date(group_of, days, Shares())
    assert set(split_of.values()) == set(SPLITS)
    assert all(len({split_of[name] for name in group_of if group_of[name] == g}) == 1 for g in last)
    for one, other in (("train", "validation"), ("validation", "test")):
        end = max(days[name] for name in days if split_of[name] == one)
        begins = min(last[group_of[name]] for name in days if split_of[name] == other)
        assert end <= date.fromisoformat(cut.until[one]).toordinal() < begins


def test_stories_that_share_a_source_are_joined() -> None:
    group_of = {"a": "a", "b": "b", "c": "c", "d": "c", "e": "e", "f": "f"}
    sources = {"a": "The  Herald", "b": "the herald", "c": "Radio", "d": "THE HERALD", "e": None, "f": " "}
    expected = {"a": "a", "b": "a", "c": "a", "d": "a", "e": "e", "f": "f"}
    assert join_sources(group_of, sources) == expected
    assert join_sources(dict(reversed(group_of.items())), sources) == expected
