"""What one line says of itself: whether it is page furniture by its shape, and how sure that is.

A line is furniture when phrases of furniture and marks between them are all it says, or when it has a form that news
does not: a label with a colon and no full stop, a notice that addresses the reader. What quotes or reports somebody is
never furniture, since a notice speaks for itself.
"""

from collections.abc import Iterator
from typing import NamedTuple

import regex

from rolecall.annotate.cleaning.cuts import Kind
from rolecall.annotate.cleaning.phrases import phrases

LONGEST = 700
"""Characters of the longest line that is looked at: a notice about cookies may be a paragraph."""


class Verdict(NamedTuple):
    """What a line is, how sure that is (3 wherever it stands, 2 outside the story, 1 beside other furniture), why."""

    kind: Kind
    weight: int
    reason: str


class Tile(NamedTuple):
    """A phrase found in a line."""

    kind: Kind
    weight: int
    end: int


_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'", "ʼ": "'", "ё": "е", "Ё": "е", "‑": "-", "‐": "-"})

_QUOTED = regex.compile(r"[“”„\"]|«\s*\p{L}|^['‘]|^[—–]\s")
_BUTTON = regex.compile(r"[\"“„«][\p{L} ]{1,25}[\"”“»]")
_TRAIL = regex.compile(r"(?:home|homepage|главная|басты бет|inicio|accueil|startseite|головна)\s*[>»›→/]")
_STEP = regex.compile(r"\s*[>»›→/]\s*")
_IN_SENTENCES = regex.compile(r"[.!?,:;|]")
_RIGHTS = regex.compile(
    r"\W*(?:©|\(c\)|copyright|авторские права)(?!\p{L})[^|]{0,90}"
    r"(?:all rights reserved|reprinted with|все права защищены|құқықтар\p{L}* қорғалған)"
)
_PLAYER = regex.compile(r"(?:(?:audio|video) player)?\W*0?0:00(?:\W+\d{1,2}:\d\d(?::\d\d)?)+\W*")
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*")
_STOPPED = regex.compile(r"[.!?…][\"”»’')\]]*$")
_FULL_STOP = regex.compile(r"(?<!\.)\.[\"”»)]*$")
_ICON = regex.compile(r"[☰▶►▸◀◄→←⟵⟶✕✖×✉🔔🔗🔍📧📷🎧🔊💬👁⬆⬇]")
_BRANDS = regex.compile(r"WhatsApp|YouTube|JavaScript|LinkedIn|VKontakte|ВКонтакте|TikTok")
_GLUED = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_HARD = regex.compile(r"[|/·•›»>→*\[\]\t\u2063]|\s{2,}")
_TAGS = regex.compile(r"\W*(?:tags?|теги?|тегтер|тег|keywords|ключевые слова|метки|filed under|рубрики?|опубликовано)")
_ORDERED = regex.compile(
    r"\W*(?:read (?:more|also|next|too)|also read|see also|читайте (?:также|еще|по теме)|подробнее"
    r"|тағы (?:да )?оқыңыз\p{L}*)\s*:"
)
_SAID = regex.compile(r",\s*[–—-]\s*\p{Ll}")
_SENTENCE_END = regex.compile(r"(?<=[.!?…])\s+")

_INVITES = regex.compile(
    r"(?:get|want|don't|never|stay|be|enjoy\p{L}*|like\p{L}*|love\p{L}*|keep|support|help|have|looking|before you|thank"
    r"|для|хотите|будьте|не |узнавайте|понравил\p{L}+|больше|еще больше|көбірек|хабардар)(?!\p{L})[^.|]*[:!?.–—]\s*"
)


def fold(text: str) -> str:
    """Write a text in lower case with plain spaces, hyphens and apostrophes, every character in its place."""
    plain = text.translate(_PLAIN)
    if len(lower := plain.lower()) == len(plain):  # lower case is longer for some letters, never shorter
        return lower
    lowered = (low if len(low := character.lower()) == 1 else character for character in plain)
    return "".join(lowered)


def judge(text: str) -> Verdict | None:
    """Say what a line is, or None where it has no shape of furniture."""
    if len(text) > LONGEST:
        return None
    folded = fold(text)
    if _PLAYER.fullmatch(folded):
        return Verdict("other", 3, "the clock of a player")
    if labelled := _labelled(text, folded):
        return labelled
    if not _may_open(folded) or phrases().reports.search(folded):
        return None
    if _QUOTED.search(text):
        return None if _QUOTED.search(_BUTTON.sub("", text)) else _notice(folded)
    return _covered(text, folded) or _trail(text, folded) or _owned(folded) or _notice(folded) or _invited(folded)


def _may_open(folded: str) -> bool:
    """Whether a line begins as furniture does; most lines do not, and need no further look."""
    number = next((at for at, character in enumerate(folded) if character.isalnum()), 0)
    letter = next((at for at, character in enumerate(folded) if character.isalpha()), 0)
    if any(phrases().first.match(folded, at) for at in {number, letter}):
        return True
    return _RIGHTS.match(folded) is not None or _INVITES.match(folded) is not None


def heads_a_list(text: str) -> bool:
    """Whether a line only announces the titles of other articles."""
    return phrases().headings.fullmatch(fold(text)) is not None


def tiles_of(folded: str) -> list[Tile] | None:
    """Return the phrases that make up a line with marks between them, or None where anything else stands in it."""
    tiles: list[Tile] = []
    at = 0
    while at < len(folded):
        if not (folded[at].isalpha() or (folded[at].isdigit() and not folded[at - 1 : at].isdigit())):
            at += 1
        elif tile := _tile(folded, at):
            tiles.append(tile)
            at = tile.end
        elif folded[at].isdigit():
            at += 1
        else:
            return None
    return tiles or None


def _tile(folded: str, at: int) -> Tile | None:
    """Return the longest phrase that begins here, the heaviest of these."""
    if not phrases().first.match(folded, at):
        return None
    found = (
        Tile(kind, weight, match.end())
        for kind, weight, pattern in phrases().tiles
        if (match := pattern.match(folded, at)) and match.end() > at
    )
    return max(found, key=lambda tile: (tile.end, tile.weight), default=None)


def _covered(text: str, folded: str) -> Verdict | None:
    tiles = tiles_of(folded)
    if tiles is None:
        folded = fold(_GLUED.sub("\u2063", _BRANDS.sub(lambda brand: brand[0].capitalize(), text)))
        tiles = tiles_of(folded)
    if tiles is None:
        return None
    heaviest = max(tiles, key=lambda tile: tile.weight)
    if heaviest.weight == 1 and "," in folded:
        return None  # a list in the story
    weight = _weight([tile.weight for tile in tiles], hard=_HARD.search(folded) is not None)
    if all(tile.kind == "cookie" and tile.weight == 1 for tile in tiles):
        weight = 1  # the answers of a poll
    if weight == 2 and _ICON.match(text):
        weight = 3
    if _is_short_sentence(folded) or (weight < 3 and regex.search(r"(?<!\.)\.$", folded)):
        return None
    return Verdict(heaviest.kind, weight, "nothing but phrases of furniture")


def _is_short_sentence(folded: str) -> bool:
    """Whether a line is a few words with a full stop, none of them only of pages: somebody is told to read more."""
    if _FULL_STOP.search(folded) is None or sum(1 for _ in words_of(folded)) > 5 or len(sentences_of(folded)) > 1:
        return False
    ordered = phrases().commands.match(folded) is not None
    return phrases().things.search(folded) is None and (ordered or phrases().page_words.search(folded) is None)


def _weight(weights: list[int], *, hard: bool) -> int:
    """Weigh a line of phrases; `hard` is that marks such as bars part them, as they part no words of a sentence."""
    heavy = sum(weight == 2 for weight in weights)
    if max(weights) == 3 or heavy > 1:
        return 3
    if hard:
        return 3 if (heavy and len(weights) > 1) or len(weights) > 2 else 2 if heavy or len(weights) > 1 else 1
    return 3 if len(weights) > 3 else 2 if heavy or len(weights) == 3 else 1


def _labelled(text: str, folded: str) -> Verdict | None:
    """Judge "Read more: a title" and its like: a title has no full stop."""
    if len(text) > 180 or text[0] in "\"“„«'‘" or _FULL_STOP.search(text):
        return None
    for kind, weight, pattern in phrases().labels:
        match = pattern.fullmatch(folded)
        tags = _TAGS.match(folded) is not None
        if match and (_ORDERED.match(folded) or _is_titled(text[match.start("tail") :], tags=tags)):
            return Verdict(kind, weight, "a label and a title")
    return None


def _is_titled(tail: str, *, tags: bool) -> bool:
    """Whether what stands behind a label is a title, or tags: words of the story go on in small letters."""
    if _SAID.search(tail):
        return False
    if tags and all(sum(1 for _ in words_of(each)) < (4 if "," in tail else 3) for each in tail.split(",")):
        return True
    return not tail[0].islower()


def _trail(text: str, folded: str) -> Verdict | None:
    """Judge the way from the home page to the article: "Home > News > Central Asia"."""
    if _TRAIL.match(folded) is None or len(text) > 100 or _IN_SENTENCES.search(text):
        return None
    steps = _STEP.split(text)
    short = all(step and step[0].isupper() and len(step.split()) <= 4 for step in steps)
    known = any(tiles_of(fold(step)) for step in steps[1:])
    if short and (len(steps) > 2 or known) and ("/" not in text or (known and len(steps) > 2)):
        return Verdict("navigation", 3, "the way from the home page")
    return None


def _owned(folded: str) -> Verdict | None:
    """Judge a note of copyright."""
    if len(folded) <= 250 and _RIGHTS.match(folded):
        return Verdict("other", 3, "a note of copyright")
    return None


def _notice(folded: str) -> Verdict | None:
    """Judge a paragraph that opens as a notice does and addresses the reader to its end."""
    sentences = sentences_of(folded)
    opening = _tile(sentences[0].lstrip(), 0)
    if opening is None or opening.weight < 3 or opening.kind in ("share", "related", "navigation", "read-more"):
        return None
    if sentences[0][opening.end :].strip(" .!?…:;|*[](){}"):
        return None
    if _is_short_sentence(folded):
        return None
    buttons = opening.kind in ("cookie", "browser")
    if all(_is_noticed(each) or tiles_of(each) or (buttons and _is_button(each)) for each in sentences[1:]):
        return Verdict(opening.kind, 3, "a notice to the reader")
    return None


def _is_noticed(sentence: str) -> bool:
    """Whether a sentence tells the reader something of pages."""
    if phrases().readers.search(sentence) is None:
        return False
    read = phrases()
    return any(words.search(sentence) for words in (read.things, read.plain_things, read.places, read.page_words))


def _is_button(sentence: str) -> bool:
    """Whether what stands behind a notice is a word or two to click on, or a few with bars between."""
    parts = regex.split(r"[|/\[\]]", sentence)
    return not _FULL_STOP.search(sentence) and all(len(part.split()) <= 2 for part in parts)


def _invited(folded: str) -> Verdict | None:
    """Judge "Want more? Sign up for our newsletter": words that invite, and then phrases of furniture."""
    opening = _INVITES.match(folded)
    if opening is None or len(folded) > 250:
        return None
    tiles = tiles_of(folded[opening.end() :])
    kinds = ("newsletter", "comment") if opening[0].rstrip().endswith(".") else ("newsletter", "comment", "share")
    if tiles and tiles[0].weight == 3 and tiles[0].kind in kinds:
        return Verdict(tiles[0].kind, 3, "an invitation to the reader")
    return None


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text, numbers too."""
    for match in _WORD.finditer(text):
        yield match[0]


def sentences_of(text: str) -> list[str]:
    """Split a line where a sentence ends."""
    sentences: list[str] = _SENTENCE_END.split(text)
    return sentences


def is_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does and has the words for one."""
    return _STOPPED.search(text) is not None and sum(1 for _ in words_of(text)) > 3


def is_title(text: str) -> bool:
    """Whether a line may be the title of another article: short, several words, no full stop, nobody speaking."""
    ends = regex.search(r"[.,;:…][\"”»’')\]]*$", text)
    opens = regex.match(r"(?:[\d#]+[.)]?\s*|[•·▪*–-]\s*)?[\p{Lu}\d]", text)
    return ends is None and opens is not None and len(text) <= 140 and sum(1 for _ in words_of(text)) > 2
