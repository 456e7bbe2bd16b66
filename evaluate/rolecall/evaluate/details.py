"""What follows from detailed rows: the four schemas, counts by field, and by part, each with its interval."""

from collections.abc import Mapping

import msgspec

from rolecall.evaluate.counts import Counts
from rolecall.evaluate.detail import EVENTS, VALUE, field_rows, part_rows
from rolecall.evaluate.events import MEASURES
from rolecall.evaluate.summary import Layers, Line, summarise
from rolecall.evaluate.tally import Row
from rolecall.evaluate.tokenwise import Confusion, Rates, rates
from rolecall.evaluate.verdicts import SCHEMAS, Pairs, Schema, Verdicts, verdicts


class SchemaScore(msgspec.Struct, frozen=True, kw_only=True):
    """One schema's verdicts, and its rates with intervals; in `line`, counts are doubled where half a credit exists."""

    verdicts: Verdicts
    line: Line


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a scorecard says beyond strict counts; empty where it was not asked or there is nothing to say.

    `schemas` are over all layers. `by` has a line for each value of each field, `parts` one for each value of each
    part, `tokens` the token rates of each role by layer.
    """

    schemas: dict[Schema, SchemaScore]
    by: dict[str, dict[str, Line]]
    parts: dict[str, dict[str, Line]]
    tokens: dict[str, dict[str, Rates]]


def details(
    rows: tuple[Row, ...], layers: Layers, tokens: Mapping[str, Confusion], *, aligned: bool, resamples: int, seed: int
) -> Details:
    """Derive the details of rows; `aligned` ones are those that `detail` made."""

    def lines(made: tuple[Row, ...], order: tuple[str, ...] = ()) -> dict[str, Line]:
        found = {key for row in made for key in row.counts}
        names = [*(key for key in order if key in found), *sorted(found - set(order))]
        return summarise(made, {"": names}, resamples=resamples, seed=seed).roles

    orders = {EVENTS: MEASURES, VALUE: tuple(role for roles in layers.values() for role in roles)}
    fields = sorted({field for row in rows for field in row.fields})
    parts = sorted({part for row in rows for part in row.parts})
    return Details(
        schemas=_schemas(rows, lines(tuple(map(_schema_row, rows)), SCHEMAS)) if aligned else {},
        by={field: lines(field_rows(rows, field)) for field in fields},
        parts={part: lines(part_rows(rows, part), orders.get(part, ())) for part in parts},
        tokens={layer: rates(confusion) for layer, confusion in tokens.items()},
    )


def _schema_row(row: Row) -> Row:
    """Count an article under each schema; all of `partial` is doubled, so that half a credit is a whole number."""
    strict, pairs = row.whole, sum(row.pairs.values(), Pairs())
    counts: dict[str, Counts] = {
        "strict": strict,
        "exact": Counts(pairs.exact, strict.predicted, strict.gold),
        "partial": Counts(pairs.exact + pairs.pairs, 2 * strict.predicted, 2 * strict.gold),
        "type": Counts(pairs.typed, strict.predicted, strict.gold),
    }
    return Row(row.article, row.group, counts)


def _schemas(rows: tuple[Row, ...], lines: Mapping[str, Line]) -> dict[Schema, SchemaScore]:
    whole = sum((row.whole for row in rows), Counts())
    pairs = sum((each for row in rows for each in row.pairs.values()), Pairs())
    found = verdicts(whole, pairs)
    return {schema: SchemaScore(verdicts=found[schema], line=lines[schema]) for schema in SCHEMAS}
