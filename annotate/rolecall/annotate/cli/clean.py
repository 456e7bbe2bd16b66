"""The command that cuts page furniture out of articles."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from rolecall.annotate.cli.options import MORE, AsJson, print_json
from rolecall.core.terminal import shown
from rolecall.core.wording import FEW, few, names_in

if TYPE_CHECKING:
    from rolecall.annotate.cleaning.cuts import Cut, Kind
    from rolecall.annotate.cleaning.files import Outputs, Report
    from rolecall.annotate.cleaning.scores import Score, Scores

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: rolecall annotate clean articles.jsonl --out clean.jsonl")
def clean(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl to read; it stays as it is.")],
    *,
    out: Annotated[Path | None, typer.Option(help="articles.jsonl to write.")] = None,
    cuts: Annotated[Path | None, typer.Option(help="List of all cuts to write; else OUT.cuts.jsonl.")] = None,
    offsets: Annotated[Path | None, typer.Option("--map", help="Offset map to write; else OUT.map.jsonl.")] = None,
    annotations: Annotated[Path | None, typer.Option(help="annotations.jsonl of these articles to carry over.")] = None,
    annotations_out: Annotated[
        Path | None, typer.Option(help="annotations.jsonl to write; its ledger goes beside it.")
    ] = None,
    keep: Annotated[str, typer.Option(help="Kinds that are not cut, commas between: credit,caption.")] = "",
    scores: Annotated[Path | None, typer.Option(help="Gold file of furniture to hold the cuts against.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be cut; write nothing but --cuts where it is given.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the files that stand there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Cut page furniture out of articles: notices, navigation, share links, credits, newsletters, comment forms.

    What is cut is known by its shape, and by standing in many articles of one source. The headline is never cut, and an
    article without furniture stays as it is. One that is cut has a new hash, and meta.cleaned_from has the old one.
    Exit code 1: labels lay in a cut and were dropped; the ledger beside the annotations names them.
    """
    from rolecall.annotate.cleaning.cuts import Cut
    from rolecall.annotate.cleaning.files import clean_files
    from rolecall.annotate.cleaning.scores import Gold
    from rolecall.core.progress import track

    if (annotations is None) != (annotations_out is None) and not (dry_run and annotations):
        raise typer.BadParameter("--annotations and --annotations-out go together")
    outputs = _outputs(out, cuts, offsets, annotations_out, dry_run=dry_run)
    listed: list[Cut] = []
    report = clean_files(
        articles,
        outputs,
        annotations=annotations,
        gold=None if scores is None else Gold(scores),
        keep=kinds_in(keep),
        overwrite=overwrite,
        watch=track,
        listen=listed.append if dry_run else None,
    )
    if as_json:
        print_json(msgspec.to_builtins(report) | ({"listed": msgspec.to_builtins(listed)} if dry_run else {}))
    else:
        tell(report, outputs, listed, dry_run=dry_run)
    if report.lost:
        raise typer.Exit(1)


def _outputs(
    out: Path | None, cuts: Path | None, offsets: Path | None, annotations: Path | None, *, dry_run: bool
) -> "Outputs":
    from rolecall.annotate.cleaning.files import Outputs
    from rolecall.annotate.cleaning.ingested import outputs_beside

    if dry_run:
        return Outputs(cuts=cuts)
    if out is None:
        raise typer.BadParameter("where to? give --out FILE, or --dry-run to see what would be cut")
    return outputs_beside(out, cuts, offsets)._replace(annotations=annotations)


def kinds_in(words: str) -> "list[Kind]":
    """Return the kinds of furniture in a list with commas."""
    from rolecall.annotate.cleaning.cuts import KINDS

    names = names_in(words)
    if unknown := [name for name in names if name not in KINDS]:
        raise typer.BadParameter(f"--keep: no such kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in names]


def tell(report: "Report", outputs: "Outputs", listed: "Sequence[Cut]" = (), *, dry_run: bool = False) -> None:
    """Print what was cut, and what became of labels."""
    for cut in listed:
        print(shown(f"{cut.article} {cut.start}:{cut.end} {cut.kind} {cut.text!r}: {cut.reason}"))
    total = sum(report.cuts.values())
    share = report.removed / report.characters
    words = "would be cut" if dry_run else "were cut"
    print(
        f"{outputs.articles or 'dry run'}: {report.changed:,} of {report.articles:,} articles {words}: "
        f"{total:,} cuts, {report.removed:,} of {report.characters:,} characters ({share:.1%})"
    )
    if total:
        kinds = sorted(report.cuts.items(), key=lambda item: (-item[1], item[0]))
        print(", ".join(f"{kind} {count:,}" for kind, count in kinds))
    if report.kept:
        print(f"keep the text of an earlier run, and would be cut otherwise now (--overwrite): {report.kept:,}")
    if report.same:
        print(f"have the text of another article now: {len(report.same):,}")
        for article, owner in report.same[:FEW]:
            print(f"  {article!r}: that of {owner!r}")
    if report.spans_in_meta:
        print(
            f"{report.spans_in_meta:,} articles that were cut have spans in their meta, which count in the old text; "
            "to carry them over, make annotations of them first: rolecall annotate ingest --labels",
            file=sys.stderr,
        )
    if outputs.annotations is not None:
        print(f"{outputs.annotations}: {report.annotations:,} annotations")
    for balance in report.books:
        print(balance, file=sys.stderr)
    if report.lost and outputs.annotations is not None:
        print(f"labels lay in cuts and were dropped; they are listed in {outputs.files[-1]}", file=sys.stderr)
    if report.scores is not None:
        _print_scores(report.scores)


def _print_scores(scores: "Scores") -> None:
    print(f"{'':12}{'cut':>8}{'right':>8}{'precision':>11}{'gold':>8}{'found':>8}{'recall':>9}")
    for name in ("characters", "exact", "overlapping"):
        row: Score = getattr(scores, name)
        rates = ["-" if rate is None else f"{rate:.3f}" for rate in (row.precision, row.recall)]
        print(f"{name:12}{row.cut:8,}{row.right:8,}{rates[0]:>11}{row.gold:8,}{row.found:8,}{rates[1]:>9}")
    _show("wrong", scores.wrong)
    _show("missed", scores.missed)


def _show(what: str, cuts: "Iterable[Cut]") -> None:
    lines = [f"{what}: {cut.article} {cut.start}:{cut.end} {cut.kind} {cut.text!r}" for cut in cuts]
    for line in few(lines, more=MORE):
        print(f"  {shown(line)}")
