"""Dates of publication as ISO 8601: read by dateparser, and not at all where they can be read in two ways."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

_PARTIAL = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
_ISO = re.compile(r"\d{4}-?(\d{2}-?\d{2}|W\d{2}-?\d)([T ]\d.*)?")
_EPOCH = re.compile(r"(\d{10})(\d{3})?(\.0*)?")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)日?[T,]?")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d{2})(?!\d)")
_MONTH = re.compile(r"[^\W\d_]+\.?,? \d{4}")
_TIME = re.compile(r"\d[:h]\d\d|\d\s?[ap]\.?\s?m\b", re.IGNORECASE)
_ZONE = re.compile(r"\b[ECMP]T\b")
"""Zones of North America by names that do not say whether it is summer, so their offset is not known."""
_STRICT = {"PARSERS": ["absolute-time"], "STRICT_PARSING": True}
"""Nothing that counts from today ("yesterday"), and no date whose day, month or year would have to be made up."""


class Dated(NamedTuple):
    """A date in ISO 8601, or in words why there is none."""

    iso: str | None
    why: str = ""


@lru_cache(maxsize=4096)
def normalise(written: str, day_first: bool | None = None) -> Dated:
    """Read a date as it is written; a time of day and its offset stay where they are given.

    Which of two numbers is the day is told by `day_first`; else by one that is above 12, by dots between them (these
    stand in no country's dates with the month first; Unicode CLDR), or by their being the same; else the date is not
    read. A year and a month without a day, or a year alone, stay so.
    """
    written = " ".join(written.split())
    if iso := _plain(written):
        return Dated(iso)
    if found := _YEAR_FIRST.search(written):
        return _numbered(written, found, int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.search(written):
        first, second, year = int(found[1]), int(found[3]), found[4]
        order, why = _order(first, second, dots=found[2] == ".", short=len(year) == 2, day_first=day_first)
        if not order:
            return Dated(None, f"{written!r} {why}")
        day, month = (first, second) if order == "DMY" else (second, first)
        return _numbered(written, found, int(year) if len(year) == 4 else _century(int(year)), month, day)
    if _MONTH.fullmatch(written) and (moment := _parse(f"1 {written}", "DMY")):
        return Dated(moment[:7])
    moment = _parse(written, "DMY")
    return Dated(moment) if moment else _unread(written)


def _century(year: int) -> int:
    """The year that two digits mean (POSIX, strptime: 69 to 99 are 1969 to 1999)."""
    return year + (1900 if year >= 69 else 2000)


def _numbered(written: str, found: re.Match[str], year: int, month: int, day: int) -> Dated:
    """Put together a date of numbers, and read the time of day where something stands beside it."""
    try:
        iso = date(year, month, day).isoformat()
    except ValueError:
        return _unread(written)
    before, behind = written[: found.start()].strip(), written[found.end() :].strip()
    if not before and not behind:
        return Dated(iso)
    moment = _parse(f"{before} {iso} {behind}".strip(), "YMD")
    return Dated(moment) if moment and moment.startswith(iso) else _unread(written)


def _unread(written: str) -> Dated:
    return Dated(None, f"{written!r} is no date that can be read")


def _plain(written: str) -> str | None:
    """Read what is ISO 8601 already, or counts seconds or milliseconds since 1970."""
    if _PARTIAL.fullmatch(written):
        return written
    try:
        if found := _ISO.fullmatch(written):
            moment = datetime.fromisoformat(written)
            return moment.isoformat() if found[2] else moment.date().isoformat()
    except ValueError:
        return None
    if counted := _EPOCH.fullmatch(written):
        return datetime.fromtimestamp(int(counted[1]), UTC).isoformat()
    return None


def _order(first: int, second: int, *, dots: bool, short: bool, day_first: bool | None) -> tuple[str, str]:
    """Say in which order day, month and year stand, or in words why that cannot be told."""
    if not short and first > 12 >= second:
        return "DMY", ""
    if not short and second > 12 >= first:
        return "MDY", ""
    if day_first is not None:
        return "DMY" if day_first else "MDY", ""
    if not short and (dots or first == second):
        return "DMY", ""
    years = ", and the year has two digits" if short else ""
    return "", f"can be read in two ways{years}: say which number is the day, --day-first or --month-first"


def _parse(text: str, order: str) -> str | None:
    """Have dateparser read a date, in any of its languages."""
    import dateparser

    settings: dict[str, Any] = {**_STRICT, "DATE_ORDER": order}
    moment = dateparser.parse(_ZONE.sub("", text).strip(), settings=settings)
    if moment is None:
        return None
    return str(moment.isoformat() if _TIME.search(text) else moment.date().isoformat())
