import codecs
import logging
from pathlib import Path

import pytest

from rolecall.annotate.formats.page import read
from rolecall.annotate.formats.rows import Reading, Row

HEAD = """<meta property="og:title" content="Oil workers down tools"><meta property="og:site_name" content="Meridian">
<meta property="article:published_time" content="2019-04-10T09:30:00Z"><meta name="author" content="Ada Ismail">
<link rel="canonical" href="https://meridian.example/2019/oil">"""
BODY = """<nav><a href="/">Home</a> <a href="/w">World</a></nav><article><h1>Oil workers down tools</h1>
<p>Hundreds of drilling hands were on strike for a third day, demanding a 40 percent pay rise &#128512;.</p>
<p>Police carried at least nine people into vans shortly before dusk, among them the head of the union.</p></article>
<footer>Copyright Meridian</footer>"""
RUSSIAN = """<article><p>Сотни буровиков месторождения третий день не выходят на работу, требуя повышения заработной
платы на сорок процентов. Полиция задержала не менее девяти человек и доставила их в отделение.</p></article>"""


def page(tmp_path: Path, data: bytes, encoding: str = "utf-8") -> Row:
    (tmp_path / "oil.html").write_bytes(data)
    (row,) = read(tmp_path / "oil.html", Reading(encoding))
    return row


def test_an_article_is_found_with_all_that_the_page_says_of_it(tmp_path: Path) -> None:
    row = page(tmp_path, f"<html><head>{HEAD}</head><body>{BODY}</body></html>".encode())
    text = row.record.pop("text")
    assert row.record == {
        "id": "oil",
        "title": "Oil workers down tools",
        "published": "2019-04-10",
        "source": "Meridian",
        "url": "https://meridian.example/2019/oil",
        "meta": {"author": "Ada Ismail"},
    }
    assert "demanding a 40 percent pay rise 😀." in text
    assert "head of the union." in text
    assert "World" not in text
    assert "Copyright" not in text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "cp1251"),
        ("<meta charset='koi8-r'>", "koi8-r"),
        ("", "utf-8"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
        ('<meta charset="utf-16">', "utf-8"),  # it cannot be: the words could not be read then
        ('<meta charset="no-such">', "utf-8"),
    ],
)
def test_the_page_says_its_encoding(tmp_path: Path, head: str, encoding: str) -> None:
    html = f"<html><head>{head}</head><body>{RUSSIAN}</body></html>"
    if head.startswith("<?xml"):
        html = f"{head}<!DOCTYPE html>\n<html><body>{RUSSIAN}</body></html>"
    row = page(tmp_path, html.encode(encoding))
    assert "Полиция задержала не менее девяти человек" in row.record["text"]


def test_a_mark_at_its_head_and_the_encoding_given_count_where_the_page_says_nothing(tmp_path: Path) -> None:
    html = f"<html><body>{RUSSIAN}</body></html>"
    assert "Полиция" in page(tmp_path, codecs.BOM_UTF16_LE + html.encode("utf-16-le")).record["text"]
    assert "Полиция" in page(tmp_path, html.encode("cp1251"), "cp1251").record["text"]
    assert "Полиция" in page(tmp_path, html.encode(), "cp1251").record["text"]  # it is UTF-8 whatever is said


def test_a_page_that_cannot_be_read_or_holds_no_article_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert page(tmp_path, b'<meta charset="utf-8"><p>caf\xe9').refusal.startswith("is not utf-8 (0xe9 at byte 28)")
    for html in (b"", b"<html><body></body></html>", b"<p>", b"\x00\x01"):
        assert page(tmp_path, html).refusal == "no article is found in the page"
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("trafilatura").handlers)


def test_blocks_without_a_space_between_stay_apart_and_the_headline_is_taken_out(tmp_path: Path) -> None:
    head = "<head><title>Rally in Aktau | Meridian</title></head>"
    body = "<article><h1>Rally in Aktau</h1><p>Police came.</p><h2>Later</h2><p>They left.</p></article>"
    html = f"<html>{head}<body>{body}</body></html>"
    row = page(tmp_path, html.encode())
    assert row.record["title"] == "Rally in Aktau"
    assert row.record["text"].split() == ["Police", "came.", "Later", "They", "left."]


BRIEF = ["Жұма күні 300-ге жуық кенші шахтадан шығудан бас тартты, деп хабарлады кәсіподақ.", "Полиция қақпада тұрды."]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<article><h1>Ереуіл</h1><p>{0}</p><p>{1}</p></article>", BRIEF),
        ("<article><h1>Ереуіл</h1><p>{0}</p>\n<!-- ad --><p>{1}</p><script>x()</script></article>", BRIEF),
        ("<article><span>3 мамыр 2024</span><p>{0}</p><p>{1}</p></article>", ["3 мамыр 2024", *BRIEF]),
        ("<article>3 мамыр 2024<p>{0}<br>{1}</p></article>", ["3 мамыр 2024", *BRIEF]),
        ("<nav>Басты бет</nav><article><div><b>{0}</b> {1}</div></article>", [" ".join(BRIEF)]),
    ],
)
def test_the_blocks_of_a_short_page_stay_on_lines_of_their_own(tmp_path: Path, markup: str, lines: list[str]) -> None:
    head = "<head><meta charset=utf-8><title>Ереуіл</title></head>"
    row = page(tmp_path, f"<html>{head}<body>{markup.format(*BRIEF)}</body></html>".encode())
    assert row.record["text"].split("\n") == lines


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("03/04/2020", "03/04/2020"),  # left to be decided, by --day-first or --month-first
        ("3/4/2020", "3/4/2020"),
        ("2020-04-03", "2020-04-03"),
        ("2020-04-03T10:00:00+06:00", "2020-04-03"),
        ("25/12/2020", "2020-12-25"),
        ("04/04/2020", "2020-04-04"),
    ],
)
def test_a_date_that_can_be_read_in_two_ways_stays_as_it_is_written(
    tmp_path: Path, written: str, published: str
) -> None:
    head = f'<meta property="article:published_time" content="{written}">'
    row = page(tmp_path, f"<html><head>{head}</head><body>{BODY}</body></html>".encode())
    assert row.record["published"] == published


NESTED = ["<div>" * 50_000 + "Rally", "<b>" * 20_000, "<!DOCTYPE a [<!ENTITY a 'b'>]><p>&a;</p>"]


@pytest.mark.parametrize("html", NESTED, ids=["divisions", "bold", "entity"])
def test_a_page_made_to_do_harm_is_refused(tmp_path: Path, html: str) -> None:
    assert page(tmp_path, html.encode()).refusal == "no article is found in the page"
