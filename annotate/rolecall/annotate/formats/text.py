"""A .txt file is one article, whose headline is its first line."""

from collections.abc import Iterator
from pathlib import Path

from rolecall.annotate.formats.rows import Place, Reading, Row, decode
from rolecall.core.errors import InputError
from rolecall.core.jsonl import open_input


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Yield the one article of a file, refused where its bytes are no text; its id is the file's stem."""
    place = Place(path)
    with open_input(path) as file:
        data = file.read()
    try:
        text = decode(data, reading.encoding, place, 0)
    except InputError as error:
        yield Row(place, {}, len(data), f"{error.what}: {error.remedy}")
        return
    title = next((line.strip() for line in text.splitlines() if line.strip()), None)
    yield Row(place, {"id": path.stem, "text": text, "title": title}, len(data))
