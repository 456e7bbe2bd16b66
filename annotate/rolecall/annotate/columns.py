"""Which columns, or keys, hold an article's text, headline, date and so on.

Usual names are known. A config names others; what neither names goes to the article's `meta`.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, field_validator

from rolecall.core.config import Config
from rolecall.core.errors import InputError

USUAL: dict[str, tuple[str, ...]] = {
    "id": ("id", "article_id", "doc_id", "document_id", "uid"),
    "text": ("text", "body", "content", "maintext", "article_text", "full_text", "fulltext", "article"),
    "title": ("title", "headline", "heading"),
    "published": (
        "published",
        "published_at",
        "publishedat",
        "publication_date",
        "date_published",
        "datepublished",
        "date_publish",
        "pub_date",
        "pubdate",
        "date",
        "timestamp",
    ),
    "source": ("source", "source_name", "outlet", "publisher", "newspaper", "sitename", "site_name", "source_domain"),
    "url": ("url", "link", "source_url", "permalink"),
    "lang": ("lang", "language"),
    "story": ("story",),
    "duplicate_of": ("duplicate_of",),
}
"""The names known for each field, the likeliest first; case, spaces and hyphens do not matter."""


def _word(value: Any) -> Any:
    """Refuse what YAML 1.1 makes of a bare No, Yes, On or Off."""
    if isinstance(value, bool):
        raise ValueError('is read as yes or no: put the column\'s name in quotes, such as "No"')  # noqa: TRY004  # what pydantic reports
    return value


def _one_or_more(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, str) else _word(value)


Name = Annotated[str | None, BeforeValidator(_word)]
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]


class Columns(Config):
    """What a config of columns says; a field that it does not name is looked for under the usual names."""

    id: Name = None
    """The column with the article's id; null: the head of the text's hash."""
    text: Names = ()
    """The column with the text, or a list of columns to join with blank lines, such as lead and body."""
    title: Name = None
    """The column with the headline."""
    published: Name = None
    """The column with the date."""
    source: Name = None
    """The column with the outlet's name."""
    url: Name = None
    """The column with the address."""
    lang: Name = None
    """The column with the language, as a code such as en."""
    story: Name = None
    """The column that is the same for all articles of a story."""
    duplicate_of: Name = None
    """The column with the id of the article that this one repeats."""
    day_first: bool | None = None
    """How 03/04/2020 is read: true for 3 April, false for 4 March; without it such a date is not read."""
    delimiter: str | None = None
    """The character between the columns of a .csv file; without it a comma, semicolon or tab, whichever fits."""

    @field_validator("text")
    @classmethod
    def _some(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or len(set(names)) != len(names):
            raise ValueError("must name a column, or different ones")
        return names

    @field_validator("delimiter")
    @classmethod
    def _single(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise ValueError(f'must be a single character, such as ";" or "\\t", not {delimiter!r}')
        return delimiter

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that the config names."""
        return tuple(name for field in USUAL if field in self.model_fields_set for name in self.names(field))

    def names(self, field: str) -> tuple[str, ...]:
        """The columns that the config names for a field."""
        value = getattr(self, field)
        return (value,) if isinstance(value, str) else value or ()


def require(columns: Columns, there: Sequence[str], path: Path) -> None:
    """Raise InputError for the columns of a config that are not among those of a file; `source.name` is in `source`."""
    if missing := [name for name in columns.named if name not in there and name.partition(".")[0] not in there]:
        raise InputError(
            f"has no column {', '.join(map(repr, missing))}, which --columns names",
            path=path,
            remedy=f"columns: {', '.join(there) or 'none'}",
        )


@lru_cache(maxsize=1024)
def assign(there: tuple[str, ...], columns: Columns) -> dict[str, tuple[str, ...]]:
    """Say which of a record's keys each field is read from; those of a config come before the usual names."""
    assigned = {field: columns.names(field) for field in USUAL if field in columns.model_fields_set}
    taken = {name for names in assigned.values() for name in names}
    plain = {_plain(name): name for name in reversed(there) if name not in taken}
    for field, names in USUAL.items():
        if field not in assigned:
            assigned[field] = next(((plain[name],) for name in (field, *names) if name in plain), ())
    return {field: names for field, names in assigned.items() if names}


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


class Sorted(NamedTuple):
    """A record by field, the columns that each field came from, and what is left for `meta`."""

    fields: dict[str, Any]
    origin: dict[str, str]
    rest: dict[str, Any]


def sort(record: dict[str, Any], columns: Columns) -> Sorted:
    """Sort the keys of a record; null, an empty text and NaN count as absent."""
    there = {name: value for name, value in record.items() if not _is_absent(value)}
    fields: dict[str, Any] = {}
    origin: dict[str, str] = {}
    used: set[str] = set()
    for field, names in assign(tuple(there), columns).items():
        values = [value for name in names if (value := _find(there, name)) is not None]
        used.update(names)
        if values:
            fields[field] = _join(values) if len(names) > 1 else values[0]
            origin[field] = names[0]
    return Sorted(fields, origin, {name: value for name, value in there.items() if name not in used})


def _is_absent(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _find(record: dict[str, Any], name: str) -> Any:
    """Look up a column, or, for `source.name`, the `name` inside of `source`."""
    if name in record or "." not in name:
        return record.get(name)
    top, _, below = name.partition(".")
    inner = record.get(top)
    return _find(inner, below) if isinstance(inner, dict) else None


def _join(values: Iterable[Any]) -> str:
    return "\n\n".join(str(value) for value in values if str(value).strip())
