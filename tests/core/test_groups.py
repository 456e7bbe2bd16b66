import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import jsonl
from rolecall.core.groups import join, read_groups
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"

NAMES = st.sampled_from("abcdef")
ARTICLES = st.dictionaries(NAMES, st.tuples(st.none() | NAMES, st.none() | NAMES, st.sampled_from("xyzuvw")))


def article(name: str, **fields: str) -> Article:
    return Article.of(f"text of {name}", id=name, **fields)


def test_a_record_that_stands_alone_is_grouped_as_it_says() -> None:
    alone = [article("a", story="s"), article("b", duplicate_of="gone"), article("c")]
    assert join(alone) == {"a": "s", "b": "gone", "c": "c"} == {each.id: each.group for each in alone}


def test_a_duplicate_is_in_the_story_of_its_original() -> None:
    assert join([article("copy", duplicate_of="first"), article("first", story="s")]) == {"copy": "s", "first": "s"}
    chain = [article("c", duplicate_of="b"), article("b", duplicate_of="a"), article("a", story="s"), article("d")]
    assert join(chain) == {"c": "s", "b": "s", "a": "s", "d": "d"}


def test_a_duplicate_with_a_story_of_its_own_brings_both_together() -> None:
    joined = [article("x", story="t"), article("copy", duplicate_of="first", story="t"), article("first", story="s")]
    assert join(joined) == {"x": "s", "copy": "s", "first": "s"}


def test_a_story_named_by_an_article_holds_that_article() -> None:
    assert join([article("a"), article("b", story="a")]) == {"a": "a", "b": "a"}


def test_equal_texts_are_one_group() -> None:
    twins = [Article.of("the same", id="y"), Article.of("the same", id="x"), Article.of("other", id="z")]
    assert join(twins) == {"y": "x", "x": "x", "z": "z"}


@given(ARTICLES, st.randoms())
def test_nothing_that_belongs_together_is_torn_and_order_does_not_matter(
    fields: dict[str, tuple[str | None, str | None, str]], rng: random.Random
) -> None:
    articles = [Article.of(text, id=n, story=s, duplicate_of=d) for n, (s, d, text) in fields.items()]
    group_of = join(articles)
    for one in articles:
        for other in articles:
            if (
                one.duplicate_of == other.id
                or (one.duplicate_of is not None and one.duplicate_of == other.duplicate_of)
                or (one.story is not None and one.story in {other.story, other.id})
                or one.hash == other.hash
            ):
                assert group_of[one.id] == group_of[other.id]
    rng.shuffle(articles)
    assert join(articles) == group_of


def test_the_groups_of_a_file() -> None:
    group_of = read_groups(SAMPLE)
    assert len(set(group_of.values())) == 28
    assert group_of == {each.id: each.story for each in jsonl.read(SAMPLE, Article)}
