"""Every table of a report in one CSV: a row for each line, so that a spreadsheet can filter and plot them.

A cell that begins with = + - or @ would be a formula to a spreadsheet, and texts from outside stand in cells: such a
cell gets an apostrophe before it, which spreadsheets take for "this is text" (OWASP, CSV injection). Take it off again
before comparing such a name with another file. Numbers are never negative, so none is touched. White space in names is
folded: a row is one line.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rolecall.evaluate.card import Derived, Scorecard
from rolecall.evaluate.details import Details
from rolecall.evaluate.summary import Line, Mean
from rolecall.evaluate.table import lines
from rolecall.evaluate.tokenwise import Confusion, Rates

HEAD = ("section", "name", "gold", "predicted", "correct", "precision", "recall", "f1", "low", "high")

Value = str | int | float | None


class Entry(NamedTuple):
    """A row; what a line does not have stays empty, such as the counts of a mean."""

    section: str
    name: str
    gold: float | None = None
    predicted: float | None = None
    correct: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    low: float | None = None
    high: float | None = None


def write_sheet(card: Scorecard, derived: Derived) -> str:
    """Write the tables of a scorecard as CSV (RFC 4180 but for the line end, which is \\n); rates have six digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for entry in entries(card, derived):
        writer.writerow([_cell(value) for value in entry])
    return text.getvalue()


def _cell(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else str(value)


def harmless(text: str) -> str:
    """Fold white space, and put an apostrophe before what a spreadsheet would compute."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def entries(card: Scorecard, derived: Derived) -> Iterator[Entry]:
    """Yield the rows in the order of the page."""
    scores, human = derived.scores, derived.human
    for level, name, numbers, _ in lines(scores, card.layers):
        yield _entry(level, name, numbers)
    yield from _details(derived.details)
    for layer, confusion in card.tokens.items():
        yield from _tokens(f"tokens {layer}", confusion, derived.details.tokens[layer])
    if human is not None and human.yardstick is not None:
        for level, name, numbers, _ in lines(human.yardstick, card.layers):
            yield _entry(f"people {level}", name, numbers)
    for pair in human.pairs if human is not None else ():
        yield _entry("people", f"{pair.predicted} against {pair.gold}", pair.scores.micro)


def _details(details: Details) -> Iterator[Entry]:
    """Yield the schemas, where a partial span is half correct, then the fields and parts."""
    for schema, score in details.schemas.items():
        found = score.verdicts
        half = found.correct + found.partial / 2 if found.partial else found.correct
        f1 = score.line.f1
        rates = found.precision, found.recall, found.f1
        yield Entry("schema", schema, found.possible, found.actual, half, *rates, f1.low, f1.high)
    for field, by_value in details.by.items():
        yield from _lines(f"by {field}", by_value)
    for part, by_value in details.parts.items():
        yield from _lines(part, by_value)


def _lines(section: str, found: Mapping[str, Line]) -> Iterator[Entry]:
    for name, line in found.items():
        yield _entry(section, name, line)


def _entry(section: str, name: str, numbers: Line | Mean) -> Entry:
    precision, recall, f1 = numbers.precision.value, numbers.recall.value, numbers.f1
    entry = Entry(section, name, None, None, None, precision, recall, f1.value, f1.low, f1.high)
    if isinstance(numbers, Mean):
        return entry
    return entry._replace(gold=numbers.gold, predicted=numbers.predicted, correct=numbers.correct)


def _tokens(section: str, confusion: Confusion, rates: Mapping[str, Rates]) -> Iterator[Entry]:
    """Yield the counts of each role in tokens."""
    for at, role in enumerate(confusion.labels):
        if each := rates.get(role):
            gold, predicted = sum(confusion.matrix[at]), sum(row[at] for row in confusion.matrix)
            yield Entry(section, role, gold, predicted, confusion.matrix[at][at], each.precision, each.recall, each.f1)
