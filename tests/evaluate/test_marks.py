from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.marks import Bar, Mark, Piece, aligned, paragraphs, pieces, tracks
from tests.evaluate.material import key_lists
from tests.strategies import texts


def test_pieces_by_hand() -> None:
    #       0123456789
    text = "union men."
    union = Mark(0, 5, "ORGANIZER", "correct")
    men = Mark(0, 9, "DETAINEE", "missed", "ana")
    bars = tracks([men, union])
    assert bars == [Bar(union, 0), Bar(men, 1)]  # the shorter lies inside, nearer to the text
    assert pieces(text, 0, 10, bars) == [
        Piece("union", (men, union), (Bar(men, 1), Bar(union, 0))),
        Piece(" men", (), (Bar(men, 1),)),
        Piece(".", (), ()),
    ]
    # A line that begins inside a span has its bar, but does not open it again.
    assert pieces(text, 6, 10, bars) == [Piece("men", (), (Bar(men, 1),)), Piece(".", (), ())]


def test_a_layer_has_the_same_tracks_on_both_sides() -> None:
    layer_of = {"PROTEST": "event", "DETAINEE": "response", "PLACE": "setting"}
    men, union, jarkul = (
        Mark(0, 9, "DETAINEE", "missed"),
        Mark(0, 5, "DETAINEE", "missed"),
        Mark(3, 9, "PLACE", "missed"),
    )
    marched, there = Mark(0, 9, "PROTEST", "spurious"), Mark(4, 9, "PLACE", "spurious")
    # One track for event (predicted only), two for response (gold only), then setting on both sides.
    assert aligned([[jarkul, men, union], [there, marched]], layer_of) == [
        [Bar(union, 1), Bar(men, 2), Bar(jarkul, 3)],
        [Bar(marched, 0), Bar(there, 3)],
    ]
    assert aligned([[jarkul], [there]], layer_of) == [
        [Bar(jarkul, 0)],
        [Bar(there, 0)],
    ]  # no room for what is not there


def test_lines_by_hand() -> None:
    text = "a\r\n\r\nb\n c\r\n\nd"
    assert [text[start:end] for start, end in paragraphs(text)] == ["a\r\n", "\r\n", "b\n", " c\r\n", "\n", "d"]


@given(texts)
def test_lines_joined_are_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in paragraphs(text)) == text


@given(key_lists, st.integers(0, 4), st.integers(5, 12))
def test_pieces_joined_are_the_stretch_and_no_track_is_taken_twice(
    keys: list[tuple[int, int, str]], start: int, end: int
) -> None:
    text = "abcdefghijkl"
    bars = tracks([Mark(*key, verdict="correct") for key in set(keys)])
    assert {bar.mark for bar in bars} == {Mark(*key, verdict="correct") for key in keys}
    found = pieces(text, start, end, bars)
    assert "".join(piece.text for piece in found) == text[start:end]
    at = start
    for piece in found:
        taken = [bar.track for bar in piece.bars]
        assert len(set(taken)) == len(taken)
        covering = {bar.mark for bar in bars if bar.mark.start <= at and at + len(piece.text) <= bar.mark.end}
        assert {bar.mark for bar in piece.bars} == covering
        at += len(piece.text)
