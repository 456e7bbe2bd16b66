"""Articles by language: the words that guidelines want left out at the front of a phrase."""

from typing import NamedTuple

from rolecall.annotate.checks.function_words import code_of


class Determiners(NamedTuple):
    """Articles of a language in lower case; an elided one ends with its apostrophe.

    `numeral` are those that also count ("a week", "une dizaine"): they belong to a quantity.
    """

    definite: frozenset[str]
    numeral: frozenset[str]


def _words(definite: str, numeral: str = "") -> Determiners:
    return Determiners(frozenset(definite.split()), frozenset(numeral.split()))


DETERMINERS = {
    "ca": _words("el la els les l' l’", "un una uns unes"),
    "da": _words("", "en et"),
    "de": _words("der die das des dem den", "ein eine einen einem einer eines"),
    "el": _words("ο η το οι τα του της των τον την τους τις", "ένας μία μια ένα"),
    "en": _words("the", "a an"),
    "es": _words("el la los las", "un una unos unas"),
    "fr": _words("le la les l' l’", "un une des"),
    "hu": _words("a az", "egy"),
    "it": _words("il lo la i gli le l' l’", "un uno una un' un’"),
    "nl": _words("de het 't ’t", "een"),
    "no": _words("", "en ei et"),
    "pt": _words("o a os as", "um uma uns umas"),
    "ro": _words("", "un o niște"),
    "sv": _words("", "en ett"),
}
DETERMINERS["nb"] = DETERMINERS["nn"] = DETERMINERS["no"]
ANY_LANGUAGE = _words("the")
"""What is an article whatever the language: for texts whose language is not known."""


def determiners_of(lang: str | None) -> Determiners | None:
    """Return the articles of a language by its code ("en", "en-GB"); None where it has none, or none is known."""
    if lang is None:
        return ANY_LANGUAGE
    return DETERMINERS.get(code_of(lang))
