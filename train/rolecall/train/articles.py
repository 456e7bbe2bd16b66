"""A file of articles to label, JSON Lines or Parquet: read whole, or from a place on.

Of a .parquet file the columns `id` and `text` are read, and `hash` where there is one: labels depend on nothing else.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article, text_hash

SUFFIX = ".parquet"
NEEDED = ("id", "text")
BATCH = 128
"""Rows in memory at a time."""


class Place(NamedTuple):
    """Where an article stands: its line, or row of a .parquet file, from 1; and the line's offset, in bytes."""

    line: int = 1
    offset: int = 0


START = Place()


class Placed(NamedTuple):
    """An article, and where it stands."""

    place: Place
    article: Article

    @property
    def text(self) -> str:
        """The article's text."""
        return self.article.text


def read(path: Path, start: Place = START) -> Iterator[Article]:
    """Yield the articles from a place on, in order.

    Raises InputError naming the line or row that is no article, or the column that lacks.
    """
    return (placed.article for placed in locate(path, start))


def locate(path: Path, start: Place = START) -> Iterator[Placed]:
    """Yield the articles from a place on with their places, as `read` does."""
    if path.suffix.lower() == SUFFIX:
        return _rows(path, start.line - 1)
    found = jsonl.locate(path, Article, line=start.line, offset=start.offset)
    return (Placed(Place(line, offset), article) for line, offset, article in found)


def check_unique(path: Path) -> None:
    """Raise InputError naming an id that stands twice; memory holds all ids."""
    seen: set[str] = set()
    for (line, _), article in locate(path):
        if article.id in seen:
            raise InputError(
                f"article id {article.id!r} stands twice",
                path=path,
                line=line,
                remedy="give each article an id of its own, or remove one",
            )
        seen.add(article.id)


def _rows(path: Path, skip: int) -> Iterator[Placed]:
    """Yield the articles of a .parquet file behind the first `skip`; groups of rows before these are not read."""
    import pyarrow.parquet

    make: Any = pyarrow.parquet.ParquetFile
    with jsonl.open_input(path):
        pass  # it says what is wrong with the path
    try:
        # read by buffers, where it would else hold a whole row group
        with make(path, buffer_size=1 << 20, pre_buffer=False) as file:
            columns = _columns(file.schema_arrow.names, path)
            number, groups = _behind(file.metadata, skip)
            for batch in file.iter_batches(BATCH, row_groups=groups, columns=columns, use_threads=False):
                first = min(batch.num_rows, max(0, skip - number))
                for row, record in enumerate(batch.slice(first).to_pylist(), number + first + 1):
                    yield Placed(Place(row), _article(record, path, row))
                number += batch.num_rows
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read as Parquet: {error}", path=path, remedy="write it again, or convert it to .jsonl"
        ) from error


def _columns(names: list[str], path: Path) -> list[str]:
    """Return the columns to read; raise InputError naming one that lacks."""
    for name in NEEDED:
        if name not in names:
            raise InputError(
                f"has no column {name}", path=path, remedy=f"rename the one that holds it; there are {', '.join(names)}"
            )
    return [*NEEDED, *(name for name in names if name == "hash")]


def _behind(meta: Any, skip: int) -> tuple[int, list[int]]:
    """Return the row groups that hold more than the first `skip` rows, and how many rows stand before them."""
    number = 0
    for group in range(meta.num_row_groups):
        rows = meta.row_group(group).num_rows
        if number + rows > skip:
            return number, list(range(group, meta.num_row_groups))
        number += rows
    return number, []


def _article(record: dict[str, Any], path: Path, row: int) -> Article:
    """Make an article of a row; an id may be a whole number."""
    name, text = record["id"], record["text"]
    remedy = "mend or remove this row"
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    for column, value in (("id", name), ("text", text)):
        if not isinstance(value, str):
            what = "nothing" if value is None else f"no text ({type(value).__name__})"
            raise InputError(f"column {column} holds {what}", path=path, line=row, remedy=remedy)
    try:
        return Article(id=name, hash=record.get("hash") or text_hash(text), text=text)
    except ValueError as error:
        raise InputError(str(error), path=path, line=row, remedy=remedy) from error
