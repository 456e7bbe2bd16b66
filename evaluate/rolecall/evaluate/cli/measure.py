"""The command that measures a model or an annotator against gold."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.evaluate.cli import options
from rolecall.evaluate.cli.options import (
    AllowExtra,
    AllowMissing,
    Articles,
    GoldBy,
    Json,
    PredictionsBy,
    Resamples,
    SchemeName,
    Seed,
)

if TYPE_CHECKING:
    from rolecall.evaluate.card import Scorecard

app = typer.Typer(rich_markup_mode=None)


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
    predictions_by: PredictionsBy = None,
    project: Annotated[
        str | None, typer.Option(help="Read all labels through this projection first, by name or path.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="Part the counts by lang, year, length, story, source or meta.NAME."),
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="annotations.jsonl of the training set: tells seen from unseen phrases.")
    ] = None,
    ledger: Annotated[
        list[Path] | None, typer.Option(help="ledger.jsonl of the dataset or run: tells gold that was out of reach.")
    ] = None,
    tokens: Annotated[bool, typer.Option("--tokens", help="Count by token too: rates, confusion, kappa.")] = False,
    allow_missing: AllowMissing = False,
    allow_extra: AllowExtra = False,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Score predictions against gold: strict precision, recall and F1 with intervals, beside human agreement.

    A span is correct when its bounds and its role are those of gold. Everything in the whole article counts.
    """
    from rolecall.evaluate import files, readings

    readings.check_out(out, gold, predictions, articles, annotators, train, *(ledger or ()))
    found = files.score_files(
        gold,
        predictions,
        articles=articles,
        annotators=annotators,
        scheme=scheme,
        gold_by=gold_by,
        predictions_by=predictions_by,
        projection=project,
        fields=by or (),
        train=train,
        ledgers=ledger or (),
        tokens=tokens,
        allow_missing=allow_missing,
        allow_extra=allow_extra,
        resamples=resamples,
        seed=seed,
    )
    _tell_score(found, out, as_json=as_json)


def _tell_score(found: "Scorecard", out: Path | None, *, as_json: bool) -> None:
    """Write a scorecard where it is to go, and print it."""
    from rolecall.evaluate import card, details_table, table

    derived = card.derive(found)
    if out is not None:
        card.write(out, found, derived)
    if as_json:
        print(card.encode(found, derived), end="")
        return
    shown = options.console()
    shown.print(table.score_table(derived, found.layers))
    if derived.human is not None and derived.human.pairs:
        shown.print(table.pair_table(derived.human))
    for each in details_table.tables(derived.details, found):
        shown.print(each)
    for balance in found.projected:
        shown.print(str(balance), soft_wrap=True)
    options.close(shown, derived.warnings, derived.signature, out)
