"""Tags without regard for what may follow what, and the spans that they are read as."""

from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import bio
from rolecall.core.records import Span
from rolecall.core.tokens import tokenize
from rolecall.train.baselines.sequence import in_order, mend, spans_of, words_of


def test_a_stray_inside_opens_a_span() -> None:
    assert mend(["I-A", "I-A", "O", "I-B", "B-A", "I-B", "I-B", "B-B", "I-A"]) == [
        "B-A", "I-A", "O", "B-B", "B-A", "B-B", "I-B", "B-B", "B-A",
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), max_size=12))
def test_mended_tags_are_valid_and_valid_ones_stay(tags: list[str]) -> None:
    mended = mend(tags)
    assert mend(mended) == mended
    assert [tag[1:] for tag in mended] == [tag[1:] for tag in tags]
    assert bio.encode(bio.decode(mended), len(tags)) == mended


def test_spans_have_the_bounds_of_their_tokens() -> None:
    text = "Mr. Doe left"
    tokens = tokenize(text)
    assert words_of(text, tokens) == ["Mr", ".", "Doe", "left"]
    assert spans_of(text, tokens, ["B-A", "I-A", "I-A", "I-B"]) == [
        Span(0, 7, "A", "Mr. Doe"),
        Span(8, 12, "B", "left"),
    ]
    assert spans_of("", [], []) == []


def test_layers_are_shuffled_into_text_order() -> None:
    first, second, third = Span(0, 1, "A", "a"), Span(0, 2, "B", "ab"), Span(1, 2, "A", "b")
    assert in_order([third, first, second]) == (first, second, third)
