"""What is read of results, right ones and wrong ones."""

from typing import Any

import pytest

from rolecall.annotate.reader import Loss, Reading, read_results
from rolecall.annotate.wire import Json
from rolecall.core.records import Span
from rolecall.core.scheme import Choice, Question
from tests.annotate.wires import (
    ARTICLE,
    DETAINED,
    PEOPLE,
    POLICE,
    RALLY,
    SCHEME,
    check_books,
    mark,
    region,
    relation,
)


def read(*results: Any) -> Reading:
    reading = read_results(results, ARTICLE, SCHEME)
    check_books(reading)
    return reading


def losses(reading: Reading) -> list[tuple[str, str, str]]:
    return [(loss.unit, loss.outcome, loss.reason) for loss in reading.losses]


def remarks(reading: Reading) -> list[str]:
    return [remark.what for remark in reading.remarks]


def test_the_quote_is_the_texts_own() -> None:
    written = {"start": 16, "end": 36, "text": "🎉 people at a rally", "labels": ["PROTEST"]}  # one space less
    reading = read(region("r", 16, 36, "PROTEST", value=written))
    assert reading.spans == (Span(16, 36, "PROTEST", "🎉 people at a  rally"),)
    assert remarks(reading) == []
    reading = read(region("r", 31, 36, "PROTEST", value=written | {"start": 31}))
    assert reading.spans == (Span(31, 36, "PROTEST", "rally"),)
    assert remarks(reading) == ["quote is not what stands at its offsets"]


@pytest.mark.parametrize(("start", "end"), [(30, 36), (31, 37), (29, 38)])
def test_white_space_at_the_edges_goes(start: int, end: int) -> None:
    reading = read(region("r", start, end, "PROTEST"))
    assert reading.spans == (Span(31, 36, "PROTEST", "rally"),)
    assert reading.losses == (
        Loss("span", "changed", f"{start}:{end} PROTEST", "white space at the edge", "31:36 PROTEST 'rally'"),
    )


def quoted(start: int, end: int, text: str, role: str = "PROTEST") -> Json:
    return region("q", start, end, role, value={"start": start, "end": end, "text": text, "labels": [role]})


def test_offsets_in_utf16_are_mended_where_the_quotes_say_so() -> None:
    # 🎉 counts two there; so all that follows it is one further, and what stands before it says nothing.
    reading = read(POLICE, quoted(19, 25, "people", "DETAINEE"), quoted(32, 37, "rally"), quoted(16, 18, "🎉"))
    assert [span.text for span in reading.spans] == ["Police", "people", "rally", "🎉"]
    assert [(loss.item, loss.reason, loss.became) for loss in reading.losses] == [
        ("19:25 DETAINEE", "UTF-16 offsets", "18:24 DETAINEE 'people'"),
        ("32:37 PROTEST", "UTF-16 offsets", "31:36 PROTEST 'rally'"),
        ("16:18 PROTEST", "UTF-16 offsets", "16:17 PROTEST '🎉'"),
    ]


def test_a_quote_that_fits_our_offsets_keeps_the_others_from_being_mended() -> None:
    reading = read(quoted(18, 24, "people", "DETAINEE"), quoted(32, 37, "rally"))
    assert [span.text for span in reading.spans] == ["people", "ally"]
    assert remarks(reading) == ["quote is not what stands at its offsets", "several labels under one region id"]


def test_the_last_words_in_utf16_lie_beyond_the_text() -> None:
    reading = read(quoted(42, 47, "Aqtau", "PLACE"))
    assert [span.text for span in reading.spans] == ["Aqtau"]
    assert losses(read(quoted(42, 47, "Aqtau", "PLACE"), quoted(18, 24, "people", "DETAINEE"))) == [
        ("span", "dropped", "out of range")
    ]


@pytest.mark.parametrize(("start", "end"), [(17, 25), (16, 17), (31, 99)])
def test_offsets_in_utf16_that_split_a_character_or_lie_outside(start: int, end: int) -> None:
    reading = read(quoted(32, 37, "rally"), region("x", start, end, "PROTEST"))
    assert losses(reading)[1] == ("span", "dropped", "out of range")


@pytest.mark.parametrize("direction", ["right", "left", "bi"])
@pytest.mark.parametrize(("one", "other"), [("d", "o"), ("o", "d")])
def test_an_argument_is_linked_to_its_trigger_whichever_way_it_was_drawn(one: str, other: str, direction: str) -> None:
    reading = read(PEOPLE, DETAINED, relation(one, other, direction))
    assert [reading.spans[index].role for index in reading.links[0]] == ["ARREST", "DETAINEE"]
    assert (reading.events, reading.losses, reading.remarks) == ((), (), ())


def test_triggers_joined_by_way_of_others_are_one_event() -> None:
    four = [region(name, at, at + 1, "PROTEST") for at, name in enumerate("abcd")]
    reading = read(*four, RALLY, relation("c", "a"), relation("a", "d", "left"), relation("b", "r", "bi"))
    assert reading.events == ((0, 2, 3), (1, 4))
    assert reading.entered == {"span": 5, "link": 0, "event": 3, "choice": 0}


def test_the_same_relation_drawn_both_ways_counts_once() -> None:
    reading = read(
        PEOPLE, DETAINED, RALLY, relation("o", "d"), relation("d", "o"), relation("d", "r"), relation("r", "d")
    )
    assert reading.links == ((1, 0),)
    assert reading.events == ((1, 2),)
    assert losses(reading) == [("link", "changed", "drawn twice"), ("event", "changed", "drawn twice")]


def test_a_role_that_does_not_attach_is_kept_with_a_remark() -> None:
    reading = read(PEOPLE, RALLY, relation("r", "o"))
    assert reading.links == ((1, 0),)
    assert reading.remarks[0].what == "role does not attach to this trigger"
    assert reading.remarks[0].where == "31:36 PROTEST 'rally' -> 18:24 DETAINEE 'people'"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (region("x", 12, 5, "PROTEST"), "reversed"),
        (region("x", 5, 5, "PROTEST"), "empty"),
        (region("x", 40, 47, "PROTEST"), "out of range"),
        (region("x", 36, 38, "PROTEST"), "nothing but white space"),
        (region("x", -1, 3, "PROTEST"), "out of range"),
        (region("x", "1", 3, "PROTEST"), "offsets are no whole numbers"),
        (region("x", True, 3, "PROTEST"), "offsets are no whole numbers"),
        (region("x", 1.0, 3, "PROTEST"), "offsets are no whole numbers"),
        (region("x", 1, 3, "RIOT"), "no such role in the scheme"),
        (region("x", 1, 3), "no label"),
        (region("x", 1, 3, "PROTEST", to_name="headline"), "not on the article's text"),
        (region("x", 1, 3, "PROTEST", value=None), "no label"),
    ],
)
def test_a_bad_region_is_refused_with_its_reason_and_the_rest_is_kept(bad: Json, reason: str) -> None:
    reading = read(POLICE, bad, DETAINED, relation("d", "p"), relation("d", "x"))
    assert [span.role for span in reading.spans] == ["AUTHORITY", "ARREST"]
    assert reading.links == ((1, 0),)
    assert losses(reading) == [("span", "dropped", reason), ("link", "dropped", "an end was refused")]
    assert "region x" in reading.losses[0].item
    assert reading.losses[1].item == "7:15 ARREST 'detained' -> region 'x'"


@pytest.mark.parametrize(
    ("drawn", "reason", "item"),
    [
        (relation("d", "nowhere"), "no such region", "7:15 ARREST 'detained' -> region 'nowhere'"),
        (relation("d", "d"), "joins a region to itself", "7:15 ARREST 'detained' -> 7:15 ARREST 'detained'"),
        (relation("p", "o"), "joins two arguments", "0:6 AUTHORITY 'Police' -> 18:24 DETAINEE 'people'"),
        ({"type": "relation"}, "joins a region to itself", "region '' -> region ''"),
        ({"type": "relation", "from_id": "d"}, "no such region", "7:15 ARREST 'detained' -> region ''"),
    ],
)
def test_a_relation_that_says_nothing_is_refused(drawn: Json, reason: str, item: str) -> None:
    reading = read(POLICE, DETAINED, PEOPLE, drawn)
    assert reading.losses == (Loss("link", "dropped", item, reason),)
    assert len(reading.spans) == 3


def test_two_labels_under_one_id_are_two_spans_and_a_relation_means_the_one_that_may_attach() -> None:
    twin = region("o", 18, 24, "PARTICIPANT")
    reading = read(PEOPLE, twin, DETAINED, RALLY, relation("o", "d"), relation("r", "o"))
    assert [span.key for span in reading.spans[:2]] == [(18, 24, "DETAINEE"), (18, 24, "PARTICIPANT")]
    assert reading.links == ((2, 0), (3, 1))
    assert losses(reading) == []
    assert reading.remarks[0].where == "18:24 DETAINEE 'people' and 18:24 PARTICIPANT 'people'"


def test_several_labels_in_one_result_are_as_many_spans() -> None:
    reading = read(region("x", 0, 6, "AUTHORITY", "PARTICIPANT"))
    assert [span.role for span in reading.spans] == ["AUTHORITY", "PARTICIPANT"]
    assert reading.entered["span"] == 2
    assert remarks(reading) == ["label under another layer's name", "several labels under one region id"]


def test_what_stays_ambiguous_under_one_id_is_named_and_not_guessed() -> None:
    reading = read(PEOPLE, region("o", 18, 24, "CHARGE"), DETAINED, relation("d", "o"))
    assert reading.links == ()
    words = "7:15 ARREST 'detained' -> 18:24 DETAINEE 'people' and 18:24 CHARGE 'people'"
    assert reading.losses == (Loss("link", "dropped", words, "ambiguous: several labels under one region id"),)


def test_a_trigger_that_is_an_argument_too_under_one_id() -> None:
    both = region("d", 7, 15, "VICTIM")
    reading = read(DETAINED, both, RALLY, relation("d", "r"))  # a VICTIM does not attach to a PROTEST
    assert reading.events == ((0, 2),)
    reading = read(DETAINED, region("d", 7, 15, "DEMAND"), RALLY, relation("d", "r"))  # a DEMAND does
    assert (reading.events, reading.links) == ((), ())
    assert losses(reading) == [("link", "dropped", "ambiguous: several labels under one region id")]


def test_the_same_label_twice_on_one_region_is_one_span() -> None:
    reading = read(RALLY, RALLY)
    assert len(reading.spans) == 1
    assert losses(reading) == [("span", "changed", "same label twice on one region")]


def test_an_unsure_mark_belongs_to_the_region() -> None:
    reading = read(mark("r"), RALLY, DETAINED)
    assert [span.unsure for span in reading.spans] == [True, False]
    reading = read(RALLY, region("r", 31, 36, "PLACE"), mark("r"), mark("gone"))
    assert [span.unsure for span in reading.spans] == [True, True]
    assert remarks(reading) == [
        "several labels under one region id",
        "'unsure' on a region with several labels: all are marked",
    ]
    assert losses(reading) == [("choice", "dropped", "on no region that was kept")]


def answer(question: str, *chosen: str) -> Json:
    return {"id": "c", "type": "choices", "from_name": question, "to_name": "text", "value": {"choices": [*chosen]}}


def test_choices_about_the_article() -> None:
    reading = read(answer("article", "no event", "come back"))
    assert (reading.choices, reading.come_back, reading.remarks) == ({"article": ("no event",)}, True, ())
    assert reading.kept["choice"] == 2
    assert remarks(read(answer("article", "no event"), RALLY)) == ["marked 'no event', but has spans"]


def test_answers_to_the_schemes_questions() -> None:
    choices = (Choice(value="angry"), Choice(value="calm"))
    scheme = SCHEME.model_copy(update={"questions": (Question(name="tone", question="?", choices=choices),)})
    reading = read_results([answer("tone", "calm", "sad"), answer("topic", "oil")], ARTICLE, scheme)
    check_books(reading)
    assert reading.choices == {"tone": ("calm",)}
    assert [(loss.item, loss.reason) for loss in reading.losses] == [
        ("tone: sad", "no such answer in the scheme"),
        ("topic: oil", "no such question in the scheme"),
    ]


def test_answers_to_other_questions_are_lost_by_name() -> None:
    reading = read(RALLY, {"id": "t", "type": "textarea", "from_name": "notes", "value": {"text": ["hm"]}})
    assert [(loss.unit, loss.item) for loss in reading.losses] == [("choice", "notes: a textarea without a choice")]
    assert reading.entered == {"span": 1, "link": 0, "event": 0, "choice": 1}


def test_what_a_suggestion_brought_is_counted() -> None:
    reading = read(RALLY | {"origin": "prediction"}, DETAINED | {"origin": "manual"}, POLICE)
    assert reading.suggested == 1


@pytest.mark.parametrize(("score", "kept"), [(0.5, 0.5), (1, 1.0), (7, None), ("high", None), (float("nan"), None)])
def test_a_score_is_a_probability_or_nothing(score: object, kept: float | None) -> None:
    reading = read(RALLY | {"score": score})
    assert reading.spans[0].score == kept
    assert losses(reading) == ([] if kept is not None else [("span", "changed", "score is no probability")])
