import pytest

from rolecall.annotate.checks.reading import Options
from rolecall.annotate.checks.wording import LanguageOptions, PatternOptions, edge_preposition, pattern, pronoun
from rolecall.core.errors import InputError
from tests.annotate.checks.marked import reading


def prepositions(marked: str, lang: str | None = "en", assume: str | None = None) -> list[str]:
    hits = edge_preposition(reading(marked, lang=lang), LanguageOptions(assume=assume))
    return [hit.span.text for hit in hits if hit.span]


def pronouns(marked: str, lang: str | None = "en") -> list[str]:
    return [hit.span.text for hit in pronoun(reading(marked, lang=lang), LanguageOptions()) if hit.span]


def test_prepositions_are_found_by_language() -> None:
    assert prepositions("He was {in custody|ARREST}. {On Monday|TIME} he left.") == ["in custody", "On Monday"]
    assert prepositions("задержаны {на площади|FACILITY}", "ru") == ["на площади"]
    assert prepositions("{in custody|ARREST}", None) == []
    assert prepositions("{in custody|ARREST}", None, assume="en") == ["in custody"]


def test_prepositions_of_quantities_and_names_and_infinitives_may_stay() -> None:
    assert prepositions("{at least nine|DETAINED_COUNT}, {about 5 pm|TIME}, {over 40|CROWD_SIZE}") == []
    assert prepositions("The group {Against Hunger|ORGANIZER} wants {to be heard|DEMAND}, is {in|PLACE}") == []


def test_pronouns_are_found_by_language() -> None:
    assert pronouns("{They|PARTICIPANT} held {him|DETAINEE} and {his brother|DETAINEE}") == ["They", "him"]
    assert pronouns("{Их|DETAINEE} задержали", "ru") == ["Их"]
    assert pronouns("in the {US|PLACE}, {us|PARTICIPANT}") == ["us"]
    assert pronouns("{They|PARTICIPANT}", "xx") == []


def test_a_scheme_has_patterns_of_its_own() -> None:
    options = PatternOptions(roles={"TIME": {r"\bat\b": "is two spans", "^early": "has a hedge"}, "PLACE": {"x": "y"}})
    found = list(
        pattern(reading("{early on Sunday at noon|TIME} {at noon|TIME} {at Osh|PLACE} {Monday|TIME}"), options)
    )
    assert [(hit.span.start, hit.message) for hit in found if hit.span] == [
        (0, "is two spans"),
        (0, "has a hedge"),
        (24, "is two spans"),
    ]
    assert list(pattern(reading("{early|TIME}"), PatternOptions())) == []


def test_a_pattern_that_takes_too_long_is_named() -> None:
    options = PatternOptions(roles={"TIME": {"(a|a)+$": "is slow"}})
    with pytest.raises(InputError, match=r"pattern '\(a\|a\)\+\$' of TIME takes more than 1 s on one span"):
        list(pattern(reading(f"{{{'a' * 60}b|TIME}}"), options))


def test_options_without_roles_fit_every_scheme() -> None:
    assert list(Options().problems(reading("a").scheme)) == []
