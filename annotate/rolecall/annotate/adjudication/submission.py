"""What adjudicators left on a task: submitted, skipped, or not finished."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import msgspec

from rolecall.annotate.adjudication.case import components
from rolecall.annotate.reader import Reading
from rolecall.annotate.tasks import changer_of, drafts_of, maker_of, read_annotation
from rolecall.annotate.wire import Json, item_of
from rolecall.core.records import Annotation, Article, Status, normalise
from rolecall.core.scheme import Scheme


class Submission(NamedTuple):
    """Somebody's work on a task, as it was read: `by` changed it last, `maker` began it."""

    task: Json
    by: str
    maker: str
    state: Status
    annotation: Annotation
    reading: Reading


def submissions_of(task: Json, article: Article, scheme: Scheme, names: Mapping[int, str]) -> Iterator[Submission]:
    """Yield what stands on a task, unsaved work last."""
    wires = [(item_of(wire), False) for wire in task["annotations"]]
    for wire, draft in [*wires, *((wire, True) for wire in drafts_of(task))]:
        by = changer_of(wire, names)
        annotation, reading = read_annotation(wire, article, scheme, by=by)
        state: Status = "draft" if draft else annotation.status or "submitted"
        yield Submission(task, by, maker_of(wire, names), state, annotation, reading)


def one_reading(annotation: Annotation, *, by: str, suggestion: str | None) -> Annotation:
    """Make gold of what was submitted: without the scores that told shares, each label once.

    It started from people's readings; `suggestion` names the model's that any of those started from.
    """
    first: dict[tuple[int, int, str], int] = {}
    for span in annotation.spans:
        first.setdefault(span.key, len(first))
    unsure = {span.key for span in annotation.spans if span.unsure}
    place = [first[span.key] for span in annotation.spans]
    whole = {span.key: span for span in annotation.spans}
    pairs = (pair for event in annotation.events for pair in pairwise([place[index] for index in event]))
    return normalise(
        msgspec.structs.replace(
            annotation,
            by=by,
            kind="adjudicated",
            spans=tuple(msgspec.structs.replace(whole[key], score=None, unsure=key in unsure) for key in first),
            links=tuple((place[one], place[other]) for one, other in annotation.links if place[one] != place[other]),
            events=tuple(components(pairs)),
            from_prediction=suggestion,
        )
    )
