from msgspec.structs import replace

from rolecall.core.records import Annotation
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.linkage import JOINED, LINKS, ROLES, SHARED, linkers, summarise_links, tally_links
from tests.evaluate.material import annotation

STRUCK, STRIKE, HELD = (0, 2, "PROTEST"), (4, 6, "PROTEST"), (8, 10, "ARREST")
MEN, CITY = (12, 14, "DETAINEE"), (16, 18, "PLACE")
ALL = (STRUCK, STRIKE, HELD, MEN, CITY)


def linked(
    by: str, *links: tuple[int, int], events: tuple[tuple[int, ...], ...] = (), article: str = "1"
) -> Annotation:
    return replace(annotation(article, *ALL, by=by), links=links, events=events)


def test_links_by_hand() -> None:
    ana = linked("ana", (0, 4), (2, 3), (2, 4), events=((0, 1),))
    ben = replace(linked("ben", (1, 3), (1, 2), events=((0, 1),)))
    ben = replace(ben, spans=ben.spans[1:])  # without STRUCK: strike 0, held 1, men 2, city 3
    ben = replace(ben, links=((0, 3), (1, 2)), events=())
    (tally,) = tally_links([({"1": ana}, {"1": ben})], {}, {"ana", "ben"})
    (row,) = tally.rows
    assert (tally.gold, tally.predicted, row.group) == ("ana", "ben", "1")
    # held-men is in both; ana's struck-city and held-city are not, and ben could not have had the former.
    assert row.counts == {LINKS: Counts(1, 2, 3), SHARED: Counts(1, 2, 2), JOINED: Counts(0, 0, 0)}
    assert row.parts[ROLES] == {"DETAINEE": Counts(1, 1, 1), "PLACE": Counts(0, 1, 1)}


def test_triggers_joined_are_pairs() -> None:
    ana, ben = linked("ana", (2, 3), events=((0, 1, 2),)), linked("ben", (2, 3), events=((0, 1),))
    (tally,) = tally_links([({"1": ana}, {"1": ben})], {"1": "s"}, {"ana", "ben"})
    assert tally.rows[0].counts[JOINED] == Counts(1, 1, 3)
    assert tally.rows[0].group == "s"


def test_the_example_of_the_documentation() -> None:
    ana = replace(annotation("1", STRUCK, STRIKE, MEN, by="ana"), links=((0, 2),), events=((0, 1),))
    ben = replace(annotation("1", STRIKE, MEN, by="ben"), links=((0, 1),))
    (tally,) = tally_links([({"1": ana}, {"1": ben})], {}, {"ana", "ben"})
    assert tally.rows[0].counts == {LINKS: Counts(0, 1, 1), SHARED: Counts(0, 1, 0), JOINED: Counts()}


def test_only_those_who_link_are_compared() -> None:
    ana, ben = linked("ana", (2, 3)), linked("ben")
    assert linkers([ana, ben]) == {"ana"}
    assert tally_links([({"1": ana}, {"1": ben})], {}, {"ana"}) == ()
    assert summarise_links((), resamples=0, seed=0) is None


def test_intervals_resample_groups() -> None:
    first = {name: linked("ana", (2, 3), (0, 4), article=name) for name in "abc"}
    second = {name: linked("ben", *[(2, 3), (1, 4) if name == "a" else (0, 4)], article=name) for name in "abc"}
    found = summarise_links(tally_links([(first, second)], {}, {"ana", "ben"}), resamples=200, seed=1)
    assert found is not None
    line = found.measures[SHARED]
    assert (line.correct, line.predicted, line.gold, line.groups) == (5, 6, 6, 3)
    assert line.f1.value == 5 / 6
    assert line.f1.low is not None
    assert line.f1.low < 5 / 6 <= (line.f1.high or 0)
    assert {role: (each.correct, each.gold) for role, each in found.roles.items()} == {
        "DETAINEE": (3, 3),
        "PLACE": (2, 3),
    }
    assert [(pair.gold, pair.predicted) for pair in found.pairs] == [("ana", "ben")]
    assert [name for _, name, _ in found.lines()] == [LINKS, SHARED, "DETAINEE", "PLACE", JOINED]
