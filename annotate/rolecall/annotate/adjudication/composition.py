"""Compose the reading that stands of what was decided."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from rolecall.annotate.adjudication.case import Case, components
from rolecall.annotate.adjudication.rules import Verdict
from rolecall.core.records import Annotation, Span, normalise
from rolecall.core.scheme import Scheme
from rolecall.evaluate.match import Key


def compose(case: Case, verdict: Verdict, scheme: Scheme, *, by: str, suggestion: str | None = None) -> Annotation:
    """Make the adjudicated annotation of a case; `suggestion` names the one that any of its versions started from.

    A span is unsure where all who have it are. Links stand between all spans of their two places that the scheme
    lets run from a trigger to an argument.
    """
    text = case.article.text
    doubted = doubts(case.versions.values())
    order = list(dict.fromkeys(key for place in sorted(verdict.spans) for key in verdict.spans[place]))
    at = {key: index for index, key in enumerate(order)}
    triggers = scheme.triggers
    links = [
        (at[one], at[other])
        for trigger, argument in verdict.links
        for one in verdict.spans.get(trigger, ())
        for other in verdict.spans.get(argument, ())
        if one[2] in triggers and other[2] not in triggers
    ]
    groups = (
        [at[key] for place in group for key in verdict.spans.get(place, ()) if key[2] in triggers]
        for group in verdict.events
    )
    return normalise(
        Annotation(
            article=case.article.id,
            hash=case.article.hash,
            by=by,
            kind="adjudicated",
            scheme=scheme.fingerprint,
            spans=tuple(Span(*key, text[key[0] : key[1]], unsure=key in doubted) for key in order),
            links=tuple(links),
            events=tuple(components(pair for group in groups for pair in pairwise(group))),
            choices=dict(verdict.choices),
            from_prediction=suggestion,
        )
    )


def doubts(versions: Iterable[Annotation]) -> set[Key]:
    """Return the spans that all who have them marked unsure."""
    marks: dict[Key, bool] = {}
    for version in versions:
        for span in version.spans:
            marks[span.key] = marks.get(span.key, True) and span.unsure
    return {key for key, unsure in marks.items() if unsure}


def started_from(aided: Mapping[str, str]) -> str | None:
    """Name the suggestions that versions started from, as one."""
    return ", ".join(sorted(set(aided.values()))) or None
