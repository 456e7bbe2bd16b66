"""What the page draws beside its tables: how tokens are confused, and how far scores can be believed."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rolecall.evaluate.calibrate import Bin, expected_error, judge, reliability
from rolecall.evaluate.tally import Readings
from rolecall.evaluate.tokenwise import Confusion, Rates

SHADES = 6
"""How many steps of colour a cell can have above none."""


class Cell(NamedTuple):
    """Tokens of one role in gold and one on the predicted side; `shade` grows with their share of the gold role."""

    tokens: int
    shade: int
    same: bool


class HeatRow(NamedTuple):
    """What became of the tokens of one gold role; `rates` is None for tokens without a role."""

    label: str
    cells: tuple[Cell, ...]
    rates: Rates | None


class Heat(NamedTuple):
    """The confusion of one layer, as a table to be coloured."""

    layer: str
    labels: tuple[str, ...]
    rows: tuple[HeatRow, ...]


def heats(tokens: Mapping[str, Confusion], rates: Mapping[str, Mapping[str, Rates]]) -> Iterator[Heat]:
    """Yield the heat table of each layer that has tokens."""
    for layer, confusion in tokens.items():
        rows = []
        for label, counts in zip(confusion.labels, confusion.matrix, strict=True):
            total = sum(counts)
            cells = [
                Cell(count, -(-SHADES * count // total) if total else 0, name == label)
                for name, count in zip(confusion.labels, counts, strict=True)
            ]
            rows.append(HeatRow(label, tuple(cells), rates[layer].get(label)))
        yield Heat(layer, confusion.labels, tuple(rows))


class Reliability(NamedTuple):
    """The scores of predicted spans held against their being correct."""

    bins: tuple[Bin, ...]
    error: float
    spans: int


def reliable(gold: Readings, predictions: Readings) -> Reliability | None:
    """Bin the predicted spans of the articles of gold by score; None where there are none, or one lacks a score."""
    scores = [span.score for name in gold if name in predictions for span in predictions[name].spans]
    if not all(score is not None and 0 <= score <= 1 for score in scores):
        return None
    bins = reliability(judge(gold, predictions))
    error = expected_error(bins)
    return None if error is None else Reliability(bins, error, sum(each.spans for each in bins))
