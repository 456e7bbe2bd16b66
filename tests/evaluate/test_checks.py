import pytest

from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.checks import Check, Extent, Gold, check_leaks, check_losses, check_minimum
from rolecall.evaluate.leaks import Leak
from rolecall.evaluate.losses import Loss
from rolecall.evaluate.rules import Support
from rolecall.evaluate.score import score
from rolecall.evaluate.summary import summarise
from tests.evaluate.material import SCHEME, annotation
from tests.evaluate.verdict_material import found, places

ANY = Support(spans=0, groups=0)


@pytest.fixture
def card() -> Scorecard:
    """PLACE: 1 of 2 found, 1 of 1 right. ARREST: 1 spurious. All: 1 correct, 2 predicted, 2 gold."""
    gold = {"a": annotation("a", (0, 2, "PLACE"), (4, 6, "PLACE"))}
    return score(gold, {"a": annotation("a", (0, 2, "PLACE"), (8, 9, "ARREST"), by="m")}, SCHEME, resamples=0)


def hold(card: Scorecard, support: Support, /, **minimum: float) -> list[Check]:
    """Check thresholds; in their keys, _ stands for a dot."""
    scores = summarise(card.tally.rows, card.layers, resamples=card.terms.resamples, seed=0)
    keys = {key.replace("_", "."): least for key, least in minimum.items()}
    return check_minimum(scores, Gold(card), keys, support)


def test_thresholds_by_hand(card: Scorecard) -> None:
    checks = hold(
        card, ANY, articles=1, spans=3, micro_f1=0.5, micro_recall=0.51, roles_PLACE_precision=1, layers_event_f1=0.1
    )
    assert [(check.key, check.value, check.threshold, check.verdict) for check in checks] == [
        ("articles", 1, 1, "pass"),
        ("spans", 2, 3, "fail"),
        ("micro.f1", 0.5, 0.5, "pass"),
        ("micro.recall", 0.5, 0.51, "fail"),
        ("roles.PLACE.precision", 1.0, 1, "pass"),
        ("layers.event.f1", 0.0, 0.1, "fail"),
    ]
    assert (checks[2].spans, checks[2].groups, checks[2].low) == (2, 1, None)


def test_undefined_for_lack_of_gold_is_no_evidence_and_for_lack_of_predictions_a_fail(card: Scorecard) -> None:
    nothing = score({"a": annotation("a", (0, 2, "PLACE"))}, {"a": annotation("a", by="m")}, SCHEME, resamples=0)
    checks = hold(card, ANY, roles_ARREST_recall=0, roles_TIME_f1=0, roles_TIME_precision=0)
    checks += hold(nothing, ANY, micro_precision=0, micro_f1=0)
    assert [(check.verdict, check.value, check.reason) for check in checks] == [
        ("insufficient evidence", None, "undefined: no gold"),
        ("insufficient evidence", None, "undefined: no gold"),
        ("insufficient evidence", None, "undefined: no gold"),
        ("fail", None, "undefined: no prediction"),
        ("pass", 0.0, "0.0 >= 0 (1 gold span in 1 group)"),
    ]


def test_below_the_support_nothing_passes_or_fails() -> None:
    # 6 articles with 5 places each, all found; the event layer has 5 arrests in one article, none found.
    card = found(*[{"PLACE": 5}] * 5, {"PLACE": 5, "ARREST": 0})
    enough, more, wider = Support(spans=30, groups=6), Support(spans=31, groups=6), Support(spans=5, groups=7)
    asked = {"roles_PLACE_f1": 0.9, "roles_ARREST_f1": 0.1, "layers_event_precision": 0, "articles": 6}
    assert [check.verdict for check in hold(card, enough, **asked)] == [
        "pass",
        "insufficient evidence",
        "insufficient evidence",
        "pass",
    ]
    assert {check.verdict for check in hold(card, more, **asked)} == {"insufficient evidence", "pass"}
    assert hold(card, more, **asked)[0].reason == (
        "1 (30 gold spans in 6 groups): rests on 30 gold spans, below the support of 31"
    )
    assert hold(card, wider, **asked)[0].reason.endswith(": rests on 6 groups, below the support of 7")
    assert hold(card, enough, **asked)[1].reason.endswith(
        ": rests on 5 gold spans, below the support of 30 and 1 group, below the support of 6"
    )


def test_support_is_gold_so_that_predicting_changes_nothing() -> None:
    gold = {name: annotation(name, (0, 2, "PLACE")) for name in "abc"} | {"d": annotation("d")}
    none = {name: annotation(name, by="m") for name in gold}
    much = {name: annotation(name, (0, 2, "PLACE"), (4, 5, "PLACE"), by="m") for name in gold}
    extents = [Gold(score(gold, side, SCHEME, resamples=0)).extent("roles.PLACE") for side in (none, much)]
    assert extents == [Extent(3, 3), Extent(3, 3)]


def test_what_a_line_rests_on() -> None:
    gold = Gold(found({"PLACE": 1, "ARREST": 1}, {"PLACE": 1}, {}))
    assert [gold.extent(line) for line in ("micro", "macro", "layers.event", "roles.PLACE", "roles.TIME")] == [
        Extent(15, 2),
        Extent(15, 2),
        Extent(5, 1),
        Extent(10, 2),
        Extent(0, 0),
    ]
    assert gold.expand(["micro", "roles.*", "roles.PLACE", "layers.*", "roles.TIME"]) == [
        "micro",
        "roles.ARREST",
        "roles.PLACE",
        "layers.event",
        "layers.setting",
        "roles.TIME",
    ]
    assert Gold(found({})).expand(["roles.*"]) == ["roles.*"]


def test_the_interval_stands_beside_and_decides_nothing() -> None:
    card = found(*({"PLACE": hits} for hits in (5, 5, 5, 4, 3, 2)), resamples=200)  # 24 of 30
    below, above = hold(card, ANY, micro_f1=0.81), hold(card, ANY, micro_f1=0.79)
    assert (below[0].verdict, above[0].verdict) == ("fail", "pass")
    assert below[0].low is not None
    assert below[0].high is not None
    assert below[0].low < 0.79
    assert below[0].high > 0.81
    assert below[0].reason.startswith("0.8 < 0.81 (95% 0.")
    assert below[0].reason.endswith(", doubtful; 30 gold spans in 6 groups)")
    many = found(*[{"PLACE": 5}, {"PLACE": 4}] * 10, resamples=200)
    assert "doubtful" not in hold(many, ANY, micro_f1=0.5)[0].reason


@pytest.mark.parametrize(
    ("hits", "least", "words"),
    [(3, 0.333333, "0.333333 >= 0.333333"), (6, 0.666667, "0.6666666666666666 < 0.666667"), (9, 1, "1.0 >= 1")],
)
def test_a_comparison_in_words_shows_how_it_went(hits: int, least: float, words: str) -> None:
    assert hold(places([hits], gold=9), ANY, micro_f1=least)[0].reason == f"{words} (9 gold spans in 1 group)"


def test_losses_step_by_step() -> None:
    losses = [
        Loss(ledger="l.jsonl", step="overlap", entered=1000, reasons={"shorter": 9, "same bounds": 1}),
        Loss(ledger="l.jsonl", step="tokens", entered=990, reasons={}),
        Loss(ledger="m.jsonl", step="pull", entered=0, reasons={}),
    ]
    assert [(check.key, check.verdict, check.value, check.reason) for check in check_losses(0.01, losses)] == [
        (
            "max_loss l.jsonl, overlap",
            "pass",
            0.01,
            "10 of 1,000 spans changed or dropped, <= 0.01: shorter 9, same bounds 1",
        ),
        ("max_loss l.jsonl, tokens", "pass", 0.0, "0 of 990 spans changed or dropped, <= 0.01"),
        ("max_loss m.jsonl, pull", "insufficient evidence", None, "no span entered"),
    ]
    assert [check.verdict for check in check_losses(0, losses)] == ["fail", "pass", "insufficient evidence"]
    assert [(check.verdict, check.reason) for check in check_losses(0, None)] == [
        ("insufficient evidence", "no books to look into: give a ledger with --ledger")
    ]


def test_leaks_are_counted_and_the_first_few_named() -> None:
    leaks = [Leak(train=f"t{n}", test="a\n<b>", reason="same text") for n in range(5)]
    one, many, none, unknown = (check_leaks(each) for each in (leaks[:1], leaks, [], None))
    assert (one.verdict, one.value, one.reason) == ("fail", 1, "1 leak: 't0' gives away 'a\\n<b>' (same text)")
    assert many.reason.startswith("5 leaks: 't0' gives away")
    assert many.reason.endswith("'t2' gives away 'a\\n<b>' (same text), and 2 more")
    assert (none.verdict, none.value, none.reason) == ("pass", 0, "none found")
    assert (unknown.verdict, unknown.reason) == (
        "insufficient evidence",
        "not searched: give --train and --articles",
    )
