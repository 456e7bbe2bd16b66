"""Commands that show: the report."""

from pathlib import Path
from typing import Annotated

import typer

from rolecall.evaluate.cli.options import SchemeName

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Example: rolecall evaluate report scorecard.json --gold gold.jsonl --predictions predictions.jsonl "
    "--articles articles.jsonl --out report"
)
def report(
    scorecard: Annotated[Path, typer.Argument(help="what `rolecall evaluate score --out` wrote")],
    *,
    gold: Annotated[Path, typer.Option(help="The gold that was scored.")],
    predictions: Annotated[Path, typer.Option(help="The predictions that were scored.")],
    articles: Annotated[Path, typer.Option(help="The articles, for their texts.")],
    out: Annotated[Path, typer.Option(help="Folder for report.html, report.md, scores.csv, errors.jsonl.")],
    annotators: Annotated[
        Path | None, typer.Option(help="People's annotations: a spurious span then says which annotators have it too.")
    ] = None,
    scheme: SchemeName = None,
    project: Annotated[
        str | None, typer.Option(help="The projection that was scored through, where it is not a shipped one.")
    ] = None,
) -> None:
    """Write a score as a web page that needs no network, as Markdown and as a sheet of numbers; list every error.

    In scores.csv an apostrophe stands before names that a spreadsheet would compute: those with = + - @ in front.
    """
    from rolecall.core.progress import track
    from rolecall.evaluate import report as reports

    page = reports.open_report(
        scorecard,
        gold=gold,
        predictions=predictions,
        articles=articles,
        annotators=annotators,
        scheme=scheme,
        projection=project,
    )
    for path in reports.write_report(page, out, track(page.articles(), "articles", total=page.scores.articles)):
        print(path)
