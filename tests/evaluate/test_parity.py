"""Our numbers on flat, non-overlapping data against those of scikit-learn, seqeval, seqscore and nervaluate.

Where nervaluate's greedy matching has a choice it can come to other numbers: those cases are literal.
"""

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import pytest
import seqeval.metrics
import seqeval.scheme
import seqscore.scoring
from hypothesis import assume, given
from hypothesis import strategies as st

from rolecall.core.scheme import Scheme, load_scheme
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, count
from rolecall.evaluate.summary import Line, Summary, summarise
from rolecall.evaluate.tally import Row, tally
from tests.evaluate.material import ROLES, SCHEME, sides
from tests.evaluate.peers import (
    CORPORA,
    Case,
    Five,
    ask_nervaluate,
    ecbplus,
    five_of_nervaluate,
    five_of_ours,
    flat,
    generated,
    plain,
    sample,
)

Corpus = dict[str, tuple[list[Key], list[Key]]]


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


class Material(NamedTuple):
    """Where cases come from, their scheme, and what they hold: how many, how many plain, and strict counts in all."""

    load: Callable[[], list[Case]]
    scheme: Scheme
    cases: int
    plain: int
    counts: Counts


MATERIAL = {
    "generated 0": Material(lambda: generated(0), SCHEME, 200, 147, Counts(1569, 2324, 2435)),
    "generated 1": Material(lambda: generated(1), SCHEME, 200, 147, Counts(1492, 2284, 2431)),
    "sample, ana": Material(lambda: sample("ana"), SCHEME, 160, 154, Counts(1776, 1871, 1885)),
    "sample, ben": Material(lambda: sample("ben"), SCHEME, 160, 157, Counts(1752, 1798, 1885)),
    "ecbplus": Material(ecbplus, load_scheme("ecbplus"), 196, 130, Counts(1609, 2423, 2711)),
}
needs_corpora = pytest.mark.skipif(CORPORA is None, reason="ROLECALL_CORPORA names no folder of corpora")
every_material = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_corpora) if name == "ecbplus" else name for name in MATERIAL]
)


@cache
def load(name: str) -> list[Case]:
    return MATERIAL[name].load()


def summary(cases: Sequence[Case], scheme: Scheme) -> Summary:
    rows = [Row(str(number), str(number), count(*case.keys)) for number, case in enumerate(cases)]
    return summarise(rows, {"all": [*scheme.roles]}, resamples=0, seed=0)


def rates(line: Line) -> list[float]:
    """Return precision, recall and F1; peers call what is undefined 0."""
    return [each.value or 0.0 for each in (line.precision, line.recall, line.f1)]


def as_in_seqeval(cases: Sequence[Case], scheme: Scheme) -> None:
    ours = summary(cases, scheme)
    report = seqeval.metrics.classification_report(
        *zip(*cases, strict=True), mode="strict", scheme=seqeval.scheme.IOB2, output_dict=True, zero_division=0
    )
    lines = {"micro avg": ours.micro, **{role: line for role, line in ours.roles.items() if line.groups}}
    assert lines.keys() == report.keys() - {"macro avg", "weighted avg"}
    for name, line in lines.items():
        theirs = report[name]
        assert rates(line) == pytest.approx([theirs["precision"], theirs["recall"], theirs["f1-score"]], abs=1e-12)
        assert line.gold == theirs["support"]


def as_in_seqscore(cases: Sequence[Case], scheme: Scheme) -> None:
    ours = summary(cases, scheme)
    golds, found = zip(*cases, strict=True)
    theirs, _ = seqscore.scoring.score_label_sequences(found, golds, "BIO", repair=None)
    assert {role for role, line in ours.roles.items() if line.groups} == theirs.type_scores.keys()
    by_role = [(ours.roles[role], scores) for role, scores in theirs.type_scores.items()]
    for line, scores in [(ours.micro, theirs), *by_role]:
        assert (line.correct, line.predicted, line.gold) == (scores.true_pos, scores.total_pos, scores.total_ref)
        assert rates(line) == pytest.approx([scores.precision, scores.recall, scores.f1], abs=1e-12)


def as_in_nervaluate(cases: Sequence[Case], scheme: Scheme) -> None:
    """Compare the five counts where there is one way to match, and what strict and exact call correct everywhere."""
    flat_layer = dict.fromkeys(scheme.roles, "all")
    alone = [case.keys for case in cases if plain(case)]
    if alone:
        theirs = five_of_nervaluate(ask_nervaluate([(sorted(gold), sorted(found)) for gold, found in alone]))
        assert five_of_ours(alone, flat_layer) == theirs
    every = [case.keys for case in cases]
    results = ask_nervaluate([(sorted(gold), sorted(found)) for gold, found in every])
    ours, theirs = five_of_ours(every, flat_layer), five_of_nervaluate(results)
    assert [ours[schema][0] for schema in ("strict", "exact")] == [theirs[schema][0] for schema in ("strict", "exact")]
    lines = summary(cases, scheme).roles
    for role, by_schema in results["entities"].items():
        strict = by_schema["strict"]
        line = lines[role]
        assert (line.correct, line.predicted, line.gold) == (strict.correct, strict.actual, strict.possible)


@every_material
def test_what_is_compared(name: str) -> None:
    cases, told = load(name), MATERIAL[name]
    counts = sum((each for case in cases for each in count(*case.keys).values()), Counts())
    assert (len(cases), sum(map(plain, cases)), counts) == (told.cases, told.plain, told.counts)


@every_material
@pytest.mark.parametrize("peer", [as_in_seqeval, as_in_seqscore, as_in_nervaluate])
def test_peers_agree(name: str, peer: Callable[[Sequence[Case], Scheme], None]) -> None:
    peer(load(name), MATERIAL[name].scheme)


@st.composite
def drawn_cases(draw: st.DrawFn) -> Case:
    pieces = st.lists(st.tuples(st.sampled_from(["", *ROLES[:2]]), st.integers(1, 3)), max_size=6)
    tags = [
        [tag for role, size in draw(pieces) for tag in ([f"B-{role}", *[f"I-{role}"] * (size - 1)] if role else ["O"])]
        for _ in range(2)
    ]
    length = max(map(len, tags))
    return Case(*([*each, *["O"] * (length - len(each))] for each in tags))


@given(st.lists(drawn_cases(), min_size=1, max_size=4))
def test_peers_agree_on_any_flat_data(cases: list[Case]) -> None:
    assume(any(side for case in cases for side in case.keys))  # seqeval warns and says NaN of nothing
    for peer in (as_in_seqeval, as_in_seqscore, as_in_nervaluate):
        peer(cases, SCHEME)


def both(gold: Sequence[Key], predicted: Sequence[Key], *, inclusive: bool = True) -> tuple[list[Five], list[Five]]:
    """Return nervaluate's and our counts under strict, exact, partial and type; the order given is nervaluate's."""
    theirs = five_of_nervaluate(ask_nervaluate([(gold, predicted)], inclusive=inclusive))
    ours = five_of_ours([({*gold}, {*predicted})], SCHEME.layer_of)
    return [*theirs.values()], [*ours.values()]


def test_nervaluate_depends_on_the_order_of_predictions() -> None:
    # A prediction takes the first free gold span that it overlaps: 2:8 takes 0:4, and 0:2 is left with nothing.
    gold, predicted = [(0, 4, "PLACE"), (4, 10, "PLACE")], [(0, 2, "PLACE"), (2, 8, "PLACE")]
    matched = [(0, 2, 0, 0, 0), (0, 2, 0, 0, 0), (0, 0, 2, 0, 0), (2, 0, 0, 0, 0)]
    assert both(gold, predicted) == (matched, matched)
    turned = [(0, 1, 0, 1, 1), (0, 1, 0, 1, 1), (0, 0, 1, 1, 1), (2, 0, 0, 0, 0)]
    assert both(gold, predicted[::-1]) == (turned, matched)


def test_nervaluate_loses_a_perfect_span_to_a_neighbouring_layer() -> None:
    # It knows no layers: PARTICIPANT 17:25 takes the gold of DETAINEE 16:25, which is there on both sides.
    gold = [(16, 25, "DETAINEE"), (16, 25, "PARTICIPANT")]
    predicted = [(17, 25, "PARTICIPANT"), (16, 25, "DETAINEE")]
    right = [(1, 1, 0, 0, 0), (1, 1, 0, 0, 0), (1, 0, 1, 0, 0), (2, 0, 0, 0, 0)]
    assert both(gold, predicted) == ([(0, 2, 0, 0, 0), *right[1:]], right)
    assert both(gold, predicted[::-1]) == (right, right)


def test_nervaluate_is_greedy_in_text_order_too() -> None:
    # Under type 3:9 takes the gold with the nearer bounds, 4:10, and 9:12 is left; under strict it takes the first.
    theirs, ours = both([(0, 4, "PLACE"), (4, 10, "PLACE")], [(3, 9, "PLACE"), (9, 12, "PLACE")])
    assert theirs == [(0, 2, 0, 0, 0), (0, 2, 0, 0, 0), (0, 0, 2, 0, 0), (1, 0, 0, 1, 1)]
    assert ours == [(0, 2, 0, 0, 0), (0, 2, 0, 0, 0), (0, 0, 2, 0, 0), (2, 0, 0, 0, 0)]


def test_the_same_role_comes_before_more_pairs() -> None:
    # One assignment serves all schemas: 2:8 stands for the gold of its role, and 8:12 overlaps no other.
    theirs, ours = both([(0, 4, "TIME"), (4, 10, "PLACE")], [(2, 8, "PLACE"), (8, 12, "TIME")])
    assert theirs == [(0, 2, 0, 0, 0), (0, 2, 0, 0, 0), (0, 0, 2, 0, 0), (1, 0, 0, 1, 1)]
    assert ours == [(0, 1, 0, 1, 1), (0, 1, 0, 1, 1), (0, 0, 1, 1, 1), (1, 0, 0, 1, 1)]


def test_half_open_spans_that_touch_overlap_in_nervaluate() -> None:
    theirs, ours = both([(0, 4, "PLACE")], [(4, 8, "PLACE")], inclusive=False)
    assert theirs == [(0, 1, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (1, 0, 0, 0, 0)]
    assert ours == [(0, 0, 0, 1, 1)] * 4


def test_a_hundredth_of_a_gold_span_is_no_overlap_in_nervaluate() -> None:
    theirs, ours = both([(0, 150, "DEMAND")], [(149, 160, "DEMAND")])
    assert theirs == [(0, 0, 0, 1, 1)] * 4
    assert ours == [(0, 1, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (1, 0, 0, 0, 0)]


def test_a_span_said_twice_is_spurious_in_nervaluate() -> None:
    theirs, ours = both([(0, 4, "PLACE")], [(0, 4, "PLACE"), (0, 4, "PLACE")])
    assert theirs == [(1, 0, 0, 0, 1)] * 4
    assert ours == [(1, 0, 0, 0, 0)] * 4
