"""Kinds of errors, one text for all of them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from rolecall.evaluate.errors import KINDS, Error, find

SCHEME = load_scheme("protest")
TEXT = "Riot police detained two dozen young oil workers and their lawyers near the main square in Aktobe on Friday."
ARTICLE = Article.of(TEXT, id="a")


def reading(*found: tuple[str, str], links: tuple[tuple[int, int], ...] = (), by: str = "x") -> Annotation:
    spans = tuple(quote(ARTICLE, TEXT.index(words), TEXT.index(words) + len(words), role) for words, role in found)
    return Annotation(
        article="a", hash=ARTICLE.hash, by=by, kind="human", scheme=SCHEME.fingerprint, spans=spans, links=links
    )


def told(gold: Annotation, predicted: Annotation) -> list[tuple[str, list[str], list[str]]]:
    return [
        (error.kind, [span.text for span in error.gold], [span.text for span in error.predicted])
        for error in find(gold, predicted, SCHEME)
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([("Aktobe", "PLACE")], [], [("missed", ["Aktobe"], [])]),
        ([], [("Aktobe", "PLACE")], [("spurious", [], ["Aktobe"])]),
        ([("Aktobe", "PLACE")], [("Aktobe", "TIME")], [("wrong role", ["Aktobe"], ["Aktobe"])]),
        ([("main square", "PLACE")], [("main", "TIME")], [("wrong role and bounds", ["main square"], ["main"])]),
        ([("square", "PLACE")], [("main square", "PLACE")], [("too long", ["square"], ["main square"])]),
        ([("main square", "PLACE")], [("square", "PLACE")], [("too short", ["main square"], ["square"])]),
        ([("main square", "PLACE")], [("the main", "PLACE")], [("shifted", ["main square"], ["the main"])]),
        (
            [("oil workers and their lawyers", "DETAINEE")],
            [("oil workers", "DETAINEE"), ("lawyers", "DETAINEE")],
            [("split", ["oil workers and their lawyers"], ["oil workers", "lawyers"])],
        ),
        (
            [("oil workers", "DETAINEE"), ("lawyers", "DETAINEE")],
            [("oil workers and their lawyers", "DETAINEE")],
            [("merged", ["oil workers", "lawyers"], ["oil workers and their lawyers"])],
        ),
        ([("lawyers", "DETAINEE")], [("lawyers", "PARTICIPANT")], [("wrong layer", ["lawyers"], ["lawyers"])]),
        # A right span explains nothing, and what is right in one layer does not excuse another.
        (
            [("oil workers", "DETAINEE"), ("oil workers", "PARTICIPANT")],
            [("oil workers", "DETAINEE")],
            [("missed", ["oil workers"], [])],
        ),
    ],
)  # fmt: skip
def test_kinds(
    gold: list[tuple[str, str]], predicted: list[tuple[str, str]], expected: list[tuple[str, list[str], list[str]]]
) -> None:
    assert told(reading(*gold), reading(*predicted)) == expected


def test_an_argument_on_another_trigger() -> None:
    spans = ("Riot", "VIOLENCE"), ("detained", "ARREST"), ("oil workers", "DETAINEE")
    gold, predicted = reading(*spans, links=((1, 2),)), reading(*spans, links=((0, 2),))
    assert told(gold, predicted) == [("wrong event", ["oil workers", "detained"], ["oil workers", "Riot"])]
    assert told(gold, gold) == []
    assert told(gold, reading(*spans)) == []  # who attaches nothing has attached nothing wrongly


def test_an_event_is_all_of_its_triggers() -> None:
    spans = ("Riot", "VIOLENCE"), ("detained", "ARREST"), ("oil workers", "DETAINEE")
    gold = msgspec.structs.replace(reading(*spans, links=((1, 2),)), events=((0, 1),))
    assert told(gold, reading(*spans, links=((0, 2),))) == []


words = st.sampled_from(TEXT.rstrip(".").split())
phrases = st.sampled_from(
    ["oil workers and their lawyers", "main square in Aktobe", "two dozen young", "near the main"]
)
mixed = st.lists(st.tuples(words | phrases, st.sampled_from(["PLACE", "TIME", "DETAINEE", "PARTICIPANT"])), max_size=6)


@given(gold=mixed, predicted=mixed)
def test_every_strict_error_is_explained_once(gold: list[tuple[str, str]], predicted: list[tuple[str, str]]) -> None:
    left, right = reading(*gold), reading(*predicted)
    errors = find(left, right, SCHEME)
    missed = {s.key for s in left.spans} - {s.key for s in right.spans}
    spurious = {s.key for s in right.spans} - {s.key for s in left.spans}
    assert sorted(span.key for error in errors for span in error.gold) == sorted(missed)
    assert sorted(span.key for error in errors for span in error.predicted) == sorted(spurious)
    assert all(error.kind in KINDS for error in errors)
    for error in errors:
        assert msgspec.json.decode(msgspec.json.encode(error), type=Error) == error
