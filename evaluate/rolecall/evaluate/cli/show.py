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
    out: Annotated[Path, typer.Option(help="Folder for report.html and report.md.")],
    annotators: Annotated[
        Path | None, typer.Option(help="People's annotations: a spurious span then says which annotators have it too.")
    ] = None,
    scheme: SchemeName = None,
    project: Annotated[
        str | None, typer.Option(help="The projection that was scored through, where it is not a shipped one.")
    ] = None,
) -> None:
    """Write a score as one web page that needs no network, and as Markdown."""
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
