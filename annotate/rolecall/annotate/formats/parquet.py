"""A .parquet file has one article a row."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from rolecall.annotate.columns import assign, require
from rolecall.annotate.formats.rows import Place, Reading, Row
from rolecall.core.errors import InputError

BATCH = 128
"""Rows in memory at a time."""


def read(path: Path, reading: Reading, *, skip: int = 0) -> Iterator[Row]:
    """Yield the rows of a file but the first `skip`.

    Raises InputError for a file that is no Parquet, or has no column of text or not those of the config.
    """
    import pyarrow.parquet

    make: Any = pyarrow.parquet.ParquetFile
    try:
        # read by buffers, where it would else hold a whole row group
        with make(path, buffer_size=1 << 20, pre_buffer=False) as file:
            names = file.schema_arrow.names
            require(reading.columns, names, path)
            if "text" not in assign(tuple(names), reading.columns):
                raise InputError(
                    "has no column that is known to hold the text",
                    path=path,
                    remedy="name it in a config: --columns FILE.yaml with the line text: COLUMN; "
                    f"columns: {', '.join(names)}",
                )
            yield from _rows(file, path, skip)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"cannot be read as Parquet: {error}", path=path, remedy="write it again, or convert it to .jsonl"
        ) from error


def _rows(file: Any, path: Path, skip: int) -> Iterator[Row]:
    """Yield the rows; groups of rows that are all among those to skip are not read."""
    meta, size = file.metadata, path.stat().st_size
    number, groups = 0, list[int]()
    for group in range(meta.num_row_groups):
        rows = meta.row_group(group).num_rows
        if not groups and number + rows <= skip:
            number += rows
        else:
            groups.append(group)
    for batch in file.iter_batches(BATCH, row_groups=groups, use_threads=False) if groups else ():
        if number + batch.num_rows <= skip:
            number += batch.num_rows
            continue
        for record in batch.to_pylist():
            number += 1
            if number > skip:
                yield Row(Place(path, number), _plain(record), size * number // meta.num_rows, typed=False)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Write times, decimals and the like as JSON has them; bytes are a text where they are UTF-8."""
    texts = {}
    for name, value in record.items():
        if isinstance(value, bytes):
            with suppress(UnicodeDecodeError):
                texts[name] = value.decode()
    plain: dict[str, Any] = msgspec.to_builtins({**record, **texts}, str_keys=True, enc_hook=str)
    return plain
