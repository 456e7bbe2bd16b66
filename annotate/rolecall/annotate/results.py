"""Write what an annotation says in Label Studio's wire format: `reader.read_results` is the inverse.

A result is a region with a label, a mark on a region, a choice about the article, or a relation between two regions.
Offsets on the wire are Unicode code points into the task's text, as ours are.
Format: https://labelstud.io/guide/task_format
"""

from itertools import pairwise

from rolecall.annotate.labelling import ARTICLE, COME_BACK, TEXT, UNSURE, answers_of
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError
from rolecall.core.ledger import describe
from rolecall.core.records import Annotation, Span
from rolecall.core.scheme import Scheme


def results_of(annotation: Annotation, scheme: Scheme) -> list[Json]:
    """Write what an annotation says: a link as a relation from trigger to argument, an event as a chain of triggers.

    Raises InputError for what the wire cannot carry: a role, question or choice that the scheme does not have, a link
    that does not run from a trigger to an argument, an event of something other than triggers.
    """
    _check_writable(annotation, scheme)
    results: list[Json] = []
    for index, span in enumerate(annotation.spans):
        region = _region(index, span, scheme.layer_of[span.role], "labels", span.role)
        results.append(region if span.score is None else region | {"score": span.score})
        if span.unsure:
            results.append(_region(index, span, UNSURE, "choices", UNSURE))
    chains = [pair for event in annotation.events for pair in pairwise(event)]
    for one, other in [*annotation.links, *chains]:
        ends = {"from_id": _region_id(one), "to_id": _region_id(other)}
        results.append({"type": "relation", **ends, "direction": "right"})
    for name, chosen in _answers(annotation).items():
        value = {"choices": list(chosen)}
        results.append({"id": f"choice-{name}", "type": "choices", "from_name": name, "to_name": TEXT, "value": value})
    return results


def _answers(annotation: Annotation) -> dict[str, tuple[str, ...]]:
    """What is ticked beside the text: the answers, and "come back" for a draft."""
    if annotation.status != "draft":
        return annotation.choices
    return annotation.choices | {ARTICLE: (*annotation.choices.get(ARTICLE, ()), COME_BACK)}


def _region_id(index: int) -> str:
    return f"span-{index}"


def _region(index: int, span: Span, control: str, kind: str, label: str) -> Json:
    value = {"start": span.start, "end": span.end, "text": span.text, kind: [label]}
    return {"id": _region_id(index), "type": kind, "from_name": control, "to_name": TEXT, "value": value}


def _check_writable(annotation: Annotation, scheme: Scheme) -> None:
    name = f"annotation of article {annotation.article!r} by {annotation.by!r}"
    spans = annotation.spans
    for span in spans:
        if span.role not in scheme.roles:
            raise InputError(f"{name}: role {span.role!r} is not in the scheme {scheme.name}")
    known = answers_of(scheme)
    for question, chosen in annotation.choices.items():
        if unknown := set(chosen) - known.get(question, set()):
            raise InputError(
                f"{name}: {', '.join(sorted(unknown))} is no answer to {question!r} in the scheme {scheme.name}"
            )
    trigger = [span.role in scheme.triggers for span in spans]
    for head, argument in annotation.links:
        if not trigger[head] or trigger[argument]:
            raise InputError(
                f"{name}: the link {describe(spans[head])} -> {describe(spans[argument])} does not run from a trigger "
                "to an argument",
                remedy="write links as [trigger, argument]; triggers of one event belong together in `events`",
            )
    for event in annotation.events:
        for index in event:
            if not trigger[index]:
                raise InputError(
                    f"{name}: {describe(spans[index])} stands in an event, but is no trigger",
                    remedy="events hold triggers; join an argument to its trigger in `links`",
                )
