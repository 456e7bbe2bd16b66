"""Rows with more than strict counts: pairs for the other schemas, and the parts that slices make."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec.structs import replace

from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate import events, slices
from rolecall.evaluate.align import Alignment, Pair, align
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, keys
from rolecall.evaluate.tally import Row
from rolecall.evaluate.verdicts import Pairs, count_pairs

VALUE, SURFACE, REACH, EVENTS = "value", "surface", "reach", "events"
"""The names of the parts."""


class Asked(NamedTuple):
    """What a score is asked beyond the strict counts.

    `fields` has each article's values, by article and field; `known` the surface forms of a training set; `lost` the
    gold spans that a model could not reach, by article.
    """

    fields: Mapping[str, Mapping[str, str]] = {}
    known: AbstractSet[slices.Form] | None = None
    lost: Mapping[str, AbstractSet[Key]] | None = None


def detail(row: Row, gold: Annotation, predicted: Annotation | None, scheme: Scheme, asked: Asked) -> Row:
    """Return the row of an article with its pairs, fields and parts."""
    return replace(
        row,
        pairs=_pairs(gold, predicted, scheme),
        fields=dict(asked.fields.get(row.article, {})),
        parts=dict(_parts(gold, predicted, scheme, asked)),
    )


def _pairs(gold: Annotation, predicted: Annotation | None, scheme: Scheme) -> dict[str, Pairs]:
    """Count the pairs of each layer that has any."""
    alignment = align(keys(gold.spans), keys(predicted.spans) if predicted else frozenset(), scheme.layer_of)
    by_layer: dict[str, list[Pair]] = {}
    for pair in alignment.pairs:
        by_layer.setdefault(scheme.layer_of[pair.gold[2]], []).append(pair)
    return {layer: count_pairs(Alignment(by_layer[layer], [], [])) for layer in scheme.layer_roles if layer in by_layer}


def _parts(
    gold: Annotation, predicted: Annotation | None, scheme: Scheme, asked: Asked
) -> Iterator[tuple[str, dict[str, Counts]]]:
    if values := slices.by_value(gold, predicted, scheme):
        yield VALUE, values
    if asked.known is not None:
        yield SURFACE, slices.by_surface(gold, predicted, asked.known)
    if asked.lost is not None:
        yield REACH, slices.by_reach(gold, predicted, asked.lost.get(gold.article, frozenset()))
    if gold.links or (predicted is not None and predicted.links):
        sides = [events.gather(reading, scheme) if reading else [] for reading in (gold, predicted)]
        yield EVENTS, events.count(*sides)


def part_rows(rows: tuple[Row, ...], part: str) -> tuple[Row, ...]:
    """Return rows whose counts are those of one part, to be summarised as if they were roles."""
    return tuple(Row(row.article, row.group, dict(row.parts.get(part, {}))) for row in rows)


def field_rows(rows: tuple[Row, ...], field: str) -> tuple[Row, ...]:
    """Return rows whose only count is that of the whole article, under its value for a field."""
    return tuple(Row(row.article, row.group, {row.fields[field]: row.whole}) for row in rows if field in row.fields)
