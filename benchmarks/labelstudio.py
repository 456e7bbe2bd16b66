"""Push and pull beside the bare calls of Label Studio's SDK, on the same server in the same run.

python -m benchmarks labelstudio                          1,000 and 10,000 articles, some ten minutes
python -m benchmarks.labelstudio --articles 1000 --rounds 5

Starts a Label Studio of its own and throws it away. Articles have about 3 KB, and, for pulling, 12 labels by one
person. Times are by the clock, since the server does most of the work: the shortest of the rounds, in which everybody
takes turns. What each does: the bare import sends ready tasks, and twice would double them; push reads and checks
articles from a file, looks at what is there before and after. The bare exports fetch JSON; pull checks it, sorts it,
and writes annotations with their ledger. `again` is a second push or pull, where nothing is new.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import label_studio_sdk

from rolecall.annotate import mirror, studio
from rolecall.annotate.access import access
from rolecall.annotate.labelling import labelling_config
from rolecall.annotate.labelstudio import LabelStudio, connect
from rolecall.annotate.pull import pull
from rolecall.annotate.push import Delivery, push
from rolecall.annotate.tasks import body_of, task_of
from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import load_scheme

SCHEME = load_scheme("protest")
SAID = "Police detained protesters in the square of Қызылорда on Monday 🎉 and the court sentenced them to fifteen days"
WORDS, LABELS = 500, 12
BATCH = 500


def draw(count: int, folder: Path) -> tuple[Path, list[Json], list[Json]]:
    """Write articles to a file, and return them as tasks, bare and labelled."""
    rng = random.Random(count)
    words = SAID.split()
    texts = (f"Article {number} {' '.join(rng.choices(words, k=WORDS))}" for number in range(count))
    articles = [Article.of(text, id=f"a{number}") for number, text in enumerate(texts)]
    path = folder / "articles.jsonl"
    jsonl.write(path, articles)
    bare = [task_of(article, SCHEME.fingerprint) for article in articles]
    labelled = [task | {"annotations": [body_of(label(a), SCHEME)]} for task, a in zip(bare, articles, strict=True)]
    return path, bare, labelled


def label(article: Article) -> Annotation:
    """Label some words of an article."""
    starts = [article.text.index(" ", at) + 1 for at in range(100, 100 + 200 * LABELS, 200)]
    ends = [article.text.index(" ", start) for start in starts]
    return Annotation(
        article=article.id,
        hash=article.hash,
        by="admin",
        kind="human",
        scheme=SCHEME.fingerprint,
        spans=tuple(Span(s, e, "PARTICIPANT", article.text[s:e]) for s, e in zip(starts, ends, strict=True)),
    )


class Bench:
    """One server, our client and the bare SDK, and the articles of one size."""

    def __init__(self, server: LabelStudio, folder: Path, count: int) -> None:
        self.server, self.folder, self.count = server, folder, count
        make: Any = label_studio_sdk.LabelStudio
        http = httpx.Client(timeout=600)
        self.sdk = make(base_url=server.access.url, api_key=server.access.key, httpx_client=http, timeout=600)
        self.path, self.bare, self.labelled = draw(count, folder)
        self.out = folder / "annotations.jsonl"
        self.title = ""
        self._made = 0

    def project(self) -> int:
        """Make an empty project."""
        self._made += 1
        self.title = f"bench {self.count} {self._made}"
        return int(self.sdk.projects.create(title=self.title, label_config=labelling_config(SCHEME)).id)

    def import_at_once(self, project: int) -> None:
        """Import ready tasks in one request."""
        self.sdk.projects.import_tasks(id=project, request=self.bare)

    def import_in_batches(self, project: int) -> None:
        """Import ready tasks in some requests."""
        for at in range(0, self.count, BATCH):
            self.sdk.projects.import_tasks(id=project, request=self.bare[at : at + BATCH])

    def push(self, _: int) -> None:
        """Push from a file."""
        texts = jsonl.ArticleFile(self.path)
        hashes = {article.id: article.hash for article in texts.values()}
        done = push(self.server, texts, SCHEME, Delivery(self.title, hashes))
        assert done.new + done.unchanged == self.count

    def as_json(self, project: int) -> None:
        """Export by the SDK's shortest call."""
        assert len(self.sdk.projects.exports.as_json(project)) == self.count

    def snapshot(self, project: int) -> bytes:
        """Have a snapshot made, and fetch it."""
        exports = self.sdk.projects.exports
        made = exports.create(id=project)
        while exports.get(id=project, export_pk=made.id).status != "completed":
            time.sleep(0.1)
        return b"".join(exports.download(id=project, export_pk=made.id))

    def snapshot_read(self, project: int) -> None:
        """Have a snapshot made, fetch it, and parse it."""
        assert len(json.loads(self.snapshot(project))) == self.count

    def pull(self, _: int) -> None:
        """Pull to a file."""
        self._pull(mirror.fetch(self.server, self.server.get_project(self.title)))

    def pull_again(self, _: int) -> None:
        """Pull to a file what has changed, from a mirror."""
        kept = self.folder / f"{self.title}.jsonl"
        mirror.refresh(self.server, self.server.get_project(self.title), kept)
        self._pull(mirror.read(kept))

    def _pull(self, tasks: Any) -> None:
        texts = jsonl.ArticleFile(self.path)
        done = pull(tasks, texts, SCHEME, self.out, names=self.server.people(), overwrite=True)
        assert done.people.total() == self.count
        assert not done.lost


def timed(run: Callable[[int], object], project: int) -> float:
    """Return the seconds that something takes."""
    start = time.perf_counter()
    run(project)
    return time.perf_counter() - start


def compare(bench: Bench, rounds: int) -> None:
    """Time everybody, and print the shortest times and their ratios."""
    imports: dict[str, Callable[[int], object]] = {
        "bare import at once": bench.import_at_once,
        f"bare import by {BATCH}": bench.import_in_batches,
    }
    exports: dict[str, Callable[[int], object]] = {
        "bare export as_json": bench.as_json,
        "bare snapshot, unread": bench.snapshot,
        "bare snapshot, parsed": bench.snapshot_read,
        "pull": bench.pull,
    }
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, run in imports.items():
            times.setdefault(name, []).append(timed(run, bench.project()))
        project = bench.project()
        times.setdefault("push", []).append(timed(bench.push, project))
        times.setdefault("push again", []).append(timed(bench.push, project))
        project = bench.project()
        for at in range(0, bench.count, BATCH):
            bench.sdk.projects.import_tasks(id=project, request=bench.labelled[at : at + BATCH])
        for name, run in exports.items():
            times.setdefault(name, []).append(timed(run, project))
        timed(bench.pull_again, project)
        times.setdefault("pull again, incremental", []).append(timed(bench.pull_again, project))
    best = {name: min(found) for name, found in times.items()}
    print(f"{bench.count:,} articles, best of {rounds}")
    bare = min(best[name] for name in imports)
    for name in [*imports, "push", "push again"]:
        print(f"  {name:28}{best[name]:8.2f} s{best[name] / bare:8.2f} x the best bare import")
    bare = min(best[name] for name in exports if name != "pull")
    for name in [*exports, "pull again, incremental"]:
        print(f"  {name:28}{best[name]:8.2f} s{best[name] / bare:8.2f} x the best bare export")


def main(arguments: Sequence[str] = ()) -> None:
    """Start a server, and time each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=0, help="else three, and two from 10,000 articles")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="rolecall-bench-"))
    try:
        studio.start(folder / "studio")
        with connect(access(folder / "studio")) as server:
            for count in options.articles:
                rounds = options.rounds or (3 if count < 10_000 else 2)
                compare(Bench(server, folder, count), rounds)
    finally:
        studio.stop(folder / "studio")
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
