"""A .csv or .tsv file has one article a row, and the names of the columns in its first (RFC 4180)."""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rolecall.annotate.columns import assign, require
from rolecall.annotate.formats.rows import Place, Reading, Row
from rolecall.core.errors import InputError
from rolecall.core.jsonl import open_input

DELIMITERS = ",;\t"


def read(path: Path, reading: Reading, *, skip: int = 0) -> Iterator[Row]:
    """Yield the rows of a file but the first `skip`, each under the names of the columns.

    A row with more or fewer cells than there are columns is refused. Raises InputError for a header without a text,
    a column of the config that is not there, wrong quotes, or bytes that are no text.
    """
    csv.field_size_limit(sys.maxsize)
    with open_input(path) as file:
        header = _header(file, path, reading)
        place = Place(path, header.line)
        try:
            for cells in header.rows:
                start, place = place.line or 0, Place(path, header.rows.line_num)
                if not cells:
                    continue
                if skip:
                    skip -= 1
                else:
                    yield _row(header.names, cells, Place(path, start + 1), file.tell())
        except (csv.Error, UnicodeDecodeError) as error:
            raise _unreadable(error, place, reading.encoding) from error


class _Header:
    """The names of the columns, and the rows that follow."""

    def __init__(self, file: BinaryIO, path: Path, encoding: str, delimiter: str) -> None:
        lines = io.TextIOWrapper(file, encoding, newline="")
        self.rows = csv.reader(lines, delimiter=delimiter, strict=True)
        self.lines = lines
        try:
            first = next((cells for cells in self.rows if cells), [])
        except (csv.Error, UnicodeDecodeError) as error:
            raise _unreadable(error, Place(path, 0), encoding) from error
        names = [name.removeprefix("\ufeff") if number == 0 else name for number, name in enumerate(first)]
        self.names = [name if name.strip() else f"column {number}" for number, name in enumerate(names, 1)]
        self.line = self.rows.line_num


def _header(file: BinaryIO, path: Path, reading: Reading) -> _Header:
    """Read the names of the columns, by the delimiter that makes a column of text appear among them."""
    columns = reading.columns
    tab = path.suffix.lower() == ".tsv"
    delimiters = columns.delimiter or ("\t" if tab else DELIMITERS)
    seen: list[str] = []
    for delimiter in delimiters:
        file.seek(0)
        header = _Header(file, path, reading.encoding, delimiter)
        names = header.names
        if len(seen) < len(names):
            seen = names
        there = tuple(names)
        known = all(name in there or name.partition(".")[0] in there for name in columns.named)
        if known and "text" in assign(there, columns):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise InputError(
                    f"has two columns named {', '.join(map(repr, twice))}",
                    path=path,
                    line=header.line,
                    remedy="rename one",
                )
            return header
        header.lines.detach()
    require(columns, seen, path)
    raise InputError(
        "has no column that is known to hold the text",
        path=path,
        remedy="name it in a config: --columns FILE.yaml with the line text: COLUMN; "
        f"columns: {', '.join(seen) or 'none'}",
    )


def _row(names: list[str], cells: list[str], place: Place, done: int) -> Row:
    if len(cells) != len(names):
        refusal = f"has {len(cells)} cells where the header has {len(names)}: check its quotes and delimiters"
        return Row(place, {}, done, refusal, typed=False)
    return Row(place, dict(zip(names, cells, strict=True)), done, typed=False)


def _unreadable(error: csv.Error | UnicodeDecodeError, place: Place, encoding: str) -> InputError:
    line = (place.line or 0) + 1
    if isinstance(error, csv.Error):
        what, remedy = f"the row that begins here is no CSV: {error}", 'quote cells with " and double each " in them'
    else:
        what = f"is not {encoding} in this line or soon after it: byte 0x{error.object[error.start]:02x}"
        remedy = "name the file's encoding with --encoding (such as cp1251), or convert the file to UTF-8"
    return InputError(what, path=place.path, line=line, remedy=remedy)
