"""The command that brings articles in."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from rolecall.annotate.cli.clean import kinds_in, tell
from rolecall.core.records import Kind
from rolecall.core.terminal import shown
from rolecall.core.wording import few

if TYPE_CHECKING:
    from rolecall.annotate.books import Note, Report
    from rolecall.annotate.cleaning.files import Report as Cleaned
    from rolecall.annotate.formats.rows import Reading
    from rolecall.annotate.labelled import Labelling
    from rolecall.annotate.sources import Found

app = typer.Typer()
MEGA = 1_000_000


@app.command(epilog="Example: rolecall annotate ingest articles/ pages/ export.csv --out articles.jsonl")
def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders of .txt, .jsonl, .csv, .tsv, .parquet, .html and .htm.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="articles.jsonl to write.")],
    columns: Annotated[
        str | None, typer.Option(help="What columns mean: a .yaml file, or a shipped config's name, such as columns.")
    ] = None,
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="How 03/04/2020 is read; else it is not.")
    ] = None,
    language: Annotated[
        bool, typer.Option("--language/--no-language", help="Fill in the language where the input names none.")
    ] = True,
    encoding: Annotated[str, typer.Option(help="Encoding of the files.")] = "utf-8",
    labels: Annotated[
        Path | None, typer.Option(help="annotations.jsonl to write, for articles that come with spans.")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="With --labels: their scheme, a name or a path.")] = None,
    by: Annotated[str | None, typer.Option(help="With --labels: who made them.")] = None,
    kind: Annotated[Kind, typer.Option(help="With --labels: what made them.")] = "human",
    clean: Annotated[
        bool, typer.Option("--clean", help="Cut page furniture; the articles as they came go to OUT.uncut.jsonl.")
    ] = False,
    cuts: Annotated[Path | None, typer.Option(help="With --clean: list of all cuts; else OUT.cuts.jsonl.")] = None,
    keep: Annotated[str, typer.Option(help="With --clean: kinds that are not cut, commas between.")] = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output even if records in it are lost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Bring articles together in one articles.jsonl, in their order, each id and each text once.

    The id is the input's own, else the file's name, else the head of the text's hash. Web pages are reduced to their
    article. Columns with usual names are known, --columns names others; those that an article has no field for go to
    its meta. A headline that stands apart is put before the text, else texts are not altered. A text that is there
    under another id is left out, or linked to that one (duplicate_of) when it brings labels of its own. An output that
    exists is replaced when all its records come again, and not otherwise. A run that was cut off is gone on with by
    the same command. Exit code 1: a record was refused, or labels lay in page furniture that --clean cut.
    """
    from rolecall.annotate.cleaning import ingested

    raw, raw_labels = _raw(out, labels, cuts, keep, clean=clean, overwrite=overwrite)
    labelling = _labelling(raw_labels, scheme, by, kind)
    reading = _reading(columns, day_first, encoding, language=language)
    made = ingested.outputs_beside(out, cuts)._replace(annotations=labels).files if clean else []
    found = _found(paths, (out, labels, raw, raw_labels), made)
    report = _watched(found.files, raw, reading, labelling, overwrite=overwrite)
    cleaned = _cleaned(out, labels, cuts, keep, overwrite=overwrite) if clean else None
    if as_json:
        _print_json(report, found, cleaned)
    else:
        _print(report, found, raw, raw_labels, language=language)
        if cleaned is not None:
            tell(cleaned, ingested.outputs_beside(out, cuts)._replace(annotations=labels))
    if report.refused or (cleaned is not None and cleaned.lost):
        raise typer.Exit(1)


def _print_json(report: "Report", found: "Found", cleaned: "Cleaned | None") -> None:
    ignored = [{"where": str(path), "what": why} for path, why in found.ignored]
    more = {} if cleaned is None else {"cleaned": msgspec.to_builtins(cleaned)}
    print(json.dumps({**msgspec.to_builtins(report), "ignored": ignored, **more}, ensure_ascii=False))


def _raw(
    out: Path, labels: Path | None, cuts: Path | None, keep: str, *, clean: bool, overwrite: bool
) -> tuple[Path, Path | None]:
    """Return where articles and labels go as they come: to the outputs themselves, or beside those that are cleaned."""
    from rolecall.annotate.cleaning.ingested import check_made_before, uncut

    if not clean:
        if cuts or keep:
            raise typer.BadParameter("--cuts and --keep say how --clean works: add it")
        return out, labels
    kinds_in(keep)
    if not overwrite:
        check_made_before(out, labels, cuts)
    return uncut(out), None if labels is None else uncut(labels)


def _found(paths: Sequence[Path], written: Iterable[Path | None], made: Sequence[Path]) -> "Found":
    """Find the files to read; none of those that are `written` is among them, nor of those that cleaning has `made`."""
    from rolecall.annotate import sources
    from rolecall.annotate.cleaning.files import check_free

    found = sources.find(paths, besides=filter(None, (*written, *made)))
    check_free(made, found.files, overwrite=True)
    return found


def _cleaned(out: Path, labels: Path | None, cuts: Path | None, keep: str, *, overwrite: bool) -> "Cleaned":
    from rolecall.annotate.cleaning.ingested import clean_ingested
    from rolecall.core.progress import track

    return clean_ingested(out, labels=labels, cuts=cuts, keep=kinds_in(keep), overwrite=overwrite, watch=track)


def _reading(columns: str | None, day_first: bool | None, encoding: str, *, language: bool) -> "Reading":
    from rolecall.annotate.columns import Columns
    from rolecall.annotate.formats.rows import Reading
    from rolecall.core.config import load
    from rolecall.core.shipped import find

    known = Columns() if columns is None else load(Columns, find("annotate", columns))
    if day_first is not None:
        known = known.model_copy(update={"day_first": day_first})
    return Reading(encoding, known, language=language)


def _watched(
    files: "list[Path]", out: Path, reading: "Reading", labelling: "Labelling | None", *, overwrite: bool
) -> "Report":
    """Do the work under a bar that counts megabytes, and say where it stays when it is cut off."""
    from rolecall.annotate.ingest import ingest as bring_in
    from rolecall.annotate.journal import path_of
    from rolecall.core.progress import bars

    megabytes = max(1, round(sum(path.stat().st_size for path in files) / MEGA))
    try:
        with bars() as progress:
            bar = progress.add_task("Reading, MB", total=megabytes)

            def watch(read: int, done: int) -> None:
                if read % 100 == 0:
                    progress.update(bar, completed=done // MEGA, description=f"Reading, {read:,} articles, MB")

            report = bring_in(files, out, reading=reading, labelling=labelling, overwrite=overwrite, watch=watch)
            progress.update(bar, completed=megabytes, description=f"Reading, {report.read:,} articles, MB")
            return report
    except BaseException:
        if path_of(out).exists():
            print(f"what is read so far is kept beside {out}; the same command goes on from there", file=sys.stderr)
        raise


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


def _print(report: "Report", found: "Found", out: Path, labels: Path | None, *, language: bool) -> None:
    if report.resumed:
        print(f"went on from a run that was cut off, after {report.resumed:,} records", file=sys.stderr)
    if report.restarted:
        print(f"started again after a run that was cut off: {report.restarted}", file=sys.stderr)
    print(f"{out}: {report.written:,} articles of {report.read:,} read")
    if labels is not None:
        print(f"{labels}: {report.annotations:,} annotations with {report.spans:,} spans")
    if report.headlines:
        print(f"headline put before the text: {report.headlines:,}")
    if language and (report.languages or report.no_language):
        found_by_text = [f"{code} {count:,}" for code, count in sorted(report.languages.items())]
        print(f"language filled in: {', '.join(found_by_text) or 'none'}; not known: {report.no_language:,}")
    if report.spans_in_meta:
        print(
            f"{report.spans_in_meta:,} articles came with spans, which are now in their meta; "
            "to make annotations of them: --labels FILE --scheme SCHEME --by NAME",
            file=sys.stderr,
        )
    if report.dates_unread:
        print(f"dates not read, kept in meta: {report.dates_unread:,}")
        _lines([f"{note.where}: {note.what}" for note in report.dates], among=report.dates_unread)
    _list("duplicates left out", report.duplicates)
    _list("duplicates kept for their labels", report.linked)
    _list("refused", report.refused)
    if found.ignored:
        reasons = Counter(why for _, why in found.ignored)
        print(shown(f"ignored: {', '.join(f'{count:,} {why}' for why, count in sorted(reasons.items()))}"))
        _lines([str(path) for path, _ in found.ignored])


def _list(title: str, notes: "Sequence[Note]") -> None:
    if notes:
        print(f"{title}: {len(notes):,}")
        _lines([f"{note.where}: {note.what}" for note in notes])


def _lines(lines: Sequence[str], *, among: int = 0) -> None:
    for line in few(lines, more="and {} more" + ("" if among else ": --json lists all"), among=among):
        print(f"  {shown(line)}")
