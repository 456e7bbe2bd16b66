"""The table of a score: one line each for all spans, the two means, and every layer with its roles."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from rich import box
from rich.table import Table

from rolecall.evaluate.card import Derived, DerivedAgreement, Human
from rolecall.evaluate.resample import MIN_GROUPS
from rolecall.evaluate.summary import Estimate, Layers, Line, Mean, Summary, doubtful


class TableLine(NamedTuple):
    """One line: what it is about, its numbers, and the human F1 beside them."""

    level: Literal["all", "layer", "role"]
    name: str
    numbers: Line | Mean
    human: Estimate | None


def lines(scores: Summary, layers: Layers, human: Human | None = None) -> Iterator[TableLine]:
    """Yield the lines of a table in reading order."""
    beside = human.yardstick if human else None
    yield TableLine("all", "micro", scores.micro, beside.micro.f1 if beside else None)
    yield TableLine("all", "macro", scores.macro, beside.macro.f1 if beside else None)
    yield TableLine("all", "weighted", scores.weighted, beside.weighted.f1 if beside else None)
    for layer, roles in layers.items():
        yield TableLine("layer", layer, scores.layers[layer], beside.layers[layer].f1 if beside else None)
        for role in roles:
            yield TableLine("role", role, scores.roles[role], beside.roles[role].f1 if beside else None)


def support(numbers: Line | Mean) -> str:
    """Say how much gold a line rests on: spans, or for the mean how many roles."""
    return f"{numbers.roles} roles" if isinstance(numbers, Mean) else f"{numbers.gold:,}"


def some(number: int, noun: str) -> str:
    """Write how many of something there are: 1 group, 1,000 groups."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def number(value: float | None) -> str:
    """Write a rate with three digits, and an undefined one as a dash."""
    return "–" if value is None else f"{value:.3f}"


def interval(numbers: Line | Mean) -> str:
    """Write the interval of F1, with a mark where it is doubtful, or nothing where there is none."""
    if numbers.f1.low is None:
        return ""
    mark = " †" if doubtful(numbers) else ""
    return f"{number(numbers.f1.low)}–{number(numbers.f1.high)}{mark}"


FOOTNOTE = f"† doubtful interval: fewer than {MIN_GROUPS} groups have such spans, or no resample came out otherwise"


def score_table(derived: Derived, layers: Layers) -> Table:
    """Lay a score out for a terminal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("role", no_wrap=True)
    for name in ("gold", "P", "R", "F1"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    if derived.human is not None:
        table.add_column("human F1", justify="right", no_wrap=True)
    for level, name, numbers, human in lines(derived.scores, layers, derived.human):
        if level == "layer":
            table.add_section()
        table.add_row(
            f"  {name}" if level == "role" else name,
            support(numbers),
            *(number(each.value) for each in (numbers.precision, numbers.recall, numbers.f1)),
            interval(numbers),
            *([number(human.value if human else None)] if derived.human is not None else []),
            style=None if level == "role" else "bold",
        )
    return _explain(table, derived.scores)


def pair_table(human: Human) -> Table:
    """Lay out each pair of annotators, and each annotator against gold."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("reader")
    table.add_column("against")
    for name in ("articles", "correct", "spans", "P", "R", "F1"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    for pair in human.pairs:
        line = pair.scores.micro
        table.add_row(
            pair.predicted,
            pair.gold,
            f"{pair.scores.articles:,}",
            f"{line.correct:,}",
            f"{line.predicted:,} / {line.gold:,}",
            *(number(each.value) for each in (line.precision, line.recall, line.f1)),
            interval(line),
        )
    return _explain(table, *(pair.scores for pair in human.pairs))


def agreement_table(derived: DerivedAgreement, layers: Layers) -> Table:
    """Lay out agreement by role: between annotators, and of annotators with gold, all pairs counted together."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("role", no_wrap=True)
    sides = [
        (name, scores)
        for name, scores in (("annotators", derived.human.between), ("with gold", derived.human.with_gold))
        if scores is not None
    ]
    for name, _ in sides:
        table.add_column(f"F1 {name}", justify="right", no_wrap=True)
        table.add_column("95% interval", no_wrap=True)
    columns = [list(lines(scores, layers)) for _, scores in sides]
    for row in zip(*columns, strict=True):
        if row[0].level == "layer":
            table.add_section()
        cells = []
        for line in row:
            cells += [number(line.numbers.f1.value), interval(line.numbers)]
        table.add_row(
            f"  {row[0].name}" if row[0].level == "role" else row[0].name,
            *cells,
            style=None if row[0].level == "role" else "bold",
        )
    return _explain(table, *(scores for _, scores in sides))


def any_doubtful(scores: Summary) -> bool:
    """Whether a table of these scores has a line that the footnote is about."""
    means, lines = (scores.macro, scores.weighted), (scores.micro, *scores.layers.values(), *scores.roles.values())
    return any(map(doubtful, means)) or any(map(doubtful, lines))


def _explain(table: Table, *scores: Summary) -> Table:
    """Put the footnote under a table that has its mark."""
    if any(map(any_doubtful, scores)):
        table.caption, table.caption_justify = FOOTNOTE, "left"
    return table
