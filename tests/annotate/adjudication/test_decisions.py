"""What became of every item, and the books of it."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.annotate.adjudication.case import open_case
from rolecall.annotate.adjudication.decisions import CONVENTION, OFFERED, Decision, book, trace
from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation, normalise
from tests import strategies
from tests.annotate.adjudication.material import ANA, BEN, MARCH, RALLY, SCHEME, case_of, reading

GOLD = reading(
    "gold",
    MARCH,
    "PARTICIPANT Miners | PROTEST walk out | PLACE Jarkul | PROTEST marched | TIME on Monday"
    " | AUTHORITY police in helmets | ARREST detained | PROTEST rally | FACILITY bridge | TIME dusk",
    "walk out > Miners | walk out > Jarkul | marched > on Monday | rally > dusk",
    "walk out + marched | detained + rally",
    kind="adjudicated",
)
Told = tuple[str, str, str, str | None]


def told(decisions: list[Decision], unit: str) -> list[Told]:
    """What became of each item that did not just stay as all had it: its words, fate, makers, and successor's words."""
    return [
        (
            " / ".join(span.text for span in each.spans) or each.item,
            each.outcome,
            "+".join(each.versions) or "nobody",
            each.became and each.became.split("'")[-2],
        )
        for each in decisions
        if each.unit == unit and (each.outcome != "kept" or len(each.versions) < 2)
    ]


def test_every_item_is_kept_changed_rejected_or_new() -> None:
    decisions = trace(case_of(ANA, BEN), GOLD, SCHEME, by=lambda _: "dora", at="2024-05-01T10:00:00Z").decisions
    assert told(decisions, "span") == [
        ("Miners", "kept", "ana", None),
        ("office", "rejected", "ana+ben", None),
        ("Monday", "changed", "ana+ben", "on Monday"),
        ("Riot police", "changed", "ana", "police in helmets"),
        ("Miners", "changed", "ben", "Miners"),
        ("Riot police in helmets", "changed", "ben", "police in helmets"),
        ("bridge", "kept", "ben", None),
        ("dusk", "new", "nobody", None),
    ]
    assert told(decisions, "link") == [
        ("walk out / Miners", "kept", "ana", None),
        ("marched / office", "rejected", "ana", None),
        ("detained / Riot police", "rejected", "ana", None),
        ("walk out / Miners", "changed", "ben", "Miners"),
        ("marched / Monday", "changed", "ben", "on Monday"),
        ("detained / Riot police in helmets", "rejected", "ben", None),
        ("rally / dusk", "new", "nobody", None),
    ]
    assert told(decisions, "event") == [
        ("walk out / marched / rally", "changed", "ana", "marched"),
        ("walk out / marched", "kept", "ben", None),
        ("detained / rally", "new", "nobody", None),
    ]
    assert {(each.by, each.at, each.readers) for each in decisions} == {
        ("dora", "2024-05-01T10:00:00Z", ("ana", "ben"))
    }


def test_what_one_took_over_from_another_says_whose_it_is() -> None:
    decisions = trace(case_of(ANA, BEN), ANA, SCHEME, by=lambda _: "rule").decisions
    changed = {each.item: each.became_from for each in decisions if each.outcome == "changed" and each.unit == "span"}
    assert list(changed.values()) == [("ana",), ("ana",)]
    assert [each.outcome for each in decisions if each.unit == "span" and "bridge" in each.item] == ["rejected"]


def test_marks_and_answers_are_items_too() -> None:
    doubted = reading("ana", RALLY, "PROTEST rally", choices={"article": ("no event",)})
    doubted = msgspec.structs.replace(
        doubted, spans=tuple(msgspec.structs.replace(span, unsure=True) for span in doubted.spans)
    )
    sure = reading("ben", RALLY, "PROTEST rally")
    case = case_of(doubted, sure, article=RALLY)
    assert told(trace(case, sure, SCHEME, by=str).decisions, "choice") == [
        ("rally", "rejected", "ana", None),
        ("article: no event", "rejected", "ana", None),
    ]
    assert told(trace(case, doubted, SCHEME, by=str).decisions, "choice") == [
        ("rally", "kept", "ana", None),
        ("article: no event", "kept", "ana", None),
    ]


def test_links_between_variants_that_were_left_standing_are_nobody_s_own() -> None:
    ana = reading("ana", MARCH, "ARREST detained | AUTHORITY Riot police", "detained > Riot police")
    ben = reading("ben", MARCH, "ARREST detained six | AUTHORITY police", "detained six > police")
    gold = reading(
        "gold",
        MARCH,
        "ARREST detained | ARREST detained six | AUTHORITY Riot police | AUTHORITY police | PLACE bridge",
        "detained > Riot police | detained six > police | detained > police | detained six > bridge",
    )
    found = trace(case_of(ana, ben), gold, SCHEME, by=lambda _: "dora").decisions
    assert [(each.outcome, each.by) for each in found if each.unit == "link"] == [
        ("kept", "dora"), ("kept", "dora"), ("new", OFFERED), ("new", "dora"),
    ]  # fmt: skip


def test_a_mark_of_doubt_is_a_person_s_where_it_stands_otherwise_than_by_convention() -> None:
    sure = reading("ben", RALLY, "PROTEST rally | PLACE Aqtau")
    doubted = msgspec.structs.replace(
        sure, by="ana", spans=tuple(msgspec.structs.replace(span, unsure=True) for span in sure.spans)
    )
    case = case_of(doubted, sure, article=RALLY)
    for gold, expected in ((sure, ("rejected", CONVENTION)), (doubted, ("kept", "dora"))):
        marks = [each for each in trace(case, gold, SCHEME, by=lambda _: "dora").decisions if each.unit == "choice"]
        assert [(each.outcome, each.by) for each in marks] == [expected, expected]
        assert {each.readers for each in marks} == {("ana", "ben")}


def test_readings_that_started_from_a_suggestion_are_marked() -> None:
    decisions = trace(case_of(ANA, BEN), ANA, SCHEME, by=str, aided={"ben": "model-7"}).decisions
    marked = {each.aided for each in decisions}
    assert marked == {("ben",), ()}
    assert all(("ben" in each.versions) == bool(each.aided) for each in decisions)


def test_a_label_that_stands_twice_is_booked_as_one() -> None:
    once = reading("ana", RALLY, "PROTEST rally")
    twice = msgspec.structs.replace(once, spans=once.spans * 2)
    ledger = Ledger()
    book(trace(case_of(twice, article=RALLY), once, SCHEME, by=str), ledger)
    (balance,) = ledger.balances()
    assert str(balance) == "adjudicate: 2 spans in = 1 kept + 1 changed (twice in one reading 1) + 0 dropped"


@settings(max_examples=30)
@given(st.data())
def test_the_books_balance_and_all_that_stands_is_accounted_for(data: st.DataObject) -> None:
    article = data.draw(strategies.articles())
    versions = {name: normalise(data.draw(strategies.annotations(article))) for name in ("a", "b", "c")}
    gold: Annotation = normalise(data.draw(st.sampled_from(list(versions.values())) | strategies.annotations(article)))
    found = trace(open_case(article, versions, SCHEME), gold, SCHEME, by=str)
    ledger = Ledger()
    book(found, ledger)
    entered = {balance.unit: balance.entered for balance in ledger.balances()}
    assert entered.get("span", 0) == sum(len(version.spans) for version in versions.values())
    stands = {each.item for each in found.decisions if each.outcome in {"kept", "new"} and each.unit == "span"}
    became = {each.became for each in found.decisions if each.outcome == "changed" and each.unit == "span"}
    assert len(stands | became) == len({span.key for span in gold.spans})
