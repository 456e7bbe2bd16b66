"""Where sentences begin: at a new line, or after a full stop that is no abbreviation's and before a capital."""

import regex

from rolecall.annotate.checks.abbreviations import closes_abbreviation

_BREAK = regex.compile(
    r"(?P<stop>[.!?…])(?P<close>[\"'”’»)\]]*)[ \t\u00a0]+(?=[\"'“‘«„(\[¿¡—–-]*[\p{Lu}\p{Lt}\p{Lo}\p{Nd}])"
    r"|(?P<line>[ \t]*\n\s*)|(?P<wide>[。！？][」』”’]*)"
)


def sentence_starts(text: str) -> list[int]:
    """Return where each sentence of a text begins, the first at 0."""
    starts = [0]
    for match in _BREAK.finditer(text):
        stop = match.end("stop")
        if match["stop"] == "." and not match["close"] and closes_abbreviation(text, stop):
            continue
        if match.end() < len(text):
            starts.append(match.end())
    return starts
