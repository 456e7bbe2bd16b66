"""Time and memory of scoring: beside seqeval, seqscore and nervaluate on the same spans, of resampling, and of files.

python -m benchmarks score                                  1,000 and 10,000 articles, some minutes
python -m benchmarks.score --articles 1000 10000 100000     the largest takes peers minutes and GB
python -m benchmarks.score --articles --resamples 0         files alone; --spans without a number leaves them out

Articles have about 50 tokens of one character each; about 20% of the spans are missed, of another role or too short.
Each scorer gets the spans in the form that it asks for, made beforehand, and nobody else's is in memory by then. All
must come to the same F1, under the four schemas too. Times beside peers are of the processor, which a busy machine
changes least: the shortest of three rounds, of one above 10,000 articles. Those of resampling and of files are by the
clock; memory is the peak of a process of its own, less what importing the libraries took.

What each does: ours and seqeval's strict score, and seqscore's, come with the numbers of each role. nervaluate counts
four schemas, in all and again for each role, and offers no other way.
"""

import argparse
import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import nervaluate
import numpy as np
import seqeval.metrics
import seqeval.scheme
import seqscore.model
import seqscore.scoring

from rolecall.core import jsonl
from rolecall.core.bio import Placement as Place
from rolecall.core.bio import encode
from rolecall.core.records import Annotation, Article, Kind, Span
from rolecall.core.scheme import load_scheme
from rolecall.evaluate import card, files
from rolecall.evaluate.align import align
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import count, keys
from rolecall.evaluate.summary import summarise
from rolecall.evaluate.tally import Row, tally
from rolecall.evaluate.verdicts import SCHEMAS, Pairs, count_pairs, verdicts

SCHEME = load_scheme("protest")
ROLES = [*SCHEME.roles]
LAYERS = SCHEME.layer_roles
FLAT = dict.fromkeys(ROLES, "all")  # peers know no layers: here all roles are of one
NERVALUATE = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}

Placed = list[tuple[Place, str]]
F1 = dict[str, float]
"""F1 by schema."""


class Work(NamedTuple):
    """The same articles for everyone: their lengths, and the spans of both sides."""

    lengths: list[int]
    golds: list[Placed]
    found: list[Placed]


def draw(count: int, length: int, share: float, seed: int = 0) -> Work:
    """Draw articles around a length, with spans on about a share of their tokens."""
    rng = random.Random(seed)
    lengths = [rng.randint(length * 4 // 5, length * 6 // 5) for _ in range(count)]
    golds = [spans(rng, each, share) for each in lengths]
    return Work(lengths, golds, [disturb(gold, rng) for gold in golds])


def spans(rng: random.Random, length: int, share: float) -> Placed:
    """Place spans of 1 to 4 tokens that cover about a share of an article, without overlap."""
    found, at = [], 0
    while at < length:
        end = min(length, at + rng.randint(1, 4))
        if rng.random() < share:
            found.append((Place(at, end, exact=True), rng.choice(ROLES)))
        at = end
    return found


def disturb(gold: Placed, rng: random.Random) -> Placed:
    """Get about 20% of the spans wrong; each overlaps its own gold alone, so that there is one way to match."""
    found: Placed = []
    for place, role in gold:
        luck = rng.random()
        if luck < 0.08:
            continue
        if luck < 0.14:
            found.append((place, rng.choice(ROLES)))
        elif luck < 0.2 and place.last - place.first > 1:
            found.append((Place(place.first, place.last - 1, exact=True), role))
        else:
            found.append((place, role))
    return found


def annotate(article: Article, placed: Placed, by: str, kind: Kind) -> Annotation:
    """Label an article whose tokens are one character each."""
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=by,
        kind=kind,
        scheme=SCHEME.fingerprint,
        spans=tuple(Span(p.first, p.last, role, article.text[p.first : p.last]) for p, role in placed),
    )


def readings(work: Work) -> tuple[dict[str, Annotation], dict[str, Annotation]]:
    """Make the objects that we score."""
    articles = [Article.of("x" * length, id=str(number)) for number, length in enumerate(work.lengths)]
    gold = {a.id: annotate(a, placed, "gold", "human") for a, placed in zip(articles, work.golds, strict=True)}
    found = {a.id: annotate(a, placed, "model", "model") for a, placed in zip(articles, work.found, strict=True)}
    return gold, found


def ours_strict(work: Work) -> Callable[[], F1]:
    """Count and derive precision, recall and F1 of each role, layer and all."""
    gold, found = readings(work)
    return lambda: {"strict": summarise(tally(gold, found, {}).rows, LAYERS, resamples=0, seed=0).micro.f1.value or 0.0}


def ours_four(work: Work) -> Callable[[], F1]:
    """Do the same, and align the spans for the four schemas."""
    gold, found = readings(work)

    def run() -> F1:
        rows, pairs = [], Pairs()
        for article, reading in gold.items():
            left, right = keys(reading.spans), keys(found[article].spans)
            rows.append(Row(article, article, count(left, right)))
            pairs += count_pairs(align(left, right, FLAT))
        micro = summarise(rows, LAYERS, resamples=0, seed=0).micro
        all_counts = Counts(micro.correct, micro.predicted, micro.gold)
        return {schema: each.f1 or 0.0 for schema, each in verdicts(all_counts, pairs).items()}

    return run


def with_seqeval(work: Work) -> Callable[[], F1]:
    """Take tags."""
    truth, tags = tagged(work)

    def run() -> F1:
        report = seqeval.metrics.classification_report(
            truth, tags, mode="strict", scheme=seqeval.scheme.IOB2, output_dict=True, zero_division=0
        )
        return {"strict": float(report["micro avg"]["f1-score"])}

    return run


def with_seqscore(work: Work) -> Callable[[], F1]:
    """Take tags."""
    truth, tags = tagged(work)
    return lambda: {"strict": seqscore.scoring.score_label_sequences(tags, truth, "BIO", repair=None)[0].f1}


def with_seqscore_mentions(work: Work) -> Callable[[], F1]:
    """Take objects, one a span; nothing is left to decode."""
    truth, found = (
        [[seqscore.model.Mention(seqscore.model.Span(p.first, p.last), role) for p, role in each] for each in side]
        for side in (work.golds, work.found)
    )

    def run() -> F1:
        score = seqscore.scoring.ClassificationScore()
        for gold, predicted in zip(truth, found, strict=True):
            seqscore.scoring.score_sequence_mentions(predicted, gold, score)
        return {"strict": score.f1}

    return run


def with_nervaluate(work: Work) -> Callable[[], F1]:
    """Take a dictionary a span, whose end is the last token."""
    truth, found = (
        [[{"label": role, "start": p.first, "end": p.last - 1} for p, role in placed] for placed in side]
        for side in (work.golds, work.found)
    )

    def run() -> F1:
        overall = nervaluate.Evaluator(truth, found, tags=ROLES, loader="dict").evaluate()["overall"]
        return {schema: float(overall[NERVALUATE[schema]].f1) for schema in SCHEMAS}

    return run


def tagged(work: Work) -> tuple[list[list[str]], list[list[str]]]:
    """Make the tags of both sides."""
    truth, found = (
        [encode(placed, length) for placed, length in zip(side, work.lengths, strict=True)]
        for side in (work.golds, work.found)
    )
    return truth, found


def best(run: Callable[[], F1], rounds: int) -> tuple[float, F1]:
    """Return the shortest processor time of some rounds in seconds, and what the work came to."""
    times = []
    for _ in range(rounds):
        gc.collect()  # nobody pays for what was made before
        start = time.process_time()
        result = run()
        times.append(time.process_time() - start)
    return min(times), result


def beside_peers(count: int) -> None:
    """Print seconds and ratios of everyone on the same articles; ours also for a million gold spans."""
    work = draw(count, 50, 0.3)
    total = sum(map(len, work.golds))
    print(f"{count:,} articles, {sum(work.lengths) / count:.0f} tokens each, {total:,} gold spans")
    rounds = 3 if count <= 10_000 else 1
    strict = {"seqeval": with_seqeval, "seqscore": with_seqscore, "seqscore, from objects": with_seqscore_mentions}
    for ours, name, peers in (
        (ours_strict, "strict", strict),
        (ours_four, "four schemas", {"nervaluate": with_nervaluate}),
    ):
        seconds, values = best(ours(work), rounds)
        said = ", ".join(f"{schema} {value:.6f}" for schema, value in values.items())
        print(f"  {name}: F1 {said}")
        print(f"    {'rolecall':22} {seconds:8.3f} s   {seconds / total * 1e6:.2f} s a million gold spans")
        for peer, prepare in peers.items():
            peer_seconds, peer_values = best(prepare(work), rounds)
            for schema, value in peer_values.items():
                assert abs(value - values[schema]) < 1e-9, f"{peer}, {schema}: {value}, not {values[schema]}"
            print(f"    {peer:22} {peer_seconds:8.3f} s   {peer_seconds / seconds:.1f} times ours")


def resampling(resamples: int, articles: int = 10_000, roles: int = 20) -> tuple[float, float]:
    """Derive every number with intervals, articles as groups; return seconds and MB."""
    before = peak()
    rng = np.random.Generator(np.random.PCG64(0))
    names = [f"ROLE{number}" for number in range(roles)]
    gold = rng.poisson(0.4, size=(articles, roles))
    right = rng.binomial(gold, 0.8)
    found = right + rng.poisson(0.1, size=gold.shape)
    rows = [
        Row(str(n), str(n), {name: Counts(c, p, g) for name, c, p, g in zip(names, *cells, strict=True) if p or g})
        for n, cells in enumerate(zip(right.tolist(), found.tolist(), gold.tolist(), strict=True))
    ]
    start = time.perf_counter()
    summarise(rows, {"one": names[: roles // 2], "other": names[roles // 2 :]}, resamples=resamples, seed=0)
    return time.perf_counter() - start, peak() - before


def scoring_files(gold: Path, predictions: Path) -> tuple[float, float, float]:
    """Score files; return seconds for reading and counting, seconds for numbers with 1,000 resamples, and MB."""
    before = peak()
    start = time.perf_counter()
    found = files.score_files(gold, predictions, resamples=1000)
    counted = time.perf_counter()
    card.derive(found)
    return counted - start, time.perf_counter() - counted, peak() - before


def peak() -> float:
    """Return the most memory that this process ever held, in MB; getrusage would count its parent's before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def of_files(total: int) -> None:
    """Print what it takes to score files with about this many gold spans, 41 an article."""
    with tempfile.TemporaryDirectory() as folder:
        gold, predictions = (Path(folder) / f"{name}.jsonl" for name in ("gold", "predictions"))
        work = draw(total // 41, 250, 0.41, seed=1)
        for path, readings_there in zip((gold, predictions), readings(work), strict=True):
            jsonl.write(path, readings_there.values())
        articles, count = len(work.golds), sum(map(len, work.golds))
        del work
        with get_context("spawn").Pool(1) as pool:
            read, derived, memory = pool.apply(scoring_files, (gold, predictions))
        size = (gold.stat().st_size + predictions.stat().st_size) / 1e6
    print(
        f"files of {size:,.0f} MB: {count:,} gold spans in {articles:,} articles: read and count {read:.2f} s, numbers "
        f"and intervals {derived:.2f} s, {memory:,.0f} MB, {memory / articles * 1000:.1f} kB an article"
    )


def main(arguments: Sequence[str] = ()) -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--spans", type=int, nargs="*", default=[500_000, 1_000_000])
    options = parser.parse_args(arguments)
    for number in options.articles:
        beside_peers(number)
    if options.resamples:
        with get_context("spawn").Pool(1) as pool:
            seconds, memory = pool.apply(resampling, (options.resamples,))
        print(f"{options.resamples:,} resamples of 10,000 articles with 20 roles: {seconds:.2f} s, {memory:,.0f} MB")
    for number in options.spans:
        of_files(number)


if __name__ == "__main__":
    main(sys.argv[1:])
