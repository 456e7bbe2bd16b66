"""Rows to files as they come: the Arrow files of a DatasetDict, and the same rows in Parquet.

Datasets writes the frame of a DatasetDict without rows, and the rows are written beside: its own save_to_disk would
write everything a second time, through a map of the whole file in memory.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet
from datasets.arrow_writer import ArrowWriter

from rolecall.core import jsonl
from rolecall.core.progress import without_bars
from rolecall.core.sealed import sha256

BATCH = 100
"""Rows held in memory at a time."""
SHARD = 20_000
"""Rows in a file, of about 10 KB each."""
ROW_GROUP = 1_000
PARQUET = "parquet"

Row = dict[str, Any]
parquet: Any = pyarrow.parquet  # untyped


def write_frame(folder: Path, splits: Iterable[str], columns: datasets.Features) -> None:
    """Write a DatasetDict of these splits that has no rows yet."""
    empty = {split: datasets.Dataset.from_dict({name: [] for name in columns}, features=columns) for split in splits}
    with without_bars():
        datasets.DatasetDict(empty).save_to_disk(folder)


def write_rows(folder: Path, split: str, rows: Iterable[Row], columns: datasets.Features) -> list[str]:
    """Write the rows of a split into its frame and return the files, by their paths in the folder.

    The fingerprint of the data is its content's; datasets would make one from the time of day.
    """
    own = folder / split
    for path in own.glob("data-*.arrow"):
        path.unlink()
    parts: list[Path] = []
    for part in _parted(rows):
        path = own / f"part-{len(parts):05}"
        with ArrowWriter(features=columns, path=str(path), writer_batch_size=BATCH) as writer:
            for row in part:
                writer.write(row)
            writer.finalize()
        parts.append(path)
    files = [own / f"data-{number:05}-of-{len(parts):05}.arrow" for number in range(len(parts))]
    for path, file in zip(parts, files, strict=True):
        path.rename(file)
    state = json.loads((own / "state.json").read_bytes())
    state["_data_files"] = [{"filename": file.name} for file in files]
    state["_fingerprint"] = hashlib.sha256("".join(map(sha256, files)).encode()).hexdigest()[:16]
    jsonl.write_text(own / "state.json", json.dumps(state, indent=2, sort_keys=True))
    return [file.relative_to(folder).as_posix() for file in files]


def _parted(rows: Iterable[Row]) -> Iterator[Iterator[Row]]:
    """Yield the rows of one file at a time."""
    left = iter(rows)
    for first in left:
        yield chain([first], islice(left, SHARD - 1))


def write_parquet(folder: Path, split: str, files: Sequence[str]) -> list[str]:
    """Write the rows of Arrow files of a split as Parquet, some at a time, and return the new files.

    Column types go along, so that datasets knows the tags by name.
    """
    made = []
    for number, file in enumerate(files):
        path = folder / PARQUET / f"{split}-{number:05}-of-{len(files):05}.parquet"
        path.parent.mkdir(exist_ok=True)
        with (
            pa.OSFile(str(folder / file)) as source,
            pa.ipc.open_stream(source) as batches,
            parquet.ParquetWriter(path, batches.schema, compression="zstd") as writer,
        ):
            while group := list(islice(batches, ROW_GROUP // BATCH)):
                writer.write_table(pa.Table.from_batches(group))
        made.append(path.relative_to(folder).as_posix())
    return made
