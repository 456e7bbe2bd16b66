"""Commands that judge: compare, leaks, gate."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.evaluate.cli import options
from rolecall.evaluate.cli.options import Json, Resamples

if TYPE_CHECKING:
    from rolecall.evaluate.card import Scorecard
    from rolecall.evaluate.evidence import Evidence
    from rolecall.evaluate.gate import Judgement
    from rolecall.evaluate.leaks import Leak

app = typer.Typer(rich_markup_mode=None)


def _level(value: float) -> float:
    """Refuse a level at which everything or nothing would be found."""
    if not 0 < value < 1:
        raise typer.BadParameter(f"{value} is no level: give a number between 0 and 1, such as 0.05")
    return value


@app.command(epilog="Example: rolecall evaluate compare old/scorecard.json new/scorecard.json --out comparison.json")
def compare(
    first: Annotated[Path, typer.Argument(help="the scorecard to compare with")],
    second: Annotated[Path, typer.Argument(help="the scorecard that may be better or worse, on the same gold")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the comparison (JSON).")] = None,
    resamples: Resamples = 1000,
    trials: Annotated[int, typer.Option(min=1, help="Random swaps for p; no p is below 1 / (1 + TRIALS).")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resamples and the swaps.")] = 0,
    alpha: Annotated[float, typer.Option(callback=_level, help="Level at which a difference is one.")] = 0.05,
    as_json: Json = False,
) -> None:
    """Say where the second of two scores is better or worse than the first, and where it may be chance.

    No predictions are needed, only scorecards made on the same gold. The exit code is 0 whatever is found.
    """
    from rolecall.core.errors import InputError
    from rolecall.evaluate import card, readings
    from rolecall.evaluate import compare as compares
    from rolecall.evaluate.compare_table import comparison_table

    readings.check_out(out, first, second)
    one, other = card.read(first), card.read(second)
    try:
        found = compares.compare(one, other, resamples=resamples, trials=trials, seed=seed, alpha=alpha)
    except InputError as error:
        raise InputError(error.what, path=f"{first} and {second}", remedy=error.remedy) from error
    if out is not None:
        compares.write(out, found)
    if as_json:
        print(compares.encode(found), end="")
        return
    shown = options.console()
    shown.print(comparison_table(found))
    options.close(shown, found.warnings, found.signature, out)


@app.command(epilog="Example: rolecall evaluate leaks dataset/train/articles.jsonl dataset/test/articles.jsonl")
def leaks(
    train: Annotated[Path, typer.Argument(help="articles.jsonl that a model learns from")],
    test: Annotated[Path, typer.Argument(help="articles.jsonl that it is scored on")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the leaks as JSON, instead of a table.")] = False,
) -> None:
    """Find test articles that training gives away: the same text, a near-duplicate, or the same story.

    The exit code is 1 when there is one, 0 when there is none.
    """
    from rolecall.core import jsonl

    found = _find_leaks(train, test)
    if as_json:
        print(jsonl.to_json(found), end="")
    else:
        _show_leaks(found)
    if found:
        raise typer.Exit(1)


def _find_leaks(train: Path, test: Path, scored: Collection[str] | None = None) -> "list[Leak]":
    """Search two files, with a bar for each."""
    from rolecall.core.progress import track
    from rolecall.evaluate import evidence
    from rolecall.evaluate.leaks import find_leaks

    tests = track(evidence.to_score(test, scored), "articles to be scored")
    return find_leaks(track(evidence.to_learn(train), "articles to learn from"), tests)


def _show_leaks(found: "list[Leak]") -> None:
    from rich import box
    from rich.table import Table

    from rolecall.evaluate.table import number, some

    shown = options.console()
    if not found:
        shown.print("no leak")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("test article", "is given away by", "as"):
        table.add_column(name, overflow="fold")
    table.add_column("likeness", justify="right", no_wrap=True)
    for leak in found:
        table.add_row(leak.test, leak.train, leak.reason, "" if leak.likeness is None else number(leak.likeness))
    shown.print(table)
    shown.print(f"{some(len(found), 'leak')}, of {some(len({leak.test for leak in found}), 'test article')}")


@app.command(
    epilog="Example: rolecall evaluate gate scorecard.json --config regression --baseline main/scorecard.json "
    "--ledger dataset/ledger.jsonl --train dataset/train/articles.jsonl --articles dataset/test/articles.jsonl "
    "--junit gate.xml"
)
def gate(
    scorecard: Annotated[Path, typer.Argument(help="what `rolecall evaluate score --out` wrote")],
    *,
    config: Annotated[
        str | None, typer.Option(help="Rules, by name or path; `default` where no --min is given.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="KEY=VALUE", help="A threshold, added to the config or in its place."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="An older scorecard on the same gold, for the rule `baseline`.")
    ] = None,
    ledger: Annotated[
        list[Path] | None, typer.Option(help="A ledger.jsonl, for the rule `max_loss`; may be given several times.")
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="The articles that the model learned from, for the rule `leaks`.")
    ] = None,
    articles: Annotated[Path | None, typer.Option(help="The articles that were scored, for the rule `leaks`.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Where to write the verdict as JUnit XML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Hold a scorecard against rules: each passes, fails, or lacks the evidence.

    The exit code is 0 when all pass, 1 when one fails; where evidence is lacking and none fails it is what the config
    says (`insufficient`).
    """
    from rolecall.evaluate import card, rules
    from rolecall.evaluate import gate as gates
    from rolecall.evaluate import junit as junits

    _check_junit(junit, scorecard, baseline, *(ledger or ()), train, articles, Path(config) if config else None)
    found = card.read(scorecard)
    beside = {"--baseline": baseline, "--ledger": ledger, "--train": train, "--articles": articles}
    given = {option for option, path in beside.items() if path}
    name = "default" if config is None and not minimum else config
    asked = rules.read_rules(found, name, minimum or (), given)
    judgement = gates.gate(found, asked, _evidence(found, baseline, ledger, train, articles))
    if junit is not None:
        junits.write(junit, judgement)
    if as_json:
        print(gates.encode(judgement), end="")
    else:
        _show_gate(judgement, junit)
    if not judgement.passed:
        raise typer.Exit(1)


def _check_junit(junit: Path | None, *inputs: Path | None) -> None:
    """Refuse to write a verdict over what it is on."""
    from rolecall.core.errors import InputError

    for path in inputs:
        if junit is not None and path is not None and path.resolve() == junit.resolve():
            raise InputError("would be replaced by the verdict on it", path=path, remedy="choose another --junit")


def _evidence(
    found: "Scorecard", baseline: Path | None, ledgers: list[Path] | None, train: Path | None, articles: Path | None
) -> "Evidence":
    """Read what was given beside the scorecard, the quick first."""
    from rolecall.evaluate.evidence import Evidence, read_baseline
    from rolecall.evaluate.losses import read_losses

    older = None if baseline is None else read_baseline(baseline, found)
    losses = [loss for path in ledgers for loss in read_losses(path)] if ledgers else None
    leaking = None
    if train is not None and articles is not None:
        leaking = _find_leaks(train, articles, [row.article for row in found.tally.rows])
    return Evidence(older, losses, leaking)


def _show_gate(judgement: "Judgement", junit: Path | None) -> None:
    """Print one line a rule, then what they come to."""
    shown = options.console()
    verdicts = ["FAIL" if check.verdict == "fail" else check.verdict for check in judgement.checks]
    wide, width = max(map(len, verdicts)), max(len(check.key) for check in judgement.checks)
    for verdict, check in zip(verdicts, judgement.checks, strict=True):
        shown.print(f"{verdict:{wide}}  {check.key:{width}}  {check.reason}", soft_wrap=True)
    counted = f", which counts as {judgement.insufficient} here" * (judgement.verdict == "insufficient evidence")
    shown.print(f"verdict: {judgement.verdict}{counted}", soft_wrap=True)
    options.close(shown, judgement.warnings, judgement.signature, junit)
