"""Labels that come with articles, as in published corpora: spans with `label` or `role`, made into annotations."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rolecall.annotate.formats.rows import Place
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Kind, Span
from rolecall.core.scheme import Scheme

HEADLINE = ", which count in the text as it is there, without the headline that was put before it"


class Labelling(NamedTuple):
    """Where the labels go, the scheme they are of, and whose they are."""

    out: Path
    scheme: Scheme
    by: str
    kind: Kind


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span as people write it: `label` and `role` are the same thing, the quote may be left out."""

    start: int
    end: int
    label: str | None = None
    role: str | None = None
    text: str | None = None
    score: float | None = None
    unsure: bool = False


class Labels(msgspec.Struct, frozen=True):
    """What a record says beside its article."""

    spans: tuple[Mark, ...]
    links: tuple[tuple[int, int], ...] = ()
    events: tuple[tuple[int, ...], ...] = ()


def annotate(
    article: Article, data: dict[str, Any], labelling: Labelling, place: Place, *, before: int = 0
) -> Annotation:
    """Make an annotation of the labels of a record, which count from behind the first `before` characters of the text.

    Raises InputError naming file and line for a span with a role outside the scheme, bounds outside the text, or a
    quote that is not the text's.
    """
    try:
        labels = msgspec.convert(data, Labels)
        return Annotation(
            article=article.id,
            hash=article.hash,
            by=labelling.by,
            kind=labelling.kind,
            scheme=labelling.scheme.fingerprint,
            spans=tuple(_span(article, mark, labelling.scheme, before) for mark in labels.spans),
            links=labels.links,
            events=labels.events,
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise InputError(
            f"article {article.id!r}: {error}",
            path=place.path,
            line=place.line,
            remedy=f"mend the labels of this line{HEADLINE if before else ''}; "
            "without --labels they go to the article's meta",
        ) from error


def _span(article: Article, mark: Mark, scheme: Scheme, before: int) -> Span:
    """Make a span of a mark; raise ValueError where it is none."""
    names = {name for name in (mark.label, mark.role) if name is not None}
    where = f"span {mark.start}:{mark.end}"
    if len(names) != 1:
        raise ValueError(f"{where} has {'two different labels' if names else 'no label'}")
    role = names.pop()
    if role not in scheme.roles:
        raise ValueError(f"{where}: role {role!r} is not in scheme {scheme.name}: {', '.join(scheme.roles)}")
    start, end = mark.start + before, mark.end + before
    if not before <= start < end <= len(article.text):
        raise ValueError(f"{where} ({role}) is not inside the text's {len(article.text) - before} characters")
    quote = article.text[start:end]
    if mark.text is not None and mark.text != quote:
        raise ValueError(f"{where} ({role}): the text has {quote!r}, the quote is {mark.text!r}")
    return Span(start, end, role, quote, mark.score, mark.unsure)
