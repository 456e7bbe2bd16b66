import pytest

from rolecall.annotate.checks.census import Census, RareRoleOptions, rare_role
from rolecall.annotate.checks.empties import NoSpansOptions, no_spans
from rolecall.annotate.checks.expectation import Expectation
from rolecall.annotate.checks.reading import Facts, Reading
from tests.annotate.checks.marked import SCHEME, annotate, facts, parse, reading

TEXT = "Police detained ten and fined two."
LABELLED = "{Police|AUTHORITY} {detained|ARREST} ten."


def test_colleagues_with_labels_speak_against_none() -> None:
    (hit,) = no_spans(
        reading(TEXT, others=("Police {detained|ARREST} {ten|DETAINED_COUNT} and fined two.",)), NoSpansOptions()
    )
    assert hit.message == "marks nothing where others do: ben 2 spans"
    # One of two is half; one against one that marks nothing either is no majority of three.
    assert len(list(no_spans(reading(TEXT, others=(LABELLED, TEXT)), NoSpansOptions()))) == 1
    assert list(no_spans(reading(TEXT, others=(TEXT, TEXT)), NoSpansOptions())) == []
    assert list(no_spans(reading(TEXT, others=(TEXT,)), NoSpansOptions())) == []
    assert list(no_spans(reading(LABELLED), NoSpansOptions())) == []


@pytest.mark.parametrize("status", ["draft", "skipped"])
def test_what_is_not_handed_in_may_be_empty(status: str) -> None:
    assert list(no_spans(reading(TEXT, others=(LABELLED,), status=status), NoSpansOptions())) == []
    assert len(list(no_spans(reading(TEXT, others=(LABELLED,), status="submitted"), NoSpansOptions()))) == 1


def test_answers_that_the_scheme_names_decide() -> None:
    options = NoSpansOptions(relevant=("relevant",), none=("no event",))
    relevant, nothing = {"relevance": ("relevant",)}, {"relevance": ("no event",)}
    (hit,) = no_spans(reading(TEXT, choices=relevant), options)
    assert (hit.message, hit.severity) == ("marks nothing, but is answered 'relevant'", "error")
    assert list(no_spans(reading(TEXT, others=(LABELLED,), choices=nothing), options)) == []
    assert list(no_spans(reading(TEXT, choices=relevant), NoSpansOptions())) == []


def expecting(marked: str) -> Reading:
    """A reading without colleagues; "detained" is a trigger in 6 of 8 places elsewhere, "fined" in 5 of 5."""
    expectation = Expectation(frozenset({"detained", "fined", "rare"}), SCHEME.triggers)
    for number in range(8):
        one = annotate(
            "{detained|ARREST} {fined|JUSTICE}"
            if number < 5
            else "{detained|ARREST} him"
            if number < 6
            else "{He|DETAINEE} detained"
        )
        expectation.add(
            parse("detained fined" if number < 5 else "detained him" if number < 6 else "He detained")[0], [one]
        )
    expectation.add("rare detained", [annotate("rare detained")])  # a reading without labels says nothing
    found = reading(marked)
    return Reading(found.article, found.annotation, SCHEME, Facts(found.facts.forms, {}, expectation))


def test_words_that_are_triggers_elsewhere_are_a_hint() -> None:
    # 0.75 for each "detained", 1 for each "fined"; "rare" was never seen in a reading with labels.
    text = "Detained, detained, fined, rare."
    expected = expecting(text).facts.expectation
    assert expected is not None
    assert expected.expect(text).triggers == pytest.approx(2.5)
    assert expected.expect(text).words == ["fined", "detained"]
    assert list(no_spans(expecting(text), NoSpansOptions())) == []
    (hit,) = no_spans(expecting(text), NoSpansOptions(expected=2.5))
    assert hit.severity == "hint"
    assert hit.message == "marks nothing; by its words 2 triggers are to be expected: 'fined', 'detained'"


def test_rare_roles() -> None:
    census = Census()
    census.add([annotate("{a|PLACE} {b|PLACE} {c|TIME}"), annotate("{a|PLACE} b {c|VICTIM}", by="ben")])
    census.add([annotate("{a|PLACE}"), annotate("{a|VICTIM}", by="gold", kind="adjudicated")])
    assert census.roles == {"PLACE": 2, "TIME": 1, "VICTIM": 2}
    hits = list(rare_role(census, ["PLACE", "TIME", "VICTIM", "CHARGE"], RareRoleOptions(minimum=2)))
    assert [(hit.role, hit.message) for hit in hits] == [
        ("TIME", "has 1 span in 1 article, fewer than 2"),
        ("CHARGE", "has 0 spans, fewer than 2"),
    ]


def test_facts_have_expectations_only_where_needed() -> None:
    assert facts(annotate(LABELLED)).expectation is None
