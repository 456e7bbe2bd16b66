"""What several commands of the evaluate stage have in common: options, and how results are printed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

Articles = Annotated[
    Path | None, typer.Option(help="The articles: texts are verified, and stories are the groups of the intervals.")
]
SchemeName = Annotated[
    str | None, typer.Option(help="Scheme, by name or path; else scheme.yaml beside the labels, else the shipped one.")
]
GoldBy = Annotated[str | None, typer.Option(help="The annotator whose readings are gold.")]
PredictionsBy = Annotated[str | None, typer.Option(help="Whose annotations to take, where PREDICTIONS has several.")]
AllowMissing = Annotated[
    bool, typer.Option("--allow-missing", help="An article of gold without a prediction counts as no spans.")
]
AllowExtra = Annotated[
    bool, typer.Option("--allow-extra", help="Leave out predictions for articles that gold does not have.")
]
Resamples = Annotated[int, typer.Option(min=0, help="Bootstrap resamples for the intervals; 0 for none.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")]
Json = Annotated[bool, typer.Option("--json", help="Print the file that --out writes, instead of a table.")]


def console() -> "Console":
    """Print to standard output; in a pipe, wide enough that no table is cut."""
    from rich.console import Console

    found = Console(markup=False, highlight=False, emoji=False)
    return found if found.is_terminal else Console(markup=False, highlight=False, emoji=False, width=120)


def close(shown: "Console", warnings: tuple[str, ...], line: str, out: Path | None) -> None:
    """Print what a reader should know, then the signature, unbroken."""
    for warning in warnings:
        shown.print(f"note: {warning}", soft_wrap=True)
    shown.print(line, soft_wrap=True)
    if out is not None:
        shown.print(f"wrote {out}", soft_wrap=True)
