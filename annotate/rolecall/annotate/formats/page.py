"""An .html file is one article, found in the page by trafilatura.

The bytes are decoded as the page itself says (HTML standard, 13.2.3), else as UTF-8, else by the encoding given.
"""

import codecs
import logging
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from rolecall.annotate.formats.rows import Place, Reading, Row
from rolecall.annotate.headlines import opens
from rolecall.core.jsonl import open_input

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
HEADINGS = ("h1", "h2")
# fmt: off
BLOCKS = (
    *HEADINGS, "h3", "h4", "h5", "h6", "p", "div", "section", "article", "header", "footer", "aside", "nav",
    "blockquote", "figure", "figcaption", "ul", "ol", "li", "table", "tr", "td", "th", "br", "hr",
)
# fmt: on
UNSEEN = ("head", "script", "style", "noscript", "template")
_EDGE = "\u2028"
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
    place = Place(path)
    with open_input(path) as file:
        data = file.read()
    page, refusal = _decode(data, reading.encoding)
    record = {} if refusal else _extract(page)
    if not refusal and not record:
        refusal = "no article is found in the page"
    yield Row(place, {"id": path.stem, **record} if record else {}, len(data), refusal)


def _extract(page: str) -> dict[str, Any]:
    """Return the fields of the article of a page, or none where there is none."""
    from trafilatura import bare_extraction, extract_metadata, load_html

    tree = load_html(_XML.sub("", page, count=1))  # lxml takes no text that says how it was encoded
    if tree is None:
        return {}
    meta = extract_metadata(tree, date_config={"original_date": True, "extensive_search": False})
    _prepare(tree, meta.title)
    blocks = _blocks(tree)
    found = bare_extraction(tree, include_comments=False, with_metadata=False)
    if found is None or isinstance(found, dict) or not (found.text or "").strip():
        return {}
    return {
        "text": _parted(found.text or "", blocks),
        "title": meta.title,
        "published": _as_written(meta.date, page),
        "source": meta.sitename or meta.hostname,
        "url": meta.url,
        "meta": {"author": meta.author} if meta.author else {},
    }


def _prepare(tree: Any, title: str | None) -> None:
    """Take out the headline, which comes to open the text anyway, and part blocks that stand without a space between.

    trafilatura takes the text of short pages as it stands, where "<h1>Rally</h1><p>Police" is one word.
    """
    for element in list(tree.iter(*BLOCKS)):
        if element.tag in HEADINGS and title and opens(title, same := element.text_content()) and opens(same, title):
            element.drop_tree()
            continue
        if not (element.tail or "")[:1].isspace():
            element.tail = f"\n{element.tail or ''}"
        before, parent = element.getprevious(), element.getparent()
        if before is not None and not (before.tail or "")[-1:].isspace():
            before.tail = f"{before.tail or ''}\n"
        elif before is None and parent is not None and parent.text and not parent.text[-1].isspace():
            parent.text = f"{parent.text}\n"


def _blocks(tree: Any) -> list[str]:
    """Return the text of a page from each edge of a block to the next, in order, with single spaces."""
    tree = deepcopy(tree)
    for element in list(tree.iter(*UNSEEN)):
        element.drop_tree()
    for element in tree.iter(*BLOCKS):
        element.text, element.tail = f"{_EDGE}{element.text or ''}", f"{_EDGE}{element.tail or ''}"
    return [words for block in tree.text_content().split(_EDGE) if (words := " ".join(block.split()))]


def _parted(text: str, blocks: list[str]) -> str:
    """Put each block of a text that came as one line on a line of its own; trafilatura joins those of short pages.

    A text that is not made of whole blocks stays as it is.
    """
    if "\n" in text.strip():
        return text
    left, lines = "".join(text.split()), list[str]()
    for block in blocks:
        if left.startswith(squeezed := block.replace(" ", "")):
            left = left.removeprefix(squeezed)
            lines.append(block)
    return text if left else "\n".join(lines)


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
