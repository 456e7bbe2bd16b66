"""Bring articles together in one articles.jsonl: each id once, each text once, nothing altered and nothing lost.

An existing output is replaced only when every record in it comes again as it was; that makes it safe to ingest the
same folder again after adding to it, and impossible to lose what was put into the file since.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from rolecall.annotate import sources
from rolecall.annotate.labelled import Labelling, annotate
from rolecall.annotate.sources import Incoming, Place
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article

R = TypeVar("R", Article, Annotation)
_encode = msgspec.json.Encoder().encode


class Note(NamedTuple):
    """What was done about one record, and why."""

    where: str
    what: str


class Report(msgspec.Struct, kw_only=True):
    """What became of every record: read = written + duplicates + refused; `linked` are among those written."""

    read: int = 0
    written: int = 0
    annotations: int = 0
    spans: int = 0
    spans_in_meta: int = 0
    """Articles whose labels went to their meta."""
    duplicates: list[Note] = []
    linked: list[Note] = []
    refused: list[Note] = []


class Seen(NamedTuple):
    """What is remembered of an article: where it stood, and digests of its text, of all its fields, of its labels."""

    place: Place
    text: bytes
    fields: bytes
    labels: bytes


class Known(NamedTuple):
    """The articles so far by id, and the first id of each text."""

    articles: dict[str, Seen]
    owners: dict[bytes, str]


def ingest(
    files: Iterable[Path],
    out: Path,
    *,
    encoding: str = "utf-8",
    labelling: Labelling | None = None,
    overwrite: bool = False,
) -> Report:
    """Read `files` and write `out`, and the labels that come with the articles where a `labelling` is given.

    Memory holds ids and digests only. Raises InputError for what cannot be read, and for an existing output that
    would lose a record unless `overwrite` is given; nothing is written then.
    """
    sources.check_encoding(encoding)
    if labelling is not None and labelling.out.resolve() == out.resolve():
        raise InputError("cannot hold both articles and labels", path=out, remedy="give --labels a file of its own")
    report, known = Report(), Known({}, {})
    labels_out = nullcontext() if labelling is None else replacing(labelling.out, Annotation, overwrite=overwrite)
    with replacing(out, Article, overwrite=overwrite) as put_article, labels_out as put_annotation:
        for incoming in _read(files, encoding, with_labels=labelling is not None):
            report.read += 1
            article = _accept(incoming, known, report)
            if article is None:
                continue
            put_article(article)
            report.written += 1
            report.spans_in_meta += "spans" in article.meta
            if labelling is not None and put_annotation is not None and incoming.labels is not None:
                annotation = annotate(article, incoming.labels, labelling, incoming.place)
                put_annotation(annotation)
                report.annotations += 1
                report.spans += len(annotation.spans)
        if not report.read:
            raise InputError("the files hold no record", remedy="check the paths")
    return report


def _read(files: Iterable[Path], encoding: str, *, with_labels: bool) -> Iterator[Incoming]:
    for path in files:
        yield from sources.read(path, encoding=encoding, with_labels=with_labels)


def _accept(incoming: Incoming, known: Known, report: Report) -> Article | None:
    """Return the article to write, or note why there is none."""
    place, article, refusal, labels = incoming
    if article is None:
        report.refused.append(Note(str(place), refusal))
        return None
    text = bytes.fromhex(article.hash)
    now = Seen(place, text, _digest(_encode(article)), _digest(_encode(labels)))
    before, owner = known.articles.get(article.id), known.owners.get(text)
    if before is not None:
        _note_again(before, now, article.id, labels is not None, report)
        return None
    twin = f"article {article.id!r} has the text of {owner!r} from {known.articles[owner].place}" if owner else ""
    if twin and labels is None and article.duplicate_of is None:
        report.duplicates.append(Note(str(place), twin))
        return None
    known.articles[article.id] = now
    known.owners.setdefault(text, article.id)
    if twin and article.duplicate_of is None:
        report.linked.append(Note(str(place), twin))
        return msgspec.structs.replace(article, duplicate_of=owner)
    return article


def _note_again(before: Seen, now: Seen, name: str, labelled: bool, report: Report) -> None:
    """Note what it means that an id comes again."""
    where, there = str(now.place), f"article {name!r} is there already, from {before.place}"
    if before.text != now.text:
        report.refused.append(Note(where, f"{there}, with another text: give one of them an id of its own"))
    elif labelled and before.labels != now.labels:
        report.refused.append(Note(where, f"{there}, with other labels"))
    else:
        differs = "" if before.fields == now.fields else "; fields that differ are not taken over"
        report.duplicates.append(Note(where, there + differs))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


@contextmanager
def replacing(path: Path, kind: type[R], *, overwrite: bool) -> Iterator[Callable[[R], None]]:
    """Open a records file that takes the place of `path` when the block ends well; records are put one by one.

    Raises InputError where a record of the old file has not come again by then, unless `overwrite` is given.
    """
    missing: dict[bytes, str] = {}
    if path.exists() and not overwrite:
        missing = {_digest(_encode(record)): _name(record) for record in jsonl.read(path, kind)}
    with jsonl.open_atomic(path) as file:

        def put(record: R) -> None:
            line = _encode(record)
            missing.pop(_digest(line), None)
            file.write(line + b"\n")

        yield put
        if missing:
            names = list(missing.values())
            raise InputError(
                f"{len(names):,} of its records would be lost or changed: {', '.join(names[:5])}"
                + (", ..." if len(names) > 5 else ""),
                path=path,
                remedy="name the file itself among the inputs, first, to keep them; or choose another file; "
                "or add --overwrite",
            )


def _name(record: Article | Annotation) -> str:
    return record.id if isinstance(record, Article) else f"{record.article} by {record.by}"
