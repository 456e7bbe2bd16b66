"""Bring articles together in one articles.jsonl: each id once, each text once, in the order of the input.

An existing output is replaced only when every record in it comes again as it was; that makes it safe to ingest the
same folder again after adding to it, and impossible to lose what was put into the file since. Work that is cut off is
gone on with by the next run; see journal.py.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from rolecall.annotate import sources
from rolecall.annotate.books import Books, Report
from rolecall.annotate.finishing import Incoming
from rolecall.annotate.formats.rows import Reading
from rolecall.annotate.journal import EVERY, Entry, File, Job, Journal
from rolecall.annotate.labelled import Labelling, annotate
from rolecall.annotate.losses import Losses
from rolecall.core import __version__
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article

Watch = Callable[[int, int], object]
_encode = msgspec.json.Encoder().encode


def ingest(
    files: Sequence[Path],
    out: Path,
    *,
    reading: Reading | None = None,
    labelling: Labelling | None = None,
    overwrite: bool = False,
    every: int = EVERY,
    watch: Watch = lambda _records, _done: None,
) -> Report:
    """Read `files` and write `out`, and the labels that come with the articles where a `labelling` is given.

    Memory holds ids and digests only. `watch` is told how many records are read, and how many bytes of the files.
    Every `every` records the work is so far safe from being cut off. Raises InputError for what cannot be read, and for
    an existing output that would lose a record unless `overwrite` is given; no output is written then.
    """
    reading = (reading or Reading())._replace(with_labels=labelling is not None)
    sources.check_encoding(reading.encoding)
    if out.exists() and not (out.is_file() or out.is_dir()):
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "articles.jsonl"
            report = ingest(files, whole, reading=reading, labelling=labelling, every=every, watch=watch)
            with whole.open("rb") as made, out.open("wb") as pipe:
                shutil.copyfileobj(made, pipe)
        return report
    outs = [out] if labelling is None else [out, labelling.out]
    if len({path.resolve() for path in outs}) < len(outs):
        raise InputError("cannot hold both articles and labels", path=out, remedy="give --labels a file of its own")
    losses = _losses(out, None if labelling is None else labelling.out) if not overwrite else []
    books = Books(files)
    with Journal(outs, _job(files, reading, labelling), every=every) as journal:
        _go_on(journal, books, losses)
        for entry, lines, rows, done in _work(files, reading, labelling, journal, books):
            for part, line in enumerate(lines):
                journal.put(part, line)
                if losses:
                    losses[part].met(line)
            journal.enter(entry, rows)
            books.book(entry)
            watch(books.report.read, done)
        if not books.report.read:
            raise InputError("the files hold no record", remedy="check the paths")
        for loss in losses:
            loss.check()
        journal.finish()
    return books.report


def _losses(out: Path, labels: Path | None) -> list[Losses]:
    return [Losses(out, Article)] + ([] if labels is None else [Losses(labels, Annotation)])


def _go_on(journal: Journal, books: Books, losses: Sequence[Losses]) -> None:
    """Take over what a run that was cut off has done."""
    for entry in journal.entries():
        books.book(entry)
    books.report.resumed, books.report.restarted = books.report.read, journal.restarted
    for part, loss in enumerate(losses):
        for line in journal.lines(part) if loss else ():
            loss.met(line)


def _job(files: Sequence[Path], reading: Reading, labelling: Labelling | None) -> Job:
    """Say what the work is; a version of rolecall may do it otherwise."""
    options = [__version__, reading.encoding, reading.columns.model_dump_json(), str(reading.language)]
    if labelling is not None:
        options += [labelling.scheme.fingerprint, labelling.by, labelling.kind, str(labelling.out)]
    return Job([File.of(path) for path in files], "\n".join(options))


def _work(
    files: Sequence[Path], reading: Reading, labelling: Labelling | None, journal: Journal, books: Books
) -> Iterator[tuple[Entry, list[bytes], int, int]]:
    """Yield, for each record from where the work begins, its entry, its lines, its number, and the bytes read."""
    start = journal.start
    done = sum(file.size for file in journal.job.files[: start.files])
    for number in range(start.files, len(files)):
        skip = start.rows if number == start.files else 0
        records = sources.read(files[number], reading, skip=skip)
        for rows, incoming in enumerate(records, skip + 1):
            entry = books.judge(number, incoming)
            entry, lines = _written(entry, incoming, labelling) if incoming.article else (entry, [])
            yield entry, lines, rows, done + incoming.done
        done += journal.job.files[number].size


def _written(entry: Entry, incoming: Incoming, labelling: Labelling | None) -> tuple[Entry, list[bytes]]:
    """Return the lines to write of a record that is taken: the article, and its annotation where there is one."""
    article = incoming.article
    if article is None or entry.outcome not in ("written", "linked"):
        return entry, []
    if entry.outcome == "linked":
        article = msgspec.structs.replace(article, duplicate_of=entry.twin)
    if labelling is None or incoming.labels is None:
        return entry, [_encode(article)]
    annotation = annotate(article, incoming.labels, labelling, incoming.place, before=incoming.before)
    return msgspec.structs.replace(entry, spans=len(annotation.spans)), [_encode(article), _encode(annotation)]
