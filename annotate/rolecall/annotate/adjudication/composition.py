"""Compose the reading that stands of what was decided."""

from collections.abc import Collection, Mapping
from itertools import pairwise, product

from rolecall.annotate.adjudication.case import Case, Pair, components
from rolecall.annotate.adjudication.rules import UNANIMOUS, Rule, Verdict
from rolecall.core.records import Annotation, Span, normalise
from rolecall.core.scheme import Scheme
from rolecall.evaluate.match import Key

Link = tuple[Key, Key]


def compose(
    case: Case, verdict: Verdict, scheme: Scheme, *, by: str, suggestion: str | None = None, rule: Rule = UNANIMOUS
) -> Annotation:
    """Make the adjudicated annotation of a case; `suggestion` names the one that any of its versions started from.

    A span is unsure where those who have it are, by the rule. Links stand as `links_of` has them.
    """
    text = case.article.text
    doubted = doubts(case.versions, rule)
    order = list(dict.fromkeys(key for place in sorted(verdict.spans) for key in verdict.spans[place]))
    at = {key: index for index, key in enumerate(order)}
    links = [(at[one], at[other]) for found in links_of(case, verdict, scheme).values() for one, other in found]
    groups = (
        [
            at[key]
            for place in group
            for key in verdict.spans.get(place, ())
            if key[2] in scheme.triggers and _stands_for(case, place, key)
        ]
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
            links=tuple(dict.fromkeys(links)),
            events=tuple(components(pair for group in groups for pair in pairwise(group))),
            choices=dict(verdict.choices),
            from_prediction=suggestion,
        )
    )


def links_of(case: Case, verdict: Verdict, scheme: Scheme) -> dict[Pair, list[Link]]:
    """Return for each link between places the links between the spans that stand there.

    They are those that somebody drew, and those that the scheme lets run from this trigger to this argument. A label of
    a decider's own has them only where it overlaps a span of its place.
    """
    drew = drawn(case)
    return {
        (trigger, argument): [
            (one, other)
            for one in verdict.spans.get(trigger, ())
            for other in verdict.spans.get(argument, ())
            if may_link((one, other), drew, scheme)
            and _stands_for(case, trigger, one)
            and _stands_for(case, argument, other)
        ]
        for trigger, argument in verdict.links
    }


def unmade(case: Case, verdict: Verdict, scheme: Scheme) -> list[Pair]:
    """Return the links of a verdict whose ends stand, but in roles or at places between which there can be none."""
    made = links_of(case, verdict, scheme)
    return [pair for pair, found in made.items() if not found and all(verdict.spans.get(end) for end in pair)]


def drawn(case: Case) -> set[Link]:
    """Return the links that somebody drew."""
    return {
        (version.spans[one].key, version.spans[other].key)
        for version in case.versions.values()
        for one, other in version.links
    }


def may_link(link: Link, drew: Collection[Link], scheme: Scheme) -> bool:
    """Tell whether a link may stand: from a trigger to an argument that attaches to it, or as somebody drew it."""
    trigger, argument = link[0][2], link[1][2]
    legal = trigger in scheme.triggers and argument not in scheme.triggers
    return legal and (link in drew or trigger in scheme.roles[argument].attaches_to)


def offered(case: Case, scheme: Scheme) -> set[Link]:
    """Return the links between all variants of two places, where anybody drew one between them."""
    drew = drawn(case)
    ends = ((case.places[one].keys, case.places[other].keys) for one, other in case.links)
    return {link for pair in ends for link in product(*pair) if may_link(link, drew, scheme)}


def _stands_for(case: Case, place: int, key: Key) -> bool:
    """Tell whether a span has anything in common with those of a place."""
    return any(key[0] < end and start < key[1] for start, end, _ in case.places[place].keys)


def doubts(versions: Mapping[str, Annotation], rule: Rule = UNANIMOUS) -> set[Key]:
    """Return the spans that are unsure: where all who have one marked it so, or as many as the rule asks for."""
    marks: dict[Key, dict[str, bool]] = {}
    for name, version in versions.items():
        for span in version.spans:
            own = marks.setdefault(span.key, {})
            own[name] = own.get(name, True) and span.unsure
    return {key for key, own in marks.items() if rule.pick(own) is True}


def started_from(aided: Mapping[str, str]) -> str | None:
    """Name the suggestions that versions started from, as one."""
    return ", ".join(sorted(set(aided.values()))) or None
