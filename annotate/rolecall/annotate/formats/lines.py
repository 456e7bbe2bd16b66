"""A .jsonl file has one JSON object a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from rolecall.annotate.columns import Columns, require
from rolecall.annotate.formats.rows import Place, Reading, Row, decode
from rolecall.core.errors import InputError
from rolecall.core.jsonl import open_input


def read(path: Path, reading: Reading, *, skip: int = 0) -> Iterator[Row]:
    """Yield the objects of a file but the first `skip`; blank lines are no rows.

    Raises InputError naming the line of what cannot be read, or a column of the config that no object has.
    """
    _check(path, reading.columns)
    offset = 0
    with open_input(path) as file:
        for number, data in enumerate(file, 1):
            start, offset = offset, offset + len(data)
            if skip and data.strip(b" \t\r\n\xef\xbb\xbf"):
                skip -= 1
                continue
            place = Place(path, number)
            line = decode(data, reading.encoding, place, start)
            if line.strip():
                yield Row(place, _record(line, place), offset)


def _record(line: str, place: Place) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"not a JSON object: {error}",
            path=place.path,
            line=place.line,
            remedy='write one object a line, such as {"id": "a1", "text": "..."}',
        ) from error


def _check(path: Path, columns: Columns) -> None:
    """Look for the keys that the config names; each may be missing in some objects, but not in all.

    What is no JSON is left to `read`, which says so.
    """
    wanted = {name.partition(".")[0]: name for name in columns.named}
    if not wanted:
        return
    keys: dict[str, None] = {}
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    with open_input(path) as file:
        for line in file:
            try:
                keys |= dict.fromkeys(decoder.decode(line.removeprefix(b"\xef\xbb\xbf")) if line.strip() else ())
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return
            if all(top in keys or name in keys for top, name in wanted.items()):
                return
    require(columns, list(keys), path)
