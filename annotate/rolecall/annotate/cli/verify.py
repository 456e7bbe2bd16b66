"""The command that compares annotation files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.annotate.cli.options import MORE, AsJson, fingerprint_of
from rolecall.core.wording import few

if TYPE_CHECKING:
    from rolecall.annotate.verify import Comparison

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: rolecall annotate verify entered.jsonl pulled.jsonl")
def verify(
    first: Annotated[Path, typer.Argument(help="annotations.jsonl.")],
    second: Annotated[Path, typer.Argument(help="annotations.jsonl that should say the same.")],
    *,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="A shipped scheme's name, or a scheme file; else the labels' own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether two annotation files say the same, whatever the order, the times and the time spent.

    Compared by article and annotator: spans, links, and events. An event is a group of triggers, or a trigger that
    stands alone in an annotation with links or groups.
    """
    from rolecall.annotate import verify as worker
    from rolecall.core.jsonl import by_article, read_annotations
    from rolecall.core.scheme import scheme_for

    loaded = scheme_for(fingerprint_of(first), given=scheme, beside=first)
    sides = [by_article(read_annotations(path, scheme=loaded.fingerprint), path=path) for path in (first, second)]
    comparison = worker.verify(sides[0], sides[1], loaded.triggers)
    if as_json:
        rows = {
            unit: {name: getattr(row, name) for name in row.__struct_fields__} for unit, row in comparison.rows.items()
        }
        differences = [difference._asdict() for difference in comparison.differences]
        print(json.dumps({"same": comparison.same, "rows": rows, "differences": differences}))
    else:
        _table(comparison)
    if not comparison.same:
        raise typer.Exit(1)


def _table(comparison: "Comparison") -> None:
    print(f"{'':12}{'first':>9}{'second':>9}{'identical':>11}{'missing':>9}{'extra':>9}")
    for unit, row in comparison.rows.items():
        print(f"{unit:12}{row.first:9,}{row.second:9,}{row.identical:11,}{row.missing:9,}{row.extra:9,}")
    for line in few(map(str, comparison.differences), more=MORE):
        print(f"  {line}")
    print("the same" if comparison.same else "they differ")
