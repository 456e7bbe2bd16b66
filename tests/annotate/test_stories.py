import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.annotate.stories import Duplicate, Settings, day_of, find
from rolecall.annotate.vectors import UNDATED
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import join
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"
STRIKE = "Oil workers down tools in Jarkul\n\nDrillers of Batys Burgylau in Mangyrtau stopped work on {}, said Saqaev."
MARCH = "Nurses march in Kamenvoda\n\nThe nurses of Lipova hospital walked to the ministry on {}, led by Danica Vrel."
SNOW = "Snow shuts the road\n\nThe pass at Kushkhona stayed closed for a third day, the roads office told drivers."


def article(name: str, text: str, published: str | None = "2019-04-10", **fields: str) -> Article:
    return Article.of(text, id=name, published=published, **fields)


def fields(articles: list[Article], *, anew: bool = False) -> dict[str, tuple[str | None, str | None]]:
    found = find(articles, anew=anew)
    assert [one.id for one in found.after] == [each.id for each in articles]
    return {one.id: (one.story, one.duplicate_of) for one in found.after}


def report(topic: str, place: int) -> str:
    """A report of an event: the same names and other words."""
    rng = random.Random(place)
    said = " ".join(f"word{rng.randrange(10_000)}" for _ in range(30))
    return f"{topic.format('Monday')} {said}"


NEWS = [
    article("a", report(STRIKE, 1)),
    article("b", report(MARCH, 2)),
    article("c", report(STRIKE, 3), "2019-04-12"),
    article("d", SNOW),
    article("e", report(MARCH, 4), "2019-04-09"),
]


def test_stories_are_named_by_their_first_article_and_lone_articles_have_none() -> None:
    assert fields(NEWS) == {
        "a": ("a", None),
        "b": ("b", None),
        "c": ("a", None),
        "d": (None, None),
        "e": ("b", None),
    }


def test_a_duplicate_names_the_earliest_by_date_and_shares_its_story() -> None:
    late = article("copy", f"{NEWS[0].text} And more.", "2019-04-11")
    assert fields([late, *NEWS]) == {**fields(NEWS), **dict.fromkeys("ac", ("copy", None)), "copy": ("copy", "a")}
    found = find([late, *NEWS])
    assert found.duplicates == [Duplicate("copy", "a", 0.958)]  # 46 sequences of 48
    undated = msgspec.structs.replace(late, published=None)
    assert fields([undated, *NEWS])["copy"] == ("copy", "a")


def test_an_article_and_its_duplicates_alone_are_no_story() -> None:
    assert fields([article("x", SNOW), article("y", SNOW)]) == {"x": (None, None), "y": (None, "x")}


def test_what_is_far_apart_in_time_is_no_story_and_what_has_no_date_is_near() -> None:
    texts = [report(STRIKE, place) for place in (1, 3, 5)]
    rest = NEWS[3:]
    far = [article("a", texts[0]), article("c", texts[1], "2019-05-30"), *rest]
    assert fields(far)["c"] == (None, None)
    assert find(far, Settings(days=60)).after[1].story == "a"
    assert fields([far[0], msgspec.structs.replace(far[1], published="spring"), *rest])["c"] == ("a", None)
    assert find([msgspec.structs.replace(each, published=None) for each in far]).undated == 4


def test_what_the_fields_say_stays() -> None:
    given = [
        msgspec.structs.replace(NEWS[0], story="strike"),
        msgspec.structs.replace(NEWS[1], story="mine"),
        *NEWS[2:4],
        msgspec.structs.replace(NEWS[4], story="other"),
        article("copy", NEWS[0].text, duplicate_of="gone"),
    ]
    before = {each.id: (each.story, each.duplicate_of) for each in given}
    assert fields(given) == {**before, "a": ("strike", "gone"), "c": ("strike", None), "copy": ("strike", "gone")}
    anew = fields(given, anew=True)
    assert anew == {**fields(NEWS), "copy": ("a", "a")}


def test_articles_that_come_later_join_stories_by_their_names() -> None:
    first = find(NEWS)
    known = [
        msgspec.structs.replace(each, story=one.story, duplicate_of=one.duplicate_of)
        for each, one in zip(NEWS, first.after, strict=True)
    ]
    more = [
        article("0", report(STRIKE, 6), "2019-04-08"),  # earlier than all
        article("f", f"{SNOW} It was said so.", "2019-04-08"),
        article("g", f"{NEWS[4].text} And more.", "2019-04-01"),
    ]
    assert fields([more[0], *known, *more[1:]]) == {
        **fields(NEWS),
        "0": ("a", None),
        "f": (None, None),
        "d": (None, "f"),
        "g": ("b", "e"),
    }
    assert fields(known) == fields(NEWS)


def test_kindred_originals_share_a_story_whatever_their_dates() -> None:
    words = [f"w{number}" for number in range(200)]
    steps = [" ".join(words[at : at + 102]) for at in (0, 30, 60, 90)]
    chain = [article(f"x{at}", text, f"20{10 + at}-01-01") for at, text in enumerate(steps)]
    expected = {"x0": ("x0", None), "x1": ("x0", "x0"), "x2": ("x0", None), "x3": ("x0", "x2")}
    assert fields([*chain, *NEWS]) == {**fields(NEWS), **expected}


def test_near_duplicates_in_different_stories_are_told() -> None:
    given = [article("x", SNOW, story="s"), article("y", SNOW, story="t"), *NEWS[:3]]
    found = find(given)
    assert [(one.story, one.duplicate_of) for one in found.after[:2]] == [("s", None), ("t", "x")]
    assert found.apart == [("x", "y")]
    settled = [*given, article("z", "The first", duplicate_of="x"), article("w", "The second", duplicate_of="y")]
    assert find(settled).apart == [("x", "y")]
    assert find(settled).after[1].duplicate_of is None


def test_dates() -> None:
    assert day_of("2019-04-10") == day_of("2019-04-10T23:30:00+05:00") == day_of("2019-04-10, noon") == 737_159
    assert [day_of(each) for each in (None, "", "spring 2019", "2019")] == [UNDATED] * 4


def test_an_id_that_stands_twice_and_no_articles_are_refused() -> None:
    with pytest.raises(InputError, match=r"in\.jsonl: article id 'a' stands twice"):
        find([NEWS[0], NEWS[0]], path=Path("in.jsonl"))
    with pytest.raises(InputError, match="holds no articles"):
        find([])


def test_the_stories_of_the_sample() -> None:
    """Nothing is joined that does not belong together; four follow-ups and bulletins are missed."""
    articles = [*jsonl.read(SAMPLE, Article)]
    found = find(articles, anew=True)
    assert [(each.article, each.duplicate_of) for each in found.duplicates] == [("s1-10", "s1-02"), ("s2-05", "s2-01")]
    groups = join(found.after)
    same = {
        (one.id, other.id)
        for place, one in enumerate(articles)
        for other in articles[place + 1 :]
        if groups[one.id] == groups[other.id]
    }
    known = {(a.id, b.id) for place, a in enumerate(articles) for b in articles[place + 1 :] if a.story == b.story}
    assert len(known) == 16
    assert same <= known
    assert sorted(known - same) == [("s1-01", "s1-19"), ("s1-05", "s1-19"), ("s1-09", "s1-17")]


def test_the_sample_keeps_its_stories() -> None:
    found = find(jsonl.read(SAMPLE, Article))
    assert [one.story for one in found.after] == [one.story for one in found.before]
    assert {one.id: one.duplicate_of for one in found.after if one.duplicate_of} == {"s1-10": "s1-02", "s2-05": "s2-01"}


def test_order_changes_no_group_among_articles_with_dates() -> None:
    articles = [*jsonl.read(SAMPLE, Article)]
    groups = join(find(articles, anew=True).after)
    turned = join(find(articles[::-1], anew=True).after)
    together = {frozenset(name for name in groups if groups[name] == group) for group in groups.values()}
    assert together == {frozenset(name for name in turned if turned[name] == group) for group in turned.values()}


TEXTS = [report(topic, place) for topic in (STRIKE, MARCH) for place in range(3)] + [SNOW, f"{SNOW} And more."]
NAMES = st.none() | st.sampled_from("0123st")
DAYS = st.sampled_from([None, "2019-04-10", "2019-04-12", "2020-01-01"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TEXTS), DAYS, NAMES, NAMES), min_size=1, max_size=9))
def test_whatever_is_given_stays_and_whatever_is_new_holds_together(
    rows: list[tuple[str, str | None, str | None, str | None]],
) -> None:
    articles = [
        Article.of(text, id=str(number), published=day, story=story, duplicate_of=original)
        for number, (text, day, story, original) in enumerate(rows)
    ]
    found = find(articles)
    after = {one.id: one for one in found.after}
    assert [one.id for one in found.after] == [each.id for each in articles]
    for each in articles:
        assert each.story in {None, after[each.id].story}
        assert each.duplicate_of in {None, after[each.id].duplicate_of}
    for new in found.duplicates:
        original = after.get(new.duplicate_of)
        assert (
            original is None
            or original.duplicate_of is None
            or original.duplicate_of == articles[int(original.id)].duplicate_of
        )  # no chain that was not there
        assert new.likeness >= 0.5
    groups = join(found.after)
    same_story = {(one.story, groups[one.id]) for one in found.after if one.story is not None}
    assert len(same_story) == len({story for story, _ in same_story})
    if not {each.duplicate_of for each in articles} <= {None, *after}:
        return  # which of them stands for an absent original may change
    again = [
        msgspec.structs.replace(each, story=after[each.id].story, duplicate_of=after[each.id].duplicate_of)
        for each in articles
    ]
    assert find(again).after == found.after
