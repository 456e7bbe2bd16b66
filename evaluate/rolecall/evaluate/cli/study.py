"""Commands that study a score: its errors, the calibration of its spans, and what its signature says."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rolecall.evaluate.cli import options
from rolecall.evaluate.cli.options import AllowExtra, AllowMissing, Articles, GoldBy, PredictionsBy, SchemeName

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Example: rolecall evaluate errors dataset/test/gold.jsonl predictions.jsonl "
    "--articles dataset/test/articles.jsonl --out errors.jsonl"
)
def errors(
    gold: Annotated[Path, typer.Argument(help="annotations.jsonl that are right")],
    predictions: Annotated[Path, typer.Argument(help="annotations.jsonl to explain")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write every error (JSON Lines).")] = None,
    articles: Articles = None,
    scheme: SchemeName = None,
    gold_by: GoldBy = None,
    predictions_by: PredictionsBy = None,
    allow_missing: AllowMissing = False,
    allow_extra: AllowExtra = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the digest as JSON.")] = False,
) -> None:
    """Say what went wrong: every error has a kind; the most confused roles, missed phrases, hardest articles."""
    import msgspec

    from rolecall.core import jsonl
    from rolecall.evaluate import readings, studies
    from rolecall.evaluate.digest import digest
    from rolecall.evaluate.digest_table import tables

    readings.check_out(out, gold, predictions, articles)
    found = studies.explain(
        gold,
        predictions,
        articles=articles,
        scheme=scheme,
        gold_by=gold_by,
        predictions_by=predictions_by,
        allow_missing=allow_missing,
        allow_extra=allow_extra,
    )
    if out is not None:
        jsonl.write(out, found.errors)
    summed = digest(found.errors, found.counts)
    if as_json:
        print(msgspec.json.encode(summed).decode())
        return
    shown = options.console()
    for table in tables(summed):
        shown.print(table)
    options.close(shown, (), found.signature, out)


@app.command(
    epilog="Example: rolecall evaluate calibrate dataset/validation/gold.jsonl predictions.jsonl --out calibration.json"
)
def calibrate(
    gold: Annotated[Path, typer.Argument(help="annotations.jsonl that are right, of validation articles")],
    predictions: Annotated[Path, typer.Argument(help="the model's annotations.jsonl of the same articles")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the calibration, for predict (JSON).")] = None,
    articles: Articles = None,
    scheme: SchemeName = None,
    gold_by: GoldBy = None,
    predictions_by: PredictionsBy = None,
    allow_missing: AllowMissing = False,
    allow_extra: AllowExtra = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the file that --out writes.")] = False,
) -> None:
    """Hold span scores against correctness, and find the threshold below which spans are best dropped.

    Choose it on validation articles, never on test; `rolecall train predict --calibration FILE` applies it.
    """
    from rolecall.evaluate import calibrate as files
    from rolecall.evaluate import calibrate_table, readings, studies

    readings.check_out(out, gold, predictions, articles)
    found, line = studies.calibrate(
        gold,
        predictions,
        articles=articles,
        scheme=scheme,
        gold_by=gold_by,
        predictions_by=predictions_by,
        allow_missing=allow_missing,
        allow_extra=allow_extra,
    )
    if out is not None:
        files.write(out, found)
    if as_json:
        sys.stdout.write(files.encode(found))
        return
    shown = options.console()
    shown.print(calibrate_table.bins_table(found))
    for words in calibrate_table.lines(found):
        shown.print(words, soft_wrap=True)
    options.close(shown, (), line, out)


@app.command(
    epilog="Example: rolecall evaluate explain 'match:strict|scheme:protest:1:0f7324e6d787|gold:2aa2e5bfadd4|"
    "articles:40|spans:1885|groups:28|resamples:1000|seed:0|rolecall:0.1.0'"
)
def explain(
    signature: Annotated[str, typer.Argument(help="the line that stands under a table, in quotes")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print {part: {value, meaning}}.")] = False,
) -> None:
    """Say what a signature fixes, part by part."""
    from rolecall.evaluate.signature import MEANINGS, read_signature

    found = read_signature(signature)
    if as_json:
        print(json.dumps({key: {"value": value, "meaning": MEANINGS[key]} for key, value in found.items()}, indent=2))
        return
    width = max(map(len, found))
    for key, value in found.items():
        print(f"{key:{width}}  {value}\n{'':{width}}  {MEANINGS[key]}")
    print("Two numbers compare when match, scheme and gold are the same.")


@app.command(epilog="Example: rolecall evaluate schema > scorecard.schema.json")
def schema() -> None:
    """Print the JSON Schema of a scorecard file, made from the types that read it; its version is in the file."""
    import msgspec

    from rolecall.evaluate.card import ScorecardFile

    print(json.dumps(msgspec.json.schema(ScorecardFile), indent=2))
