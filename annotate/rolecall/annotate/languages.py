"""The language that a text is written in, by py3langid: a code of ISO 639, or none rather than a wrong one."""

import re
from functools import cache
from typing import Any

PIECE = 600
"""Characters looked at, from the middle: notices and menus, which may be in another language, stand at the ends."""
LETTERS = 20
"""Fewer letters than this tell too little."""
CERTAIN = 0.6
"""The probability that a language must have. Articles come to 0.99 and more; sentences go wrong below 0.5."""
_NO_PROSE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[#@]\w+")


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect(text: str) -> str | None:
    """Return the language of a text, or None where it is too short or undecided."""
    start = max(0, (len(text) - PIECE) // 2)
    piece = _NO_PROSE.sub(" ", text[start : start + PIECE])
    if sum(map(str.isalpha, piece)) < LETTERS:
        return None
    language, probability = _identifier().classify(piece)
    return str(language) if probability >= CERTAIN and language != "zxx" else None
