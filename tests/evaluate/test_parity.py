"""Our strict scores on flat, non-overlapping data against scikit-learn's, computed another way."""

import random

import pytest

from rolecall.evaluate.match import Key
from rolecall.evaluate.summary import summarise
from rolecall.evaluate.tally import tally
from tests.evaluate.material import ROLES, sides

Corpus = dict[str, tuple[list[Key], list[Key]]]


def flat(rng: random.Random) -> list[Key]:
    """Draw spans that do not overlap."""
    found, at = [], rng.randint(0, 3)
    while at < 60:
        end = at + rng.randint(1, 4)
        found.append((at, end, rng.choice(ROLES)))
        at = end + rng.randint(0, 5)
    return found


def disturb(gold: list[Key], rng: random.Random) -> list[Key]:
    """Miss some spans and give others another role; bounds stay apart, so at most one role stands on a stretch."""
    kept = [key for key in gold if rng.random() < 0.8]
    return [(start, end, role if rng.random() < 0.8 else rng.choice(ROLES)) for start, end, role in kept]


@pytest.mark.parametrize("seed", range(5))
def test_strict_scores_are_those_of_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = random.Random(seed)
    corpus: Corpus = {}
    for number in range(40):
        gold = flat(rng)
        corpus[str(number)] = gold, disturb(gold, rng)
    # Each stretch that either side labels is a case with a class on either side, "" for none.
    stretches = sorted({(a, key[:2]) for a, pair in corpus.items() for side in pair for key in side})
    truth, found = (
        [{(a, key[:2]): key[2] for a, pair in corpus.items() for key in pair[side]}.get(s, "") for s in stretches]
        for side in (0, 1)
    )
    ours = summarise(tally(*sides(corpus), {}).rows, {"all": ROLES}, resamples=0, seed=0)
    for average, numbers in (("micro", ours.micro), ("macro", ours.macro)):
        theirs = metrics.precision_recall_fscore_support(truth, found, labels=ROLES, average=average)[:3]
        values = [numbers.precision.value, numbers.recall.value, numbers.f1.value]
        assert values == pytest.approx(theirs, abs=1e-12)
    by_role = metrics.precision_recall_fscore_support(truth, found, labels=ROLES, average=None)
    for index, role in enumerate(ROLES):
        assert ours.roles[role].f1.value == pytest.approx(by_role[2][index])
        assert ours.roles[role].gold == by_role[3][index]
