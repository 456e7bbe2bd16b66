import pytest

from rolecall.core.records import Span
from rolecall.evaluate.boundaries import TOLD, Trait, edges, gap


def differing(longer: str, shorter: str, lang: str | None = "en", at: int | None = None) -> list[str]:
    """Name what ana takes in, whose span is the longer one."""
    start = longer.index(shorter) if at is None else at
    one = Span(10, 10 + len(longer), "PLACE", longer)
    other = Span(10 + start, 10 + start + len(shorter), "PLACE", shorter)
    found = edges(one, other, ("ana", "ben"), lang)
    assert found == tuple(Trait(each.name, "ana") for each in found)
    assert edges(other, one, ("ben", "ana"), lang) == found
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("longer", "shorter", "traits"),
    [
        ("the square", "square", ["article"]),
        ("on Monday", "Monday", ["preposition"]),
        ("shortly before dusk", "dusk", ["preposition"]),
        ("in the square", "square", ["preposition"]),
        ("around 50", "50", ["hedge"]),
        ("all seven", "seven", ["hedge"]),
        ("at least two hundred", "two hundred", ["hedge"]),
        ("three students", "students", ["quantity"]),
        ("opposition figure Mira Sandal", "Mira Sandal", ["description"]),
        ("century-old bazaar", "bazaar", ["modifier"]),
        ("company's head office", "head office", ["possessor"]),
        ("her release", "release", ["possessor"]),
        ("gates of the Lower Bazaar", "Lower Bazaar", ["part"]),
        ("sons and nephews", "nephews", ["coordination"]),
        ("sons and nephews", "sons", ["coordination"]),
        ("Tamar, Nino and Eka", "Tamar", ["coordination"]),
        ("Mira Sandal, the mayor", "Mira Sandal", ["apposition"]),
        ("canteen of Batys Burgylau", "canteen", ["of-phrase"]),
        ("workers who struck", "workers", ["relative clause"]),
        ("amnesty for the leaders", "amnesty", ["prepositional phrase"]),
        ("50 people", "50", ["noun"]),
        ("May 10 2015", "May 10", ["number"]),
        ("Homeland Gate movement", "Homeland Gate", ["class word"]),
        ("broken jaw", "broken", ["words after"]),
        ("mayor's", "mayor", ["possessive"]),
        ("workers’", "workers", ["possessive"]),
        ("Monday.", "Monday", ["punctuation"]),
        ("“rally", "rally", ["punctuation"]),
        ("protesters", "protest", ["part of a word"]),
        ("anti-government", "government", ["modifier"]),
        ("the square,", "square", ["article", "punctuation"]),
    ],
)
def test_what_english_words_differ_in(longer: str, shorter: str, traits: list[str]) -> None:
    assert differing(longer, shorter) == traits
    assert set(traits) <= TOLD.keys()


@pytest.mark.parametrize(
    ("longer", "shorter", "traits"),
    [
        ("am Montag", "Montag", ["words before"]),
        ("la place de la République", "place", ["words before", "words after"]),
        ("«площадь»", "площадь", ["punctuation"]),
        ("протесты", "протест", ["part of a word"]),
    ],
)
def test_of_another_language_only_what_characters_tell(longer: str, shorter: str, traits: list[str]) -> None:
    assert differing(longer, shorter, "de") == traits


def test_without_a_language_it_is_taken_for_english() -> None:
    assert differing("on Monday", "Monday", None) == ["preposition"]
    assert differing("on Monday", "Monday", "en-GB") == ["preposition"]


def test_spans_that_are_shifted_differ_on_both_sides() -> None:
    text = "in central Jarkul on Monday"
    one, other = Span(0, 17, "PLACE", text[:17]), Span(3, 27, "PLACE", text[3:])
    assert edges(one, other, ("ana", "ben")) == (Trait("preposition", "ana"), Trait("prepositional phrase", "ben"))


@pytest.mark.parametrize(
    ("whole", "parts", "name"),
    [
        ("Sunday at noon", ("Sunday", "noon"), "preposition between"),
        ("sons and nephews", ("nephews", "sons"), "coordination"),
        ("Tamar, Nino", ("Tamar", "Nino"), "coordination"),
        ("Fanal's chairwoman", ("Fanal", "chairwoman"), "possessor"),
        ("Monday noon", ("Monday", "noon"), "side by side"),
        ("police chasing students", ("police", "students"), "words between"),
    ],
)
def test_what_stands_between_the_parts(whole: str, parts: tuple[str, ...], name: str) -> None:
    span = Span(5, 5 + len(whole), "TIME", whole)
    inside = [Span(5 + whole.index(part), 5 + whole.index(part) + len(part), "TIME", part) for part in parts]
    assert gap(span, inside, "ben") == Trait(name, "ben")
