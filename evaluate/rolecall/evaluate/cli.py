"""Commands of the evaluate stage; each imports what it needs when it runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Score annotations against annotations, measure agreement, report, gate.",
    epilog="Example: rolecall evaluate score gold.jsonl predictions.jsonl --articles articles.jsonl",
)

Articles = Annotated[
    Path | None, typer.Option(help="The articles: texts are verified, and stories are the groups of the intervals.")
]
SchemeName = Annotated[
    str | None, typer.Option(help="Scheme, by name or path; else scheme.yaml beside the labels, else the shipped one.")
]
GoldBy = Annotated[str | None, typer.Option(help="The annotator whose readings are gold.")]
Resamples = Annotated[int, typer.Option(min=0, help="Bootstrap resamples for the intervals; 0 for none.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")]
Json = Annotated[bool, typer.Option("--json", help="Print the file that --out writes, instead of a table.")]


@app.command(
    epilog="Example: rolecall evaluate score dataset/test/gold.jsonl predictions.jsonl "
    "--articles dataset/test/articles.jsonl --annotators dataset/test/annotators.jsonl --out scorecard.json"
)
def score(
    gold: Annotated[Path, typer.Argument(help="annotations.jsonl that are right")],
    predictions: Annotated[Path, typer.Argument(help="annotations.jsonl to score: by a model, or by an annotator")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the scorecard (JSON).")] = None,
    articles: Articles = None,
    annotators: Annotated[
        Path | None, typer.Option(help="People's annotations of the same articles: their agreement stands beside.")
    ] = None,
    scheme: SchemeName = None,
    gold_by: GoldBy = None,
    by: Annotated[str | None, typer.Option(help="Whose annotations to score, where PREDICTIONS has several.")] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="An article of gold without a prediction counts as no spans.")
    ] = False,
    allow_extra: Annotated[
        bool, typer.Option("--allow-extra", help="Leave out predictions for articles that gold does not have.")
    ] = False,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Score predictions against gold: strict precision, recall and F1 with intervals, beside human agreement.

    A span is correct when its bounds and its role are those of gold. Everything in the whole article counts.
    """
    from rolecall.evaluate import card, files, readings, table

    readings.check_out(out, gold, predictions, articles, annotators)
    found = files.score_files(
        gold,
        predictions,
        articles=articles,
        annotators=annotators,
        scheme=scheme,
        gold_by=gold_by,
        by=by,
        allow_missing=allow_missing,
        allow_extra=allow_extra,
        resamples=resamples,
        seed=seed,
    )
    derived = card.derive(found)
    if out is not None:
        card.write(out, found, derived)
    if as_json:
        print(card.encode(found, derived), end="")
        return
    console = _console()
    console.print(table.score_table(derived, found.layers))
    if derived.human is not None and derived.human.pairs:
        console.print(table.pair_table(derived.human))
    _close(console, derived.warnings, derived.signature, out)


@app.command(epilog="Example: rolecall evaluate agree annotations.jsonl --articles articles.jsonl --out agreement.json")
def agree(
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl with two or more annotators")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the numbers (JSON).")] = None,
    articles: Articles = None,
    scheme: SchemeName = None,
    gold_by: Annotated[
        str | None, typer.Option(help="The annotator whose readings are gold; else whoever adjudicated.")
    ] = None,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure agreement: each pair of annotators, and each annotator against gold, where there is one."""
    from rolecall.evaluate import card, files, readings, table

    readings.check_out(out, annotations, articles)
    found = files.agree_file(
        annotations, articles=articles, scheme=scheme, gold_by=gold_by, resamples=resamples, seed=seed
    )
    derived = card.derive_agreement(found)
    if out is not None:
        card.write(out, found, derived)
    if as_json:
        print(card.encode(found, derived), end="")
        return
    console = _console()
    console.print(table.pair_table(derived.human))
    console.print(table.agreement_table(derived, found.layers))
    _close(console, derived.warnings, derived.signature, out)


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
) -> None:
    """Write a score as one web page that needs no network, and as Markdown."""
    from rolecall.core.progress import track
    from rolecall.evaluate import report as reports

    page = reports.open_report(
        scorecard, gold=gold, predictions=predictions, articles=articles, annotators=annotators, scheme=scheme
    )
    for path in reports.write_report(page, out, track(page.articles(), "articles", total=page.scores.articles)):
        print(path)


@app.command(epilog="Example: rolecall evaluate gate scorecard.json --min micro.f1=0.5 --min roles.ARREST.recall=0.6")
def gate(
    scorecard: Annotated[Path, typer.Argument(help="what `rolecall evaluate score --out` wrote")],
    *,
    config: Annotated[
        str | None, typer.Option(help="Thresholds, by name or path; `default` where no --min is given.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="KEY=VALUE", help="A threshold, added to the config or in its place."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Hold a scorecard against thresholds: exit code 0 when all are reached, 1 when one is not."""
    from rolecall.evaluate import card
    from rolecall.evaluate import gate as gates

    found = card.read(scorecard)
    name = "default" if config is None and not minimum else config
    checks = gates.gate(found, gates.read_minimum(found, name, minimum or []))
    passed = all(check.passed for check in checks)
    if as_json:
        print(json.dumps({"passed": passed, "checks": [check._asdict() for check in checks]}, indent=2))
    else:
        width = max(len(check.key) for check in checks)
        for check in checks:
            verdict = "pass" if check.passed else "FAIL"
            print(f"{verdict}  {check.key:{width}}  {check.reason or check.words}")
    if not passed:
        raise typer.Exit(1)


def _console() -> "Console":
    """Print to standard output; in a pipe, wide enough that no table is cut."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    return console if console.is_terminal else Console(markup=False, highlight=False, emoji=False, width=120)


def _close(console: "Console", warnings: tuple[str, ...], line: str, out: Path | None) -> None:
    """Print what a reader should know, then the signature, unbroken."""
    for warning in warnings:
        console.print(f"note: {warning}", soft_wrap=True)
    console.print(line, soft_wrap=True)
    if out is not None:
        console.print(f"wrote {out}", soft_wrap=True)
