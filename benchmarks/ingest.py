"""Ingest beside pandas and datasets doing the same read, from .jsonl and .parquet; speed and peak memory.

python -m benchmarks ingest                          10,000 and 100,000 articles, some four minutes
python -m benchmarks.ingest --articles 1000 2000

Articles are generated, of about 2.5 KB, with headline, date and outlet in columns of their own. Each run is a process
of its own; time is by the clock, without starting Python and importing; peak memory is that of the whole process
(maximum resident set), with what it had before the first article beside it. What each does: everybody reads the file,
puts the headline before the text, leaves out doubles and writes JSON Lines. Ingest besides checks every record, hashes
every text, brings dates to ISO 8601, keeps a journal from which it goes on when cut off; `+ language` finds the
language too, which the others do not.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rolecall.core.jsonl import open_atomic

SAID = (
    "Police detained protesters in the main square on Monday and the court of the district sentenced them to ten days"
)
WORDS = 400
SIZES = (10_000, 100_000)
FORMS = ("jsonl", "parquet")


def draw(count: int) -> Iterator[dict[str, str]]:
    """Yield articles, the same each time."""
    rng = random.Random(count)
    words = SAID.split()
    for number in range(count):
        body = " ".join(rng.choices(words, k=WORDS))
        day = f"{1 + number % 28}/{1 + number % 12:02}/20{10 + number % 14}"
        title = f"Report {number} of the {rng.choice(words)}"
        yield {"title": title, "text": body, "date": day, "outlet": f"Outlet {number % 50}"}


def write(folder: Path, count: int) -> None:
    """Write articles as .jsonl and .parquet, some at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parquet: Any = pq
    schema = pa.schema([(name, pa.string()) for name in ("title", "text", "date", "outlet")])
    with (
        open_atomic(folder / f"{count}.jsonl") as file,
        parquet.ParquetWriter(folder / f"{count}.parquet", schema) as out,
    ):
        batch: list[dict[str, str]] = []
        for article in draw(count):
            file.write(json.dumps(article).encode() + b"\n")
            batch.append(article)
            if len(batch) == 1000:
                out.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        out.write_table(pa.Table.from_pylist(batch, schema))


def by_ingest(path: Path, out: Path, *, language: bool = False) -> Callable[[], None]:
    """Have ingest read a file."""
    from rolecall.annotate.columns import Columns
    from rolecall.annotate.formats.rows import Reading
    from rolecall.annotate.ingest import ingest

    reading = Reading(columns=Columns(day_first=True), language=language)

    def run() -> None:
        report = ingest([path], out, reading=reading)
        assert report.written == report.read == report.headlines
        assert not report.dates_unread

    return run


def by_pandas(path: Path, out: Path) -> Callable[[], None]:
    """Have pandas read a file into memory."""
    import pandas as pd  # type: ignore[import-untyped]

    def run() -> None:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_json(path, lines=True)
        table["text"] = table["title"] + "\n\n" + table["text"]
        table.drop_duplicates("text").to_json(out, orient="records", lines=True)

    return run


def by_datasets(path: Path, out: Path) -> Callable[[], None]:
    """Have datasets stream a file, and remember the hashes of texts."""
    import datasets

    def run() -> None:
        kind = "parquet" if path.suffix == ".parquet" else "json"
        seen = set()
        with out.open("w", encoding="utf-8") as file:
            for row in datasets.load_dataset(kind, data_files=str(path), split="train", streaming=True):
                row["text"] = row["title"] + "\n\n" + row["text"]
                if (mark := hash(row["text"])) not in seen:
                    seen.add(mark)
                    file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

    return run


MAKERS: dict[str, Callable[[Path, Path], Callable[[], None]]] = {
    "ingest": by_ingest,
    "ingest + language": lambda path, out: by_ingest(path, out, language=True),
    "datasets, streaming": by_datasets,
    "pandas": by_pandas,
}


def peak() -> float:
    """The most memory that this process has held so far, in MB; Linux counts it afresh for each program."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def child(name: str, path: Path) -> None:
    """Do the work once and print seconds, and memory before and at most."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        run = MAKERS[name](path, Path(folder) / "out.jsonl")
        before, start = peak(), time.perf_counter()
        run()
        print(json.dumps([time.perf_counter() - start, before, peak()]))


def measure(name: str, path: Path) -> tuple[float, float, float]:
    """Do the work once in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.ingest", "--child", name, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, before, most = json.loads(done.stdout.splitlines()[-1])
    return seconds, before, most


def compare(folder: Path, count: int) -> None:
    """Print what everybody takes for some articles."""
    for form in FORMS:
        path = folder / f"{count}.{form}"
        print(f"{count:,} articles, .{form}, {path.stat().st_size / 1e6:,.0f} MB")
        base = None
        for name in MAKERS:
            seconds, before, most = measure(name, path)
            base = base or (seconds, most)
            print(
                f"  {name:20} {count / seconds:8,.0f} articles/s {seconds / base[0]:6.2f} x the time"
                f" {most:7,.0f} MB at most {most / base[1]:6.2f} x ({before:,.0f} MB before)"
            )


def main(arguments: list[str] | None = None) -> None:
    """Write articles, and let everybody read them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, nargs="+", default=SIZES)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FILE"))
    options = parser.parse_args([] if arguments is None else arguments)
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        for count in options.articles:
            write(Path(folder), count)
            compare(Path(folder), count)


if __name__ == "__main__":
    main(sys.argv[1:])
