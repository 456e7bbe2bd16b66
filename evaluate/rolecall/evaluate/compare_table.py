"""The table of a comparison: one line each for all spans, the macro mean, and every layer with its roles."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from rich import box
from rich.table import Table

from rolecall.evaluate.compare import Comparison, Difference
from rolecall.evaluate.table import FOOTNOTE, number


class CompareLine(NamedTuple):
    """One line: what it is about, and its numbers."""

    level: Literal["all", "layer", "role"]
    name: str
    numbers: Difference


def lines(comparison: Comparison) -> Iterator[CompareLine]:
    """Yield the lines of a table in reading order."""
    yield CompareLine("all", "micro", comparison.micro)
    yield CompareLine("all", "macro", comparison.macro)
    for layer, roles in comparison.layer_roles.items():
        yield CompareLine("layer", layer, comparison.layers[layer])
        for role in roles:
            yield CompareLine("role", role, comparison.roles[role])


def signed(value: float | None) -> str:
    """Write a difference with its sign and three digits, and an undefined one as a dash."""
    return "–" if value is None else f"{round(value, 3) + 0.0:+.3f}"  # adding 0.0 takes the sign off -0.0


def interval(numbers: Difference) -> str:
    """Write the interval of a difference, with a mark where it is doubtful, or nothing where there is none."""
    if numbers.low is None:
        return ""
    return f"{signed(numbers.low)} to {signed(numbers.high)}{' †' * numbers.doubtful}"


def chance(p: float | None) -> str:
    """Write a p-value with three digits."""
    return "<0.001" if p is not None and p < 0.001 else number(p)


def comparison_table(comparison: Comparison) -> Table:
    """Lay a comparison out for a terminal; p is the corrected one, on which the verdict rests."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("role", no_wrap=True)
    for name in ("first", "second", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("the second is", no_wrap=True)
    for level, name, numbers in lines(comparison):
        if level == "layer":
            table.add_section()
        table.add_row(
            f"  {name}" if level == "role" else name,
            number(numbers.first),
            number(numbers.second),
            signed(numbers.value),
            interval(numbers),
            chance(numbers.adjusted),
            "–" if numbers.value is None else numbers.verdict,
            style=None if level == "role" else "bold",
        )
    table.caption, table.caption_justify = _explain(comparison), "left"
    return table


def _explain(comparison: Comparison) -> str:
    """Say what the columns hold, and add the footnote where its mark stands."""
    swaps = f"all {comparison.trials:,} swaps" if comparison.exact else f"{comparison.trials:,} random swaps"
    note = (
        f"first: {comparison.first.by}; second: {comparison.second.by}; difference: F1 of the second minus F1 of the "
        f"first; p: two-sided, by {swaps} of groups, corrected among the roles and among "
        f"the layers (Holm); better or worse: p at most {comparison.alpha:g}"
    )
    return f"{note}\n{FOOTNOTE}" if any(line.numbers.doubtful for line in lines(comparison)) else note
