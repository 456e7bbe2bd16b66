"""Photo credits and captions that a label marks as such."""

import regex

from rolecall.annotate.cleaning.cuts import Kind
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import Verdict, fold, words_of

_WHAT = phrases().pictures
_MORE = r"credits?|sources?|courtesy(?: of)?|by|автора?|из архива|архив|иллюстративное|caption"
_LABEL = regex.compile(
    rf"[(\[]?\s*{_WHAT}(?:[ /](?:{_MORE}))*\s*[:：©|]\s*(?P<tail>.*\p{{L}}.*)"
    r"|caption\s*:\s*(?P<tail>.*\p{L}.*)",
    regex.DOTALL,
)
_BY = regex.compile(
    rf"[(\[]?\s*{_WHAT} (?:(?:taken |provided )?by|courtesy(?: of)?|credit|via|предоставлен\p{{L}}*) (?P<tail>.+)"
    r"|(?:credits?|источник фото|автор фото|сурет(?:ті)? (?:түсірген|авторы))\s*:\s*(?P<tail>.+)|фото (?P<tail>.+)"
)
_REST = r"(?:\s*[.:,(/|].{0,80})?"
_ALONE = regex.compile(
    rf"(?:illustrative|illustration|file|archive|stock) (?:photo|image|picture)s?{_REST}"
    rf"|(?:иллюстративн|архивн)\p{{L}}+ (?:фото|снимок|изображение)\p{{L}}*{_REST}"
    rf"|(?:фото|снимок|изображение|скриншот) (?:иллюстративн\p{{L}}+|носит иллюстративный характер|автора){_REST}"
    rf"|(?:фото|изображение) из (?:архива|открытых источников){_REST}|скриншот(?: видео)?"
    rf"|(?:көрнекі|мұрағат\p{{L}}*|иллюстрациялық) сурет\p{{L}}*{_REST}"
    rf"|сурет\p{{L}}* (?:ашық дереккөз\p{{L}}*|мұрағат\p{{L}}*|автордан){_REST}"
)
_TAKEN_FROM = regex.compile(
    r"фото (?:предоставлен\p{L}*|пресс-службы|с сайта|со страницы|из (?:соцсетей|социальных сетей|личного архива|сети))"
    r"(?: [^\s.]+){0,4}"
    r"|(?:фото|сурет)\p{L}* ашық дереккөз\p{L}*(?: алынған)?|ашық дереккөз\p{L}*(?: алынған)? (?:фото|сурет)\p{L}*"
)
_SOURCED = regex.compile(r"(?:image|photo|media) ?(?:source|copyright|caption)(?:[,:]\s*|\s+)?(?P<tail>.+)")
_AGENCY = regex.compile(
    r"Getty(?: Images)?|Shutterstock|AP Photo|REUTERS ?/|/ ?REUTERS|EPA-EFE|AFP via|via AFP|iStock|Depositphotos"
    r"|Unsplash|Alamy|Handout|Anadolu(?: Agency)? via|/ ?(?:AFP|AP|EPA|TASS|ТАСС|РИА Новости|Reuters|Xinhua)\b"
)
_SMALL = frozenset(
    regex.split(
        r"\W+",
        "via by of the for and from photo photos image images file archive archives courtesy handout"
        " фото из для и архив архива de du del von",
    )
)
_MADE_BY = regex.compile(
    r"[/|©]|\((?:archive|file|archives|архив|file photo|мұрағат)|(?<!\p{L})(?:архив|archive)\p{L}*$", regex.I
)
_AT_END = regex.compile(
    rf"(?<=[.!?…\"”»’])\s*(?P<cut>[(\[]\s*{_WHAT}(?: (?:credit|by|courtesy(?: of)?))?\s*[:©]?\s*"
    r"[^()\[\]]{2,80}[)\]])$",
    regex.I,
)
_MARKED = regex.compile(
    r".*[\p{L}\d.!?”\"»]\s*[(\[]"
    r"(?:(?:file|archive|illustrative|illustration|stock|undated) (?:photo|image|picture|video)"
    r"|(?:архивное|иллюстративное) (?:фото|видео)|фото из архива"
    r"|(?:көрнекі|мұрағат\p{L}*) сурет\p{L}*)s?[)\]]\.?",
    regex.DOTALL,
)
_FILE = regex.compile(r"[\w-]+(?: [\w-]+){0,6}\.(?:jpe?g|png|gif|webp)", regex.I)


def judge_credit(text: str) -> Verdict | None:
    """Say whether a line names who made a picture, or what is to be seen on one under a label."""
    if len(text) > 260 or text[0] in '"“„«':
        return None
    folded = fold(text)
    if _ALONE.fullmatch(folded.rstrip(" .")) or _FILE.fullmatch(text):
        return Verdict("credit", 3, "a picture's label")
    if _TAKEN_FROM.fullmatch(folded):
        return Verdict("credit", 3, "where a picture is from")
    if _MARKED.fullmatch(folded):
        return Verdict("caption", 3, "what is to be seen on a picture, marked as such")
    stopped = text.rstrip(")]").endswith(".")
    return _labelled(text, folded, stopped) or _sourced(text, folded, stopped) or _named(text, stopped)


def _labelled(text: str, folded: str, stopped: bool) -> Verdict | None:
    """Judge "Photo: what is seen. Who / Whose": with a full stop only where names or marks show who made it."""
    for pattern in (_LABEL, _BY):
        if match := pattern.fullmatch(folded):
            tail = text[match.start("tail") :].strip(" .)]")
            named = _names(tail, most=8)
            if named or (pattern is _LABEL and (_MADE_BY.search(tail) or not stopped)):
                kind: Kind = "credit" if named or regex.search(r"[/|©]", tail) else "caption"
                return Verdict(kind, 3, "a picture's label and what belongs to it")
    return None


def _sourced(text: str, folded: str, stopped: bool) -> Verdict | None:
    """Judge "Image source, Agency" and "Image caption, what is seen"."""
    match = _SOURCED.fullmatch(folded)
    if match is None:
        return None
    mark = folded[: match.start("tail")]
    if "caption" in mark:
        return Verdict("caption", 3, "a picture's label and what belongs to it")
    parted = mark.rstrip().endswith((",", ":")) or not mark.endswith(" ")
    if not stopped and (parted or _AGENCY.search(text)):
        return Verdict("credit", 3, "a picture's label and what belongs to it")
    return None


def _named(text: str, stopped: bool) -> Verdict | None:
    """Judge "Who / Agency": names, and one of them an agency for pictures."""
    marked = _AGENCY.search(text) or regex.match(r"[(\[]?\s*©", text)
    if marked and not stopped and len(text) <= 100 and _names(text, most=12):
        return Verdict("credit", 3, "a picture agency and names")
    return None


def credit_at_end(text: str) -> tuple[int, int] | None:
    """Find a picture's credit in brackets after the last sentence of a line."""
    match = _AT_END.search(text)
    return match.span("cut") if match and match.start("cut") > 20 else None


def _names(text: str, *, most: int) -> bool:
    """Whether a text is names and little words only."""
    words = list(words_of(text))
    return (
        0 < len(words) <= most
        and all(word[0].isupper() or word[0].isdigit() or word in _SMALL for word in words)
        and any(word[0].isupper() for word in words)
    )
