"""Rules about roles and the triggers that they attach to."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from rolecall.annotate.checks.findings import Hit, one_of, some
from rolecall.annotate.checks.reading import Options, Reading
from rolecall.annotate.relations import fits
from rolecall.core.ledger import describe
from rolecall.core.records import Span


def no_trigger(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find roles in a reading that has no trigger which they may attach to; one finding a role, at its first span."""
    present = {span.role for span in reading.spans}
    orphans: dict[str, list[Span]] = {}
    for span in reading.spans:
        allowed = reading.scheme.roles[span.role].attaches_to
        if allowed and present.isdisjoint(allowed):
            orphans.setdefault(span.role, []).append(span)
    for role, spans in orphans.items():
        triggers = one_of(list(reading.scheme.roles[role].attaches_to))
        more = f", nor have {some(len(spans) - 1, 'other')}" if spans[1:] else ""
        yield Hit(f"has no {triggers} in the article to attach to{more}", spans[0])


def misfit_link(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find links from a trigger to a role that the scheme does not attach to it."""
    spans = reading.spans
    for trigger, argument in reading.annotation.links:
        if not fits((trigger, argument), spans, reading.scheme):
            allowed = one_of(list(reading.scheme.roles[spans[argument].role].attaches_to)) or "nothing"
            yield Hit(f"is linked to {describe(spans[trigger])}, but attaches to {allowed}", spans[argument])


def missing_link(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find arguments without a link whose sentence has a trigger that they may attach to.

    Only in readings with links: where nothing is linked, linking has not begun.
    """
    spans, scheme = reading.spans, reading.scheme
    if not reading.annotation.links:
        return
    linked = {argument for _, argument in reading.annotation.links}
    triggers: defaultdict[int, list[Span]] = defaultdict(list)
    for span in spans:
        if span.role in scheme.triggers:
            triggers[bisect_right(reading.sentences, span.start)].append(span)
    for index, span in enumerate(spans):
        if index in linked or span.role in scheme.triggers:
            continue
        near = triggers.get(bisect_right(reading.sentences, span.start), ())
        fitting = (one for one in near if one.role in scheme.roles[span.role].attaches_to)
        # What is demanded or charged may be an event itself; it is not its own argument.
        if found := next((one for one in fitting if one.end <= span.start or span.end <= one.start), None):
            yield Hit(f"has no link, though {describe(found)} stands in its sentence", span)
