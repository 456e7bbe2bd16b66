"""What a rule finds, and the record that is written for it."""

from typing import Literal, NamedTuple

import msgspec

from rolecall.core.records import Span

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
"""From the worst to the mildest."""


class Hit(NamedTuple):
    """What a rule says of a reading, or of a person or role; `severity` where it is not the rule's own."""

    message: str
    span: Span | None = None
    role: str | None = None
    severity: Severity | None = None


class Finding(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One finding: a line of the file. `text` is the span's quote, `link` opens the task in Label Studio.

    A finding about a whole reading has no span; one about the corpus has no article either.
    """

    rule: str
    severity: Severity
    message: str
    article: str | None = None
    by: str | None = None
    start: int | None = None
    end: int | None = None
    role: str | None = None
    text: str | None = None
    link: str | None = None


def at_least(severity: Severity, least: Severity) -> bool:
    """Tell whether a severity is as bad as another, or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


def some(number: int, noun: str) -> str:
    """Write how many of something there are: 1 reading, 2 readings."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def one_of(names: list[str]) -> str:
    """Write names as alternatives: A, A or B, A, B or C."""
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
