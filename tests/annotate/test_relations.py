"""What a relation between two regions means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.relations import Meaning, Nothing, fits, groups, meaning
from rolecall.core.records import Span
from rolecall.core.scheme import load_scheme

SCHEME = load_scheme("protest")
SPANS = [Span(0, 1, role, "x") for role in ("PROTEST", "ARREST", "PARTICIPANT", "DETAINEE", "PLACE")]
PROTEST, ARREST, PARTICIPANT, DETAINEE, PLACE = range(5)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([PROTEST], [PARTICIPANT], Meaning((PROTEST, PARTICIPANT))),
        ([DETAINEE], [ARREST], Meaning((ARREST, DETAINEE))),
        ([DETAINEE], [PROTEST], Meaning((PROTEST, DETAINEE), fits=False)),
        ([ARREST], [PROTEST], Meaning((PROTEST, ARREST), joins=True)),
        ([PARTICIPANT], [PLACE], Nothing("joins two arguments")),
        ([PARTICIPANT, DETAINEE], [ARREST], Meaning((ARREST, DETAINEE))),
        ([PARTICIPANT, DETAINEE], [PROTEST, ARREST], Nothing("ambiguous: several labels under one region id")),
        ([PARTICIPANT, PLACE], [PROTEST], Nothing("ambiguous: several labels under one region id")),
    ],
)
def test_meaning(one: list[int], other: list[int], expected: Meaning | Nothing) -> None:
    assert meaning((one, other), SPANS, SCHEME) == expected
    assert meaning((other, one), SPANS, SCHEME) == expected


def test_fits_follows_attaches_to() -> None:
    assert fits((ARREST, DETAINEE), SPANS, SCHEME)
    assert not fits((PROTEST, DETAINEE), SPANS, SCHEME)


def test_groups_worked_by_hand() -> None:
    assert groups([]) == ()
    assert groups([(0, 1), (4, 3), (5, 6), (3, 6)]) == ((0, 1), (3, 4, 5, 6))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15), st.randoms())
def test_groups_do_not_depend_on_the_order_and_share_no_member(joins: list[tuple[int, int]], random: object) -> None:
    found = groups(joins)
    members = [member for group in found for member in group]
    assert sorted(members) == sorted({end for pair in joins for end in pair})
    assert all(any(set(pair) <= set(group) for group in found) for pair in joins)
    assert groups([(b, a) for a, b in reversed(joins)]) == found
