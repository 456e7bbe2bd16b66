"""Arguments of events, as TextEE counts them: found, with the right role, and attached to the right event.

Huang et al. 2024, "TextEE: Benchmark, Reevaluation, Reflections, and Future Directions in Event Extraction". These
tuples of an article are compared, each once on either side:

    AI    (event type, argument start, argument end)
    AC    (event type, argument start, argument end, argument role)
    AI+   (event, argument start, argument end)
    AC+   (event, argument start, argument end, argument role)

The event type is the role of the trigger. In TextEE an event has one trigger, and "event" above stands for (trigger
start, trigger end, event type). Here an event is the group of triggers that name it, with the arguments linked to any
of them. It has the type of each of its triggers, and a gold event and a predicted one are the same when they share a
trigger: same bounds, same role. Where one side splits an event that the other has whole, only one of the parts can be
the same. With one trigger an event, the counts are TextEE's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rolecall.core.errors import InputError
from rolecall.core.ledger import describe
from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key
from rolecall.evaluate.tally import Readings, Row, Tally, names

Argument = tuple[int | str, ...]
"""Bounds, or bounds and role."""

MEASURES = ("AI", "AC", "AI+", "AC+")


class Event(NamedTuple):
    """What one annotation says of an event that has arguments."""

    triggers: frozenset[Key]
    arguments: frozenset[Key]


def tally_arguments(gold: Readings, predicted: Readings, groups: Mapping[str, str], scheme: Scheme) -> Tally:
    """Count the arguments of each article of `gold`; one that `predicted` lacks has no predicted events.

    Rows are as in `tally`, with the measures in place of roles: they add up and can be resampled, each measure by
    itself. Raises InputError for a link or event that is not of triggers.
    """
    rows = []
    for article in sorted(gold):
        left = gather(gold[article], scheme)
        right = gather(predicted[article], scheme) if article in predicted else []
        rows.append(Row(article, groups.get(article, article), count(left, right)))
    return Tally(names(gold.values()), names(predicted.values()), tuple(rows))


def gather(annotation: Annotation, scheme: Scheme) -> list[Event]:
    """Return the events that have arguments.

    A trigger in no group is an event of its own. The same trigger standing twice is one, and joins what both are in.
    """
    _check(annotation, scheme)
    spans = annotation.spans
    events: list[set[Key]] = []
    heads = dict.fromkeys(trigger for trigger, _ in annotation.links)
    for group in (*annotation.events, *((trigger,) for trigger in heads)):
        event = {spans[index].key for index in group}
        apart = [other for other in events if not event & other]
        events = [*apart, event.union(*(other for other in events if event & other))]
    at = {trigger: number for number, event in enumerate(events) for trigger in event}
    arguments: defaultdict[int, set[Key]] = defaultdict(set)
    for trigger, argument in annotation.links:
        arguments[at[spans[trigger].key]].add(spans[argument].key)
    return [Event(frozenset(events[number]), frozenset(found)) for number, found in sorted(arguments.items())]


def count(gold: Sequence[Event], predicted: Sequence[Event]) -> dict[str, Counts]:
    """Return the counts of each measure; all are 0 where neither side has an argument: there is nothing to judge."""
    return {
        "AI": _typed(gold, predicted, 2),
        "AC": _typed(gold, predicted, 3),
        "AI+": _attached(gold, predicted, 2),
        "AC+": _attached(gold, predicted, 3),
    }


def _typed(gold: Sequence[Event], predicted: Sequence[Event], width: int) -> Counts:
    """Compare event types and the first `width` fields of arguments: bounds alone, or with the role."""
    left, right = (
        {(kind, *argument[:width]) for triggers, found in side for _, _, kind in triggers for argument in found}
        for side in (gold, predicted)
    )
    return Counts(len(left & right), len(right), len(left))


def _attached(gold: Sequence[Event], predicted: Sequence[Event], width: int) -> Counts:
    """Compare events and the first `width` fields of arguments."""
    left, right = _by_argument(gold, width), _by_argument(predicted, width)
    correct = sum(_same(left[argument], right[argument]) for argument in left.keys() & right.keys())
    return Counts(correct, sum(map(len, right.values())), sum(map(len, left.values())))


def _by_argument(events: Iterable[Event], width: int) -> dict[Argument, list[frozenset[Key]]]:
    """Return the events of each argument, each as its triggers."""
    found: defaultdict[Argument, list[frozenset[Key]]] = defaultdict(list)
    for triggers, arguments in events:
        for argument in {argument[:width] for argument in arguments}:
            found[argument].append(triggers)
    return found


def _same(gold: Sequence[frozenset[Key]], predicted: Sequence[frozenset[Key]]) -> int:
    """Count the pairs of events that share a trigger, as many as can be made with no event in two."""
    from scipy.optimize import linear_sum_assignment

    shared = np.array([[bool(one & other) for other in predicted] for one in gold])
    return int(shared[linear_sum_assignment(shared, maximize=True)].sum())


def _check(annotation: Annotation, scheme: Scheme) -> None:
    spans = annotation.spans
    name = f"annotation of article {annotation.article!r} by {annotation.by!r}"
    for trigger, argument in annotation.links:
        if spans[trigger].role not in scheme.triggers or spans[argument].role in scheme.triggers:
            raise InputError(
                f"{name}: the link {describe(spans[trigger])} -> {describe(spans[argument])} does not run from a "
                "trigger to an argument",
                remedy="write links as [trigger, argument]; triggers of one event belong together in `events`",
            )
    for index in (index for event in annotation.events for index in event):
        if spans[index].role not in scheme.triggers:
            raise InputError(
                f"{name}: {describe(spans[index])} stands in an event, but is no trigger",
                remedy="events hold triggers; join an argument to its trigger in `links`",
            )
