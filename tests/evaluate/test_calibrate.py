"""Thresholds and reliability: worked by hand, against every threshold tried, and against scikit-learn."""

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rolecall.core.errors import InputError
from rolecall.core.records import Annotation
from rolecall.evaluate.calibrate import (
    Bin,
    Binning,
    Calibration,
    Judged,
    best_threshold,
    calibrate,
    cut,
    expected_error,
    judge,
    reliability,
)
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key
from rolecall.evaluate.tally import tally, total
from tests.evaluate.material import SCHEME, annotation, corpora, sides


def scored(article: str, *spans: tuple[Key, float | None]) -> Annotation:
    """Make a prediction of spans with scores."""
    found = annotation(article, *(key for key, _ in spans), by="model", kind="model")
    with_scores = (msgspec.structs.replace(s, score=score) for s, (_, score) in zip(found.spans, spans, strict=True))
    return msgspec.structs.replace(found, spans=tuple(with_scores))


def judged(*spans: tuple[float, bool], gold: int = 0) -> Judged:
    return Judged(
        np.array([score for score, _ in spans], dtype=np.float64),
        np.array([correct for _, correct in spans], dtype=np.bool_),
        max(gold, sum(correct for _, correct in spans)),
    )


PLACE, TIME, ARREST, TARGET = (0, 2, "PLACE"), (3, 5, "TIME"), (6, 8, "ARREST"), (9, 11, "TARGET")
GOLD = {"1": annotation("1", PLACE, ARREST), "2": annotation("2", PLACE)}
# Correct at 0.9 and 0.5, wrong at 0.7 and 0.2; one of gold's three is not predicted.
PREDICTED = {"1": scored("1", (PLACE, 0.9), (TIME, 0.7), (ARREST, 0.5)), "2": scored("2", (TIME, 0.2))}


def test_the_worked_example() -> None:
    # Kept from 0.9: 2/4. From 0.7: 2/5. From 0.5: 4/6, the best. From 0.2: 4/7.
    found = calibrate(GOLD, PREDICTED, SCHEME, bins=2)
    assert (found.threshold, found.by, found.articles, found.scheme) == (0.5, "model", 2, SCHEME.fingerprint)
    assert (found.before, found.after) == (Counts(2, 4, 3), Counts(2, 3, 3))
    assert (found.f1_before, found.f1_after) == (4 / 7, 4 / 6)
    # 0.2 and 0.5 with one correct: 0.35 for 0.5. 0.7 and 0.9 with one correct: 0.8 for 0.5.
    assert [(b.low, b.high, b.spans, b.correct) for b in found.bins] == [(0.2, 0.5, 2, 1), (0.7, 0.9, 2, 1)]
    assert [b.score for b in found.bins] == pytest.approx([0.35, 0.8])
    assert [b.gap for b in found.bins] == pytest.approx([-0.15, 0.3])
    assert found.error == pytest.approx((2 * 0.15 + 2 * 0.3) / 4)


def test_it_goes_through_json_as_it_is() -> None:
    found = calibrate(GOLD, PREDICTED, SCHEME)
    text = msgspec.json.encode(found)
    assert msgspec.json.decode(text, type=Calibration) == found
    plain = msgspec.json.decode(text)
    assert (plain["threshold"], plain["before"], plain["after"]) == (0.5, [2, 4, 3], [2, 3, 3])
    with pytest.raises(msgspec.ValidationError, match="between 0 and 1"):
        msgspec.json.decode(msgspec.json.encode(plain | {"threshold": 1.5}), type=Calibration)


@pytest.mark.parametrize(
    ("spans", "gold", "threshold"),
    [
        # Equal scores stay or go together: at 0.6 there is 2/4 (both 0.6), never 2/3.
        ([(0.6, True), (0.6, False)], 2, 0.0),
        # 0.9 alone gives 2/3, and so do all four (4/6): the lower threshold, which is to drop nothing.
        ([(0.9, True), (0.5, False), (0.4, False), (0.3, True)], 2, 0.0),
        # The same tie above a wrong one: 0.3 rather than 0.9.
        ([(0.9, True), (0.5, False), (0.4, False), (0.3, True), (0.1, False)], 2, 0.3),
        # Nothing is right, nothing is predicted: there is no reason to drop.
        ([(0.9, False), (0.1, False)], 3, 0.0),
        ([], 3, 0.0),
        # All correct, the lowest score included.
        ([(0.9, True), (0.1, True)], 2, 0.0),
        # The threshold can be 1, and a score of 0 can be dropped.
        ([(1.0, True), (0.999, False)], 1, 1.0),
        ([(0.5, True), (0.0, False)], 1, 0.5),
    ],
)
def test_thresholds_by_hand(spans: list[tuple[float, bool]], gold: int, threshold: float) -> None:
    assert best_threshold(judged(*spans, gold=gold)) == threshold


# Few distinct scores, so that there are ties, and some that differ in the last bit.
scores = st.one_of(st.sampled_from([0.0, 0.1, 0.25, 0.5, math.nextafter(0.5, 1), 1.0]), st.floats(0, 1))
spans = st.lists(st.tuples(scores, st.booleans()), max_size=30)


@given(spans, st.integers(0, 40))
def test_no_threshold_is_better_and_no_lower_one_as_good(spans: list[tuple[float, bool]], gold: int) -> None:
    found = judged(*spans, gold=gold)
    best = best_threshold(found)
    for threshold in {0.0, 1.0, *(score for score, _ in spans)}:
        one, other = found.above(best), found.above(threshold)
        # Compared as fractions: 2 c / (p + g), with dropping everything worth 0.
        difference = one.correct * (other.predicted + other.gold) - other.correct * (one.predicted + one.gold)
        assert difference >= 0
        assert difference > 0 or threshold >= best


@given(corpora, st.data())
def test_applying_the_threshold_gives_the_counts_after(
    corpus: dict[str, tuple[list[Key], list[Key]]], data: st.DataObject
) -> None:
    gold, bare = sides(corpus)
    predicted = {
        name: scored(name, *((span.key, data.draw(scores)) for span in each.spans)) for name, each in bare.items()
    }
    found = calibrate(gold, predicted, SCHEME)
    for threshold, counts in ((0.0, found.before), (found.threshold, found.after)):
        left = {name: cut(each, threshold) for name, each in predicted.items()}
        assert sum(total(tally(gold, left, {}).rows).values(), Counts()) == counts
    turned = {name: msgspec.structs.replace(each, spans=each.spans[::-1]) for name, each in reversed(predicted.items())}
    assert calibrate(gold, turned, SCHEME) == found


def test_a_span_standing_twice_counts_once_with_its_highest_score() -> None:
    twice = {"1": scored("1", (PLACE, 0.3), (PLACE, 0.8), (PLACE, 0.4), (TIME, 0.5))}
    found = judge({"1": annotation("1", PLACE)}, twice)
    assert sorted(zip(found.scores.tolist(), found.correct.tolist(), strict=True)) == [(0.5, False), (0.8, True)]


def test_what_one_side_lacks() -> None:
    found = calibrate({"1": GOLD["1"], "2": GOLD["2"]}, {"1": PREDICTED["1"], "9": scored("9", (TIME, None))}, SCHEME)
    assert found.before == Counts(2, 3, 3)
    nothing = calibrate({"1": annotation("1")}, {}, SCHEME)
    assert (nothing.threshold, nothing.f1_before, nothing.f1_after, nothing.bins, nothing.error) == (
        0.0, None, None, (), None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (None, "'2' by 'model': 3:5 TIME 'xx' has no score"),
        (math.nan, "has the score nan, which is no probability"),
        (1.01, "has the score 1.01"),
        (-0.01, "has the score -0.01"),
        (math.inf, "has the score inf"),
    ],
)
def test_a_span_without_a_probability_is_refused_by_name(score: float | None, says: str) -> None:
    wrong = PREDICTED | {"2": scored("2", (PLACE, 0.5), (TIME, score))}
    with pytest.raises(InputError, match=says):
        calibrate(GOLD, wrong, SCHEME)
    with pytest.raises(InputError, match=says):
        cut(wrong["2"], 0.5)


def test_cutting_keeps_what_reaches_the_threshold_and_the_links_between() -> None:
    found = msgspec.structs.replace(
        scored("1", (PLACE, 0.5), (ARREST, 0.4), (TARGET, 0.8), (TIME, 0.9)), links=((1, 0), (1, 3)), events=((1,),)
    )
    left = cut(found, 0.5)
    assert [span.key for span in left.spans] == [PLACE, TARGET, TIME]
    assert (left.links, left.events) == ((), ())
    assert cut(found, 0.4) == found


def test_bins_of_equal_mass_by_hand() -> None:
    # Five spans in two bins: three and two. Equal scores stay together, and take a place from the next bin.
    tens = [(0.1, False), (0.2, False), (0.3, True), (0.8, True), (0.9, True)]
    assert [b.spans for b in reliability(judged(*tens), bins=2)] == [3, 2]
    assert [b.spans for b in reliability(judged((0.1, False), (0.5, True), (0.5, False), (0.9, True)), bins=2)] == [
        3,
        1,
    ]
    assert [b.spans for b in reliability(judged(*tens), bins=100)] == [1] * 5
    assert [b.spans for b in reliability(judged(*[(0.5, True)] * 7), bins=3)] == [7]
    with pytest.raises(ValueError, match="0 bins"):
        reliability(judged(*tens), bins=0)


def test_bins_of_equal_width_by_hand() -> None:
    # 0.2 belongs to the first of five bins, 0.3 to the second; nothing lies from 0.4 to 0.8.
    found = reliability(
        judged((0.0, False), (0.2, True), (0.3, True), (0.9, True), (1.0, True)), bins=5, binning="width"
    )
    assert found == (
        Bin(0.0, 0.2, 2, 1, 0.1),
        Bin(0.3, 0.3, 1, 1, 0.3),
        Bin(0.9, 1.0, 2, 2, 0.95),
    )
    # 2 x 0.4, 1 x 0.7, 2 x 0.05, over 5.
    assert expected_error(found) == pytest.approx(1.6 / 5)


def test_scores_that_are_what_they_say_have_no_error() -> None:
    fair = judged(*[(0.25, True), *[(0.25, False)] * 3, *[(0.75, True)] * 3, (0.75, False)])
    assert expected_error(reliability(fair, bins=2)) == 0.0
    assert expected_error(()) is None


@given(spans, st.integers(1, 12), st.sampled_from(["mass", "width"]))
def test_bins_hold_every_span_once_in_any_order(spans: list[tuple[float, bool]], bins: int, binning: Binning) -> None:
    found = reliability(judged(*spans), bins=bins, binning=binning)
    assert sum(b.spans for b in found) == len(spans)
    assert sum(b.correct for b in found) == sum(correct for _, correct in spans)
    assert len(found) <= bins
    assert all(one.high < other.low for one, other in pairwise(found))
    assert reliability(judged(*spans[::-1]), bins=bins, binning=binning) == found
    if spans:
        error = expected_error(found)
        assert error is not None
        overall = abs(sum(score for score, _ in spans) - sum(correct for _, correct in spans)) / len(spans)
        assert overall - 1e-9 <= error <= 1


@pytest.mark.parametrize(("binning", "strategy"), [("mass", "quantile"), ("width", "uniform")])
@given(seed=st.integers(0, 1000), bins=st.integers(1, 12), each=st.integers(1, 8))
def test_bins_are_those_of_scikit_learn(binning: Binning, strategy: str, seed: int, bins: int, each: int) -> None:
    calibration = pytest.importorskip("sklearn.calibration")
    rng = np.random.default_rng(seed)
    scores = rng.random(bins * each)  # as many in each bin: where they do not divide, quantiles can be put otherwise
    correct = rng.random(len(scores)) < scores
    assume(correct.any() and not correct.all())
    found = reliability(Judged(scores, correct, int(correct.sum())), bins=bins, binning=binning)
    shares, means = calibration.calibration_curve(correct, scores, n_bins=bins, strategy=strategy)
    assert [b.correct / b.spans for b in found] == pytest.approx(shares.tolist())
    assert [b.score for b in found] == pytest.approx(means.tolist())
