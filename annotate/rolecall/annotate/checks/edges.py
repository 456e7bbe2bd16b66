"""Rules about where a span begins and ends: in a word, at white space, at punctuation, with an article."""

from collections.abc import Iterator
from unicodedata import category

import regex

from rolecall.annotate.checks.determiners import determiners_of
from rolecall.annotate.checks.findings import Hit, Severity
from rolecall.annotate.checks.names import belongs_to_name, may_be_name
from rolecall.annotate.checks.punctuation import complaints
from rolecall.annotate.checks.reading import Options, Reading
from rolecall.annotate.checks.words import word_across
from rolecall.core.records import Span

SUFFIXING = ("az", "et", "eu", "fi", "hu", "ja", "ka", "kk", "ko", "ky", "mn", "tk", "tr", "tt", "ug", "uz")
PREFIXING = ("ar", "fa", "he", "ur")
_WORD = regex.compile(r"[\p{L}\p{N}\p{S}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_CLITIC = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
_FIRST = regex.compile(r"([\p{L}\p{M}]+)(?:(['’])(?=\p{L})|[\s]+(?=\S))")
_NEXT = regex.compile(r"[\p{L}\p{M}]+")
_MEASURES = (
    "bit couple day decade dozen few fifth fortnight fraction fourth good half handful hour hundred lot majority "
    "million minimum minority minute month number pair quarter score second sixth tenth third thousand total week "
    "while year"
)
_QUANTITY = frozenset(_MEASURES.split())
_PARAGRAPH = regex.compile(r"[.!?…。！？:;][\"'”’»)\]]*\s*\n|\n\s*\n")


class HalfWordOptions(Options):
    """Languages whose words take endings or beginnings that a phrase may leave out; there it is a hint."""

    suffixing: tuple[str, ...] = SUFFIXING
    """Languages in which a name may be labelled without its endings."""
    prefixing: tuple[str, ...] = PREFIXING
    """Languages in which a name may be labelled without what is written together with it in front."""


class PunctuationOptions(Options):
    """Marks that may stand at an edge."""

    allow: str = ""
    """Marks that are fine at the edges of a phrase, as "!?"."""


class ArticleOptions(Options):
    """The language to take where an article names none."""

    assume: str | None = None
    """Language code of articles without `lang`; else only "the" is looked for there."""


def half_word(reading: Reading, options: HalfWordOptions) -> Iterator[Hit]:
    """Find spans that begin or end inside a word or number."""
    text, lang = reading.article.text, (reading.article.lang or "").partition("-")[0]
    for span in reading.spans:
        for at, edge in ((span.start, "begins"), (span.end, "ends")):
            if word := word_across(text, at):
                bound = (
                    lang in options.suffixing or _HANGUL.match(text[at])
                    if edge == "ends"
                    else lang in options.prefixing or _CLITIC.match(text[at])
                )
                yield Hit(f"{edge} inside {word!r}", span, severity="hint" if bound else None)


def edge_space(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find spans with white space or an invisible character at an edge."""
    for span in reading.spans:
        if span.text[0].isalnum() and span.text[-1].isalnum():
            continue
        edges: dict[str, list[str]] = {}
        for edge, letter in (("begins", span.text[0]), ("ends", span.text[-1])):
            if _invisible(letter):
                what = "white space" if letter.isspace() else "an invisible character"
                edges.setdefault(what, []).append(edge)
        if edges and not wordless_text(span.text):
            yield Hit(" and ".join(f"{' and '.join(at)} with {what}" for what, at in edges.items()), span)


def _invisible(letter: str) -> bool:
    # Tags and joiners belong to an emoji.
    return letter.isspace() or (
        category(letter) in ("Cf", "Cc") and letter not in "\u200c\u200d" and letter < "\U000e0000"
    )


def wordless_text(text: str) -> bool:
    """Tell whether a text has no letter, digit or symbol at all."""
    return not _WORD.search(text)


def wordless(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find spans of nothing but punctuation and white space."""
    for span in reading.spans:
        if wordless_text(span.text):
            yield Hit("holds no word", span)


def across_paragraphs(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find spans that run from one paragraph into another."""
    for span in reading.spans:
        if "\n" in span.text and _PARAGRAPH.search(span.text.strip()):
            yield Hit("runs from one paragraph into another", span)


def edge_punctuation(reading: Reading, options: PunctuationOptions) -> Iterator[Hit]:
    """Find spans with punctuation at an edge, or with quotation marks or brackets that do not pair."""
    text = reading.article.text
    for span in reading.spans:
        start, end = _trim(span)
        if start < end and not wordless_text(span.text):
            found = list(complaints(text, start, end, options.allow))
            if found:
                yield Hit("; ".join(found), span)


def _trim(span: Span) -> tuple[int, int]:
    """Bounds without white space, which is another rule's."""
    start = span.start + len(span.text) - len(span.text.lstrip())
    return start, start + len(span.text.strip())


def edge_article(reading: Reading, options: ArticleOptions) -> Iterator[Hit]:
    """Find spans that open with an article of the text's language, unless it belongs to a name or a quantity.

    It is a hint where it may be part of a name for all that the text tells.
    """
    known = determiners_of(reading.article.lang or options.assume)
    if known is None:
        return
    for span in reading.spans:
        if not (first := _FIRST.match(span.text)):
            continue
        word = (first[1] + (first[2] or "")).lower()
        counts = word in known.numeral and (
            reading.scheme.roles[span.role].value != "none" or _measures(span.text, first.end())
        )
        if (
            (word in known.definite or word in known.numeral)
            and not counts
            and not belongs_to_name(reading, span, first.end())
        ):
            severity: Severity | None = "hint" if may_be_name(reading, span, first.end()) else None
            yield Hit(f"opens with the article {first[1] + (first[2] or '')!r}", span, severity=severity)


def _measures(text: str, at: int) -> bool:
    """Tell whether a word of quantity or time follows."""
    following = _NEXT.match(text, at)
    return bool(following and following[0].lower() in _QUANTITY)
