"""What rules decide, and what they leave open."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.annotate.adjudication.case import open_case, overlaps
from rolecall.annotate.adjudication.composition import compose
from rolecall.annotate.adjudication.rules import UNANIMOUS, Open, Rule, Ties, decide, parse_rule, with_ties
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, normalise
from tests import strategies
from tests.annotate.adjudication.material import ANA, BEN, MARCH, RALLY, SCHEME, case_of, reading

MAJORITY = Rule(majority=True)


@pytest.mark.parametrize(
    ("rule", "says", "expected"),
    [
        (UNANIMOUS, "xx", "x"),
        (UNANIMOUS, "xy", Open.TIE),
        (MAJORITY, "xxy", "x"),
        (MAJORITY, "xy", Open.TIE),
        (MAJORITY, "xxyz", Open.TIE),  # half is not more than half
        (Rule(majority=True, order=("b",)), "xxyy", "x"),
        (Rule(order=("c", "a")), "xyz", "z"),
        (Rule(order=("zoe",)), "xyz", Open.TIE),
        (Rule(order=("zoe",)), "xxx", "x"),
    ],
)
def test_a_rule_picks_one_of_what_is_said(rule: Rule, says: str, expected: object) -> None:
    assert rule.pick(dict(zip("abcd", says, strict=False))) == expected


def test_rules_are_read_as_people_write_them() -> None:
    assert parse_rule("majority") == MAJORITY
    assert parse_rule("precedence:ana, ben") == Rule(order=("ana", "ben"))
    assert with_ties(MAJORITY, "leave") == (MAJORITY, False)
    assert with_ties(MAJORITY, "drop") == (MAJORITY, True)
    both, drop = with_ties(MAJORITY, "precedence:ben")
    assert (str(both), drop) == ("majority then precedence:ben", False)


@pytest.mark.parametrize("words", ["", "most", "precedence", "precedence:", "precedence:ana,ana", "majority:ana"])
def test_what_is_no_rule_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="is no rule"):
        parse_rule(words)


@pytest.mark.parametrize("words", ["keep", "precedence:ben"])
def test_what_is_no_way_out_of_a_tie_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="is no way out"):
        with_ties(Rule(order=("ana",)), words)


def test_between_two_who_differ_a_majority_decides_nothing() -> None:
    _, ties = decide(case_of(ANA, BEN), MAJORITY)
    # Miners, riot police and bridge; the office and Monday; walk-out, march and rally.
    assert ties == Ties((0, 6, 8), ((3, 4), (3, 5)), ((1, 3, 9),), ())


def test_a_third_reader_decides() -> None:
    caro = reading(
        "caro",
        MARCH,
        "PARTICIPANT Miners | PROTEST walk out | PLACE Jarkul | PROTEST marched | FACILITY office | TIME Monday"
        " | AUTHORITY Riot police in helmets | ARREST detained | PROTEST rally",
        "walk out > Miners | walk out > Jarkul | marched > Monday | detained > Riot police in helmets",
        "walk out + marched",
    )
    verdict, ties = decide(case_of(ANA, BEN, caro), MAJORITY)
    assert not ties
    assert [keys[0][2] for keys in verdict.spans.values()][:1] == ["PARTICIPANT"]
    assert 8 not in verdict.spans  # the bridge, which only ben has
    assert (3, 5) in verdict.links
    assert (3, 4) not in verdict.links
    assert verdict.events == ((1, 3),)


def join(by: str, events: str) -> Annotation:
    return reading(by, MARCH, "PROTEST walk out | PROTEST marched | PROTEST rally", "", events)


def test_most_may_join_two_by_two_what_nobody_joins_as_a_whole() -> None:
    chain = case_of(
        join("a", "walk out + marched"), join("b", "marched + rally"), join("c", "walk out + marched + rally")
    )
    verdict, ties = decide(chain, MAJORITY)
    # Two of three join walk-out to march, and march to rally; only one joins walk-out to rally.
    assert (verdict.events, ties.events) == ((), ((0, 1, 2),))
    # The first who has a say is asked for the group as a whole.
    for order, expected in (("a", ((0, 1),)), ("b", ((1, 2),)), ("zc", ((0, 1, 2),))):
        verdict, ties = decide(chain, Rule(majority=True, order=tuple(order)))
        assert (verdict.events, ties.events) == (expected, ())


def test_spans_that_nobody_has_side_by_side_are_a_tie() -> None:
    ana = reading("ana", MARCH, "TARGET marched to the office | PROTEST rally")
    ben = reading("ben", MARCH, "TARGET marched to | TARGET the office")
    caro = reading("caro", MARCH, "TARGET the office")
    case = case_of(ana, ben, caro)
    assert [len(place.spans) for place in case.places][:2] == [2, 2]
    chosen = reading("dora", MARCH, "TARGET marched to the office | TARGET the office")
    (pair,) = overlaps(case, [span.key for span in chosen.spans])
    assert [MARCH.text[key[0] : key[1]] for key in pair] == ["marched to the office", "the office"]
    assert overlaps(case_of(ana, chosen), [span.key for span in chosen.spans]) == []  # dora has both herself


def test_who_did_not_answer_a_question_is_not_counted() -> None:
    answered = [reading("a", RALLY, "", choices={"relevance": ("relevant",)}), reading("b", RALLY, "")]
    verdict, ties = decide(case_of(*answered, reading("c", RALLY, ""), article=RALLY), MAJORITY)
    assert (verdict.choices, ties.questions) == ({"relevance": ("relevant",)}, ())


def test_with_precedence_the_first_who_read_the_article_decides() -> None:
    verdict, ties = decide(case_of(ANA, BEN), Rule(order=("zoe", "ben", "ana")))
    assert not ties
    assert sorted(key for keys in verdict.spans.values() for key in keys) == sorted(span.key for span in BEN.spans)
    assert verdict.events == ((1, 3),)


def test_answers_are_decided_as_a_whole() -> None:
    said = {"article": ("no event",)}
    three = [reading(name, RALLY, "", choices=said if name != "b" else {}) for name in "abc"]
    assert decide(case_of(*three, article=RALLY), MAJORITY)[0].choices == said
    verdict, ties = decide(case_of(*three[:2], article=RALLY), MAJORITY)
    assert (verdict.choices, ties.questions) == ({}, ("article",))


@settings(max_examples=30)
@given(st.data())
def test_with_precedence_gold_is_the_first_one_s_reading(data: st.DataObject) -> None:
    article = data.draw(strategies.articles())
    versions = {name: normalise(data.draw(strategies.annotations(article))) for name in "abc"}
    case = open_case(article, versions, SCHEME, linkers="abc")
    verdict, ties = decide(case, Rule(order=("a",)))
    gold, own = compose(case, verdict, SCHEME, by="gold"), versions["a"]
    assert not any((ties.places, ties.links, ties.questions))
    assert {span.key for span in gold.spans} == {span.key for span in own.spans}

    def links(reading: Annotation) -> set[tuple[object, object]]:
        return {(reading.spans[one].key, reading.spans[other].key) for one, other in reading.links}

    assert links(gold) == links(own)
    assert gold.choices == own.choices


@settings(max_examples=30)
@given(st.data())
def test_no_rule_makes_an_overlap_that_nobody_has(data: st.DataObject) -> None:
    article = data.draw(strategies.articles())
    versions = {name: normalise(data.draw(strategies.annotations(article))) for name in "abc"}
    case = open_case(article, versions, SCHEME)
    for rule in (MAJORITY, Rule(majority=True, order=("b", "c"))):
        verdict, ties = decide(case, rule)
        assert overlaps(case, [key for keys in verdict.spans.values() for key in keys]) == []
        assert not rule.order or not (ties.places or ties.questions)
