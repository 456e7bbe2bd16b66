"""What follows from detailed rows, by hand and by property."""

import msgspec
import pytest
from hypothesis import given

from rolecall.core.records import Annotation
from rolecall.evaluate import card
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.detail import Asked
from rolecall.evaluate.match import Key
from rolecall.evaluate.score import score
from rolecall.evaluate.verdicts import Pairs, Verdicts
from tests.evaluate.material import SCHEME, annotation, corpora, sides

GOLD = {
    "a": annotation("a", (0, 4, "PLACE"), (10, 14, "ARREST"), (20, 24, "DETAINEE")),
    "b": annotation("b", (0, 4, "PLACE")),
}
# a: PLACE right, ARREST one too long, DETAINEE as VICTIM. b: a spurious PROTEST, and PLACE missed.
FOUND = {
    "a": annotation("a", (0, 4, "PLACE"), (10, 15, "ARREST"), (20, 24, "VICTIM"), by="m"),
    "b": annotation("b", (30, 34, "PROTEST"), by="m"),
}


def test_schemas_over_articles() -> None:
    found = score(GOLD, FOUND, SCHEME, asked=Asked(), resamples=50)
    assert [row.pairs for row in found.tally.rows] == [
        {"event": Pairs(1, 0, 1), "response": Pairs(1, 1, 0), "setting": Pairs(1, 1, 1)},
        {},
    ]
    schemas = card.derive(found).details.schemas
    assert schemas["strict"].verdicts == Verdicts(correct=1, incorrect=2, partial=0, missing=1, spurious=1)
    assert schemas["partial"].verdicts == Verdicts(correct=2, incorrect=0, partial=1, missing=1, spurious=1)
    assert schemas["partial"].verdicts.f1 == schemas["partial"].line.f1.value == 2.5 / 4
    assert schemas["type"].line.f1.value == 0.5
    assert schemas["exact"].line.groups == 2


def test_by_field_and_part() -> None:
    asked = Asked(
        fields={"a": {"year": "2019"}, "b": {"year": "2021"}},
        known=frozenset({("PLACE", "xxxx")}),
        lost={"a": {(20, 24, "DETAINEE")}},
    )
    details = card.derive(score(GOLD, FOUND, SCHEME, asked=asked, resamples=0)).details
    lines = {name: (line.correct, line.predicted, line.gold) for name, line in details.by["year"].items()}
    assert lines == {"2019": (1, 3, 3), "2021": (0, 1, 1)}
    seen = {name: (line.correct, line.predicted, line.gold) for name, line in details.parts["surface"].items()}
    assert seen == {"seen": (1, 1, 2), "unseen": (0, 3, 2)}
    reach = {name: (line.correct, line.predicted, line.gold) for name, line in details.parts["reach"].items()}
    assert reach == {"reachable": (1, 4, 3), "unreachable": (0, 0, 1)}
    assert details.tokens == {}


def test_events_are_counted_where_a_side_has_links() -> None:
    def linked(reading: Annotation) -> Annotation:
        return msgspec.structs.replace(reading, links=((1, 2),))

    gold = {"a": linked(annotation("a", (0, 4, "PLACE"), (10, 14, "ARREST"), (20, 24, "DETAINEE")))}
    found = {"a": linked(annotation("a", (0, 4, "PLACE"), (10, 14, "ARREST"), (20, 24, "VICTIM"), by="m"))}
    events = card.derive(score(gold, found, SCHEME, asked=Asked(), resamples=0)).details.parts["events"]
    assert [*events] == ["AI", "AC", "AI+", "AC+"]
    assert [(line.correct, line.gold) for line in events.values()] == [(1, 1), (0, 1), (1, 1), (0, 1)]
    assert "events" not in card.derive(score(GOLD, FOUND, SCHEME, asked=Asked(), resamples=0)).details.parts


def test_a_model_that_says_nothing_has_missed_everything_under_every_schema() -> None:
    silent = {name: annotation(name, by="m") for name in GOLD}
    schemas = card.derive(score(GOLD, silent, SCHEME, asked=Asked(), resamples=0)).details.schemas
    assert {each.verdicts.missing for each in schemas.values()} == {4}
    assert schemas["partial"].verdicts.f1 == 0


def test_nothing_was_asked() -> None:
    details = card.derive(score(GOLD, FOUND, SCHEME, resamples=0)).details
    assert (details.schemas, details.by, details.parts, details.tokens) == ({}, {}, {}, {})


@given(corpora)
def test_every_part_adds_up_to_the_whole(corpus: dict[str, tuple[list[Key], list[Key]]]) -> None:
    gold, predicted = sides(corpus)
    asked = Asked(fields={a: {"half": "one" if a < "d" else "two"} for a in gold}, known=frozenset({("PLACE", "xx")}))
    found = score(gold, predicted, SCHEME, asked=asked, resamples=0)
    derived = card.derive(found)
    micro = derived.scores.micro
    whole = Counts(micro.correct, micro.predicted, micro.gold)
    for lines in (derived.details.by["half"], derived.details.parts["surface"]):
        assert sum((Counts(x.correct, x.predicted, x.gold) for x in lines.values()), Counts()) == whole
    for each in derived.details.schemas.values():
        assert (each.verdicts.actual, each.verdicts.possible) == (whole.predicted, whole.gold)
        assert each.verdicts.f1 == pytest.approx(each.line.f1.value)
    assert card.decode(card.encode(found, derived).encode(), card.Scorecard) == found
