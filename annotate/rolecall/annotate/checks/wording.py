"""Rules about the words of a span that guidelines leave out: prepositions, pronouns, and a scheme's own patterns."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex
from pydantic import Field, field_validator

from rolecall.annotate.checks.findings import Hit
from rolecall.annotate.checks.function_words import PREPOSITIONS, PRONOUNS, code_of
from rolecall.annotate.checks.names import belongs_to_name
from rolecall.annotate.checks.reading import Options, Reading
from rolecall.core.errors import InputError
from rolecall.core.scheme import Scheme

_SECONDS = 1.0
_FIRST = regex.compile(r"([\p{L}\p{M}]+)[\s]+(?=\S)")


class LanguageOptions(Options):
    """The language to take where an article names none."""

    assume: str | None = None
    """Language code of articles without `lang`; else nothing is looked for there."""


class PatternOptions(Options):
    """What spans must not look like."""

    roles: dict[str, dict[str, str]] = Field(default={})
    """By role: regular expressions, each with what is wrong with a span in which one is found."""

    @field_validator("roles")
    @classmethod
    def _compile(cls, roles: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for role, patterns in roles.items():
            for pattern in patterns:
                try:
                    _compiled(pattern)
                except regex.error as error:
                    raise ValueError(f"{role}: {pattern!r} is no regular expression: {error}") from error
        return roles

    def problems(self, scheme: Scheme) -> Iterator[str]:
        """Yield the roles that the scheme does not have."""
        yield from (f"role {role!r} is not in the scheme" for role in self.roles if role not in scheme.roles)


@lru_cache
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern)


def edge_preposition(reading: Reading, options: LanguageOptions) -> Iterator[Hit]:
    """Find spans that open with a preposition, unless it belongs to a name or a count ("at least nine")."""
    known = PREPOSITIONS.get(code_of(reading.article.lang or options.assume), frozenset())
    for span in reading.spans:
        first = _FIRST.match(span.text)
        if not first or first[1].lower() not in known or reading.scheme.roles[span.role].value == "count":
            continue
        if not belongs_to_name(reading, span, first.end()):
            yield Hit(f"opens with the preposition {first[1]!r}", span)


def pronoun(reading: Reading, options: LanguageOptions) -> Iterator[Hit]:
    """Find spans that are a pronoun, in roles that are no quantity."""
    known = PRONOUNS.get(code_of(reading.article.lang or options.assume), frozenset())
    for span in reading.spans:
        shouted = len(span.text) > 1 and span.text.isupper()  # "US" is a country
        if span.text.lower() in known and not shouted and reading.scheme.roles[span.role].value == "none":
            yield Hit("is a pronoun", span)


def pattern(reading: Reading, options: PatternOptions) -> Iterator[Hit]:
    """Find spans that a pattern of the scheme is found in; raise InputError for a pattern that takes too long."""
    for span in reading.spans:
        for expression, wrong in options.roles.get(span.role, {}).items():
            try:
                found = _compiled(expression).search(span.text, timeout=_SECONDS)
            except TimeoutError as error:
                raise InputError(
                    f"pattern {expression!r} of {span.role} takes more than {_SECONDS:g} s on one span",
                    remedy="write it without nested repetitions",
                ) from error
            if found:
                yield Hit(wrong, span)
