"""Parts of the counts, worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from rolecall.evaluate import slices
from rolecall.evaluate.counts import Counts

SCHEME = load_scheme("protest")
TEXT = "Around 50 miners, then some 200 men, marched in Aktobe; police held about fifty, and many fled to Aktobe."
ARTICLE = Article.of(TEXT, id="a", published="2019-02-27", lang="en", source="Wire", meta={"desk": 7})


def reading(*found: tuple[str, str]) -> Annotation:
    spans = tuple(quote(ARTICLE, TEXT.index(words), TEXT.index(words) + len(words), role) for words, role in found)
    return Annotation(article="a", hash=ARTICLE.hash, by="x", kind="human", scheme=SCHEME.fingerprint, spans=spans)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lang", "en"), ("source", "Wire"), ("year", "2019"), ("length", "0 to 999"), ("story", "unknown"),
        ("group", "a"), ("meta.desk", "7"), ("meta.none", "unknown"), ("published", "2019-02-27"),
    ],
)  # fmt: skip
def test_fields(field: str, value: str) -> None:
    assert slices.of_article(ARTICLE, field) == value


@pytest.mark.parametrize(
    ("length", "value"),
    [(999, "0 to 999"), (1000, "1,000 to 2,999"), (3000, "3,000 to 9,999"), (10_000, "10,000 and more")],
)
def test_length_classes(length: int, value: str) -> None:
    assert slices.of_article(Article.of("x" * length), "length") == value


def test_a_field_that_no_article_has() -> None:
    with pytest.raises(InputError, match="no field 'langage'"):
        slices.of_article(ARTICLE, "langage")


def test_seen_and_unseen_forms() -> None:
    known = slices.forms([reading(("Aktobe", "PLACE"), ("police", "AUTHORITY"))])
    assert known == {("PLACE", "aktobe"), ("AUTHORITY", "police")}
    gold = reading(("Aktobe", "PLACE"), ("miners", "PARTICIPANT"), ("men", "PARTICIPANT"))
    found = reading(("Aktobe", "PLACE"), ("men", "PARTICIPANT"), ("police", "AUTHORITY"), ("police", "DETAINEE"))
    assert slices.by_surface(gold, found, known) == {"seen": Counts(1, 2, 1), "unseen": Counts(1, 2, 2)}
    assert slices.by_surface(gold, None, known) == {"seen": Counts(0, 0, 1), "unseen": Counts(0, 0, 2)}


def test_counts_by_value() -> None:
    gold = reading(
        ("Around 50", "CROWD_SIZE"),
        ("200", "CROWD_SIZE"),
        ("about fifty", "DETAINED_COUNT"),
        ("many", "DETAINED_COUNT"),
    )
    # "50" lost its hedge, "some 200" gained one, "about fifty" is right, "many" is no quantity and the same word.
    found = reading(
        ("50", "CROWD_SIZE"), ("some 200", "CROWD_SIZE"), ("about fifty", "DETAINED_COUNT"), ("many", "DETAINED_COUNT")
    )
    assert slices.by_value(gold, found, SCHEME) == {"CROWD_SIZE": Counts(0, 2, 2), "DETAINED_COUNT": Counts(2, 2, 2)}
    assert slices.by_value(gold, None, SCHEME)["CROWD_SIZE"] == Counts(0, 0, 2)
    assert slices.unreadable(gold, SCHEME) == 1


def test_a_wider_span_with_the_same_value_is_right_by_value() -> None:
    gold, found = reading(("about fifty", "DETAINED_COUNT")), reading(("held about fifty", "DETAINED_COUNT"))
    assert slices.by_value(gold, found, SCHEME) == {"DETAINED_COUNT": Counts(0, 1, 1)}  # "held ..." is no quantity
    found = reading(("about fifty,", "DETAINED_COUNT"))
    assert slices.by_value(gold, found, SCHEME) == {"DETAINED_COUNT": Counts(1, 1, 1)}


def test_unreachable_gold_is_its_own_part() -> None:
    gold, found = reading(("miners", "PARTICIPANT"), ("men", "PARTICIPANT")), reading(("men", "PARTICIPANT"))
    ledger, source = Ledger(), Source("a", "gold")
    ledger.enter("tokens", "span", 2)
    ledger.keep("tokens", "span")
    ledger.dropped("tokens", "span", source, gold.spans[0], reason="holds no token")
    lost = slices.unreachable([*ledger.entries, *ledger.balances()])
    assert lost == {"a": {gold.spans[0].key}}
    assert slices.by_reach(gold, found, lost["a"]) == {
        "reachable": Counts(1, 1, 1),
        "unreachable": Counts(0, 0, 1),
    }


words = st.sampled_from(["miners", "men", "police", "Aktobe", "Around 50", "200"])
labels = st.lists(st.tuples(words, st.sampled_from(["PARTICIPANT", "CROWD_SIZE", "PLACE"])), max_size=5)


@given(gold=labels, found=labels, known=labels)
def test_parts_add_up_to_the_whole(
    gold: list[tuple[str, str]], found: list[tuple[str, str]], known: list[tuple[str, str]]
) -> None:
    left, right = reading(*gold), reading(*found)
    keys = [{span.key for span in side.spans} for side in (left, right)]
    whole = Counts(len(keys[0] & keys[1]), len(keys[1]), len(keys[0]))
    parts = slices.by_surface(left, right, slices.forms([reading(*known)]))
    assert sum(parts.values(), Counts()) == whole
    lost = {span.key for span in reading(*known).spans}
    assert sum(slices.by_reach(left, right, lost).values(), Counts()) == whole
