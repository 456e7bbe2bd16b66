"""What became of every record of an ingest: read = written + duplicates + refused.

Records are judged one by one by what was entered before; memory holds ids and digests.
"""

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rolecall.annotate.finishing import Incoming
from rolecall.annotate.formats.rows import Place
from rolecall.annotate.journal import Entry

SHOWN_DATES = 100
"""How many dates that were not read are listed; all are counted, and stand in their articles' meta."""
_encode = msgspec.json.Encoder().encode
_SEEN = struct.Struct("<iq16s16s16s")


class Note(NamedTuple):
    """What was done about one record, and why."""

    where: str
    what: str


class Report(msgspec.Struct, kw_only=True):
    """What became of the records; `linked` are among those written."""

    read: int = 0
    written: int = 0
    annotations: int = 0
    spans: int = 0
    spans_in_meta: int = 0
    """Articles whose labels went to their meta."""
    headlines: int = 0
    """Articles that had their headline put before their text."""
    languages: dict[str, int] = {}
    """Articles whose language was filled in, by language."""
    no_language: int = 0
    """Articles that have none, since it could not be told."""
    dates_unread: int = 0
    dates: list[Note] = []
    """The first of the dates that could not be read."""
    duplicates: list[Note] = []
    linked: list[Note] = []
    refused: list[Note] = []
    resumed: int = 0
    """Records taken over from a run that was cut off."""
    restarted: str = ""
    """Why the work of a run that was cut off was not gone on with."""


class Seen(NamedTuple):
    """What is remembered of an article: file and line, and digests of its text, of all its fields, of its labels."""

    file: int
    line: int
    text: bytes
    fields: bytes
    labels: bytes


class Books:
    """The report so far, the articles by id, and the first id of each text."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files, self.report = files, Report()
        self._articles: dict[str, bytes] = {}
        self._owners: dict[bytes, str] = {}

    def judge(self, file: int, incoming: Incoming) -> Entry:
        """Say what becomes of a record of the file of that number."""
        place, article = incoming.place, incoming.article
        if article is None:
            return Entry(file, place.line, "refused", incoming.refusal)
        now = Seen(
            file,
            place.line or 0,
            bytes.fromhex(article.hash)[:16],
            _digest(_encode(article)),
            _digest(_encode(incoming.labels)),
        )
        labelled = incoming.labels is not None
        if (before := self._seen(article.id)) is not None:
            return self._again(before, now, article.id, labelled, place)
        owner = self._owners.get(now.text)
        where = "" if owner is None else self._where(owner)
        twin = f"article {article.id!r} has the text of {owner!r} from {where}" if owner else ""
        if twin and not labelled and article.duplicate_of is None:
            return Entry(file, place.line, "duplicate", twin)
        linked = bool(twin) and article.duplicate_of is None
        return Entry(
            file,
            place.line,
            "linked" if linked else "written",
            twin if linked else "",
            article.id,
            now.text,
            now.fields,
            now.labels,
            twin=owner if linked else None,
            in_meta="spans" in article.meta,
            headline=incoming.before > 0,
            language=article.lang or "" if incoming.language else "",
            no_language=article.lang is None,
            date=incoming.date,
        )

    def _again(self, before: Seen, now: Seen, name: str, labelled: bool, place: Place) -> Entry:
        """Say what it means that an id comes again."""
        there = f"article {name!r} is there already, from {self._where(name)}"
        if before.text != now.text:
            return Entry(
                now.file, place.line, "refused", f"{there}, with another text: give one of them an id of its own"
            )
        if labelled and before.labels != now.labels:
            return Entry(now.file, place.line, "refused", f"{there}, with other labels")
        differs = "" if before.fields == now.fields else "; fields that differ are not taken over"
        return Entry(now.file, place.line, "duplicate", there + differs)

    def book(self, entry: Entry) -> None:
        """Count a record, and remember what later ones are judged by."""
        report, place = self.report, str(self._place(entry.file, entry.line))
        report.read += 1
        if entry.outcome in ("refused", "duplicate"):
            notes = report.refused if entry.outcome == "refused" else report.duplicates
            notes.append(Note(place, entry.what))
            return
        if entry.outcome == "linked":
            report.linked.append(Note(place, entry.what))
        self._articles[entry.id] = _SEEN.pack(entry.file, entry.line or 0, entry.text, entry.fields, entry.labels)
        self._owners.setdefault(entry.text, entry.id)
        report.written += 1
        report.annotations += entry.spans is not None
        report.spans += entry.spans or 0
        report.spans_in_meta += entry.in_meta
        report.headlines += entry.headline
        if entry.language:
            report.languages[entry.language] = report.languages.get(entry.language, 0) + 1
        report.no_language += entry.no_language
        report.dates_unread += bool(entry.date)
        if entry.date and len(report.dates) < SHOWN_DATES:
            report.dates.append(Note(place, entry.date))

    def _seen(self, name: str) -> Seen | None:
        packed = self._articles.get(name)
        return None if packed is None else Seen(*_SEEN.unpack(packed))

    def _where(self, name: str) -> Place:
        file, line, *_ = _SEEN.unpack(self._articles[name])
        return self._place(file, line)

    def _place(self, file: int, line: int | None) -> Place:
        return Place(self.files[file], line or None)


def _digest(data: Any) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
