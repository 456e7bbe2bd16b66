"""Full stops that belong to a word: "U.S.", "Jan.", "John F.", "г."

A list is never complete, so what follows counts as well: where the sentence goes on in lower case, the stop was no end.
"""

import regex

# Short forms in names, dates and quantities of news; hardly any is a word that could end a sentence.
_ENGLISH = (
    "adm apr assn assoc aug ave bldg bros brig capt cmdr co col corp dec dept det dist dr esq est etc feb fri ft gen "
    "gov hon inc insp jan jr jul jun lt ltd maj mr mrs ms mt nov no oct pfc prof pvt rep rev sen sep sept sgt sr st "
    "ste supt thu thur thurs tue tues univ vs"
)
_ROMANCE_GERMANIC = "avda bzw ca dgl dott mlle mme nr sig sra sta str ud uds usw vgl"
_CYRILLIC = "акад бул вул г гг др көш млн млрд им обл пл пос просп проф руб св см ст стр тов тыс ул чел"
_KAZAKH = "ауд ғ ғғ даң ж жж көш қ тг шағ"
_KNOWN = frozenset(word for words in (_ENGLISH, _ROMANCE_GERMANIC, _CYRILLIC, _KAZAKH) for word in words.split())
# American states, as a dateline or an address has them after a town; alone, some of these are words.
_STATES = (
    "Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La|Mass|Md|Mich|Minn|Miss|Mo|Mont|Neb|Nev|Okla|Ore|Pa|Tenn|"
    "Tex|Va|Vt|Wash|Wis|Wyo"
)
_STATE = regex.compile(rf"\p{{L}}, (?:{_STATES})\.$")
_INITIALS = regex.compile(r"(?:^|[^\p{L}\p{N}])(?:\p{L}\p{M}*\.[ \u00a0]?){2,}$")
_INITIAL = regex.compile(r"(?:^|[^\p{L}\p{N}])\p{Lu}\p{M}*\.$")
_LAST = regex.compile(r"([\p{L}\p{M}]+)\.$")
_GOES_ON = regex.compile(r"[,;:]|[ \t\u00a0]+[\p{Ll}(,;:–—]")
_CUT = regex.compile(r"(?:^|[^\p{L}\p{N}])(?:\p{L}\p{M}*\.)+\p{L}\p{M}*$")

_REACH = 24


def closes_abbreviation(text: str, end: int) -> bool:
    """Tell whether the full stop at `text[end - 1]` belongs to the word before it."""
    before = text[max(0, end - _REACH) : end]
    if any(known.search(before) for known in (_INITIALS, _INITIAL, _STATE)):
        return True
    word = _LAST.search(before)
    if word and word[1].casefold() in _KNOWN:
        return True
    return bool(_GOES_ON.match(text, end))


def lacks_stop(text: str, end: int) -> bool:
    """Tell whether an abbreviation of initials ends at `end` without its last full stop, which follows."""
    return text[end : end + 1] == "." and bool(_CUT.search(text[max(0, end - _REACH) : end]))
