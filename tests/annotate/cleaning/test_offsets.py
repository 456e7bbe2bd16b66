import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.cleaning.cuts import Stretch
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.core.records import text_hash
from tests.strategies import texts

#        0         1         2
#        0123456789012345678901234
TEXT = "Head. [ad] Police. [ad] X"
MOVED = OffsetMap.of("a", TEXT, [(6, 11), (19, 24)])


def test_a_map_knows_both_texts() -> None:
    assert MOVED.apply(TEXT) == "Head. Police. X"
    assert (MOVED.cleaned_from, MOVED.hash) == (text_hash(TEXT), text_hash("Head. Police. X"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((0, 5), (0, 5)),  # before every cut
        ((11, 17), (6, 12)),  # between two
        ((24, 25), (14, 15)),  # after both
        ((11, 25), (6, 15)),  # around one
        ((7, 17), (6, 12)),  # from within one
        ((11, 22), (6, 14)),  # into one
        ((0, 25), (0, 15)),
        ((6, 11), None),
        ((7, 9), None),
        ((19, 24), None),
    ],
)
def test_stretches_go_forward(before: Stretch, after: Stretch | None) -> None:
    assert MOVED.forward(*before) == after


@pytest.mark.parametrize(
    ("after", "before"),
    [((0, 5), (0, 5)), ((6, 12), (11, 17)), ((5, 7), (5, 12)), ((14, 15), (24, 25)), ((0, 15), (0, 25))],
)
def test_stretches_go_backward(after: Stretch, before: Stretch) -> None:
    assert MOVED.backward(*after) == before


def test_what_is_left_of_a_quote() -> None:
    assert MOVED.quote(3, 13, TEXT[3:13]) == "d. Po"
    assert MOVED.quote(7, 10, TEXT[7:10]) == ""
    assert MOVED.quote(11, 17, "Police") == "Police"


@pytest.mark.parametrize("removed", [((3, 3),), ((4, 6), (6, 8)), ((5, 9), (1, 2)), ((-1, 4),)])
def test_stretches_that_are_not_apart_are_refused(removed: tuple[Stretch, ...]) -> None:
    with pytest.raises(ValueError, match="not sorted and apart"):
        OffsetMap(article="a", hash="", cleaned_from="", removed=removed)


@st.composite
def maps(draw: st.DrawFn) -> tuple[str, OffsetMap]:
    text = draw(texts) + "end"
    bounds = sorted(draw(st.sets(st.integers(0, len(text) - 1), max_size=8)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return text, OffsetMap.of("a", text, pairs)


@given(maps(), st.data())
def test_forward_undoes_backward(case: tuple[str, OffsetMap], data: st.DataObject) -> None:
    text, moved = case
    cleaned = moved.apply(text)
    start = data.draw(st.integers(0, len(cleaned) - 1))
    end = data.draw(st.integers(start + 1, len(cleaned)))
    before = moved.backward(start, end)
    assert moved.forward(*before) == (start, end)
    assert moved.quote(*before, text[before[0] : before[1]]) == cleaned[start:end]


@given(maps(), st.data())
def test_a_stretch_says_the_same_where_it_went(case: tuple[str, OffsetMap], data: st.DataObject) -> None:
    text, moved = case
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    after = moved.forward(start, end)
    said = "" if after is None else moved.apply(text)[after[0] : after[1]]
    assert said == moved.quote(start, end, text[start:end])
