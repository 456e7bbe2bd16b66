"""Make dataset rows: an article with its spans, and its tokens with one BIO tag a layer.

Three stages lose labels, and all enter in the ledger what they lose. `overlap`: within a layer the longest of
overlapping spans stays. `tokens`: tags reach whole tokens only. `choices`: there is a column for each question of the
scheme, and none for what the labelling page asks beside it.
"""

from typing import Any

from rolecall.core import bio
from rolecall.core.ledger import Entry, Ledger, Source, describe
from rolecall.core.records import Annotation, Article, select_spans
from rolecall.core.scheme import Scheme
from rolecall.core.tagging import WIDENED, tag
from rolecall.core.tokens import tokenize

OVERLAP, TOKENS, CHOICES = "overlap", "tokens", "choices"
TWICE = "stands twice"


def is_lost(entry: Entry) -> bool:
    """Whether a span of gold is not in the tags as it was labelled: dropped, or widened since it ends inside a token.

    One that stands twice is there, as is one whose edges hold no token.
    """
    if entry.unit != "span" or entry.stage not in {OVERLAP, TOKENS}:
        return False
    return entry.reason == WIDENED or (entry.outcome == "dropped" and entry.reason != TWICE)


def to_row(article: Article, annotation: Annotation, scheme: Scheme, ledger: Ledger) -> dict[str, Any]:
    """Return the row of an article; tags are indices into `bio.tag_names` of their layer, answers into the choices."""
    kept = separate(annotation, scheme, ledger)
    tokens = tokenize(article.text)
    row: dict[str, Any] = {
        "id": article.id,
        "story": article.story,
        "text": article.text,
        "spans": [{"start": s.start, "end": s.end, "role": s.role, "text": s.text} for s in kept.spans],
        "links": kept.links,
        "events": kept.events,
        "tokens": [article.text[start:end] for start, end in tokens],
        "offsets": tokens,
    }
    ledger.enter(TOKENS, "span", len(kept.spans))
    source = Source(article.id, kept.by)
    for layer in scheme.layers:
        spans = [span for span in kept.spans if scheme.layer_of[span.role] == layer.name]
        roles = [role.name for role in layer.roles]
        row[f"tags_{layer.name}"] = tag(article.text, tokens, spans, roles, ledger=ledger, stage=TOKENS, source=source)
    return row | answers(annotation, scheme, ledger)


def answers(annotation: Annotation, scheme: Scheme, ledger: Ledger) -> dict[str, list[int]]:
    """Return a column for each question, with the answers as indices into its choices, in their order."""
    values = {each.name: [choice.value for choice in each.choices] for each in scheme.questions}
    columns: dict[str, list[int]] = {column_of(name): [] for name in values}
    if values or annotation.choices:
        ledger.enter(CHOICES, "choice", sum(map(len, annotation.choices.values())))
    for name, value in ((name, value) for name, chosen in annotation.choices.items() for value in chosen):
        known, column = values.get(name, []), columns.get(column_of(name), [])
        if value in known and known.index(value) not in column:
            column.append(known.index(value))
            ledger.keep(CHOICES, "choice")
            continue
        lacking = "choice" if name in values else "question"
        reason = TWICE if value in known else f"no {lacking} of the scheme: stays in gold.jsonl"
        source = Source(annotation.article, annotation.by)
        ledger.dropped(CHOICES, "choice", source, f"{name}: {value}", reason=reason)
    return {column: sorted(found) for column, found in columns.items()}


def column_of(question: str) -> str:
    """Name the column of a question."""
    return f"choices_{question}"


def separate(annotation: Annotation, scheme: Scheme, ledger: Ledger) -> Annotation:
    """Return the annotation with no overlap left inside a layer, its spans in text order.

    A link goes with either of its spans; an event goes with the last of its triggers.
    """
    source = Source(annotation.article, annotation.by)
    spans = annotation.spans
    ledger.enter(OVERLAP, "span", len(spans))
    lost: set[int] = set()
    for layer in scheme.layers:
        own = [index for index, span in enumerate(spans) if scheme.layer_of[span.role] == layer.name]
        for loser, winner in bio.keep_longest([spans[index] for index in own])[1]:
            span, rival = spans[own[loser]], spans[own[winner]]
            reason = TWICE if span.key == rival.key else "overlaps another span of its layer"
            ledger.dropped(OVERLAP, "span", source, span, reason=reason, winner=rival)
            lost.add(own[loser])
    ledger.keep(OVERLAP, "span", len(spans) - len(lost))
    _account_links(annotation, lost, ledger, source)
    _account_events(annotation, lost, ledger, source)
    return select_spans(annotation, sorted(set(range(len(spans))) - lost, key=lambda index: spans[index].key))


def _account_links(annotation: Annotation, lost: set[int], ledger: Ledger, source: Source) -> None:
    ledger.enter(OVERLAP, "link", len(annotation.links))
    for trigger, argument in annotation.links:
        if lost.isdisjoint((trigger, argument)):
            ledger.keep(OVERLAP, "link")
        else:
            words = " -> ".join(describe(annotation.spans[index]) for index in (trigger, argument))
            ledger.dropped(OVERLAP, "link", source, words, reason="one of its spans was dropped")


def _account_events(annotation: Annotation, lost: set[int], ledger: Ledger, source: Source) -> None:
    ledger.enter(OVERLAP, "event", len(annotation.events))
    for event in annotation.events:
        rest = [index for index in event if index not in lost]
        words, became = (" + ".join(describe(annotation.spans[i]) for i in group) for group in (event, rest))
        if len(rest) == len(event):
            ledger.keep(OVERLAP, "event")
        elif rest:
            reason = "one of its triggers was dropped"
            ledger.changed(OVERLAP, "event", source, words, became=became, reason=reason)
        else:
            ledger.dropped(OVERLAP, "event", source, words, reason="all of its triggers were dropped")
