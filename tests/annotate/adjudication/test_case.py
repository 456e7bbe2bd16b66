"""On which points versions differ, and who has a say."""

import msgspec

from rolecall.annotate.adjudication.case import Option, disputes, open_case
from tests.annotate.adjudication.material import AGREED, ANA, BEN, MARCH, RALLY, SCHEME, at, case_of, reading


def test_spans_links_events_are_disputed_where_those_with_a_say_differ() -> None:
    found = disputes(case_of(ANA, BEN))
    miners, police = (at(MARCH, words, "AUTHORITY").key for words in ("Miners", "Riot police"))
    assert [each.options for each in found.spans] == [
        (Option((*miners[:2], "PARTICIPANT"), ("ana",)), Option((*miners[:2], "ORGANIZER"), ("ben",))),
        (Option(police, ("ana",)), Option((police[0], police[1] + 11, "AUTHORITY"), ("ben",))),
        (Option(None, ("ana",)), Option(at(MARCH, "bridge", "FACILITY").key, ("ben",))),
    ]
    # Both link the walk-out to the miners, and the arrest to the police, though they write them otherwise.
    assert [(each.at, each.options) for each in found.links] == [
        ((3, 4), (Option(True, ("ana",)), Option(False, ("ben",)))),
        ((3, 5), (Option(False, ("ana",)), Option(True, ("ben",)))),
    ]
    (event,) = found.events
    assert (event.at, event.options) == (
        (1, 3, 9),
        (Option(((1, 3, 9),), ("ana",)), Option(((1, 3), (9,)), ("ben",))),
    )
    assert (found.number, bool(found)) == (6, True)


def test_readings_that_say_the_same_leave_nothing_open() -> None:
    assert not disputes(case_of(*AGREED, article=RALLY))


def test_who_lacks_an_end_has_no_say_about_a_link() -> None:
    ana = reading("ana", RALLY, "PROTEST rally | PLACE Aqtau", "rally > Aqtau")
    ben = reading("ben", RALLY, "PROTEST rally | PARTICIPANT Teachers", "rally > Teachers")
    found = disputes(case_of(ana, ben, article=RALLY))
    assert (len(found.spans), found.links) == (2, [])


def test_who_never_links_has_no_say_about_links_and_events() -> None:
    bare = reading("ben", RALLY, "PARTICIPANT Teachers | PROTEST rally")
    versions = {"ana": AGREED[0], "ben": bare}
    assert not disputes(open_case(RALLY, versions, SCHEME))
    (link,) = disputes(open_case(RALLY, versions, SCHEME, linkers={"ben"})).links
    assert link.options == (Option(True, ("ana",)), Option(False, ("ben",)))


def test_answers_are_disputed_as_a_whole() -> None:
    ana = reading("ana", RALLY, "", choices={"article": ("no event",)})
    (question,) = disputes(case_of(ana, reading("ben", RALLY, ""), article=RALLY)).choices
    assert (question.question, question.options) == (
        "article",
        (Option(("no event",), ("ana",)), Option((), ("ben",))),
    )


def test_an_unsure_mark_is_no_point_of_dispute() -> None:
    ana, ben = AGREED
    doubted = tuple(msgspec.structs.replace(span, unsure=True) for span in ben.spans)
    assert not disputes(case_of(ana, msgspec.structs.replace(ben, spans=doubted), article=RALLY))
