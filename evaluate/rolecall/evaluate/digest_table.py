"""The tables of a digest of errors."""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from rolecall.core.records import Span
from rolecall.evaluate.digest import Digest
from rolecall.evaluate.errors import Error
from rolecall.evaluate.table import number

SHOWN = 10
"""How many lines of a list are shown; --json has all."""


def tables(digest: Digest) -> Iterator[Table]:
    """Yield the tables that have a line."""
    kinds = _table("What went wrong", "kind", "errors", "an example")
    for group in digest.kinds:
        kinds.add_row(group.kind, f"{group.errors:,}", words(group.examples[0]))
    confused = _table("Roles taken for others", "gold", "errors", "predicted")
    for pair in digest.confused[:SHOWN]:
        confused.add_row(pair.gold, f"{pair.errors:,}", pair.predicted)
    missed = _table("Phrases that were not found as they stand in gold", "role", "errors", "phrase")
    for form in digest.missed[:SHOWN]:
        missed.add_row(form.role, f"{form.errors:,}", form.form)
    hardest = _table("The hardest articles", "article", "errors", "F1")
    for hard in digest.hardest[:SHOWN]:
        hardest.add_row(hard.article, f"{hard.errors:,}", number(hard.f1))
    yield from (table for table in (kinds, confused, missed, hardest) if table.row_count)


def words(error: Error) -> str:
    """Write an error on one line: its article, what gold has, what was predicted."""
    sides = [" + ".join(map(_quoted, side)) for side in (error.gold, error.predicted)]
    return f"{error.article}: {' → '.join(side or 'nothing' for side in sides)}"


def _quoted(span: Span) -> str:
    return f"{span.role} «{' '.join(span.text.split())}»"


def _table(title: str, first: str, second: str, third: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    table.add_column(second, justify="right", no_wrap=True)
    table.add_column(third, justify="right" if third == "F1" else "left")
    return table
