"""Near-duplicates and stories: how right they are on known ones, and how long they take, beside peers.

python -m benchmarks stories                                  the known stories, and 1,000 and 10,000 generated articles
python -m benchmarks.stories --articles 100000 --peer 0       the full size alone: some minutes, and 2 GB

Known stories: the sample's (28 in 40 reports, all dated), and those of ECB+ where ROLECALL_CORPORA names its folder
(two events of one kind a topic, without dates, some sentences of each report; a topic and half is a story). The default
similarity was chosen on ECB+'s training topics; its other topics and the sample had no part in it. The sample has all
the dated stories there are, so the default of days could not be chosen on one corpus and measured on another.

Pairs: precision and recall of pairs of articles in one story. B-cubed: the same for the mean article (Bagga and Baldwin
1998). ARI: the adjusted Rand index.

Generated articles have about 400 words by Zipf's law; reports of a story share names and some words, and all of a topic
share others. They tell of time and memory, of quality only that nothing breaks at that size. Peers on the same texts:
datasketch as its documentation uses it, measured exactly afterwards too; scikit-learn's TfidfVectorizer and brute-force
NearestNeighbors, which has no dates, so ours gets none there, and both are to find the same pairs of the same vectors.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

from rolecall.annotate import vectors
from rolecall.annotate.filling import fill, sum_up
from rolecall.annotate.stories import LIKENESS, SIMILARITY, Found, Settings, find
from rolecall.core import jsonl, similar
from rolecall.core.groups import join
from rolecall.core.progress import track
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[1] / "sample" / "articles.jsonl"
WORDS, TOPICS = 400, 60
MATRIX = 20_000
"""Most articles that are compared with all others without their dates: time grows with the square."""


class Scores(NamedTuple):
    """How groups that were found stand to known ones."""

    precision: float
    recall: float
    cubed_precision: float
    cubed_recall: float
    rand: float
    largest: int


def compare(known: Sequence[str], found: Sequence[str]) -> Scores:
    """Compare two groupings of the same articles."""
    rows, columns = (np.unique(each, return_inverse=True)[1] for each in (known, found))
    cells, counts = np.unique(rows * (int(columns.max()) + 1) + columns, return_counts=True)
    row, column = np.divmod(cells, int(columns.max()) + 1)
    of_row, of_column = np.bincount(rows), np.bincount(columns)
    common = _pairs(counts)
    return Scores(
        common / max(1, _pairs(of_column)),
        common / max(1, _pairs(of_row)),
        float((counts**2 / of_column[column]).sum() / len(rows)),
        float((counts**2 / of_row[row]).sum() / len(rows)),
        float(adjusted_rand_score(rows, columns)),
        int(of_column.max()),
    )


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def grouped(articles: Sequence[Article], settings: Settings) -> list[str]:
    """Return the group of each article as they are found from nothing."""
    found = find(articles, settings, anew=True)
    groups = join(found.after)
    return [groups[article.id] for article in articles]


def of_known_stories() -> None:
    """Print how right the groups are on each corpus with known stories, around the default and at it."""
    dated = list(jsonl.read(SAMPLE, Article))
    bare = [msgspec.structs.replace(each, published=None) for each in dated]
    corpora = {"sample": dated, "sample without dates": bare}
    if folder := os.environ.get("ROLECALL_CORPORA"):
        for part in ("train", "dev"):
            corpora[f"ECB+ {part}"] = list(_ecb(Path(folder) / "data" / "ecbplus" / f"{part}.jsonl"))
    print(
        f"{'':22}{'similarity':>11}{'pairs P':>9}{'R':>7}{'F1':>7}{'B-cubed P':>11}{'R':>7}{'F1':>7}{'ARI':>7}  largest"
    )
    for name, articles in corpora.items():
        known = [article.story or article.id for article in articles]
        for similarity in (0.08, SIMILARITY, 0.12, 0.14):
            _row(name, f"{similarity:.2f}", compare(known, grouped(articles, Settings(similarity=similarity))))
    known = [article.story or article.id for article in dated]
    for days in (3, 7, 14, 30, 60):
        _row(f"sample, {days} days", f"{SIMILARITY:.2f}", compare(known, grouped(dated, Settings(days=days))))


def _row(name: str, similarity: str, scores: Scores) -> None:
    p, r, cubed_p, cubed_r, rand, largest = scores
    print(
        f"{name:22}{similarity:>11}{p:9.3f}{r:7.3f}{f1(p, r):7.3f}{cubed_p:11.3f}{cubed_r:7.3f}"
        f"{f1(cubed_p, cubed_r):7.3f}{rand:7.3f}{largest:9,}"
    )


def _ecb(path: Path) -> Iterator[Article]:
    for row in jsonl.read(path, dict):
        half = "plus" if "plus" in row["id"] else ""
        yield Article.of(row["text"], id=row["id"], story=f"{row['meta']['topic']}{half}")


class News:
    """Generated articles: each has its true story, and copies name their original."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        letters = random.Random(seed)
        syllables = ["".join(pair) for pair in [(a, b) for a in "bcdfghklmnprstvz" for b in "aeiou"]]
        made = dict.fromkeys("".join(letters.choices(syllables, k=letters.randint(1, 5))) for _ in range(150_000))
        everything = np.array([*made], dtype=object)
        self.words, self.names = everything[:50_000], np.array([word.title() for word in everything[50_000:80_000]])
        self.topics = self.rng.integers(200, len(self.words), (TOPICS, 150))
        ranks = np.arange(1, len(self.words) + 1)
        self.zipf = np.cumsum(1 / ranks) / (1 / ranks).sum()

    def draw(self, count: int) -> Iterator[Article]:
        """Yield articles in no order; about one in ten is a copy of another."""
        made = 0
        while made < count:
            size = 1 if self.rng.random() < 0.6 else min(int(self.rng.geometric(0.3)) + 1, 80)
            for article in self._story(f"s{made}", size):
                if made < count:
                    yield article
                made += 1

    def _story(self, story: str, size: int) -> Iterator[Article]:
        rng = self.rng
        day = date(2020, 1, 1) + timedelta(days=int(rng.integers(0, 3 * 365)))
        names = self.names[(len(self.names) * rng.random(12) ** 3).astype(int)]  # some places are in the news often
        topic = self.words[self.topics[rng.integers(TOPICS)]]
        own = self.words[rng.integers(200, len(self.words), 30)]
        for number in range(size):
            name = f"{story}-{number}"
            text = self._text((names, topic, own))
            yield self._article(text, name, story, day)
            if rng.random() < 0.12:
                words, share = text.split(" "), 0.2 * rng.random()
                words = [w if rng.random() > share else self.words[rng.integers(9000)] for w in words]
                yield self._article(" ".join(words), f"{name}-copy", story, day, copied=name)

    def _article(self, text: str, name: str, story: str, day: date, copied: str | None = None) -> Article:
        published = (day + timedelta(days=int(self.rng.geometric(0.5)) - 1)).isoformat()
        return Article.of(text, id=name, published=published, story=story, duplicate_of=copied)

    def _text(self, pools: Sequence[NDArray[np.object_]]) -> str:
        rng = self.rng
        length = int(rng.integers(WORDS * 3 // 4, WORDS * 5 // 4))
        words = self.words[np.searchsorted(self.zipf, rng.random(length))].astype(object)
        kinds = rng.choice(4, length, p=(0.8, 0.06, 0.1, 0.04))
        for kind, pool in enumerate(pools, 1):
            places = np.flatnonzero(kinds == kind)
            words[places] = pool[rng.integers(0, len(pool), len(places))]
        return " ".join(words)


def memory() -> float:
    """Return the most memory that this process has had, in MB; what its parent had does not count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def ours(path: Path, out: Path) -> tuple[dict[str, float], float]:
    """Find and write, in a process of its own; return the seconds of each part, and memory in MB."""
    before, seconds = memory(), {"Starting": time.perf_counter()}

    def watch(items: Sequence[object], what: str, total: int | None = None) -> Iterator[object]:
        seconds[what] = time.perf_counter()
        yield from track(items, what, total)

    def search() -> Found:
        found = find(jsonl.read(path, Article), anew=True, watch=watch)  # type: ignore[arg-type]
        seconds["Writing"] = time.perf_counter()
        return found

    found = fill(jsonl.read(path, Article), out, search)
    seconds["Summing up"] = time.perf_counter()
    sum_up(found)
    lasted = np.diff([*seconds.values(), time.perf_counter()])
    return dict(zip(seconds, lasted.tolist(), strict=True)), memory() - before


def datasketch_alone(path: Path) -> tuple[float, float, int]:
    """Find near-duplicates with datasketch's own index over sets of three words; return seconds, MB and pairs."""
    before, start = memory(), time.perf_counter()
    lsh = MinHashLSH(threshold=0.5, num_perm=128)
    sets: dict[str, set[str]] = {}
    pairs = 0
    for article in jsonl.read(path, Article):
        words = article.text.lower().split()
        own = {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}
        made = MinHash(num_perm=128)
        made.update_batch([part.encode() for part in own])
        for other in lsh.query(made):
            common = len(own & sets[other])
            pairs += common / (len(own) + len(sets[other]) - common) >= 0.5
        lsh.insert(article.id, made)
        sets[article.id] = own
    return time.perf_counter() - start, memory() - before, pairs


def neighbours(path: Path) -> tuple[float, float]:
    """Find the pairs of similar texts among all, by ours and by scikit-learn; return the seconds of each."""
    counted = []
    for article in jsonl.read(path, Article):
        words = similar.split_words(article.text)
        counted.append(vectors.count_words(words, similar.hash_words(words)))
    days = np.full(len(counted), vectors.UNDATED)
    weighed = vectors.weigh(counted, days)
    # Words that only one text has are left out: a column of its own for each row makes rows of length 1 again.
    rest = np.sqrt(np.maximum(0, 1 - vectors.dots(weighed.rows, weighed.rows)))
    whole = sparse.hstack([weighed.rows, sparse.diags(rest)]).tocsr()
    start = time.perf_counter()
    found = vectors.find_pairs(weighed, days, window=0, threshold=SIMILARITY, watch=vectors.plain)
    middle = time.perf_counter()
    model = NearestNeighbors(radius=1 - SIMILARITY, metric="cosine", algorithm="brute").fit(whole)
    lists = model.radius_neighbors(whole, return_distance=False)
    end = time.perf_counter()
    theirs = {(row, int(other)) for row, others in enumerate(lists) for other in others if row < other}
    same = {(min(pair), max(pair)) for pair in zip(found.one.tolist(), found.other.tolist(), strict=True)}
    print(f"  pairs by ours {len(same):,}, by scikit-learn {len(theirs):,}, by one of them only {len(same ^ theirs):,}")
    return middle - start, end - middle


def of_generated(count: int, *, peers: bool) -> None:
    """Time a search among generated articles, beside the peers."""
    with tempfile.TemporaryDirectory() as name:
        path, out = Path(name) / "articles.jsonl", Path(name) / "out.jsonl"
        jsonl.write(path, News(count).draw(count))
        context = get_context("spawn")
        with context.Pool(1) as pool:
            seconds, size = pool.apply(ours, (path, out))
        print(f"{count:,} generated articles, {path.stat().st_size / 1e6:,.0f} MB")
        total = sum(seconds.values())
        print(f"  ours {total:.1f} s, {size:,.0f} MB: {', '.join(f'{what} {s:.1f} s' for what, s in seconds.items())}")
        known, found = ([*jsonl.read(each, Article)] for each in (path, out))
        groups = join(found)
        _row("  stories", f"{SIMILARITY:.2f}", compare([a.story or "" for a in known], [groups[a.id] for a in found]))
        _of_copies(known, found)
        del known, found
        if peers:
            with context.Pool(1) as pool:
                theirs, size, pairs = pool.apply(datasketch_alone, (path,))
            own = seconds["Reading articles"] + seconds["Finding duplicates"]
            print(f"  duplicates: ours {own:.1f} s, datasketch alone {theirs:.1f} s, {size:,.0f} MB, {pairs:,} pairs")
        if peers and count <= MATRIX:
            own, theirs = neighbours(path)
            print(f"  similar pairs, dates unknown: ours {own:.1f} s, scikit-learn {theirs:.1f} s")


def _of_copies(known: Sequence[Article], found: Sequence[Article]) -> None:
    """Print how many of the copies that are near enough, by direct measure, were found, and what else was."""
    place = {article.id: number for number, article in enumerate(known)}
    near = {
        article.id
        for article in known
        if article.duplicate_of
        and similar.likeness(similar.shingles(article.text), similar.shingles(known[place[article.duplicate_of]].text))
        >= LIKENESS
    }
    named = {article.id for article in found if article.duplicate_of}
    wrong = sum(
        a.duplicate_of is not None and known[place[a.duplicate_of]].story != known[place[a.id]].story for a in found
    )
    missed = sum(name not in named and known[place[name]].duplicate_of not in named for name in near)
    print(f"  near copies made {len(near):,}, found {len(named):,}, missed {missed:,}, of another story {wrong:,}")


def main(arguments: Sequence[str] = ()) -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--peer", type=int, default=10_000, help="most articles with which peers are timed")
    options = parser.parse_args(arguments)
    of_known_stories()
    for number in options.articles:
        of_generated(number, peers=number <= options.peer)


if __name__ == "__main__":
    main(sys.argv[1:])
