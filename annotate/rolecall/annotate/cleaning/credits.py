"""Photo credits and captions that a label marks as such."""

import regex

from rolecall.annotate.cleaning.cuts import Kind
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import Verdict, fold, words_of

_WHAT = phrases().pictures
_MORE = r"credits?|sources?|courtesy(?: of)?|by|автора?|из архива|архив|иллюстративное|caption"
_LABEL = regex.compile(
    rf"[(\[]?\s*(?P<what>{_WHAT})(?:[ /](?:{_MORE}))*\s*[:：©|]\s*(?P<tail>.*\p{{L}}.*)"
    r"|(?P<what>caption)\s*:\s*(?P<tail>[^\"“”«»]*\p{L}[^\"“”«»]*)",
    regex.DOTALL,
)
_BY = regex.compile(
    rf"[(\[]?\s*{_WHAT} (?P<link>(?:taken |provided )?by|courtesy(?: of)?|credit|via|предоставлен\p{{L}}*) (?P<tail>.+)"
    r"|(?:credits?|источник фото|автор фото|сурет(?:ті)? (?:түсірген|авторы))\s*:\s*(?P<tail>.+)"
    r"|фото(?P<of> )(?P<tail>.+)"
)
_SHOWN = regex.compile(  # what has one picture of something; videos and series have titles, as the story's parts have
    r"photo|image|picture|caption|photograph|(?:file|cover) (?:photo|image)|in the (?:photo|picture)|на фото|суретте"
    r"|фото|фотография|снимок|сурет|фотосурет|foto"
)
_FROM = regex.compile(
    r"[\w-]+(?:\.[\w-]+)*\.\p{L}{2,4}"
    r"|(?:(?:police|army|family|government|ministry|private|personal) )?"
    r"(?:handout|courtesy|press (?:service|office)|social media|screenshot|screengrab|stock|open sources?|archives?)"
    r"|(?:(?:личный|семейный|жеке) )?"
    r"(?:архив|мұрағат|соц(?:иальные )?сети|пресс-служба|открытые источники|из (?:открытых источников|соцсетей|архива)"
    r"|скриншот|ашық дереккөз\p{L}*|баспасөз қызметі)(?: [\p{L}.-]+){0,3}"
)
_REST = r"(?:\s*[.:,(/|].{0,80})?"
_ALONE = regex.compile(
    rf"(?:illustrative|illustration|file|archive|stock) (?:photo|image|picture)s?{_REST}"
    rf"|(?:иллюстративн|архивн)\p{{L}}+ (?:фото|снимок|изображение)\p{{L}}*{_REST}"
    rf"|(?:фото|снимок|изображение|скриншот) (?:иллюстративн\p{{L}}+|носит иллюстративный характер|автора){_REST}"
    rf"|(?:фото|изображение) из (?:архива|открытых источников){_REST}|скриншот(?: видео)?"
    r"|courtesy photo|видеодан скриншот|сурет көрнекі мақсатта (?:алынды|пайдаланылды)"
    rf"|(?:көрнекі|мұрағат\p{{L}}*|иллюстрациялық) сурет\p{{L}}*{_REST}"
    rf"|сурет\p{{L}}* (?:ашық дереккөз\p{{L}}*|мұрағат\p{{L}}*|автордан){_REST}"
)
_TAKEN_FROM = regex.compile(
    r"фото (?:пресс-службы|с сайта|из (?:соцсетей|социальных сетей|личного архива|сети))(?: [^\s.]+){0,4}"
    r"|фото со страницы(?: [^\s.]+){0,3} (?:в )?(?:facebook|instagram|фейсбук\p{L}*|инстаграм\p{L}*"
    r"|вконтакте|соцсет\p{L}+)"
    r"|фото предоставлен\p{L}*(?: (?:автором|редакцией|героем|героиней|семьей|организатор\p{L}+|пресс-службой)"
    r"(?: [^\s.]+){0,3})?"
    r"|(?:фото|сурет)\p{L}* ашық дереккөз\p{L}*(?: алынған)?|ашық дереккөз\p{L}*(?: алынған)? (?:фото|сурет)\p{L}*"
)
_SOURCED = regex.compile(
    r"(?:(?:image|photo) ?(?:source|copyright)|(?:image|photo|media) ?(?P<caption>caption))"
    r"(?P<mark>\s*[,:]\s*|\s*)(?P<tail>.+)"
)
_AGENCY = regex.compile(
    r"Getty Images|[/|,;] ?Getty\b|Shutterstock|AP Photo|REUTERS ?/|/ ?REUTERS|EPA-EFE|AFP via|via AFP|iStock"
    r"|Depositphotos|Unsplash|Alamy|/ ?Handout\b|[(\[]Handout[)\]]|Anadolu(?: Agency)? via"
    r"|/ ?(?:AFP|AP|EPA|TASS|ТАСС|РИА Новости|Reuters|Xinhua)\b"
)
_JOINS = frozenset(("the", "of", "for", "and"))
_SMALL = frozenset(
    regex.split(
        r"\W+",
        "via by of the for and from photo photos image images file archive archives courtesy handout"
        " фото из для и архив архива de du del von",
    )
)
_MADE_BY = regex.compile(  # names at the end with a mark between them, or where pictures are kept
    r"(?<!\p{L})\p{Lu}[\p{L}.'’-]*\s?[/|]\s?\p{Lu}[\p{L}.'’-]*(?:[ /|]+[\p{Lu}\d][\p{L}\d.'’-]*){0,4}$|©"
    r"|(?i:\((?:archive|file|archives|архив|file photo|мұрағат)|(?<!\p{L})(?:архив|archive)\p{L}*$)"
)
_KNOWN = regex.compile(
    r"\p{Lu}{2,}(?:/\p{Lu}+)?|Reuters|Getty|Sputnik|Tengrinews|Azattyq|Азатт[ыі][кқ]|Xinhua|Bloomberg|Zakon|Orda"
)
_AT_END = regex.compile(
    rf"(?<=[.!?…\"”»’])\s*(?P<cut>[(\[]\s*(?P<inside>(?:{_WHAT}|AP Photo)[^()\[\]]{{2,80}})[)\]])$", regex.I
)
_STOPS = regex.compile(r"\p{L}{2}[.!?…]")
_MARKED = regex.compile(
    r".*[\p{L}\d.!?”\"»]\s*[(\[]"
    r"(?:(?:file|archive|illustrative|illustration|stock|undated) (?:photo|image|picture|video)"
    r"|(?:архивное|иллюстративное) (?:фото|видео)|фото из архива"
    r"|(?:көрнекі|мұрағат\p{L}*) сурет\p{L}*)s?[)\]]\.?",
    regex.DOTALL,
)
_WIRED = regex.compile(  # one sentence, and whose picture it is as agencies for news write it
    r"(?:[^.!?…]|(?<!\p{Ll}{4})\.(?! REUTERS)){20,}[.!?]?[\"”]? ?"
    r"(?:\((?:AP|AFP) Photo ?/ ?\p{Lu}[^()]{2,60}\)|(?<=[.\"”] )REUTERS ?/ ?\p{Lu}[\p{L} .'’-]{2,40}"
    r"|\[(?:File: )?\p{Lu}[\p{L} .'’-]{2,40}/(?:Reuters|AFP|AP|EPA|Anadolu|Al Jazeera)[^\]]{0,30}\])\.?"
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
    if _MARKED.fullmatch(folded) or _WIRED.fullmatch(text):
        return Verdict("caption", 3, "what is to be seen on a picture, marked as such")
    stopped = text.rstrip(")]").endswith(".")
    return _labelled(text, folded, stopped) or _sourced(text, folded, stopped) or _named(text, stopped)


def _labelled(text: str, folded: str, stopped: bool) -> Verdict | None:
    """Judge "Photo: whose" and "Photo: what is seen. Who / Whose"; what is only seen may be a heading of the story."""
    if match := _LABEL.fullmatch(folded):
        tail = text[match.start("tail") :].strip(" .)]")
        named = _names(tail, most=8)
        made = _MADE_BY.search(tail) is not None
        source = not stopped and (_FROM.fullmatch(fold(tail)) is not None or _AGENCY.search(tail) is not None)
        if named or made or source or (match["what"] == "caption" and not stopped):
            kind: Kind = "credit" if named or regex.search(r"[/|©]", tail) else "caption"
            return Verdict(kind, 3, "a picture's label and what belongs to it")
        if _SHOWN.fullmatch(match["what"]) and not stopped:
            return Verdict("caption", 2, "a picture's label and what may be seen on it")
    return _by(text, folded)


def _by(text: str, folded: str) -> Verdict | None:
    """Judge "Photo by Who", and "Фото Кого", which may also be what is seen."""
    match = _BY.fullmatch(folded)
    if match is None:
        return None
    tail = text[match.start("tail") :].strip(" .)]")
    names = sum(word[0].isupper() for word in words_of(tail))
    known = _KNOWN.search(tail) is not None
    if not _names(tail, most=8) or (names < 2 and not known):
        return None
    if folded.startswith("credit") and any(word in _JOINS for word in words_of(fold(tail))):
        return None
    if match["link"]:
        link = text[match.start("link") : match.end("link")]
        plain = link.lower().startswith("courtesy") or not any(word in _JOINS for word in words_of(fold(tail)))
        titled = link[0].isupper() and not text.isupper() and not fold(text).lstrip("([ ").startswith("photo by")
        return Verdict("credit", 3, "a picture's label and what belongs to it") if plain and not titled else None
    if match["of"] and not known:
        alone = regex.fullmatch(r"\p{Lu}[\p{Ll}.]* \p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?", tail)
        return Verdict("credit", 2, "a picture's label and a name") if alone else None
    return Verdict("credit", 3, "a picture's label and what belongs to it")


def _sourced(text: str, folded: str, stopped: bool) -> Verdict | None:
    """Judge "Image source, Agency" and "Image caption, what is seen"."""
    match = _SOURCED.fullmatch(folded)
    if match is None:
        return None
    tail = text[match.start("tail") :]
    parted = match["mark"].strip() != "" or (match["mark"] == "" and tail[0].isupper())
    if match["caption"]:
        shown = parted and not tail[0].islower()
        return Verdict("caption", 3, "a picture's label and what belongs to it") if shown else None
    if not stopped and ((parted and _names(tail, most=8)) or _AGENCY.search(text)):
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
    if match is None or match.start("cut") <= 20 or _STOPS.search(match["inside"]):
        return None
    verdict = judge_credit(match["inside"])
    return match.span("cut") if verdict is not None and verdict.weight == 3 else None


def _names(text: str, *, most: int) -> bool:
    """Whether a text is names and little words only."""
    words = list(words_of(text))
    return (
        0 < len(words) <= most
        and all(word[0].isupper() or word[0].isdigit() or word in _SMALL for word in words)
        and any(word[0].isupper() for word in words)
    )
