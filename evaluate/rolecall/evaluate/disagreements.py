"""How two readers of one article disagree: every difference has one kind, whichever of the two comes first.

The kinds of spans follow those of a model's errors (`errors`), without a right side: what is too long for one is too
short for the other. Links and events are compared where both readers have the spans that they join, so that a span
that one of them lacks is one disagreement and not several.
"""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

from rolecall.core.records import Annotation, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate import boundaries, errors
from rolecall.evaluate.boundaries import Trait
from rolecall.evaluate.errors import Error
from rolecall.evaluate.match import Key
from rolecall.evaluate.slices import form

Kind = Literal["boundary", "role", "role and boundary", "layer", "missed", "split", "link", "event"]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]  # a Literal knows its values


class Disagreement(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """One difference between the readings of an article by `first` and `second`, with each one's spans.

    boundary: the role is the same, the spans overlap. role: the bounds are the same. role and boundary: they overlap,
    in one layer. layer: they overlap, with roles of two layers. missed: only one has it. split: one has one span where
    the other has several of its role. link: both have the argument, and hang it on other triggers; each side holds the
    argument, then its triggers. event: both have the triggers, and one joins them in an event that the other does not.
    """

    article: str
    first: str
    second: str
    kind: Kind
    left: tuple[Span, ...] = ()
    right: tuple[Span, ...] = ()
    traits: tuple[Trait, ...] = ()
    upheld: str | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that it is about, each once, ordered by name; of a link that of the argument."""
        spans = (*self.left, *self.right)
        return tuple(sorted({span.role for span in (spans[:1] if self.kind == "link" else spans)}))

    @property
    def place(self) -> Key:
        """Where in the text it is, for ordering: its first span, of a link the argument."""
        return self.left[0].key if self.kind == "link" else min(span.key for span in (*self.left, *self.right))


def find(
    first: Annotation,
    second: Annotation,
    scheme: Scheme,
    *,
    lang: str | None = None,
    linkers: Collection[str] | None = None,
) -> list[Disagreement]:
    """Find where two readings of an article differ, in text order.

    `lang` is the article's language, by which words between two bounds are told apart. Links and events are compared
    where both are by `linkers`, who made some in the file if not here; without them, where both readings have any.
    """
    found = [*_of_spans(first, second, scheme, lang)]
    link = all(joins(each) if linkers is None else each.by in linkers for each in (first, second))
    if link:
        found += [*_of_links(first, second), *_of_events(first, second)]
    return sorted(found, key=lambda each: (each.place, KINDS.index(each.kind)))


def ask(gold: Annotation, found: Disagreement) -> Disagreement:
    """Say whose version gold has; links and events are not asked about, nor is gold that one of the two made."""
    if found.kind in {"link", "event"} or gold.by in {found.first, found.second}:
        return found
    known = {span.key for span in gold.spans}
    left, right = ([span.key in known for span in side] for side in (found.left, found.right))
    # Who lacks a span is right where gold lacks it too.
    first = all(left) if left else not any(right)
    second = all(right) if right else not any(left)
    upheld = {(True, False): found.first, (False, True): found.second, (True, True): "both"}.get((first, second))
    return msgspec.structs.replace(found, upheld=upheld or "neither")


EVERYONE = "all annotators"
"""The name of what all annotators of an article have in common."""


def overrule(
    readings: Collection[Annotation], gold: Annotation, scheme: Scheme, *, lang: str | None = None
) -> list[Disagreement]:
    """Find where gold differs from what all readings of an article agree on, in text order.

    What some of them have as gold has it is a disagreement between them, and left out here.
    """
    every = [{span.key for span in reading.spans} for reading in readings]
    anyone, common = set().union(*every), set.intersection(*every)
    one = next(iter(readings))
    agreed = msgspec.structs.replace(
        one, by=EVERYONE, spans=tuple(span for span in one.spans if span.key in common), links=(), events=()
    )
    found = _of_spans(agreed, gold, scheme, lang)
    return [each for each in found if not any(span.key in anyone for span in each.right)]


def joins(annotation: Annotation) -> bool:
    """Whether the reading has links or events at all."""
    return bool(annotation.links or annotation.events)


def _of_spans(first: Annotation, second: Annotation, scheme: Scheme, lang: str | None) -> Iterator[Disagreement]:
    both = {span.key for span in first.spans} & {span.key for span in second.spans}
    known = {(span.role, form(span)) for span in first.spans if span.key in both}
    for error in errors.find(first, second, scheme):
        if error.kind == "wrong event":
            continue
        kind = _kind(error, scheme.layer_of)
        left, right = error.gold, error.predicted
        if kind == "boundary":
            traits = boundaries.edges(left[0], right[0], (first.by, second.by), lang)
        elif kind == "split":
            whole, parts, by = (left[0], right, first.by) if len(left) == 1 else (right[0], left, second.by)
            traits = (boundaries.gap(whole, parts, by, lang),)
        elif kind == "missed":
            traits = _missed(*((left[0], first.by) if left else (right[0], second.by)), both, known)
        else:
            traits = ()
        yield Disagreement(
            article=first.article,
            first=first.by,
            second=second.by,
            kind=kind,
            left=left,
            right=right,
            traits=traits,
        )


def _kind(error: Error, layer_of: Mapping[str, str]) -> Kind:
    if error.kind in {"split", "merged"}:
        return "split"
    if not error.gold or not error.predicted:
        return "missed"
    one, other = error.gold[0], error.predicted[0]
    if one.role == other.role:
        return "boundary"
    if layer_of[one.role] != layer_of[other.role]:
        return "layer"
    return "role" if one.key[:2] == other.key[:2] else "role and boundary"


def _missed(span: Span, by: str, both: AbstractSet[Key], known: AbstractSet[tuple[str, str]]) -> tuple[Trait, ...]:
    """Say what could have led to a span that only one has; `both` and `known` are spans and forms that both have."""
    if any(key[:2] == span.key[:2] for key in both):
        return (Trait("second role", by),)
    return (Trait("again" if (span.role, form(span)) in known else "only one", by),)


def _of_links(first: Annotation, second: Annotation) -> Iterator[Disagreement]:
    """Compare the triggers of each argument that both have, as far as both have the triggers."""
    left, right = _attached(first), _attached(second)
    spans = tuple({span.key: span for span in reading.spans} for reading in (first, second))
    for argument in sorted(spans[0].keys() & spans[1].keys()):
        mine, theirs = left.get(argument, {}), right.get(argument, {})
        shared = [{key for key in side if key in other} for side, other in ((mine, spans[1]), (theirs, spans[0]))]
        if shared[0] == shared[1]:
            continue
        if not mine or not theirs:
            trait = Trait("unlinked", first.by if mine else second.by)
        elif shared[0] & shared[1]:
            trait = Trait("more triggers", first.by if shared[0] - shared[1] else second.by)
        elif _together(first, shared[0] | shared[1]) or _together(second, shared[0] | shared[1]):
            trait = Trait("same event")
        else:
            trait = Trait("other trigger")
        yield Disagreement(
            article=first.article,
            first=first.by,
            second=second.by,
            kind="link",
            left=(spans[0][argument], *(mine[key] for key in sorted(mine))),
            right=(spans[1][argument], *(theirs[key] for key in sorted(theirs))),
            traits=(trait,),
        )


def _attached(annotation: Annotation) -> dict[Key, dict[Key, Span]]:
    """Return the triggers that each argument is linked to."""
    found: dict[Key, dict[Key, Span]] = {}
    for trigger, argument in annotation.links:
        span = annotation.spans[trigger]
        found.setdefault(annotation.spans[argument].key, {})[span.key] = span
    return found


def _together(annotation: Annotation, triggers: AbstractSet[Key]) -> bool:
    """Whether the reading names one event with all of these triggers."""
    return any(triggers <= {annotation.spans[index].key for index in event} for event in annotation.events)


def _of_events(first: Annotation, second: Annotation) -> Iterator[Disagreement]:
    """Yield the events of either that name together what the other has in several, as far as both have the triggers."""
    for own, other, is_first in ((first, second, True), (second, first, False)):
        theirs = {span.key for span in other.spans}
        for event in own.events:
            spans = {own.spans[index].key: own.spans[index] for index in event}
            shared = spans.keys() & theirs
            if len(shared) > 1 and not _together(other, shared):
                joined = tuple(spans[key] for key in sorted(shared))
                yield Disagreement(
                    article=own.article,
                    first=first.by,
                    second=second.by,
                    kind="event",
                    left=joined if is_first else (),
                    right=() if is_first else joined,
                    traits=(Trait("joined", own.by),),
                )
