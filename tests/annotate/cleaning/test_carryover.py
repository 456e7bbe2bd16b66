from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.cleaning.carryover import carry
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation, Article, Span, disagreement, normalise
from tests.strategies import annotations, articles

#       0         1         2         3         4
#       0123456789012345678901234567890123456789012345678
TEXT = "Rally\n\n[ad: sale]\n\nPolice held ten\n[ad] in Merrow."
MOVED = OffsetMap.of("a", TEXT, [(7, 19), (34, 39)])
LEFT = "Rally\n\nPolice held ten in Merrow."


def annotation(*spans: tuple[int, int, str], **fields: object) -> Annotation:
    made = tuple(Span(start, end, role, TEXT[start:end]) for start, end, role in spans)
    article = Article.of(TEXT, id="a")
    common = {"article": "a", "hash": article.hash, "by": "ana", "kind": "human", "scheme": "s", "spans": made}
    return Annotation(**{**common, **fields})  # type: ignore[arg-type]


def test_spans_move_shrink_and_go() -> None:
    before = annotation(
        (0, 5, "PROTEST"),
        (12, 16, "TIME"),
        (19, 25, "AUTHORITY"),
        (31, 49, "DETAINEE"),
        (34, 39, "PLACE"),
        (43, 49, "PLACE"),
        links=((0, 1), (0, 3), (0, 5)),
        events=((0, 1), (4,)),
        choices={"q": ("yes", "no")},
    )
    ledger = Ledger()
    after = carry(before, MOVED, ledger)
    assert [(span.start, span.end, span.role, span.text, span.unsure) for span in after.spans] == [
        (0, 5, "PROTEST", "Rally", False),
        (7, 13, "AUTHORITY", "Police", False),
        (19, 32, "DETAINEE", "ten in Merrow", True),
        (26, 32, "PLACE", "Merrow", False),
    ]
    assert (after.links, after.events, after.choices) == (((0, 2), (0, 3)), ((0,),), {"q": ("yes", "no")})
    assert disagreement(after, Article.of(LEFT, id="a")) is None
    assert [str(balance) for balance in ledger.balances()] == [
        "clean: 1 annotations in = 1 kept + 0 changed + 0 dropped",
        "clean: 6 spans in = 3 kept + 1 changed (reaches into a cut 1) + 2 dropped (lies in a cut 2)",
        "clean: 3 links in = 2 kept + 0 changed + 1 dropped (one of its spans is dropped 1)",
        "clean: 2 events in = 0 kept + 1 changed (some of its triggers are dropped 1)"
        " + 1 dropped (all of its triggers are dropped 1)",
        "clean: 2 choices in = 2 kept + 0 changed + 0 dropped",
    ]


def test_what_is_left_has_no_white_space_at_its_edges() -> None:
    after = carry(annotation((16, 25, "AUTHORITY"), (0, 9, "PROTEST")), MOVED, Ledger())
    assert [(span.start, span.end, span.text) for span in after.spans] == [(7, 13, "Police"), (0, 5, "Rally")]


def test_marks_alone_are_no_span() -> None:
    ledger = Ledger()
    moved = OffsetMap.of("a", TEXT, [(43, 49)])
    assert carry(annotation((43, 50, "PLACE")), moved, ledger).spans == ()
    assert ledger.entries[0].reason == "lies in a cut"


@st.composite
def cases(draw: st.DrawFn) -> tuple[Article, Annotation, OffsetMap]:
    article = draw(articles())
    bounds = sorted(draw(st.sets(st.integers(0, len(article.text)), max_size=8)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return article, draw(annotations(article)), OffsetMap.of(article.id, article.text, pairs)


@given(cases())
def test_the_books_balance_and_every_quote_is_in_place(case: tuple[Article, Annotation, OffsetMap]) -> None:
    article, before, moved = case
    ledger = Ledger()
    after = carry(before, moved, ledger)
    books = {balance.unit: balance for balance in ledger.balances()}
    text = moved.apply(article.text)
    assert all(text[span.start : span.end] == span.text for span in after.spans)
    assert books["span"].entered == len(before.spans)
    assert books["span"].accounted - sum(books["span"].dropped.values()) == len(after.spans)
    assert books["link"].kept == len(after.links)
    assert books["event"].kept + sum(books["event"].changed.values()) == len(after.events)


@given(annotations())
def test_without_a_cut_nothing_changes(before: Annotation) -> None:
    still = OffsetMap(article=before.article, hash=before.hash, cleaned_from=before.hash, removed=())
    after = carry(before, still, Ledger())
    assert normalise(after) == normalise(before)
