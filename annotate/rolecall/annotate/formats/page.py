"""An .html file is one article, found in the page by trafilatura.

The bytes are decoded as the page itself says (HTML standard, 13.2.3), else as UTF-8, else by the encoding given.
"""

import codecs
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from rolecall.annotate.formats.rows import Place, Reading, Row
from rolecall.core.jsonl import open_input

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_XML = re.compile(r"\s*<\?xml[^>]*\?>")
_XML_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_HEAD = 4096
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"}
"""Encodings that pages name when they mean one with more characters (Encoding standard, 4.2)."""

for _name in ("trafilatura", "htmldate"):  # they tell of pages without an article, which are reported as refused
    logging.getLogger(_name).addHandler(logging.NullHandler())


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Yield the one article of a page, refused where none is found; its id is the file's stem."""
    from trafilatura import bare_extraction

    place = Place(path)
    with open_input(path) as file:
        data = file.read()
    page, refusal = _decode(data, reading.encoding)
    if refusal:
        yield Row(place, {}, len(data), refusal)
        return
    page = _XML.sub("", page, count=1)  # lxml takes no text that says how it was encoded
    found = bare_extraction(
        page,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if found is None or isinstance(found, dict) or not (found.text or "").strip():
        yield Row(place, {}, len(data), "no article is found in the page")
        return
    record = {
        "id": path.stem,
        "text": found.text,
        "title": found.title,
        "published": _as_written(found.date, page),
        "source": found.sitename or found.hostname,
        "url": found.url,
        "meta": {"author": found.author} if found.author else {},
    }
    yield Row(place, record, len(data))


def _as_written(iso: str | None, page: str) -> str | None:
    """Return the date of a page, or, where the page has it only in a form that can be read in two ways, that form.

    htmldate takes 03/04/2020 for 3 April; which it is, is not for it to say.
    """
    found = _DAY.fullmatch(iso or "")
    if found is None:
        return iso
    year, month, day = found.groups()
    if month == day or int(day) > 12 or re.search(rf"{year}([-/.]?){month}\1{day}", page):
        return iso
    month, day = (rf"0?{int(number)}" for number in (month, day))
    written = re.search(rf"(?<!\d)(?:{day}([/-]){month}\1|{month}([/-]){day}\2){year}(?!\d)", page)
    return written[0] if written else iso


def _decode(data: bytes, fallback: str) -> tuple[str, str]:
    """Return the text of a page, or in words why it cannot be had."""
    encoding = _declared(data)
    if encoding is None:
        try:
            return data.decode(), ""
        except UnicodeDecodeError:
            encoding = fallback
    try:
        return data.decode(encoding).removeprefix("\ufeff"), ""
    except UnicodeDecodeError as error:
        byte = f"0x{data[error.start]:02x} at byte {error.start}"
        return "", f"is not {encoding} ({byte}): mend what the page says of its encoding, or convert it to UTF-8"


def _declared(data: bytes) -> str | None:
    """The encoding that a page's first bytes name: a byte order mark, else a meta element; None where unknown."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return encoding
    named = _CHARSET.search(data[:_HEAD]) or _XML_ENCODING.match(data)
    try:
        name = codecs.lookup(named[1].decode("ascii")).name if named else None
        "".encode(name or "utf-8")
    except LookupError:
        return None
    if name is not None and name.startswith("utf-16"):
        return "utf-8"  # a page that says so in ASCII is not UTF-16
    return _WIDER.get(name, name) if name else None
