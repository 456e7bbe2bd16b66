import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.checks.layers import double_span, overlap, unsure
from rolecall.annotate.checks.reading import Options, Reading
from rolecall.core.records import Span
from rolecall.evaluate.match import keys, overlaps
from tests.annotate.checks.marked import SCHEME, reading, relabel

TEXT = "Police detained union men in Jarkul."


def read(*spans: tuple[int, int, str]) -> Reading:
    return relabel(reading(TEXT), *(Span(start, end, role, TEXT[start:end]) for start, end, role in spans))


def test_overlaps_are_told_by_layer() -> None:
    found = read((16, 25, "DETAINEE"), (22, 35, "VICTIM"), (16, 25, "PARTICIPANT"), (29, 35, "PLACE"))
    (hit,) = overlap(found, Options())
    assert hit.span == Span(22, 35, "VICTIM", "men in Jarkul")
    assert hit.message == "overlaps 16:25 DETAINEE 'union men', in the same layer response"


def test_one_phrase_with_two_roles_of_a_layer() -> None:
    (hit,) = overlap(reading("Police {dragged|ARREST+VIOLENCE} him"), Options())
    assert hit.message == "is ARREST as well, in the same layer event"


def test_the_same_label_twice_is_told_once_and_is_no_overlap() -> None:
    found = read((16, 25, "DETAINEE"), (29, 35, "PLACE"), (16, 25, "DETAINEE"))
    assert [hit.message for hit in double_span(found, Options())] == ["stands twice"]
    assert list(overlap(found, Options())) == []


roles = st.sampled_from(["DETAINEE", "VICTIM", "PLACE", "TIME"])
bounds = st.tuples(st.integers(0, 17), st.integers(1, 18)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(st.tuples(bounds, roles), max_size=8))
def test_overlaps_are_those_that_scoring_counts(drawn: list[tuple[tuple[int, int], str]]) -> None:
    found = read(*((start, end, role) for (start, end), role in drawn))
    assert len(list(overlap(found, Options()))) == overlaps(keys(found.spans), SCHEME.layer_of)


def test_marks_of_doubt() -> None:
    mine = reading("Police {detained|ARREST} {men|DETAINEE}")
    doubted = msgspec.structs.replace(mine.spans[1], unsure=True)
    assert [hit.span for hit in unsure(relabel(mine, mine.spans[0], doubted), Options())] == [doubted]
