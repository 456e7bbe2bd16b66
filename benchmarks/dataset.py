"""Labels to a dataset, 100,000 spans and ten times as many: speed, and peak memory that does not grow with them.

python -m benchmarks dataset                              100,000 and 1,000,000 spans
python -m benchmarks.dataset --articles 100 200

Articles are generated, of 400 words with 40 spans in four layers each; stories have one to three of them. Each run is
a process of its own; time is the processor's, without starting Python and importing; peak memory is that of the whole
process (maximum resident set), with what it had before the first article beside it. The peers put the same rows with
the same columns through datasets alone, as its documentation does: from_generator, which streams, and from_list, which
holds all, some 7 KB a span, so it is not tried on the larger corpus; both then save_to_disk. They hold the labels in
memory by article, trust them, and split nothing. Ours besides checks every record and quote, draws splits by story with
roles spread evenly, looks for near-duplicates between splits, keeps the books of every label, and writes the records
beside the rows, a card, and digests of everything; `+ parquet` writes the rows once more.
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

from benchmarks.ingest import SAID, WORDS, peak
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import Scheme, load_scheme

SPANS = 40
SIZES = (2_500, 25_000)
SCHEME = "protest"
HELD = 5_000
"""Most articles that from_list is tried on."""


def draw(count: int, scheme: Scheme) -> Iterator[tuple[Article, Annotation]]:
    """Yield labelled articles, the same each time."""
    rng = random.Random(count)
    words, roles = SAID.split(), sorted(scheme.roles)
    story = 0
    for number in range(count):
        story += rng.random() < 0.6
        said = [*rng.choices(words, k=WORDS), str(number)]
        text = " ".join(said)
        article = Article.of(text, id=f"a{number}", story=f"s{story}", source=f"Outlet {number % 50}", lang="en")
        starts = [0]
        for word in said:
            starts.append(starts[-1] + len(word) + 1)
        places = sorted(rng.sample(range(WORDS // 4), SPANS))
        spans = []
        for place in places:
            first = 4 * place
            last = first + rng.randint(1, 3)
            spans.append(quote(article, starts[first], starts[last] - 1, rng.choice(roles)))
        yield (
            article,
            Annotation(
                article=article.id,
                hash=article.hash,
                by="gold",
                kind="adjudicated",
                scheme=scheme.fingerprint,
                spans=tuple(spans),
            ),
        )


def write(folder: Path, count: int) -> None:
    """Write articles.jsonl and labels.jsonl, drawing twice rather than holding either."""
    scheme = load_scheme(SCHEME)
    jsonl.write(folder / "articles.jsonl", (article for article, _ in draw(count, scheme)))
    jsonl.write(folder / "labels.jsonl", (labels for _, labels in draw(count, scheme)))


def by_rolecall(folder: Path, out: Path, *, parquet: bool = False) -> Callable[[], None]:
    """Have rolecall build the dataset."""
    from msgspec import UNSET

    from rolecall.annotate.dataset import build
    from rolecall.annotate.manifest import Options

    options = Options(parquet=parquet or UNSET)

    def run() -> None:
        build(folder / "articles.jsonl", folder / "labels.jsonl", load_scheme(SCHEME), out, options)

    return run


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows as somebody writes them who needs no more than the columns."""
    from rolecall.core import bio
    from rolecall.core.tokens import tokenize

    scheme = load_scheme(SCHEME)
    with (folder / "labels.jsonl").open(encoding="utf-8") as file:
        labels = {found["article"]: found for found in map(json.loads, file)}
    numbers = {
        layer: {tag: at for at, tag in enumerate(bio.tag_names(roles))} for layer, roles in scheme.layer_roles.items()
    }
    with (folder / "articles.jsonl").open(encoding="utf-8") as file:
        for article in map(json.loads, file):
            spans = sorted(labels[article["id"]]["spans"], key=lambda span: (span["start"], span["end"], span["role"]))
            offsets = tokenize(article["text"])
            starts = {token.start: at for at, token in enumerate(offsets)}
            tags = {f"tags_{layer}": [0] * len(offsets) for layer in numbers}
            for span in spans:
                layer = scheme.layer_of[span["role"]]
                at = starts[span["start"]]
                tags[f"tags_{layer}"][at] = numbers[layer][f"B-{span['role']}"]
                while (at := at + 1) < len(offsets) and offsets[at].start < span["end"]:
                    tags[f"tags_{layer}"][at] = numbers[layer][f"I-{span['role']}"]
            tokens = [article["text"][start:end] for start, end in offsets]
            yield {
                "id": article["id"], "story": article["story"], "text": article["text"], "spans": spans,
                "links": [], "events": [], "tokens": tokens, "offsets": offsets, **tags,
            }  # fmt: skip


def by_generator(folder: Path, out: Path) -> Callable[[], None]:
    """Have datasets stream the rows."""
    import datasets

    from rolecall.annotate.dataset import features

    columns = features(load_scheme(SCHEME))

    def run() -> None:
        made: Any = datasets.Dataset
        table = made.from_generator(
            rows, features=columns, gen_kwargs={"folder": folder}, cache_dir=str(out.with_suffix(".cache"))
        )
        table.save_to_disk(out)

    return run


def by_list(folder: Path, out: Path) -> Callable[[], None]:
    """Have datasets take the rows at once."""
    import datasets

    from rolecall.annotate.dataset import features

    columns = features(load_scheme(SCHEME))
    return lambda: datasets.Dataset.from_list(list(rows(folder)), features=columns).save_to_disk(out)


MAKERS: dict[str, Callable[[Path, Path], Callable[[], None]]] = {
    "rolecall": by_rolecall,
    "rolecall + parquet": lambda folder, out: by_rolecall(folder, out, parquet=True),
    "from_generator": by_generator,
    "from_list": by_list,
}


def child(name: str, folder: Path) -> None:
    """Do the work once and print seconds, and memory before and at most."""
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory(dir=folder) as out:
        run = MAKERS[name](folder, Path(out) / "dataset")
        before, start = peak(), time.process_time()
        run()
        print(json.dumps([time.process_time() - start, before, peak()]))


def measure(name: str, folder: Path) -> tuple[float, float, float]:
    """Do the work once in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.dataset", "--child", name, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, before, most = json.loads(done.stdout.splitlines()[-1])
    return seconds, before, most


def compare(folder: Path, count: int) -> None:
    """Print what everybody takes for some articles."""
    write(folder, count)
    spans = count * SPANS
    size = sum((folder / name).stat().st_size for name in ("articles.jsonl", "labels.jsonl"))
    print(f"{count:,} articles, {spans:,} spans, {size / 1e6:,.0f} MB", flush=True)
    base = None
    for name in MAKERS:
        if name == "from_list" and count > HELD:
            continue
        seconds, before, most = measure(name, folder)
        base = base or (seconds, most)
        print(
            f"  {name:20} {spans / seconds:9,.0f} spans/s {seconds / base[0]:6.2f} x the time"
            f" {most:7,.0f} MB at most {most / base[1]:6.2f} x ({before:,.0f} MB before)",
            flush=True,
        )


def main(arguments: list[str] | None = None) -> None:
    """Write corpora, and let everybody build a dataset of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, nargs="+", default=SIZES)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FOLDER"))
    options = parser.parse_args([] if arguments is None else arguments)
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    for count in options.articles:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), count)


if __name__ == "__main__":
    main(sys.argv[1:])
