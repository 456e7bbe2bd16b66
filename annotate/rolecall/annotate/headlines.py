"""The headline opens the text: put there where it stands apart, and never twice."""

import re
import unicodedata

GAP = "\n\n"
LEAST = 2
"""Words that a first line must have to be a title without its site; "Kazakhstan" alone is a section."""
_WORD = re.compile(r"[^\W_]+")
_NEXT = re.compile(r"[^\S\n]+([^\W_])")
_STOP = re.compile(r"[.!?…][\"'”’»)]*\s*$")
_SUFFIX = re.compile(r"(.*\S)\s+[|·•»—–-]\s+\S.*", re.DOTALL)
"""A title followed by the name of a site or section, as in web pages."""


def open_with(title: str, text: str) -> tuple[str, int]:
    """Return the text that opens with its headline, and how many characters were put before it.

    A text opens with its headline already where its first words are those of the title, whatever their case, their
    spaces and quotation marks; so do a title that was cut off ("...") or carries the name of its site, and the first
    line. Where its sentence goes on behind them ("Police detained" and "Police detained nine men."), they are the lead.
    """
    title = " ".join(title.split())
    if not title or opens(text, title):
        return text, 0
    return f"{title}{GAP}{text}", len(title) + len(GAP)


def opens(text: str, title: str) -> bool:
    """Tell whether the first words of a text are those of a title."""
    words = _words(title)
    if not words:
        return text.lstrip().startswith(title)
    head = _words(text.lstrip()[: 4 * len(title) + 200])
    if title.endswith(("...", "…")) and head[: len(words) - 1] == words[:-1] and len(head) >= len(words):
        return head[len(words) - 1].startswith(words[-1])
    if head[: len(words)] == words:
        return not (
            _STOP.search(text.lstrip().partition("\n")[0]) and _goes_on(text.lstrip()[: 4 * len(title) + 200], words)
        )
    if not (parts := _without_site(title)):
        return False
    line = _words(text.lstrip().partition("\n")[0][: 4 * len(title) + 200])
    return len(line) >= LEAST and line in map(_words, parts)


def _goes_on(text: str, words: list[str]) -> bool:
    """Tell whether a sentence that opens with these words has more of them: one in lower case follows."""
    plain = unicodedata.normalize("NFKC", text)
    ends = (match.end() for match in _WORD.finditer(plain))
    end = next((end for end in ends if _words(plain[:end]) == words), len(plain))
    following = _NEXT.match(plain, end)
    return following is not None and following[1].islower() and any(map(str.isupper, plain[:end]))


def _without_site(title: str) -> list[str]:
    """The title without the last of its parts, without the last two, and so on."""
    found: list[str] = []
    while match := _SUFFIX.fullmatch(title):
        title = match[1]
        found.append(title)
    return found


def _words(text: str) -> list[str]:
    """The words of a text as they compare: compatible forms and cases are one, marks between words are none."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall(folded)
