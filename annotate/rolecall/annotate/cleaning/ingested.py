"""Cleaning as a part of ingest: the articles as they came are kept beside the clean ones, which are made of them anew.

So an ingest with cleaning can be run again after adding files, and the offset map has the text that it leads back to.
What the outputs hold by then stays: see standing.py.
"""

from collections.abc import Collection
from itertools import chain
from pathlib import Path

from rolecall.annotate.cleaning.articles import ORIGIN
from rolecall.annotate.cleaning.cuts import Cut, Kind
from rolecall.annotate.cleaning.files import Outputs, Report, Watch, clean_files
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.annotate.cleaning.standing import Standing, check_ledger, read_made
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.spool import Spool


def uncut(path: Path) -> Path:
    """The place of the records as they came, beside those that are cut."""
    return path.with_name(f"{path.stem}.uncut.jsonl")


def outputs_beside(out: Path, cuts: Path | None = None, offsets: Path | None = None) -> Outputs:
    """Name the list of cuts and the offset map beside the articles where no other place is given."""
    named = [given or out.with_name(f"{out.stem}.{what}.jsonl") for given, what in ((cuts, "cuts"), (offsets, "map"))]
    return Outputs(out, named[0], named[1])


def clean_ingested(
    out: Path,
    *,
    labels: Path | None = None,
    cuts: Path | None = None,
    keep: Collection[Kind] = (),
    overwrite: bool = False,
    watch: Watch = lambda items, _: items,
) -> Report:
    """Make `out` of the articles at `uncut(out)`, and `labels` of those at `uncut(labels)`.

    What stands there is replaced where all of its records come again as they are, and articles in it keep their text.
    Raises InputError where a record would be lost or changed. With `overwrite`, all is made anew.
    """
    outputs = outputs_beside(out, cuts)._replace(annotations=labels)
    given = None if labels is None else uncut(labels)
    if overwrite:
        return clean_files(uncut(out), outputs, annotations=given, keep=keep, overwrite=True, watch=watch)
    check_made_before(out, labels, cuts)
    with Spool() as spool:
        standing = Standing(outputs, spool)
        return clean_files(
            uncut(out), outputs, annotations=given, keep=keep, overwrite=True, standing=standing, watch=watch
        )


def check_made_before(out: Path, labels: Path | None = None, cuts: Path | None = None) -> None:
    """Refuse to replace articles or labels that do not come from the uncut ones, and what is no list, map or ledger."""
    remedy = "choose another file; or add --overwrite"
    if out.exists():
        if not out.is_file():
            raise InputError("is no file, as cleaning needs it", path=out, remedy="name a file")
        hashes = _hashes(uncut(out))
        for article in jsonl.read(out, Article):
            if hashes.get(article.id, "") not in (article.hash, article.meta.get(ORIGIN)):
                raise InputError(f"article {article.id!r} in it would be lost or changed", path=out, remedy=remedy)
    outputs = outputs_beside(out, cuts)._replace(annotations=labels)
    for _ in chain(read_made(outputs.cuts, Cut), read_made(outputs.map, OffsetMap)):
        pass
    if labels is not None and (ledger := outputs.files[-1]).is_file():
        check_ledger(ledger)
    if labels is not None and labels.is_file():
        known = _makers(uncut(labels))
        for each in jsonl.read(labels, Annotation):
            if (each.article, each.by) not in known:
                what = f"the labels by {each.by!r} on article {each.article!r} in it would be lost"
                raise InputError(what, path=labels, remedy=remedy)


def _hashes(path: Path) -> dict[str, str]:
    return {article.id: article.hash for article in jsonl.read(path, Article)} if path.exists() else {}


def _makers(path: Path) -> set[tuple[str, str]]:
    return {(each.article, each.by) for each in jsonl.read(path, Annotation)} if path.exists() else set()
