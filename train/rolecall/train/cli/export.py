"""The command that exports a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

if TYPE_CHECKING:
    from rolecall.train.export import Exported

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Example: rolecall train export runs/first dataset/validation/articles.jsonl --out runs/first-int8 "
    "--gold dataset/validation/gold.jsonl"
)
def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    articles: Annotated[Path, typer.Argument(help="articles.jsonl (or .parquet): what it is verified on.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    gold: Annotated[
        Path | None, typer.Option(help="Gold of these articles; without it, the run's own spans are taken for gold.")
    ] = None,
    precision: Annotated[
        Literal["int8", "float32"], typer.Option(help="float32 is larger and slower, and finds the same.")
    ] = "int8",
    max_loss: Annotated[float, typer.Option(min=0, max=100, help="Points of strict micro F1 that may be lost.")] = 0.2,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an exported run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was exported, and how it was verified.")] = False,
) -> None:
    """Export a run to ONNX, for `rolecall train predict` without torch, and for any ONNX Runtime.

    What the exported run finds is compared with what the run finds, span by span; where more F1 is lost than --max-loss
    allows, nothing is written and the exit code is 1.
    """
    from rolecall.core.cli import FINDING
    from rolecall.train import export as worker
    from rolecall.train.run import open_run

    done = worker.export(
        open_run(run), articles, out, gold=gold, precision=precision, limit=max_loss / 100, overwrite=overwrite
    )
    if as_json:
        print(msgspec.json.encode({"good": done.verified.good, **done._asdict()}, enc_hook=str).decode())
    else:
        _print(done, against="gold" if gold else "the run's own spans")
    if not done.verified.good:
        raise typer.Exit(FINDING)


def _print(done: "Exported", *, against: str) -> None:
    found = done.verified
    print(
        f"{found.articles:,} articles: {found.same:,} of {found.spans:,} spans the same, {found.missing:,} missing, "
        f"{found.added:,} added; agreement {100 * found.agreement:.2f}, scores differ by {found.score:.2g} at most"
    )
    if found.f1_before is not None and found.f1_after is not None:
        print(f"F1 against gold: {100 * found.f1_before:.2f} before, {100 * found.f1_after:.2f} after")
    sizes = f"{done.size / 1e6:,.1f} MB, the run's weights {done.before / 1e6:,.1f} MB"
    if found.good:
        print(f"{done.path}: {done.precision}, {sizes}")
    else:
        print(
            f"refused, and nothing written: {100 * found.loss:.2f} points of F1 against {against} are lost, "
            f"{100 * found.limit:.2f} allowed; try --precision float32, or allow more: --max-loss"
        )
