"""The command that builds a dataset."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rolecall.annotate.manifest import Manifest

app = typer.Typer()


@app.command(
    epilog="Example: rolecall annotate dataset articles.jsonl annotations.jsonl --scheme protest --out dataset"
)
def dataset(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl.")],
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl of everyone who labelled them.")],
    *,
    scheme: Annotated[str, typer.Option(help="Scheme of the labels: a name or a path.")],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    by: Annotated[
        str | None, typer.Option(help="Whose labels to take; else the adjudicated, else the only ones.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Shares of train, validation and test.  [default: 0.7,0.15,0.15]")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the splits.")] = 0,
    split_field: Annotated[
        str | None, typer.Option(help="Take splits from this field of the articles, such as meta.split.")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            help="Team plan: its test articles are the test split, the others are drawn into train and "
            "validation, in the proportion that --split gives them."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset that stands at --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,
) -> None:
    """Build a Hugging Face dataset, split by story, with a card and a ledger of every label that it changes or drops.

    Beside the rows stand, for each split, the articles, the gold with all its spans (to score against), and each
    annotator's labels (to measure agreement on).
    """
    from rolecall.annotate.dataset import build
    from rolecall.annotate.manifest import Options
    from rolecall.core.progress import track
    from rolecall.core.scheme import load_scheme

    if split is not None and split_field is not None:
        raise typer.BadParameter("--split draws splits and --split-field takes them as they are: choose one")
    if plan is not None and split_field is not None:
        raise typer.BadParameter("--plan and --split-field both say which articles are for test: choose one")

    def watch(names: Sequence[str], what: str) -> Iterable[str]:
        return track(names, what)

    options = Options(by=by, split=_shares(split or "0.7,0.15,0.15"), seed=seed, split_field=split_field)
    labels = load_scheme(scheme)
    manifest = build(articles, annotations, labels, out, options, plan=plan, overwrite=overwrite, watch=watch)
    if as_json:
        sys.stdout.write(manifest.text())
    else:
        _print(manifest, out, plan)


def _shares(text: str) -> tuple[float, float, float]:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if len(shares) != 3 or min(shares) < 0 or not abs(sum(shares) - 1) < 1e-6:
        raise typer.BadParameter(f"--split {text!r}: write three shares that add up to 1, such as 0.7,0.15,0.15")
    return shares[0], shares[1], shares[2]


def _print(manifest: "Manifest", out: Path, plan: Path | None) -> None:
    for name, counts in manifest.splits.items():
        print(
            f"{name:10} {counts.articles:6,} articles {counts.stories:6,} stories {counts.spans:7,} spans"
            f" {counts.links:7,} links {counts.events:6,} events"
        )
    for balance in manifest.ledger:
        print(balance)
    for name, counts in manifest.splits.items():
        if counts.suggested:
            who = "gold by one person, started from a model's suggestion"
            print(f"{who}, in {name}: {len(counts.suggested):,} articles: {_some(counts.suggested)}")
    if manifest.unlabelled:
        print(f"left out, without labels: {len(manifest.unlabelled):,} articles: {_some(manifest.unlabelled)}")
    if plan is not None and (missing := _untested(manifest, plan)):
        print(f"test articles of the plan still without labels: {len(missing):,}: {_some(missing)}")
    print(f"{out}: dataset for {manifest.scheme}")


def _untested(manifest: "Manifest", plan: Path) -> list[str]:
    """Name the test articles that were left out."""
    from rolecall.annotate.plan import held_out, read

    test = held_out(read(plan))
    return [name for name in manifest.unlabelled if name in test]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
