from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.rows import separate, to_row
from rolecall.core import bio
from rolecall.core.ledger import Balance, Ledger
from rolecall.core.records import Annotation, Article, Span, quote
from rolecall.core.scheme import Choice, Question, load_scheme
from tests.strategies import annotations, articles

PROTEST = load_scheme("protest")


def annotate(article: Article, *marks: tuple[int, int, str], **fields: Any) -> Annotation:
    spans = tuple(quote(article, *mark) for mark in marks)
    return Annotation(
        article=article.id, hash=article.hash, by="ana", kind="human", scheme=PROTEST.fingerprint, spans=spans, **fields
    )


def tagged(row: dict[str, Any]) -> set[tuple[int, int, str]]:
    """Read the tags of all layers back as bounds and roles."""
    found = set()
    for layer in PROTEST.layers:
        names = bio.tag_names(role.name for role in layer.roles)
        for place, role in bio.decode([names[tag] for tag in row[f"tags_{layer.name}"]]):
            found.add((row["offsets"][place.first][0], row["offsets"][place.last - 1][1], role))
    return found


def test_a_row_worked_by_hand() -> None:
    article = Article.of("Police held nine.", id="a1", story="s")
    annotation = annotate(
        article, (12, 16, "DETAINEE"), (7, 11, "ARREST"), (0, 6, "AUTHORITY"), links=((1, 0), (1, 2)), events=((1,),)
    )
    ledger = Ledger()
    row = to_row(article, annotation, PROTEST, ledger)
    tags = {name: row.pop(name) for name in list(row) if name.startswith("tags_")}
    assert row == {
        "id": "a1",
        "story": "s",
        "text": "Police held nine.",
        "spans": [
            {"start": 0, "end": 6, "role": "AUTHORITY", "text": "Police"},
            {"start": 7, "end": 11, "role": "ARREST", "text": "held"},
            {"start": 12, "end": 16, "role": "DETAINEE", "text": "nine"},
        ],
        "links": ((1, 2), (1, 0)),
        "events": ((1,),),
        "tokens": ["Police", "held", "nine", "."],
        "offsets": [(0, 6), (7, 11), (12, 16), (16, 17)],
    }
    assert tags == {
        "tags_event": [0, 5, 0, 0],  # B-ARREST
        "tags_protest": [0, 0, 0, 0],
        "tags_response": [1, 0, 3, 0],  # B-AUTHORITY, B-DETAINEE
        "tags_setting": [0, 0, 0, 0],
    }
    assert [(book.stage, book.unit, book.entered, book.kept) for book in ledger.balances()] == [
        ("overlap", "span", 3, 3),
        ("overlap", "link", 2, 2),
        ("overlap", "event", 1, 1),
        ("tokens", "span", 3, 3),
    ]


def test_within_a_layer_the_longest_stays_and_the_rest_is_accounted_for() -> None:
    article = Article.of("Nine striking nurses rallied, were held", id="a1")
    annotation = annotate(
        article,
        (14, 20, "PARTICIPANT"),  # 0: gives way to 1
        (0, 20, "PARTICIPANT"),  # 1
        (0, 20, "DETAINEE"),  # 2: another layer
        (21, 28, "PROTEST"),  # 3
        (21, 28, "PROTEST"),  # 4: 3 again
        (5, 13, "PROTEST"),  # 5: the longest of its place
        (5, 11, "PROTEST"),  # 6: gives way to 5
        (35, 39, "ARREST"),  # 7
        links=((3, 1), (3, 0), (7, 2), (4, 1)),
        events=((3, 6), (4,), (5, 7)),
    )
    ledger = Ledger()
    kept = separate(annotation, PROTEST, ledger)
    assert [span.key for span in kept.spans] == [
        (0, 20, "DETAINEE"),
        (0, 20, "PARTICIPANT"),
        (5, 13, "PROTEST"),
        (21, 28, "PROTEST"),
        (35, 39, "ARREST"),
    ]
    assert kept.links == ((3, 1), (4, 0))
    assert kept.events == ((3,), (2, 4))
    assert ledger.balances() == [
        Balance(
            stage="overlap",
            unit="span",
            entered=8,
            kept=5,
            dropped={"overlaps another span of its layer": 2, "stands twice": 1},
        ),
        Balance(stage="overlap", unit="link", entered=4, kept=2, dropped={"one of its spans was dropped": 2}),
        Balance(
            stage="overlap",
            unit="event",
            entered=3,
            kept=1,
            changed={"one of its triggers was dropped": 1},
            dropped={"all of its triggers were dropped": 1},
        ),
    ]
    assert {(entry.item, entry.winner) for entry in ledger.entries if entry.unit == "span"} == {
        ("14:20 PARTICIPANT 'nurses'", "0:20 PARTICIPANT 'Nine striking nurses'"),
        ("21:28 PROTEST 'rallied'", "21:28 PROTEST 'rallied'"),
        ("5:11 PROTEST 'striki'", "5:13 PROTEST 'striking'"),
    }
    changed = next(entry for entry in ledger.entries if entry.outcome == "changed")
    assert (changed.item, changed.became) == (
        "21:28 PROTEST 'rallied' + 5:11 PROTEST 'striki'",
        "21:28 PROTEST 'rallied'",
    )


def test_tags_reach_words_and_marks_but_no_half_words() -> None:
    #                     0  3   7 8         19    25
    article = Article.of("An anti-government rally \u200b.", id="a1")
    annotation = annotate(
        article,
        (8, 18, "TARGET"),  # a word inside a compound
        (19, 22, "PROTEST"),  # half a word
        (2, 7, "DETAINEE"),  # white space before it
        (24, 26, "TIME"),  # white space and an invisible character
    )
    ledger = Ledger()
    row = to_row(article, annotation, PROTEST, ledger)
    assert row["tokens"] == ["An", "anti", "-", "government", "rally", "."]
    assert [span["text"] for span in row["spans"]] == [" anti", "government", "ral", " \u200b"]  # as labelled
    assert tagged(row) == {(8, 18, "TARGET"), (19, 24, "PROTEST"), (3, 7, "DETAINEE")}
    assert {(entry.item, entry.outcome, entry.reason, entry.became) for entry in ledger.entries} == {
        ("19:22 PROTEST 'ral'", "changed", "widened to whole tokens", "19:24 PROTEST 'rally'"),
        ("2:7 DETAINEE ' anti'", "changed", "edges without a token", "3:7 DETAINEE 'anti'"),
        ("24:26 TIME ' \\u200b'", "dropped", "holds no token", None),
    }
    assert ledger.balances()[-1] == Balance(
        stage="tokens",
        unit="span",
        entered=4,
        kept=1,
        changed={"widened to whole tokens": 1, "edges without a token": 1},
        dropped={"holds no token": 1},
    )


def test_two_parts_of_one_word_cannot_both_be_tagged() -> None:
    article = Article.of("anti-government", id="a1")
    annotation = annotate(article, (0, 11, "TARGET"), (11, 15, "DEMAND"), (11, 15, "PLACE"))
    ledger = Ledger()
    row = to_row(article, annotation, PROTEST, ledger)
    assert len(row["spans"]) == 3
    assert tagged(row) == {(0, 15, "TARGET"), (5, 15, "PLACE")}
    (entry,) = (entry for entry in ledger.entries if entry.outcome == "dropped")
    assert (entry.stage, entry.reason) == ("tokens", "shares a token with another span of its layer")
    assert (entry.item, entry.winner) == ("11:15 DEMAND 'ment'", "0:11 TARGET 'anti-govern'")


KINDS = ("news", "a view", "neither")
ASKED = PROTEST.model_copy(
    update={
        "questions": (
            Question(name="kind", question="?", choices=tuple(Choice(value=value) for value in KINDS), several=True),
            Question(name="tone", question="?", choices=(Choice(value="calm"),)),
        )
    }
)


def test_answers_have_a_column_a_question_and_what_has_none_is_accounted_for() -> None:
    article = Article.of("Police held nine.", id="a1")
    given = {"kind": ("neither", "news", "news", "a joke"), "article": ("no event",)}
    ledger = Ledger()
    row = to_row(article, annotate(article, choices=given), ASKED, ledger)
    assert (row["choices_kind"], row["choices_tone"]) == ([0, 2], [])
    (book,) = (book for book in ledger.balances() if book.unit == "choice")
    assert (book.stage, book.entered, book.kept) == ("choices", 5, 2)
    assert {(entry.item, entry.reason) for entry in ledger.entries} == {
        ("kind: news", "stands twice"),
        ("kind: a joke", "no choice of the scheme: stays in gold.jsonl"),
        ("article: no event", "no question of the scheme: stays in gold.jsonl"),
    }


def test_a_scheme_without_questions_has_books_of_answers_only_where_there_are_some() -> None:
    article = Article.of("Police held nine.", id="a1")
    ledger = Ledger()
    assert not [name for name in to_row(article, annotate(article), PROTEST, ledger) if name.startswith("choices")]
    assert {book.unit for book in ledger.balances()} == {"span", "link", "event"}
    to_row(article, annotate(article, choices={"article": ("no event",)}), PROTEST, ledger)
    assert ledger.balances()[-1] == Balance(
        stage="choices",
        unit="choice",
        entered=1,
        kept=0,
        dropped={"no question of the scheme: stays in gold.jsonl": 1},
    )


@st.composite
def labelled(draw: st.DrawFn) -> tuple[Article, Annotation]:
    article = draw(articles())
    return article, draw(annotations(article))


@given(labelled())
def test_the_books_balance_and_tags_are_what_the_ledger_kept(pair: tuple[Article, Annotation]) -> None:
    article, annotation = pair
    ledger = Ledger()
    row = to_row(article, annotation, PROTEST, ledger)
    books = {(book.stage, book.unit): book for book in ledger.balances()}  # raises when they do not balance
    assert books["overlap", "span"].entered == len(annotation.spans)
    assert books["overlap", "span"].kept == len(row["spans"]) == books["tokens", "span"].entered
    assert books["overlap", "link"].kept == len(row["links"])
    assert books["overlap", "event"].kept + sum(books["overlap", "event"].changed.values()) == len(row["events"])
    dropped = sum(books["tokens", "span"].dropped.values())
    assert len(tagged(row)) == len(row["spans"]) - dropped
    # Links and events still name the same phrases.
    spans = [(span["start"], span["end"], span["role"]) for span in row["spans"]]
    named = {(annotation.spans[a].key, annotation.spans[b].key) for a, b in annotation.links}
    assert {(spans[a], spans[b]) for a, b in row["links"]} <= named
    for layer in PROTEST.layers:
        own = sorted(span for span in spans if PROTEST.layer_of[span[2]] == layer.name)
        assert all(one[1] <= other[0] for one, other in pairwise(own))


@given(labelled())
def test_the_order_of_the_labels_does_not_matter(pair: tuple[Article, Annotation]) -> None:
    article, annotation = pair
    spans = tuple(dict.fromkeys(Span(*span.key, span.text) for span in annotation.spans))
    once = msgspec.structs.replace(annotation, spans=spans, links=(), events=())
    back = msgspec.structs.replace(once, spans=spans[::-1])
    assert to_row(article, once, PROTEST, Ledger()) == to_row(article, back, PROTEST, Ledger())
