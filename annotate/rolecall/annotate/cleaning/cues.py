"""Furniture that no list of phrases has: lines on which several cues agree, each of which alone proves nothing.

Buttons side by side, of which most are known; a command to the reader about a thing of pages; a notice that speaks to
the reader of such things and names nobody; a question to the reader and a command. News names people and places, ends
its sentences with a full stop and does not speak to its readers.
"""

import regex

from rolecall.annotate.cleaning.cuts import Kind
from rolecall.annotate.cleaning.phrases import phrases
from rolecall.annotate.cleaning.shapes import Verdict, fold, sentences_of, tiles_of, words_of

BUTTONS = 110
"""Characters of the longest row of buttons."""
COMMAND = 90
"""Characters of the longest command."""
NOTICE = 400
"""Characters of the longest notice."""

_BUTTON_MARK = regex.compile(r"\s[|·•]\s|\s/\s|[\[\]*|]")
_ENDS_BUTTON = regex.compile(r"[.!?…,;]$")
_FULL_STOP = regex.compile(r"(?<!\.)\.\W*$")
_NOUN = regex.compile(r"\p{L}+ (?:of|for|by|from|at|is|was|are|were|has|had)(?!\p{L})")  # "Support for the ban"
_TELLS = regex.compile(  # a number, or a verb in the past: somebody tells what happened
    r"\d|(?<!\p{L})(?:was|were|had|did|lost|went|came|took|made|found|left|got|gave|saw"
    r"|(?!personali|requir|disabl|enabl|outdat|support|relat|logged|need)\p{L}{3,}ed"
    r"|(?!канал|портал|материал|журнал)\p{L}{2,}[аеиоуыяю]л[аио]?(?:сь|ся)?|\p{L}{2,}(?:ды|ді|ты|ті))(?!\p{L})"
)
_NAME = regex.compile(r"(?<=[\p{Ll},] )\p{Lu}\p{Ll}+(?! [/|])(?<!Google|Script|Telegram)")
_COUNT = regex.compile(r"\(\d[\d:., ]*(?:min|мин)?\.?\)\W*$")


def judge_cues(text: str) -> Verdict | None:
    """Say what a line is by cues that agree; it quotes and reports nobody."""
    if len(text) > NOTICE or (len(text) > BUTTONS and _FULL_STOP.search(text) and _NAME.search(text)):
        return None  # most lines: none of the forms below is a long sentence with a name
    folded = fold(text)
    if phrases().reports.search(folded):
        return None
    return _row(text, folded) or _command(text, folded) or _notice(text, folded) or _asked(text, folded)


def _row(text: str, folded: str) -> Verdict | None:
    """Judge a row of buttons: "Send by e-mail | Print | Share"."""
    if len(text) > BUTTONS or not _BUTTON_MARK.search(folded):
        return None
    buttons = [part for each in _BUTTON_MARK.split(folded) if (part := each.strip(" :*"))]
    known = [tiles for part in buttons if (tiles := tiles_of(part))]
    if len(buttons) < 2 or any(_ENDS_BUTTON.search(part) or len(part.split()) > 4 for part in buttons):
        return None
    heaviest = max((tile for tiles in known for tile in tiles), key=lambda tile: tile.weight, default=None)
    if heaviest is None or 2 * len(known) + (heaviest.weight == 3) <= len(buttons):
        return None
    if heaviest.weight == 3 or sum(any(tile.weight == 2 for tile in tiles) for tiles in known) > 1:
        return Verdict(heaviest.kind, 3, "a row of buttons, most of them known")
    return None


def _command(text: str, folded: str) -> Verdict | None:
    """Judge a command about a thing of pages: "Watch the video (2:15)", "Get the Herald in your inbox"."""
    if len(text) > COMMAND or _FULL_STOP.search(text) or not phrases().commands.match(folded) or _NOUN.match(folded):
        return None
    things, plain = _things(folded)
    addressed = phrases().readers.search(folded) is not None or _COUNT.search(folded) is not None
    if things and (addressed or len(things | plain) > 1):
        return Verdict(_kind(folded), 3, "a command to the reader about a thing of pages")
    return None


def _notice(text: str, folded: str) -> Verdict | None:
    """Judge a notice to the reader about things of pages that names nobody."""
    things, plain = _things(folded)
    if not things or len(things | plain) < 2 or _names(text) or _TELLS.search(folded):
        return None
    sentences = sentences_of(folded)
    if all(_speaks_to_readers(each) for each in sentences):
        return Verdict(_kind(folded), 3, "a notice to the reader that names nobody")
    return None


def _speaks_to_readers(sentence: str) -> bool:
    read = phrases()
    if read.places.search(sentence) or tiles_of(sentence):
        return True
    if read.readers.search(sentence) and any(_things(sentence)):
        return True
    commands = read.commands.match(sentence) is not None and _NOUN.match(sentence) is None
    return commands and read.things.search(sentence) is not None


def _asked(text: str, folded: str) -> Verdict | None:
    """Judge a question to the reader and a command after it: "Like what you read? Support us!"."""
    sentences = sentences_of(folded)
    if len(sentences) != 2 or not sentences[0].endswith("?") or len(text) > COMMAND or _names(text):
        return None
    things, _ = _things(folded)
    read_here = phrases().plain_things.search(sentences[0]) is not None or "read" in sentences[0]
    if not things and not (read_here and tiles_of(sentences[1])):
        return None
    asked = phrases().readers.search(sentences[0]) is not None
    command = phrases().commands.match(sentences[1]) is not None and phrases().readers.search(sentences[1]) is not None
    if asked and not _FULL_STOP.search(text) and (command or tiles_of(sentences[1])):
        return Verdict(_kind(folded), 3, "a question to the reader and a command")
    return None


def _things(folded: str) -> tuple[set[str], set[str]]:
    """Return the things of pages that a line speaks of: those that stand in no news, and those that may."""
    things = {match[0] for match in phrases().things.finditer(folded)}
    plain = {match[0] for match in phrases().plain_things.finditer(folded)}
    return things, {each for each in plain if not any(each in thing for thing in things)}


def _names(text: str) -> bool:
    """Whether a word within a sentence begins with a capital, brands and buttons aside."""
    plain = regex.sub(r"\[[^\]]*\]|[\"“«„][^\"”»“]{1,25}[\"”»“]", " ", text)
    for sentence in sentences_of(plain):
        words = [] if tiles_of(fold(sentence)) else list(words_of(sentence))[1:]
        if any(word[0].isupper() and not phrases().brands.fullmatch(fold(word)) for word in words):
            return True
    return False


def _kind(folded: str) -> Kind:
    return next((kind for kind, pattern in phrases().themes if pattern.search(folded)), "other")
