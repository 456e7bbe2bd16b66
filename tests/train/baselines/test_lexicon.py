"""The word list, by hand: which forms are learned, with which role, and what they find."""

from typing import Any

import pytest

from rolecall.core.tokens import tokenize
from rolecall.train.baselines.lexicon import Entry, Lexicon, learn

ROLES = ("ACTION", "HUMAN_PART", "LOC")


def row(text: str, *spans: tuple[str, str, int]) -> dict[str, Any]:
    """Make a row; a span is its quote, its role, and at which of the quote's occurrences it stands, from 0."""
    found = []
    for words, role, nth in spans:
        start = -1
        for _ in range(nth + 1):
            start = text.index(words, start + 1)
        found.append({"start": start, "end": start + len(words), "role": role, "text": words})
    return {"text": text, "spans": found}


def find(lexicon: Lexicon, text: str) -> list[tuple[str, str]]:
    return [(span.text, span.role) for span in lexicon.find(text, tokenize(text))]


def test_a_form_takes_the_role_it_has_most_often() -> None:
    rows = [
        row("Paris fell.", ("Paris", "LOC", 0)),
        row("Paris spoke.", ("Paris", "HUMAN_PART", 0)),
        row("PARIS burns.", ("PARIS", "LOC", 0)),
    ]
    assert learn(rows, ROLES).entries == {("paris",): Entry("LOC", 2 / 3)}


def test_of_equals_the_first_role_of_the_scheme_wins() -> None:
    rows = [row("Paris fell.", ("Paris", "LOC", 0)), row("Paris spoke.", ("Paris", "HUMAN_PART", 0))]
    assert learn(rows, ROLES).entries == {("paris",): Entry("HUMAN_PART", 1 / 2)}
    assert learn(rows, ("LOC", "HUMAN_PART")).entries == {("paris",): Entry("LOC", 1 / 2)}


@pytest.mark.parametrize(("unlabelled", "kept"), [(1, True), (2, True), (3, False)])
def test_what_is_more_often_unlabelled_than_labelled_is_left_out(unlabelled: int, kept: bool) -> None:
    text = "Talks here, talks there." + " More talks." * unlabelled
    lexicon = learn([row(text, ("Talks", "ACTION", 0), ("talks", "ACTION", 0))], ROLES)
    assert lexicon.entries == ({("talks",): Entry("ACTION", 2 / (2 + unlabelled))} if kept else {})


def test_only_exact_bounds_count_as_labelled() -> None:
    # "police" stands three times, once by itself in a span; twice it is part of a longer one.
    rows = [
        row(
            "Police left. Police officers and police officers stayed.",
            ("Police", "HUMAN_PART", 0),
            ("Police officers", "HUMAN_PART", 0),
            ("police officers", "HUMAN_PART", 0),
        )
    ]
    assert learn(rows, ROLES).entries == {("police", "officers"): Entry("HUMAN_PART", 1.0)}


def test_what_ends_with_the_text_is_counted_once() -> None:
    # "new" stands twice, once by itself; the second time the text ends before a longer form could.
    rows = [row("New York slept; the new", ("New York", "LOC", 0), ("new", "ACTION", 0))]
    assert learn(rows, ROLES).entries == {("new", "york"): Entry("LOC", 1.0), ("new",): Entry("ACTION", 0.5)}


def test_a_layer_knows_its_own_roles_alone() -> None:
    rows = [row("Nurses marched.", ("Nurses", "VICTIM", 0), ("marched", "ACTION", 0))]
    assert learn(rows, ROLES).entries == {("marched",): Entry("ACTION", 1.0)}


def test_the_longest_form_wins_and_reading_goes_on_behind_it() -> None:
    lexicon = Lexicon({
        ("new",): Entry("ACTION", 1.0),
        ("new", "york"): Entry("LOC", 1.0),
        ("new", "york", "city", "hall"): Entry("HUMAN_PART", 0.5),
        ("york", "city"): Entry("ACTION", 1.0),
    })  # fmt: skip
    assert find(lexicon, "NEW York City slept; New York city hall too, and new York.") == [
        ("NEW York", "LOC"),
        ("New York city hall", "HUMAN_PART"),
        ("new York", "LOC"),
    ]
    assert find(lexicon, "The new") == [("new", "ACTION")]


def test_a_span_has_the_share_as_its_score_and_the_texts_own_bounds() -> None:
    lexicon = Lexicon({("anti", "-", "war"): Entry("ACTION", 0.75)})
    text = "An Anti - war day"
    [span] = lexicon.find(text, tokenize(text))
    assert (span.start, span.end, span.role, span.text, span.score) == (3, 13, "ACTION", "Anti - war", 0.75)


def test_without_spans_there_is_nothing_to_find() -> None:
    assert find(learn([row("Nothing.")], ROLES), "Nothing.") == []
    assert find(learn([], ROLES), "") == []
