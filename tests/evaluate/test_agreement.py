import msgspec

from rolecall.evaluate.agreement import agree
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.tally import total
from tests.evaluate.material import annotation


def test_pairs_and_gold_by_hand() -> None:
    place, arrest = (0, 2, "PLACE"), (4, 6, "ARREST")
    readings = {
        "1": {"ana": annotation("1", place, arrest, by="ana"), "ben": annotation("1", place, by="ben")},
        "2": {"ana": annotation("2", arrest, by="ana")},
        "3": {"ana": annotation("3", arrest, by="ana"), "ben": annotation("3", by="ben")},
    }
    gold = {"1": annotation("1", arrest), "2": annotation("2", arrest, place), "3": annotation("3", arrest, by="ana")}
    found = agree(readings, gold, ["1", "2", "3"], {})
    assert found.articles == 3
    assert found.labelled == {"ana": 3, "ben": 2}
    (between,) = found.between
    assert (between.gold, between.predicted) == ("ana", "ben")
    assert [row.article for row in between.rows] == ["1", "3"]
    assert total(between.rows) == {"ARREST": Counts(0, 0, 2), "PLACE": Counts(1, 1, 1)}
    ana, ben = found.with_gold
    # Article 3's gold is ana's own reading, so she is not held against it.
    assert [row.article for row in ana.rows] == ["1", "2"]
    assert total(ana.rows) == {"ARREST": Counts(2, 2, 2), "PLACE": Counts(0, 1, 1)}
    assert [row.article for row in ben.rows] == ["1", "3"]
    assert (ben.gold, ben.predicted) == ("ana+gold", "ben")


def test_three_annotators_make_three_pairs() -> None:
    readings = {"1": {name: annotation("1", (0, 2, "PLACE"), by=name) for name in ("cy", "ana", "ben")}}
    found = agree(readings, {}, ["1"], {})
    assert [(pair.gold, pair.predicted) for pair in found.between] == [("ana", "ben"), ("ana", "cy"), ("ben", "cy")]
    assert found.with_gold == ()


def test_only_the_articles_named_take_part() -> None:
    readings = {name: {by: annotation(name, by=by) for by in ("ana", "ben")} for name in ("1", "2")}
    found = agree(readings, {}, ["2", "9"], {})
    assert found.articles == 2
    assert found.labelled == {"ana": 1, "ben": 1}
    assert [row.article for row in found.between[0].rows] == ["2"]


def test_annotators_without_a_common_article_make_no_pair() -> None:
    readings = {"1": {"ana": annotation("1", by="ana")}, "2": {"ben": annotation("2", by="ben")}}
    found = agree(readings, {}, ["1", "2"], {})
    assert found.between == ()
    assert found.labelled == {"ana": 1, "ben": 1}


def test_what_started_from_a_suggestion_is_listed_and_not_counted() -> None:
    place = (0, 2, "PLACE")
    readings = {name: {by: annotation(name, place, by=by) for by in ("ana", "ben")} for name in ("1", "2", "3")}
    readings["2"]["ben"] = annotation("2", place, by="ben", suggestion="m1")
    gold = {
        "1": annotation("1", place, kind="adjudicated", suggestion="m1"),
        "2": annotation("2", place, kind="adjudicated"),
        "3": annotation("3", place, by="cy", suggestion="m2"),
    }
    found = agree(readings, gold, ["1", "2", "3"], {})
    assert found.suggested == {"ben": {"2": "m1"}, "cy": {"3": "m2"}}
    assert found.labelled == {"ana": 3, "ben": 3}
    assert [row.article for row in found.between[0].rows] == ["1", "3"]
    # Adjudication of 1 went over the suggestion; 3's gold is cy's own reading of one.
    assert [[row.article for row in each.rows] for each in found.with_gold] == [["1", "2"], ["1"]]
    assert found.anchored == 1


def test_nothing_is_written_of_suggestions_where_there_are_none() -> None:
    found = agree({"1": {"ana": annotation("1", by="ana")}}, {}, ["1"], {})
    assert msgspec.to_builtins(found) == {"articles": 1, "labelled": {"ana": 1}, "between": (), "with_gold": ()}
