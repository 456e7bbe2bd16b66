"""Time strict scoring beside nervaluate and seqeval on the same spans, and the whole of our own work on many.

python -m benchmarks scoring                     ratios on 2,000 short articles with about 20% errors, and the time
                                                 for files of 10,000 articles with 40 spans and 1,000 resamples
python -m benchmarks.scoring --articles 10000    more articles; --whole 0 leaves the files out

Each peer gets the spans in the form it asks for, made beforehand. nervaluate counts four schemas at a time and offers
no other way; ours and seqeval's are the strict one alone. All must come to the same F1.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rolecall.core import jsonl
from rolecall.core.bio import Placement, encode
from rolecall.core.records import Annotation, Article, Kind, Span
from rolecall.core.scheme import load_scheme
from rolecall.evaluate import card, files
from rolecall.evaluate.summary import summarise
from rolecall.evaluate.tally import tally

SCHEME = load_scheme("protest")
ROLES = [*SCHEME.roles]
Placed = list[tuple[Placement, str]]


def spans(rng: random.Random, length: int, share: float) -> Placed:
    """Place spans of 1 to 4 tokens that cover about a share of an article, without overlap."""
    found, at = [], 0
    while at < length:
        end = min(length, at + rng.randint(1, 4))
        if rng.random() < share:
            found.append((Placement(at, end, exact=True), rng.choice(ROLES)))
        at = end
    return found


def disturb(gold: Placed, rng: random.Random) -> Placed:
    """Get about 20% of the spans wrong: missed, of another role, or too short."""
    found: Placed = []
    for place, role in gold:
        luck = rng.random()
        if luck < 0.08:
            continue
        if luck < 0.14:
            found.append((place, rng.choice(ROLES)))
        elif luck < 0.2 and place.last - place.first > 1:
            found.append((Placement(place.first, place.last - 1, exact=True), role))
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


def best(work: Callable[[], float], rounds: int = 3) -> tuple[float, float]:
    """Return the shortest time of a few rounds in seconds, and what the work came to."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def beside_peers(count: int, length: int = 50) -> None:
    """Print seconds, ratios and F1 of each on the same articles."""
    rng = random.Random(0)
    articles = [Article.of("x" * length, id=str(number)) for number in range(count)]
    golds = [spans(rng, length, 0.3) for _ in articles]
    found = [disturb(gold, rng) for gold in golds]
    gold = {a.id: annotate(a, placed, "gold", "human") for a, placed in zip(articles, golds, strict=True)}
    predicted = {a.id: annotate(a, placed, "model", "model") for a, placed in zip(articles, found, strict=True)}
    layers = {layer.name: [role.name for role in layer.roles] for layer in SCHEME.layers}

    def ours() -> float:
        return summarise(tally(gold, predicted, {}).rows, layers, resamples=0, seed=0).micro.f1.value or 0.0

    seconds, value = best(ours)
    print(f"{count:,} articles of {length} tokens, {sum(map(len, golds)):,} gold spans")
    print(f"{'rolecall':12} {seconds:8.3f} s   F1 {value:.6f}")
    for name, prepare in (("seqeval", _seqeval), ("nervaluate", _nervaluate)):
        try:
            work = prepare(golds, found, length)
        except ModuleNotFoundError as error:
            print(f"{name:12} not installed ({error.name})")
            continue
        peer_seconds, peer_value = best(work, rounds=1)
        assert abs(peer_value - value) < 1e-9, f"{name} comes to {peer_value}, not {value}"
        print(f"{name:12} {peer_seconds:8.3f} s   F1 {peer_value:.6f}   {peer_seconds / seconds:.1f} times ours")


def _seqeval(golds: list[Placed], found: list[Placed], length: int) -> Callable[[], float]:
    metrics, scheme = import_module("seqeval.metrics"), import_module("seqeval.scheme")
    truth, tags = ([encode(placed, length) for placed in side] for side in (golds, found))

    def work() -> float:
        report: dict[str, Any] = metrics.classification_report(
            truth, tags, mode="strict", scheme=scheme.IOB2, output_dict=True, zero_division=0
        )
        return float(report["micro avg"]["f1-score"])

    return work


def _nervaluate(golds: list[Placed], found: list[Placed], _: int) -> Callable[[], float]:
    evaluator = import_module("nervaluate").Evaluator
    truth, spans_found = (
        [[{"label": role, "start": p.first, "end": p.last - 1} for p, role in placed] for placed in side]
        for side in (golds, found)
    )
    return lambda: float(evaluator(truth, spans_found, tags=ROLES, loader="dict").evaluate()["overall"]["strict"].f1)


def whole(count: int, length: int = 250, resamples: int = 1000) -> None:
    """Print the time of `rolecall evaluate score` on files, step by step."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        gold, predictions, texts = (Path(folder) / f"{name}.jsonl" for name in ("gold", "predictions", "articles"))
        articles = [Article.of("x" * length, id=str(n), story=str(n // 3)) for n in range(count)]
        placed = [spans(rng, length, 0.4) for _ in articles]
        pairs = list(zip(articles, placed, strict=True))
        jsonl.write(texts, articles)
        total = sum(map(len, placed))
        jsonl.write(gold, (annotate(article, each, "gold", "human") for article, each in pairs))
        jsonl.write(predictions, (annotate(article, disturb(each, rng), "m", "model") for article, each in pairs))
        del articles, placed, pairs
        start = time.perf_counter()
        found = files.score_files(gold, predictions, articles=texts, resamples=resamples)
        counted = time.perf_counter()
        derived = card.derive(found)
        derived_at = time.perf_counter()
        card.write(Path(folder) / "card.json", found, derived)
        written = time.perf_counter()
    print(f"whole: {count:,} articles, {total:,} gold spans, {derived.scores.groups:,} groups, {resamples:,} resamples")
    print(f"  read, verify, count  {counted - start:6.2f} s")
    print(f"  numbers, intervals   {derived_at - counted:6.2f} s")
    print(f"  write the card       {written - derived_at:6.2f} s")
    print(f"  in all               {written - start:6.2f} s")


def main(arguments: Sequence[str] = ()) -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--whole", type=int, default=10_000)
    options = parser.parse_args(arguments)
    beside_peers(options.articles)
    if options.whole:
        whole(options.whole)


if __name__ == "__main__":
    main(sys.argv[1:])
