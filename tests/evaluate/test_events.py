"""Arguments of events: worked by hand, and against TextEE's tuples where an event has one trigger."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.events import MEASURES, count, gather, tally_arguments
from rolecall.evaluate.match import Key
from rolecall.evaluate.summary import summarise
from rolecall.evaluate.tally import total
from tests.evaluate.material import ROLES, SAMPLE, SCHEME, annotation

# Police detained union men. Later they arrested a lawyer in Jarkul. The detentions drew anger.
# 0      7        16               33   38       49        59          71
POLICE, UNION, THEY = (0, 6, "AUTHORITY"), (16, 25, "DETAINEE"), (33, 37, "AUTHORITY")
LAWYER, JARKUL = (49, 55, "DETAINEE"), (59, 65, "PLACE")
DETAINED, ARRESTED, DETENTIONS = (7, 15, "ARREST"), (38, 46, "ARREST"), (71, 81, "ARREST")
RALLY = (90, 95, "PROTEST")

Linked = dict[tuple[Key, ...], list[Key]]


def read(events: Linked, article: str = "1", by: str = "gold") -> Annotation:
    """Make an annotation of {triggers of an event: arguments}; arguments hang on the last trigger."""
    spans = list(dict.fromkeys(key for triggers, found in events.items() for key in (*triggers, *found)))
    at = {key: index for index, key in enumerate(spans)}
    return msgspec.structs.replace(
        annotation(article, *spans, by=by),
        links=tuple((at[triggers[-1]], at[argument]) for triggers, found in events.items() for argument in found),
        events=tuple(tuple(at[trigger] for trigger in triggers) for triggers in events if len(triggers) > 1),
    )


def counts(gold: Linked, predicted: Linked) -> list[Counts]:
    found = count(gather(read(gold), SCHEME), gather(read(predicted), SCHEME))
    return [found[measure] for measure in MEASURES]


GOLD: Linked = {(DETAINED, DETENTIONS): [POLICE, UNION], (ARRESTED,): [THEY, LAWYER, JARKUL]}


def test_the_worked_example() -> None:
    # The first detention is found by its other trigger. Jarkul hangs on the wrong event, the lawyer has another role.
    predicted: Linked = {(DETENTIONS,): [POLICE, JARKUL], (ARRESTED,): [THEY, (49, 55, "VICTIM")]}
    assert counts(GOLD, predicted) == [Counts(4, 4, 5), Counts(3, 4, 5), Counts(3, 4, 5), Counts(2, 4, 5)]


def test_an_argument_of_an_event_of_another_type_is_not_found() -> None:
    assert counts({(ARRESTED,): [THEY]}, {(RALLY,): [THEY]}) == [Counts(0, 1, 1)] * 4


def test_one_phrase_with_two_roles_is_one_argument_identified_and_two_classified() -> None:
    both = [LAWYER, (49, 55, "VICTIM")]
    assert counts({(ARRESTED,): both}, {(ARRESTED,): [LAWYER]}) == [
        Counts(1, 1, 1), Counts(1, 1, 2), Counts(1, 1, 1), Counts(1, 1, 2),
    ]  # fmt: skip


def test_an_argument_of_two_events_of_one_type_is_attached_twice_and_identified_once() -> None:
    gold: Linked = {(DETAINED,): [POLICE], (ARRESTED,): [POLICE]}
    assert counts(gold, {(DETAINED,): [POLICE]}) == [
        Counts(1, 1, 1), Counts(1, 1, 1), Counts(1, 1, 2), Counts(1, 1, 2),
    ]  # fmt: skip


def test_a_split_or_joined_event_counts_once() -> None:
    whole: Linked = {(DETAINED, DETENTIONS): [POLICE]}
    parts: Linked = {(DETAINED,): [POLICE], (DETENTIONS,): [POLICE]}
    assert counts(whole, parts)[2:] == [Counts(1, 2, 1)] * 2
    assert counts(parts, whole)[2:] == [Counts(1, 1, 2)] * 2


def test_events_are_paired_so_that_as_many_as_possible_count() -> None:
    # Taking the pair in the middle first would leave the other two alone.
    gold: Linked = {(DETAINED, ARRESTED): [POLICE], (DETENTIONS,): [POLICE]}
    predicted: Linked = {(ARRESTED, DETENTIONS): [POLICE], (DETAINED,): [POLICE]}
    assert counts(gold, predicted)[2:] == [Counts(2, 2, 2)] * 2


def test_an_event_of_two_types_is_of_each() -> None:
    gold: Linked = {(ARRESTED, RALLY): [THEY]}
    assert counts(gold, {(RALLY,): [THEY]}) == [Counts(1, 1, 2), Counts(1, 1, 2), Counts(1, 1, 1), Counts(1, 1, 1)]


def test_what_stands_twice_counts_once() -> None:
    once = read({(DETAINED,): [POLICE, UNION]})
    twice = msgspec.structs.replace(
        annotation("1", DETAINED, POLICE, UNION, DETAINED, POLICE), links=((0, 1), (0, 1), (0, 4), (3, 1), (3, 2))
    )
    assert gather(twice, SCHEME) == gather(once, SCHEME)


def test_a_trigger_standing_twice_joins_its_events() -> None:
    found = msgspec.structs.replace(
        annotation("1", DETAINED, ARRESTED, DETAINED, DETENTIONS, POLICE), links=((3, 4),), events=((0, 1), (2, 3))
    )
    (event,) = gather(found, SCHEME)
    assert event == (frozenset({DETAINED, ARRESTED, DETENTIONS}), frozenset({POLICE}))


def test_without_links_there_is_nothing_to_judge() -> None:
    bare = annotation("1", DETAINED, POLICE)
    nothing = tally_arguments({"1": bare}, {"1": bare}, {}, SCHEME).rows[0].counts
    assert nothing == dict.fromkeys(MEASURES, Counts())
    assert {each.f1 for each in nothing.values()} == {None}
    missed = tally_arguments({"1": read(GOLD)}, {"1": bare}, {}, SCHEME).rows[0].counts
    assert missed == dict.fromkeys(MEASURES, Counts(0, 0, 5))


def test_rows_by_article_and_what_lacks_a_prediction() -> None:
    gold = {"b": read({(DETAINED,): [POLICE]}, "b"), "a": read({(ARRESTED,): [THEY, LAWYER]}, "a")}
    found = tally_arguments(gold, {"b": read({(DETAINED,): [POLICE]}, "b", by="m")}, {"a": "story"}, SCHEME)
    assert (found.gold, found.predicted) == ("gold", "m")
    assert [(row.article, row.group, row.counts["AC+"]) for row in found.rows] == [
        ("a", "story", Counts(0, 0, 2)),
        ("b", "b", Counts(1, 1, 1)),
    ]


@pytest.mark.parametrize(
    ("links", "events", "says"),
    [
        (((1, 0),), (), r"'1' by 'gold': the link 0:6 AUTHORITY 'xxxxxx' -> 7:15 ARREST"),
        (((0, 2),), (), "does not run from a trigger to an argument"),
        ((), ((0, 1),), "0:6 AUTHORITY 'xxxxxx' stands in an event, but is no trigger"),
    ],
)
def test_a_link_or_event_that_is_not_of_triggers_is_refused(
    links: tuple[tuple[int, int], ...], events: tuple[tuple[int, ...], ...], says: str
) -> None:
    wrong = msgspec.structs.replace(annotation("1", DETAINED, POLICE, ARRESTED), links=links, events=events)
    with pytest.raises(InputError, match=says):
        gather(wrong, SCHEME)


triggers = [(at, at + 1, role) for at, role in enumerate(["ARREST", "PROTEST"] * 3)]
arguments = [(at, at + 2, role) for at in (10, 11) for role in ROLES[2:]]
linked = st.lists(st.tuples(st.sampled_from(triggers), st.sampled_from(arguments)), max_size=12)


@st.composite
def readings(draw: st.DrawFn) -> Annotation:
    drawn = draw(st.lists(st.sampled_from([*triggers, *arguments]), max_size=12))
    spans = [triggers[0], *drawn, arguments[0]]
    found = annotation("1", *spans)
    heads = [i for i, key in enumerate(spans) if key[2] in SCHEME.triggers]
    tails = [i for i, key in enumerate(spans) if key[2] not in SCHEME.triggers]
    pairs = st.tuples(st.sampled_from(heads), st.sampled_from(tails))
    shuffled = draw(st.permutations(heads))
    cut = draw(st.integers(0, len(heads)))
    events = tuple(tuple(part) for part in (shuffled[:cut], shuffled[cut:]) if part)
    return msgspec.structs.replace(
        found, links=tuple(draw(st.lists(pairs, max_size=10))), events=events if draw(st.booleans()) else ()
    )


def alone(pairs: list[tuple[Key, Key]]) -> Annotation:
    events: Linked = {}
    for trigger, argument in pairs:
        events.setdefault((trigger,), []).append(argument)
    return read(events)


@given(linked, linked)
def test_with_one_trigger_an_event_the_counts_are_those_of_textee(
    gold: list[tuple[Key, Key]], predicted: list[tuple[Key, Key]]
) -> None:
    found = count(gather(alone(gold), SCHEME), gather(alone(predicted), SCHEME))
    for measure, head, tail in (("AI", 2, 2), ("AC", 2, 3), ("AI+", 0, 2), ("AC+", 0, 3)):
        left, right = (
            {(*trigger[head:], *argument[:tail]) for trigger, argument in side} for side in (gold, predicted)
        )
        assert found[measure] == Counts(len(left & right), len(right), len(left)), measure


@given(readings(), readings())
def test_sides_swap_and_more_is_asked_of_each_measure_than_of_the_last(gold: Annotation, other: Annotation) -> None:
    left, right = gather(gold, SCHEME), gather(other, SCHEME)
    found, turned = count(left, right), count(right, left)
    for measure in MEASURES:
        one, two = found[measure], turned[measure]
        assert (one.correct, one.predicted, one.gold) == (two.correct, two.gold, two.predicted)
    assert count(left, left) == {m: Counts(c.gold, c.gold, c.gold) for m, c in found.items()}
    assert (found["AC+"].correct > 0) <= (found["AI+"].correct > 0) <= (found["AI"].correct > 0)
    assert (found["AC+"].correct > 0) <= (found["AC"].correct > 0) <= (found["AI"].correct > 0)


@given(readings(), readings(), st.randoms())
def test_the_order_of_links_events_and_spans_does_not_matter(
    gold: Annotation, other: Annotation, rng: random.Random
) -> None:
    order = list(range(len(other.spans)))
    rng.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    shuffled = msgspec.structs.replace(
        other,
        spans=tuple(other.spans[index] for index in order),
        links=tuple((place[a], place[b]) for a, b in reversed(other.links)),
        events=tuple(tuple(place[index] for index in reversed(event)) for event in reversed(other.events)),
    )
    left = gather(gold, SCHEME)
    assert count(left, gather(other, SCHEME)) == count(left, gather(shuffled, SCHEME))


def test_the_sample_against_itself_and_with_links_taken_away() -> None:
    gold = {a.article: a for a in jsonl.read(SAMPLE / "annotations.jsonl", Annotation) if a.by == "gold"}
    same = total(tally_arguments(gold, gold, {}, SCHEME).rows)
    assert all(counts.correct == counts.predicted == counts.gold for counts in same.values())
    fewer = {name: msgspec.structs.replace(each, links=each.links[::2]) for name, each in gold.items()}
    rows = tally_arguments(gold, fewer, {}, SCHEME).rows
    found = total(rows)
    assert all(counts.correct == counts.predicted < counts.gold for counts in found.values())
    lines = summarise(rows, {measure: (measure,) for measure in MEASURES}, resamples=50, seed=0).roles
    assert [lines[measure].correct for measure in MEASURES] == [found[measure].correct for measure in MEASURES]
    assert all(line.f1.low < line.f1.value < line.f1.high for line in lines.values())  # type: ignore[operator]
