"""The command that brings articles in."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from rolecall.core.records import Kind

if TYPE_CHECKING:
    from rolecall.annotate.ingest import Note, Report
    from rolecall.annotate.labelled import Labelling
    from rolecall.annotate.sources import Found

app = typer.Typer()
SHOWN = 10


@app.command(epilog="Example: rolecall annotate ingest articles/ more.jsonl --out articles.jsonl")
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of .txt and .jsonl.")],
    *,
    out: Annotated[Path, typer.Option(help="articles.jsonl to write.")],
    encoding: Annotated[str, typer.Option(help="Encoding of the files.")] = "utf-8",
    labels: Annotated[
        Path | None, typer.Option(help="annotations.jsonl to write, for articles that come with spans.")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="With --labels: their scheme, a name or a path.")] = None,
    by: Annotated[str | None, typer.Option(help="With --labels: who made them.")] = None,
    kind: Annotated[Kind, typer.Option(help="With --labels: what made them.")] = "human",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output even if records in it are lost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Bring texts together in one articles.jsonl, unaltered, each id and each text once.

    The id is the input's own, else the file's name, else the head of the text's hash. Keys that an article does not
    have go to its meta. A text that is there under another id is left out, or linked to that one (duplicate_of) when
    it brings labels of its own. An output that exists is replaced when all its records come again, and not otherwise.
    Exit code 1: a record was refused.
    """
    from rolecall.annotate import sources
    from rolecall.annotate.ingest import ingest as bring_in
    from rolecall.core.progress import track

    labelling = _labelling(labels, scheme, by, kind)
    found = sources.find(paths, besides=[out] if labels is None else [out, labels])
    files = track(found.files, "Reading files")
    report = bring_in(files, out, encoding=encoding, labelling=labelling, overwrite=overwrite)
    if as_json:
        ignored = [{"where": str(path), "what": why} for path, why in found.ignored]
        print(json.dumps({**msgspec.to_builtins(report), "ignored": ignored}, ensure_ascii=False))
    else:
        _print(report, found, out, labels)
    if report.refused:
        raise typer.Exit(1)


def _labelling(labels: Path | None, scheme: str | None, by: str | None, kind: Kind) -> "Labelling | None":
    from rolecall.annotate.labelled import Labelling
    from rolecall.core.scheme import load_scheme

    if labels is None:
        if scheme or by:
            raise typer.BadParameter("--scheme and --by say whose the labels in --labels are: name that file too")
        return None
    if not scheme or not by:
        raise typer.BadParameter("--labels needs --scheme (what they are) and --by (who made them)")
    return Labelling(labels, load_scheme(scheme), by, kind)


def _print(report: "Report", found: "Found", out: Path, labels: Path | None) -> None:
    print(f"{out}: {report.written:,} articles of {report.read:,} read")
    if labels is not None:
        print(f"{labels}: {report.annotations:,} annotations with {report.spans:,} spans")
    if report.spans_in_meta:
        print(
            f"{report.spans_in_meta:,} articles came with spans, which are now in their meta; "
            "to make annotations of them: --labels FILE --scheme SCHEME --by NAME",
            file=sys.stderr,
        )
    _list("duplicates left out", report.duplicates)
    _list("duplicates kept for their labels", report.linked)
    _list("refused", report.refused)
    if found.ignored:
        reasons = Counter(why for _, why in found.ignored)
        print(f"ignored: {', '.join(f'{count:,} {why}' for why, count in sorted(reasons.items()))}")
        _lines([str(path) for path, _ in found.ignored])


def _list(title: str, notes: "Sequence[Note]") -> None:
    if notes:
        print(f"{title}: {len(notes):,}")
        _lines([f"{note.where}: {note.what}" for note in notes])


def _lines(lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  and {len(lines) - SHOWN:,} more: --json lists all")
