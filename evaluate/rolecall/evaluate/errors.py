"""What went wrong, in words that say what to mend: every strict error has one kind.

The kinds explain the counts and change none of them. Each gold span that was not found is in one error, and so is each
predicted span that is not in gold; `wrong event` alone is about spans that are right.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec
from msgspec.structs import replace

from rolecall.core.records import Annotation, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate.align import Pair, align
from rolecall.evaluate.match import Key, keys

Kind = Literal[
    "missed",
    "spurious",
    "wrong role",
    "wrong role and bounds",
    "too long",
    "too short",
    "shifted",
    "split",
    "merged",
    "wrong layer",
    "wrong event",
]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]  # a Literal knows its values


class Error(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """One error of one article: the spans of gold and of the prediction that it is about.

    missed: no prediction stands for it. spurious: the reverse. wrong role: the bounds are right. too long, too short:
    the role is right, and one span holds the other. shifted: the role is right, and neither holds the other. split:
    several predicted spans of the role lie inside one of gold. merged: the reverse. wrong layer: the prediction has a
    role of another layer there. wrong event: the argument is right, and hangs on other triggers.
    """

    article: str
    kind: Kind
    gold: tuple[Span, ...] = ()
    predicted: tuple[Span, ...] = ()


def find(gold: Annotation, predicted: Annotation | None, scheme: Scheme) -> list[Error]:
    """Explain how a prediction differs from gold, in text order; without one everything is missed."""
    if predicted is None:
        predicted = replace(gold, spans=(), links=(), events=())
    spans = {(span.start, span.end, span.role): span for span in (*predicted.spans, *gold.spans)}
    found = [
        Error(
            article=gold.article,
            kind=kind,
            gold=tuple(spans[key] for key in left),
            predicted=tuple(spans[key] for key in right),
        )
        for kind, left, right in _kinds(set(keys(gold.spans)), set(keys(predicted.spans)), scheme.layer_of)
    ]
    found += _wrong_events(gold, predicted)
    return sorted(found, key=lambda error: (*(error.gold or error.predicted)[0].key, error.kind))


Explained = tuple[Kind, list[Key], list[Key]]


def _kinds(gold: set[Key], predicted: set[Key], layer_of: Mapping[str, str]) -> Iterator[Explained]:
    """Name each error of two sets of spans, the kinds that take several spans first."""
    left, right = gold - predicted, predicted - gold
    for whole, parts in _wholes(left, right):
        yield "split", [whole], parts
    for whole, parts in _wholes(right, left):
        yield "merged", parts, [whole]
    aligned = align(left, right, layer_of)
    for pair in aligned.pairs:
        yield _kind(pair), [pair.gold], [pair.predicted]
    rest = align(set(aligned.missed), set(aligned.spurious), dict.fromkeys(layer_of, ""))
    for pair in rest.pairs:
        yield "wrong layer", [pair.gold], [pair.predicted]
    for key in rest.missed:
        yield "missed", [key], []
    for key in rest.spurious:
        yield "spurious", [], [key]


def _wholes(wholes: set[Key], parts: set[Key]) -> Iterator[tuple[Key, list[Key]]]:
    """Take out, and yield, the spans that hold two or more of the other side's of their role, with those."""
    for whole in sorted(wholes):
        start, end, role = whole
        held = sorted(part for part in parts if part[2] == role and start <= part[0] and part[1] <= end)
        if len(held) > 1:
            wholes.discard(whole)
            parts.difference_update(held)
            yield whole, held


def _kind(pair: Pair) -> Kind:
    if not pair.typed:
        return "wrong role" if pair.exact else "wrong role and bounds"
    (start, end, _), (first, last, _) = pair
    if first <= start and end <= last:
        return "too long"
    return "too short" if start <= first and last <= end else "shifted"


def _wrong_events(gold: Annotation, predicted: Annotation) -> Iterator[Error]:
    """Find arguments that both sides have and both attach, but to no common trigger."""
    theirs = _attached(predicted)
    for argument, triggers in _attached(gold).items():
        other = theirs.get(argument)
        if other and not triggers.keys() & other.keys():
            yield Error(
                article=gold.article,
                kind="wrong event",
                gold=(_span(gold, argument), *triggers.values()),
                predicted=(_span(predicted, argument), *other.values()),
            )


def _attached(annotation: Annotation) -> dict[Key, dict[Key, Span]]:
    """Return the triggers of each linked argument: those it is linked to, and the others of their events."""
    event_of = {index: event for event in annotation.events for index in event}
    found: dict[Key, dict[Key, Span]] = {}
    for trigger, argument in annotation.links:
        triggers = found.setdefault(annotation.spans[argument].key, {})
        for index in event_of.get(trigger, (trigger,)):
            triggers[annotation.spans[index].key] = annotation.spans[index]
    return {argument: dict(sorted(triggers.items())) for argument, triggers in found.items()}


def _span(annotation: Annotation, key: Key) -> Span:
    return next(span for span in annotation.spans if span.key == key)
