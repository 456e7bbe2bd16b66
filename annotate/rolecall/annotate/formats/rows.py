"""What every reader yields, and what it is told."""

from pathlib import Path
from typing import Any, NamedTuple

from rolecall.annotate.columns import Columns
from rolecall.core.errors import InputError


class Place(NamedTuple):
    """Where a record stands: a file, and in it the line (of a .parquet file: the row), from 1."""

    path: Path
    line: int | None = None

    def __str__(self) -> str:
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"


class Reading(NamedTuple):
    """How files are read: the encoding of text, the meaning of columns, and what is done besides.

    With `with_labels`, spans (and links and events) that come with an article are handed over apart; otherwise they
    are among the keys that go to `meta`. With `language`, an article that names none gets the one it is written in.
    """

    encoding: str = "utf-8"
    columns: Columns = Columns()
    with_labels: bool = False
    language: bool = False


class Row(NamedTuple):
    """A record as the file has it, or in words why there is none; `done` is how far into the file it ends, in bytes.

    `typed` tells whether the file gives each key a type on purpose, as JSON does and CSV does not.
    """

    place: Place
    record: dict[str, Any]
    done: int
    refusal: str = ""
    typed: bool = True


def decode(data: bytes, encoding: str, place: Place, offset: int) -> str:
    """Decode bytes that stand at `offset` of their file, without the byte order mark that a file may open with."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        at = offset + error.start
        raise InputError(
            f"is not {encoding} at byte {at} (0x{data[error.start]:02x}; the first byte is 0)",
            path=place.path,
            line=place.line,
            remedy="name the file's encoding with --encoding (such as cp1251), or convert the file to UTF-8",
        ) from error
    return text.removeprefix("\ufeff") if offset == 0 else text
