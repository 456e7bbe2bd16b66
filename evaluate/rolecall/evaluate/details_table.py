"""The tables of what a scorecard says beyond strict counts."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table

from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.detail import EVENTS, REACH, SURFACE, VALUE
from rolecall.evaluate.details import Details
from rolecall.evaluate.summary import Line
from rolecall.evaluate.table import interval, number
from rolecall.evaluate.tokenwise import Confusion, Kappas, Rates

TITLES = {
    VALUE: "Counts by their value",
    SURFACE: "Phrases that training has in the same role (seen), and others",
    REACH: "Gold that the model could reach, and gold it could not",
    EVENTS: "Arguments of events: found, with the right role, attached (+)",
}


SECONDARY = (
    "A second figure: F1 is the main one, since nobody can count the spans that both left unmarked, and so there is no "
    "chance rate to correct it for (Hripcsak and Rothschild 2005)."
)


def tables(details: Details, card: Scorecard) -> Iterator[Table]:
    """Yield a table for each kind of detail that there is."""
    if details.schemas:
        yield _schemas(details)
    for field, lines in details.by.items():
        yield _lines(f"By {field}", field, lines)
    for part, lines in details.parts.items():
        yield _lines(TITLES[part], part, lines)
    for layer, rates in details.tokens.items():
        yield _tokens(layer, rates, card.tokens[layer])
    if card.kappa:
        yield kappa_table(card.kappa)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        words = index == 0 or "interval" in name or name == "taken for"
        table.add_column(name, justify="left" if words else "right", no_wrap=not words)
    return table


def _schemas(details: Details) -> Table:
    names = ("schema", "correct", "incorrect", "partial", "missing", "spurious", "P", "R", "F1", "95% interval")
    table = _table("Four ways to call a span right (SemEval-2013 task 9)", *names)
    for schema, score in details.schemas.items():
        each = score.verdicts
        counts = (each.correct, each.incorrect, each.partial, each.missing, each.spurious)
        rates = (each.precision, each.recall, each.f1)
        table.add_row(schema, *(f"{count:,}" for count in counts), *map(number, rates), interval(score.line))
    return table


def _lines(title: str, head: str, lines: Mapping[str, Line]) -> Table:
    table = _table(title, head, "gold", "P", "R", "F1", "95% interval")
    for name, line in lines.items():
        rates = (line.precision.value, line.recall.value, line.f1.value)
        table.add_row(name, f"{line.gold:,}", *map(number, rates), interval(line))
    return table


def _tokens(layer: str, rates: Mapping[str, Rates], confusion: Confusion) -> Table:
    table = _table(f"By token, layer {layer}", "role", "gold tokens", "P", "R", "F1", "taken for")
    for role, each in rates.items():
        row = dict(zip(confusion.labels, confusion.matrix[confusion.labels.index(role)], strict=True))
        gold = sum(row.values())
        others = sorted(((count, name) for name, count in row.items() if name != role and count), reverse=True)[:3]
        taken = ", ".join(f"{name} {count:,}" for count, name in others)
        table.add_row(role, f"{gold:,}", *map(number, (each.precision, each.recall, each.f1)), taken)
    return table


def kappa_table(kappas: Mapping[str, Kappas]) -> Table:
    """Lay out agreement on tokens, a column a layer; pairs without a common article are left out."""
    table = _table("Agreement on tokens, corrected for chance", "annotators", *kappas)
    first = next(iter(kappas.values()))
    for index, pair in enumerate(first.cohen):
        if not pair.articles:
            continue
        cells = (number(each.cohen[index].value) for each in kappas.values())
        table.add_row(f"{' and '.join(pair.annotators)} (Cohen)", *cells)
    if len(first.fleiss.annotators) > 2:
        table.add_row("all (Fleiss)", *(number(each.fleiss.value) for each in kappas.values()))
    if first.alpha is not None and first.cohen:
        values = (each.alpha.value if each.alpha else None for each in kappas.values())
        table.add_row("all (Krippendorff's alpha)", *map(number, values))
    return table
