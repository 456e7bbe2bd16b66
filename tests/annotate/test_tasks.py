"""Tasks: an article out and home, an annotation with its who, when and how long."""

import json

import pytest
from hypothesis import given

from rolecall.annotate.tasks import Key, body_of, key_of, read_annotation, task_of
from rolecall.core.records import Annotation, Article, Kind, Span, Status, normalise
from rolecall.core.scheme import load_scheme
from tests.strategies import articles

SCHEME = load_scheme("protest")
ARTICLE = Article.of("Police detained people.", id="a", title="Police", story="s", meta={"desk": "x"})


@given(articles())
def test_a_task_says_which_article_it_holds(article: Article) -> None:
    task = json.loads(json.dumps(task_of(article, SCHEME.fingerprint)))
    assert key_of(task) == Key(article.id, article.hash, SCHEME.fingerprint)
    assert task["data"]["text"] == article.text


def test_a_task_shows_what_people_ask_about_an_article() -> None:
    assert task_of(ARTICLE, "protest:1:abc") == {
        "data": {
            "text": "Police detained people.",
            "article": "a",
            "hash": ARTICLE.hash,
            "scheme": "protest:1:abc",
            "title": "Police",
            "story": "s",
        }
    }


@pytest.mark.parametrize(
    "task",
    [{}, {"data": None}, {"data": {"text": "x"}}, {"data": {"article": "a", "hash": "", "scheme": "s"}}],
)
def test_a_task_that_rolecall_did_not_make_has_no_key(task: dict[str, object]) -> None:
    assert key_of(task) is None


@pytest.mark.parametrize("status", ["submitted", "skipped", "draft"])
@pytest.mark.parametrize("kind", ["human", "adjudicated"])
def test_an_annotation_out_and_home(kind: Kind, status: Status) -> None:
    spans = (Span(7, 15, "ARREST", "detained"), Span(0, 6, "AUTHORITY", "Police", unsure=True))
    annotation = Annotation(
        article="a",
        hash=ARTICLE.hash,
        by="ana",
        kind=kind,
        scheme=SCHEME.fingerprint,
        spans=spans,
        links=((0, 1),),
        status=status,
        seconds=12.5,
    )
    back, reading = read_annotation(json.loads(json.dumps(body_of(annotation, SCHEME))), ARTICLE, SCHEME, by="ana")
    assert back == normalise(annotation)
    assert (reading.losses, reading.remarks) == ((), ())


def test_who_when_and_how_long_come_home() -> None:
    wire = {
        "result": None,
        "ground_truth": None,
        "lead_time": 7,
        "created_at": "2024-05-01T10:00:00Z",
        "updated_at": "2024-05-01T10:02:00Z",
    }
    back, _ = read_annotation(wire, ARTICLE, SCHEME, by="ben", from_prediction="run-1")
    assert back == Annotation(
        article="a",
        hash=ARTICLE.hash,
        by="ben",
        kind="human",
        scheme=SCHEME.fingerprint,
        spans=(),
        status="submitted",
        created="2024-05-01T10:00:00Z",
        updated="2024-05-01T10:02:00Z",
        seconds=7.0,
        from_prediction="run-1",
    )
