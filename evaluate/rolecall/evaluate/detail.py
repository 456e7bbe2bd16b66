"""Rows with more than strict counts: pairs for the other schemas, and the parts that slices make."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec.structs import replace

from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate import events, slices
from rolecall.evaluate.align import align
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, keys
from rolecall.evaluate.tally import Readings, Row, Tally
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


def detail(tally: Tally, gold: Readings, predicted: Readings, scheme: Scheme, asked: Asked) -> Tally:
    """Return the tally with pairs, fields and parts in each row."""
    linked = any(gold[row.article].links or _links(predicted, row.article) for row in tally.rows)
    rows = []
    for row in tally.rows:
        left, right = gold[row.article], predicted.get(row.article)
        parts = dict(_parts(left, right, scheme, asked, linked=linked))
        fields = dict(asked.fields.get(row.article, {}))
        rows.append(replace(row, pairs=_pairs(left, right, scheme), fields=fields, parts=parts))
    return replace(tally, rows=tuple(rows))


def _links(readings: Readings, article: str) -> bool:
    reading = readings.get(article)
    return bool(reading and reading.links)


def _pairs(gold: Annotation, predicted: Annotation | None, scheme: Scheme) -> dict[str, Pairs]:
    """Count the pairs of each layer that has any."""
    alignment = align(keys(gold.spans), keys(predicted.spans) if predicted else frozenset(), scheme.layer_of)
    by_layer = {
        layer: count_pairs(
            alignment._replace(pairs=[p for p in alignment.pairs if scheme.layer_of[p.gold[2]] == layer])
        )
        for layer in scheme.layer_roles
    }
    return {layer: pairs for layer, pairs in by_layer.items() if pairs.pairs}


def _parts(
    gold: Annotation, predicted: Annotation | None, scheme: Scheme, asked: Asked, *, linked: bool
) -> Iterator[tuple[str, dict[str, Counts]]]:
    if values := slices.by_value(gold, predicted, scheme):
        yield VALUE, values
    if asked.known is not None:
        yield SURFACE, slices.by_surface(gold, predicted, asked.known)
    if asked.lost is not None:
        yield REACH, slices.by_reach(gold, predicted, asked.lost.get(gold.article, frozenset()))
    if linked:
        sides = [events.gather(reading, scheme) if reading else [] for reading in (gold, predicted)]
        yield EVENTS, events.count(*sides)


def part_rows(rows: tuple[Row, ...], part: str) -> tuple[Row, ...]:
    """Return rows whose counts are those of one part, to be summarised as if they were roles."""
    return tuple(Row(row.article, row.group, dict(row.parts.get(part, {}))) for row in rows)


def field_rows(rows: tuple[Row, ...], field: str) -> tuple[Row, ...]:
    """Return rows whose only count is that of the whole article, under its value for a field."""
    return tuple(Row(row.article, row.group, {row.fields[field]: row.whole}) for row in rows if field in row.fields)
