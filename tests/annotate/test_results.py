"""Results on the wire: exact round trips, and whatever people, servers and accidents can put there."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.reader import read_results
from rolecall.annotate.results import results_of
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Span, normalise, select_spans
from tests.annotate.wires import (
    ARTICLE,
    DETAINED,
    PEOPLE,
    POLICE,
    RALLY,
    SCHEME,
    check_books,
    mark,
    relation,
)
from tests.strategies import annotations, articles


@given(st.data())
def test_reading_what_was_written_gives_the_same_back(data: st.DataObject) -> None:
    article = data.draw(articles())
    drawn = data.draw(annotations(article))
    bare = [index for index, span in enumerate(drawn.spans) if span.text == span.text.strip()]
    annotation = select_spans(drawn, bare)
    results = json.loads(json.dumps(results_of(annotation, SCHEME)))
    reading = read_results(results, article, SCHEME)
    back = Annotation(
        article=annotation.article,
        hash=annotation.hash,
        by=annotation.by,
        kind=annotation.kind,
        scheme=annotation.scheme,
        seconds=annotation.seconds,
        spans=reading.spans,
        links=reading.links,
        events=reading.events,
        choices=reading.choices,
    )
    assert normalise(back) == normalise(annotation)
    assert reading.losses == ()
    assert reading.kept == {
        "span": len(annotation.spans),
        "link": len(annotation.links),
        "event": sum(len(event) - 1 for event in annotation.events),
        "choice": sum(span.unsure for span in annotation.spans) + len(annotation.choices),
    }
    check_books(reading)


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 50)
    | st.floats()
    | st.sampled_from(["p", "d", "", "labels", "PROTEST"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "labels", "id"]), inner),
    max_leaves=4,
)


keys = st.sampled_from(["id", "type", "from_name", "to_name", "value", "from_id", "to_id", "direction", "score"])


values = st.dictionaries(st.sampled_from(["start", "end", "labels", "choices", "text"]), junk, max_size=5)


poisoned = st.builds(
    lambda base, change: base | change,
    st.sampled_from([POLICE, DETAINED, PEOPLE, RALLY, mark("p"), relation("p", "d"), relation("d", "r"), {}]),
    st.dictionaries(keys, junk | values, max_size=2),
)


@given(st.lists(poisoned | junk, max_size=8))
def test_the_books_balance_whatever_stands_on_the_wire(results: list[Any]) -> None:
    reading = read_results(results, ARTICLE, SCHEME)
    check_books(reading)
    assert all(ARTICLE.text[span.start : span.end] == span.text for span in reading.spans)
    count = len(reading.spans)
    assert all(0 <= index < count for link in reading.links for index in link)


def test_an_annotation_as_the_wire_has_it() -> None:
    spans = (
        Span(7, 15, "ARREST", "detained"),
        Span(18, 24, "DETAINEE", "people", unsure=True),
        Span(31, 36, "PROTEST", "rally", 0.25),
    )
    annotation = Annotation(
        article="a",
        hash=ARTICLE.hash,
        by="ana",
        kind="human",
        scheme=SCHEME.fingerprint,
        spans=spans,
        links=((0, 1),),
        events=((0, 2),),
        choices={"article": ("no event",)},
        status="draft",
    )
    text = {"to_name": "text"}
    detainee = {"start": 18, "end": 24, "text": "people"}
    assert results_of(annotation, SCHEME) == [
        {
            "id": "span-0",
            "type": "labels",
            "from_name": "event",
            "value": {"start": 7, "end": 15, "text": "detained", "labels": ["ARREST"]},
            **text,
        },
        {
            "id": "span-1",
            "type": "labels",
            "from_name": "response",
            "value": detainee | {"labels": ["DETAINEE"]},
            **text,
        },
        {
            "id": "span-1",
            "type": "choices",
            "from_name": "unsure",
            "value": detainee | {"choices": ["unsure"]},
            **text,
        },
        {
            "id": "span-2",
            "type": "labels",
            "from_name": "event",
            "value": {"start": 31, "end": 36, "text": "rally", "labels": ["PROTEST"]},
            "score": 0.25,
            **text,
        },
        {"type": "relation", "from_id": "span-0", "to_id": "span-1", "direction": "right"},
        {"type": "relation", "from_id": "span-0", "to_id": "span-2", "direction": "right"},
        {
            "id": "choice-article",
            "type": "choices",
            "from_name": "article",
            "value": {"choices": ["no event", "come back"]},
            **text,
        },
    ]


def annotation_with(**fields: Any) -> Annotation:
    spans = (Span(7, 15, "ARREST", "detained"), Span(0, 6, "AUTHORITY", "Police"), Span(31, 36, "PROTEST", "rally"))
    whole: dict[str, Any] = {"article": "a", "hash": ARTICLE.hash, "by": "ana", "kind": "human", "spans": spans}
    return Annotation(**(whole | {"scheme": SCHEME.fingerprint} | fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"links": ((1, 0),)}, r"the link 0:6 AUTHORITY 'Police' -> 7:15 ARREST .* does not run from a trigger"),
        ({"links": ((0, 2),)}, r"article 'a' by 'ana': the link .* does not run"),
        ({"events": ((0, 1),)}, r"0:6 AUTHORITY 'Police' stands in an event, but is no trigger"),
        ({"spans": (Span(0, 6, "COP", "Police"),)}, r"role 'COP' is not in the scheme protest"),
        ({"choices": {"tone": ("calm",)}}, r"calm is no answer to 'tone' in the scheme protest"),
        ({"choices": {"article": ("come back",)}}, r"come back is no answer to 'article'"),
    ],
)
def test_what_the_wire_cannot_carry_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        results_of(annotation_with(**fields), SCHEME)
