"""From a record as it came to the article that is written: the one place where an article takes its final form.

The headline comes to open the text, the date becomes ISO 8601, the language is filled in; what has no field goes to
`meta`. A record that carries the hash of its text is an article of ours: its text and fields stay as they are.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from rolecall.annotate.columns import sort
from rolecall.annotate.dates import normalise
from rolecall.annotate.formats.rows import Place, Reading, Row
from rolecall.annotate.headlines import open_with
from rolecall.annotate.languages import detect
from rolecall.core.errors import InputError
from rolecall.core.records import Article, text_hash

FIELDS = frozenset(field.name for field in msgspec.structs.fields(Article))
_SHA256 = re.compile(r"[0-9a-f]{64}")
LABEL_KEYS = ("spans", "links", "events")


class Incoming(NamedTuple):
    """A record as it is taken in: the article, or in words why it cannot be one, and its labels as plain data.

    `before` characters were put before the text that the labels count in; `date` says in words why the date was not
    read; `language` tells whether it was filled in; `done` is how far into its file the record ends, in bytes.
    """

    place: Place
    article: Article | None
    refusal: str = ""
    labels: dict[str, Any] | None = None
    before: int = 0
    date: str = ""
    language: bool = False
    done: int = 0


class Draft(NamedTuple):
    """The fields of an article to be, what goes to its meta, its labels, and what is to be told of it."""

    fields: dict[str, Any]
    rest: dict[str, Any]
    labels: dict[str, Any] | None
    before: int = 0
    date: str = ""
    refusal: str = ""


def finish(row: Row, reading: Reading) -> Incoming:
    """Make the article of a row; raise InputError naming file, line and key of what cannot be one."""
    place = row.place
    if row.refusal:
        return Incoming(place, None, row.refusal, done=row.done)
    draft = _own(row, reading) if _is_own(row) else _foreign(row, reading)
    if refusal := _refusal(draft):
        return Incoming(place, None, refusal, done=row.done)
    fields = draft.fields
    filled = _fill_language(fields) if reading.language else False
    if isinstance(text := fields.get("text"), str):
        if "hash" not in fields:
            fields["hash"] = text_hash(text)
        fields.setdefault("id", fields["hash"][:16])
    if draft.rest:
        fields["meta"] = _merged(fields.get("meta", {}), draft.rest, place)
    article = _convert(fields, place)
    return Incoming(place, article, "", draft.labels, draft.before, draft.date, filled, row.done)


def _convert(fields: dict[str, Any], place: Place) -> Article:
    try:
        return msgspec.convert(fields, Article)
    except msgspec.ValidationError as error:
        raise InputError(
            f"not an article: {error}",
            path=place.path,
            line=place.line,
            remedy="mend this line, or say with --columns where the field is (source: source.name takes the name "
            "inside source); the form of an article is printed by: rolecall schema article",
        ) from error


def _is_own(row: Row) -> bool:
    """Whether a record says of its text what our articles say; a table may have hashes of other kinds."""
    digest = row.record.get("hash")
    return digest is not None if row.typed else isinstance(digest, str) and bool(_SHA256.fullmatch(digest))


def _own(row: Row, reading: Reading) -> Draft:
    """Take an article of ours as it is; only labels may have to be set apart."""
    record, labels = _labels_apart(row, reading)
    fields = {key: value for key, value in record.items() if key in FIELDS and value is not None}
    if not row.typed:
        fields = _plain_meta(fields)
    return Draft(fields, {key: value for key, value in record.items() if key not in FIELDS}, labels)


def _plain_meta(fields: dict[str, Any]) -> dict[str, Any]:
    """Read the meta of an article that a table has kept as JSON."""
    meta = fields.get("meta")
    if isinstance(meta, str):
        try:
            return {**fields, "meta": msgspec.json.decode(meta, type=dict[str, Any])}
        except msgspec.DecodeError:
            return {**fields, "meta": {"meta": meta}}
    return fields


def _foreign(row: Row, reading: Reading) -> Draft:
    """Sort a record's keys by field, and bring headline and date into their form."""
    record, labels = _labels_apart(row, reading)
    fields, origin, rest = sort(record, reading.columns)
    meta = rest.pop("meta", None)
    if isinstance(meta, Mapping) or (row.typed and meta is not None):
        fields["meta"] = meta
    elif meta is not None:
        rest["meta"] = meta
    for field, column in origin.items():
        if not (row.typed and column == field):
            fields[field] = _text_of(fields[field], trim=field != "text")
    date = _date(fields, origin, rest, reading.columns.day_first)
    refusal, before = "", _put_headline(fields)
    if labels or "spans" in rest:
        if len(reading.columns.text) > 1:
            refusal = "it has spans, and which of the columns of its text they count in is not known"
        elif before and "spans" in rest:
            refusal = _move(rest, before)
    return Draft(fields, rest, labels, before, date, refusal)


def _labels_apart(row: Row, reading: Reading) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Take the labels out of a record where they are asked for; a table may hold them as JSON."""
    record = row.record
    if not row.typed:
        record = {**record, **{key: _json_list(record[key]) for key in LABEL_KEYS if key in record}}
    if not reading.with_labels or record.get("spans") is None:
        return record, None
    # a column of a table called links may hold addresses
    taken = [key for key in LABEL_KEYS if row.typed or key == "spans" or isinstance(record.get(key), list)]
    labels = {key: record[key] for key in taken if record.get(key) is not None}
    return {key: value for key, value in record.items() if key not in taken}, labels


def _json_list(value: Any) -> Any:
    """Read a list that is written as JSON; an empty cell is none, all else stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value, type=list[Any]) if value else None
    except msgspec.DecodeError:
        return value


def _text_of(value: Any, *, trim: bool) -> Any:
    """Write a number as text, and take the spaces round a field that is not the text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return value.strip() if trim and isinstance(value, str) else value


def _put_headline(fields: dict[str, Any]) -> int:
    """Let the headline open the text; return how many characters that put before it."""
    text, title = fields.get("text"), fields.get("title")
    if not (isinstance(text, str) and isinstance(title, str) and text.strip()):
        return 0
    fields["text"], before = open_with(title, text)
    fields["title"] = " ".join(title.split()) if before else title.strip()
    return before


def _move(rest: dict[str, Any], before: int) -> str:
    """Move spans that go to the meta along with the text; say in words why they cannot be moved, or nothing."""
    spans = rest["spans"]
    if not (isinstance(spans, list) and all(isinstance(span, dict) and _bounded(span) for span in spans)):
        return "it has spans without a start and an end, which cannot be moved behind the headline"
    rest["spans"] = [{**span, "start": span["start"] + before, "end": span["end"] + before} for span in spans]
    return ""


def _bounded(span: dict[str, Any]) -> bool:
    return type(span.get("start")) is int and type(span.get("end")) is int and 0 <= span["start"] < span["end"]


def _date(fields: dict[str, Any], origin: dict[str, str], rest: dict[str, Any], day_first: bool | None) -> str:
    """Bring the date into its form, or leave it to the meta under its own name and say in words why."""
    written = fields.get("published")
    if not isinstance(written, str):
        return ""
    if not written.strip():
        del fields["published"]
        return ""
    iso, why = normalise(written, day_first)
    if iso is None:
        rest[origin["published"]] = fields.pop("published")
    else:
        fields["published"] = iso
    return why


def _fill_language(fields: dict[str, Any]) -> bool:
    """Name the language of a text for which none is named; tell whether that was done."""
    text = fields.get("text")
    if fields.get("lang") or not isinstance(text, str) or (language := detect(text)) is None:
        return False
    fields["lang"] = language
    return True


def _refusal(draft: Draft) -> str:
    """Say why a record that reads well is not taken, or nothing."""
    fields = draft.fields
    name = f"article {fields['id']!r}: " if "id" in fields else ""
    text = fields.get("text", "")
    if not isinstance(text, str):
        return ""
    if not text.strip():
        keys = [] if "text" in fields else [key for key in dict.fromkeys((*fields, *draft.rest)) if key != "id"]
        other = f"; it has {', '.join(keys)}: --columns says which is its text" if keys else ""
        return f"{name}it has no text{other}"
    if "hash" in fields and fields["hash"] != text_hash(text):
        what = "its hash is not the SHA-256 of its text: the text was altered, or the hash is of something else"
        return f"{name}{what} (which then needs another name)"
    return f"{name}{draft.refusal}" if draft.refusal else ""


def _merged(meta: Any, rest: dict[str, Any], place: Place) -> Any:
    """Put the unknown keys of a record into its `meta`; raise InputError where one would hide another value there."""
    if not isinstance(meta, dict):
        return meta
    for key, value in rest.items():
        if key in meta and meta[key] != value:
            raise InputError(
                f"key {key!r} stands in the record and in its meta, with two values",
                path=place.path,
                line=place.line,
                remedy="rename one of them",
            )
    return {**meta, **rest}
