import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.columns import Columns
from rolecall.annotate.finishing import Incoming, finish
from rolecall.annotate.formats.rows import Place, Reading, Row
from rolecall.core.errors import InputError
from rolecall.core.records import Article, text_hash

BODY = "Nine men were held in Aktau."
PLACE = Place(Path("in.jsonl"), 3)
WHOLE = f"Rally\n\n{BODY}"


def finished(record: dict[str, Any], *, typed: bool = True, **reading: Any) -> Incoming:
    return finish(Row(PLACE, record, 40, typed=typed), Reading(**reading))


def test_headline_date_and_names_come_into_their_form() -> None:
    record = {"title": " Rally ", "text": BODY, "date": "10 April 2019", "outlet": " KTK ", "desk": "home", "lang": ""}
    incoming = finished(record)
    assert incoming.article == Article.of(
        WHOLE, title="Rally", published="2019-04-10", source="KTK", meta={"desk": "home"}
    )
    assert (incoming.before, incoming.date, incoming.done) == (7, "", 40)


def test_an_article_of_ours_stays_as_it_is() -> None:
    record = {
        "id": "a", "hash": text_hash(BODY), "text": BODY, "title": "Rally", "published": "10 April 2019",
        "headline": "x", "meta": {"n": 1},
    }  # fmt: skip
    expected = Article.of(BODY, id="a", title="Rally", published="10 April 2019", meta={"n": 1, "headline": "x"})
    assert finished(record).article == expected
    assert finished(record, typed=False).article == expected  # the same from a table
    assert finished({**record, "meta": '{"n": 1}'}, typed=False).article == expected
    assert finished(record, language=True).article == expected  # too short to tell


def test_the_hash_of_something_else_is_no_claim_in_a_table() -> None:
    incoming = finished({"text": BODY, "hash": "d41d8cd98f00b204e9800998ecf8427e"}, typed=False)
    assert incoming.article == Article.of(BODY, meta={"hash": "d41d8cd98f00b204e9800998ecf8427e"})
    assert "its hash is not" in finished({"text": BODY, "hash": "0" * 64}).refusal


def test_a_hash_of_ours_whose_text_has_changed_is_refused_in_a_table_too() -> None:
    refusal = finished({"text": BODY, "hash": "0" * 64}, typed=False).refusal
    assert refusal == (
        "its hash is not the SHA-256 of its text: the text was altered, or the hash is of something else "
        "(which then needs another name)"
    )


def test_a_date_that_is_not_read_stays_in_meta_under_its_name() -> None:
    incoming = finished({"text": BODY, "Date": "03/04/2020"})
    assert incoming.article == Article.of(BODY, meta={"Date": "03/04/2020"})
    assert incoming.date.startswith("'03/04/2020' can be read in two ways")
    read = finished({"text": BODY, "Date": "03/04/2020"}, columns=Columns(day_first=False))
    assert read.article == Article.of(BODY, published="2020-03-04")


def test_the_language_is_filled_in_only_where_there_is_none() -> None:
    text = "Police detained at least nine people on Wednesday, the agency said."
    filled, named, off = (
        finished({"text": text}, language=True),
        finished({"text": text, "lang": "xx"}, language=True),
        finished({"text": text}),
    )
    assert [incoming.article.lang for incoming in (filled, named, off) if incoming.article] == ["en", "xx", None]
    assert [incoming.language for incoming in (filled, named, off)] == [True, False, False]
    short = finished({"text": BODY[:10]}, language=True)
    assert (short.article, short.language) == (Article.of(BODY[:10]), False)


def test_labels_count_from_behind_the_headline() -> None:
    span = {"start": 0, "end": 8, "label": "X"}
    record = {"title": "Rally", "text": BODY, "spans": [span]}
    apart = finished(record, with_labels=True)
    assert (apart.labels, apart.before) == ({"spans": [span]}, 7)
    in_meta = finished(record).article
    assert in_meta == Article.of(WHOLE, title="Rally", meta={"spans": [{**span, "start": 7, "end": 15}]})
    assert in_meta.text[7:15] == "Nine men"
    stays = finished({**record, "text": WHOLE})
    assert stays.article == Article.of(WHOLE, title="Rally", meta={"spans": [span]})


def test_a_table_may_hold_labels_as_json() -> None:
    span = {"start": 0, "end": 8, "label": "X"}
    record = {"title": "Rally", "text": BODY, "spans": json.dumps([span]), "links": "https://ktk.example", "events": ""}
    apart = finished(record, typed=False, with_labels=True)
    assert apart.labels == {"spans": [span]}
    assert apart.article == Article.of(WHOLE, title="Rally", meta={"links": "https://ktk.example"})
    in_meta = finished(record, typed=False).article
    assert in_meta is not None
    assert in_meta.meta == {"spans": [{**span, "start": 7, "end": 15}], "links": "https://ktk.example"}
    assert finished({**record, "spans": ""}, typed=False, with_labels=True).labels is None


@pytest.mark.parametrize(
    "spans", [[{"begin": 0}], [[0, 8]], "0-8", [{"start": 3, "end": 2}], [{"start": "0", "end": 8}]]
)
def test_spans_that_cannot_be_moved_are_refused(spans: object) -> None:
    incoming = finished({"title": "Rally", "text": BODY, "spans": spans})
    assert incoming.article is None
    assert "cannot be moved behind the headline" in incoming.refusal


def test_spans_in_a_text_of_several_columns_are_refused() -> None:
    record = {"lead": "One.", "text": BODY, "spans": [{"start": 0, "end": 3, "label": "X"}]}
    columns = Columns(text=("lead", "text"))
    for with_labels in (True, False):
        incoming = finished(record, columns=columns, with_labels=with_labels)
        assert "which of the columns of its text they count in is not known" in incoming.refusal


def test_numbers_become_texts_where_a_table_has_them() -> None:
    incoming = finished({"id": 7.0, "text": BODY, "timestamp": 1554854400, "meta": "note"}, typed=False)
    assert incoming.article == Article.of(BODY, id="7", published="2019-04-10T00:00:00+00:00", meta={"meta": "note"})
    assert finished({"doc_id": 7, "text": BODY}).article == Article.of(BODY, id="7")  # ours by another name


def test_what_has_no_text_says_what_it_has() -> None:
    assert finished({"id": "a", "words": "x"}).refusal == (
        "article 'a': it has no text; it has words: --columns says which is its text"
    )
    inner = finished({"source": {"name": "KTK", "id": 7}}, columns=Columns(source="source.name"))
    assert inner.refusal == "it has no text; it has source: --columns says which is its text"
    with pytest.raises(InputError, match=r"in\.jsonl:3: not an article: Expected `str .*`\$\.source`") as caught:
        finished({"text": BODY, "source": {"name": "KTK"}})
    assert "source: source.name" in caught.value.remedy
