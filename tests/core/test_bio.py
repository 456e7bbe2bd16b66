import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import bio
from rolecall.core.bio import Overlap, Placement
from rolecall.core.records import Article, Span, quote
from rolecall.core.tokens import tokenize
from tests.strategies import articles, spans

TEXT = "anti-government rally in Almaty"
ARTICLE = Article.of(TEXT)
UNITS = tokenize(TEXT)


def test_a_word_inside_a_compound_is_reached() -> None:
    assert bio.place(quote(ARTICLE, 5, 15, "TARGET"), UNITS) == Placement(2, 3, exact=True)


def test_half_a_word_is_placed_on_the_whole() -> None:
    assert bio.place(quote(ARTICLE, 7, 19, "TARGET"), UNITS) == Placement(2, 4, exact=False)


def test_white_space_alone_is_nowhere() -> None:
    assert bio.place(quote(ARTICLE, 15, 16, "TARGET"), UNITS) is None


def test_tags_there_and_back() -> None:
    placed = [(Placement(2, 3, exact=True), "TARGET"), (Placement(3, 4, exact=True), "PROTEST")]
    tags = bio.encode(placed, 6)
    assert tags == ["O", "O", "B-TARGET", "B-PROTEST", "O", "O"]
    assert bio.decode(tags) == placed


def test_neighbours_of_one_role_stay_two() -> None:
    placed = [(Placement(0, 2, exact=True), "X"), (Placement(2, 3, exact=True), "X")]
    assert bio.decode(bio.encode(placed, 3)) == placed


def test_two_claims_on_a_unit_are_refused() -> None:
    with pytest.raises(ValueError, match="unit 1 is claimed by I-X and Y"):
        bio.encode([(Placement(0, 2, exact=True), "X"), (Placement(1, 2, exact=True), "Y")], 2)


@pytest.mark.parametrize("tags", [["I-X"], ["O", "I-X"], ["B-Y", "I-X"], ["B-X", "O", "I-X"]])
def test_a_stray_inside_tag_is_refused(tags: list[str]) -> None:
    with pytest.raises(ValueError, match="is I-X after"):
        bio.decode(tags)


def test_tag_names_have_a_fixed_order() -> None:
    assert bio.tag_names(["X", "Y"]) == ["O", "B-X", "I-X", "B-Y", "I-Y"]


def test_the_longest_span_stays() -> None:
    text = Article.of("abcdefghij")
    found = [quote(text, 0, 3, "X"), quote(text, 2, 7, "Y"), quote(text, 7, 9, "X"), quote(text, 6, 8, "X")]
    kept, dropped = bio.keep_longest(found)
    assert kept == [1, 2]
    assert dropped == [Overlap(0, 1), Overlap(3, 1)]


def test_of_equal_length_the_leftmost_stays() -> None:
    text = Article.of("abcdefghij")
    assert bio.keep_longest([quote(text, 2, 4, "X"), quote(text, 1, 3, "X")]) == ([1], [Overlap(0, 1)])


@given(articles().flatmap(lambda article: st.lists(spans(article.text), max_size=12)), st.data())
def test_what_is_kept_is_apart_and_what_gives_way_overlaps_its_winner(found: list[Span], data: st.DataObject) -> None:
    kept, dropped = bio.keep_longest(found)
    assert sorted([*kept, *(loser for loser, _ in dropped)]) == list(range(len(found)))
    for left, right in itertools.pairwise(kept):
        assert found[left].end <= found[right].start
    for loser, winner in dropped:
        assert winner in kept
        assert found[loser].start < found[winner].end
        assert found[winner].start < found[loser].end
        assert len(found[loser].text) <= len(found[winner].text)
    shuffled = data.draw(st.permutations(found))
    again, _ = bio.keep_longest(shuffled)
    assert [shuffled[i].key for i in again] == [found[i].key for i in kept]


@given(st.lists(st.sampled_from(bio.tag_names(["X", "Y"])), max_size=12))
def test_decode_and_encode_are_inverse_where_the_tags_are_valid(tags: list[str]) -> None:
    try:
        found = bio.decode(tags)
    except ValueError:
        return
    assert bio.encode(found, len(tags)) == tags
