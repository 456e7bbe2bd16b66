import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.records import Annotation, Article, Span, disagreement, normalise, quote, select_spans
from tests.strategies import annotations, articles

TEXT = "Police 👮 detained nine men in Қызылорда."
ARTICLE = Article.of(TEXT, id="a1")


def reading(*spans: Span, links: object = (), events: object = ()) -> Annotation:
    return msgspec.convert(
        {
            "article": "a1",
            "hash": ARTICLE.hash,
            "by": "ana",
            "kind": "human",
            "scheme": "s:1:0",
            "spans": [msgspec.structs.asdict(span) for span in spans],
            "links": links,
            "events": events,
        },
        Annotation,
    )


POLICE = quote(ARTICLE, 0, 6, "AUTHORITY")
DETAINED = quote(ARTICLE, 9, 17, "ARREST")
MEN = quote(ARTICLE, 23, 26, "DETAINEE")


def test_offsets_are_code_points() -> None:
    assert DETAINED.text == "detained"
    assert quote(ARTICLE, 30, 39, "PLACE").text == "Қызылорда"


def test_article_takes_its_id_from_the_hash_when_it_has_none() -> None:
    assert Article.of("news").id == Article.of("news").hash[:16]


def test_group_is_the_story_else_the_article() -> None:
    assert Article.of("x", id="a", story="s").group == "s"
    assert Article.of("x", id="a", duplicate_of="b").group == "b"
    assert Article.of("x", id="a").group == "a"


def test_altered_text_is_refused() -> None:
    line = msgspec.json.encode(ARTICLE).replace(b"nine", b"five")
    with pytest.raises(msgspec.ValidationError, match="altered after ingest"):
        msgspec.json.decode(line, type=Article)


@pytest.mark.parametrize("fields", [{"id": " ", "text": "x"}, {"id": "a", "text": ""}])
def test_articles_need_id_and_text(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"needs an id|has no text"):
        Article.of(fields["text"], id=fields["id"])


@pytest.mark.parametrize(("start", "end", "text"), [(3, 3, ""), (5, 2, "abc"), (-1, 2, "abc"), (0, 2, "abc")])
def test_impossible_spans_are_refused(start: int, end: int, text: str) -> None:
    with pytest.raises(ValueError, match="span"):
        Span(start, end, "PLACE", text)


def test_a_span_past_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after the text's"):
        quote(ARTICLE, 30, 4000, "PLACE")


@pytest.mark.parametrize("links", [[[0, 3]], [[-1, 0]], [[1, 1]]])
def test_links_must_join_two_spans(links: list[list[int]]) -> None:
    with pytest.raises(msgspec.ValidationError, match="does not join"):
        reading(POLICE, DETAINED, MEN, links=links)


@pytest.mark.parametrize("events", [[[3]], [[]], [[0], [0]], [[1, 1]]])
def test_a_trigger_belongs_to_one_event(events: list[list[int]]) -> None:
    with pytest.raises(msgspec.ValidationError, match="event"):
        reading(POLICE, DETAINED, MEN, events=events)


def test_disagreement_names_the_span_and_both_quotes() -> None:
    assert disagreement(reading(POLICE, MEN), ARTICLE) is None
    shifted = msgspec.structs.replace(MEN, start=22, end=25)
    assert disagreement(reading(shifted), ARTICLE) == (
        "article 'a1', 22:25 (DETAINEE): the text has ' me', the quote is 'men'"
    )
    other = Article.of("another text", id="a1")
    assert "has changed since it was labelled" in str(disagreement(reading(POLICE), other))
    assert "held against" in str(disagreement(reading(POLICE), Article.of(TEXT, id="a2")))


def test_normalise_renumbers_links_and_events() -> None:
    shuffled = reading(MEN, DETAINED, POLICE, links=[[1, 0], [1, 2]], events=[[1]])
    ordered = reading(POLICE, DETAINED, MEN, links=[[1, 0], [1, 2]])
    assert normalise(shuffled) == ordered


def test_select_spans_keeps_what_still_has_both_ends() -> None:
    whole = reading(POLICE, DETAINED, MEN, links=[[1, 0], [1, 2]], events=[[1]])
    assert select_spans(whole, [1, 2]) == reading(DETAINED, MEN, links=[[0, 1]], events=[[0]])
    assert select_spans(whole, [0]) == reading(POLICE)


@given(annotations(), st.randoms(use_true_random=False))
def test_order_says_nothing(annotation: Annotation, random: object) -> None:
    order = list(range(len(annotation.spans)))
    random.shuffle(order)  # type: ignore[attr-defined]
    place = {old: new for new, old in enumerate(order)}
    shuffled = msgspec.structs.replace(
        annotation,
        spans=tuple(annotation.spans[i] for i in order),
        links=tuple((place[a], place[b]) for a, b in reversed(annotation.links)),
        events=tuple(tuple(place[i] for i in event) for event in reversed(annotation.events)),
    )
    if len(set(annotation.spans)) == len(annotation.spans):  # equal spans cannot be told apart
        assert normalise(shuffled) == normalise(annotation)
    assert normalise(normalise(annotation)) == normalise(annotation)


@given(articles())
def test_every_quote_is_in_place(article: Article) -> None:
    end = len(article.text)
    assert quote(article, 0, end, "PLACE").text == article.text
