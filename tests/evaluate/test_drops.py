from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.checks import Check, Gold
from rolecall.evaluate.compare import compare
from rolecall.evaluate.drops import check_baseline
from rolecall.evaluate.rules import Baseline, Support
from tests.evaluate.verdict_material import found, places

LINES = ("micro",)


def against(
    old: Scorecard, new: Scorecard, *, lines: tuple[str, ...] = LINES, tolerance: float = 0, spans: int = 30
) -> list[Check]:
    rule = Baseline(lines=lines, tolerance=tolerance)
    compared = compare(old, new, resamples=0, trials=1000, seed=0, alpha=rule.alpha)
    return check_baseline(Gold(new), rule, Support(spans=spans, groups=0), compared)


def test_a_drop_in_every_group_fails() -> None:
    # 6 groups differ, all one way: of 64 swaps, 2 show a difference as large.
    [check] = against(places([5] * 6), places([4] * 6))
    assert (check.key, check.verdict, check.p) == ("baseline.micro", "fail", 2 / 64)
    assert (round(check.value or 0, 6), check.threshold, check.spans, check.groups) == (-0.2, 0, 30, 6)
    assert check.reason == "F1 1.000 to 0.800, -0.200 (p 0.031; 30 gold spans in 6 groups): a drop: p is at most 0.05"


def test_a_drop_that_five_groups_cannot_show_is_no_evidence() -> None:
    [check] = against(places([6] * 5, gold=6), places([0] * 5, gold=6))
    assert (check.verdict, check.p) == ("insufficient evidence", 2 / 32)
    assert check.reason.endswith(": too few groups differ to tell from chance: 5")


def test_a_drop_that_may_be_chance_is_no_evidence() -> None:
    # 7 of 12 groups lose a span, 5 win one.
    [check] = against(places([4] * 12), places([3] * 7 + [5] * 5))
    assert check.verdict == "insufficient evidence"
    assert check.reason.endswith(": may be chance: p is above 0.05")
    assert against(places([3] * 7 + [5] * 5), places([4] * 12))[0].verdict == "pass"  # the other way round: no drop


def test_no_drop_passes() -> None:
    card = places([4] * 6)
    assert [check.verdict for check in against(card, card)] == ["pass"]
    assert [check.verdict for check in against(card, places([5] * 6))] == ["pass"]


def test_a_drop_up_to_the_tolerance_is_none() -> None:
    old, new = places([5] * 6), places([4] * 6)  # significant, and 0.2
    assert [against(old, new, tolerance=size)[0].verdict for size in (0.19, 0.2, 0.21)] == ["fail", "pass", "pass"]
    assert against(old, new, tolerance=0.2)[0].reason.endswith(": within the tolerance of 0.2")


def test_below_the_support_nothing_passes_or_fails() -> None:
    old = places([5] * 6)
    for new in (old, places([0] * 6)):
        [check] = against(old, new, spans=31)
        assert (check.verdict, check.p) == ("insufficient evidence", None)
        assert check.reason.endswith(": rests on 30 gold spans, below the support of 31")


def test_roles_are_corrected_among_those_that_are_tested() -> None:
    old, new = found(*[{"PLACE": 5, "ARREST": 5}] * 6), found(*[{"PLACE": 4, "ARREST": 4}] * 6)
    both = against(old, new, lines=("roles.*",))
    assert [(check.key, check.verdict, check.p) for check in both] == [
        ("baseline.roles.ARREST", "insufficient evidence", 4 / 64),
        ("baseline.roles.PLACE", "insufficient evidence", 4 / 64),
    ]
    [alone] = against(old, new, lines=("roles.PLACE",))
    assert (alone.verdict, alone.p) == ("fail", 2 / 64)
    few = (
        found(*[{"PLACE": 5, "ARREST": 5}], *[{"PLACE": 5}] * 5),
        found(*[{"PLACE": 4, "ARREST": 4}], *[{"PLACE": 4}] * 5),
    )
    checks = against(*few, lines=("roles.*", "layers.*"))  # 5 arrests are below the support: no question is asked
    assert [(check.key, check.verdict, check.p) for check in checks] == [
        ("baseline.roles.ARREST", "insufficient evidence", None),
        ("baseline.roles.PLACE", "fail", 2 / 64),
        ("baseline.layers.event", "insufficient evidence", None),
        ("baseline.layers.setting", "fail", 2 / 64),
    ]


def test_what_gold_lacks_is_no_evidence() -> None:
    card = places([5] * 6)
    named = against(card, card, lines=("roles.TIME", "layers.event"), spans=0)
    assert [(check.key, check.verdict, check.reason) for check in named] == [
        ("baseline.roles.TIME", "insufficient evidence", "undefined: no gold"),
        ("baseline.layers.event", "insufficient evidence", "undefined: no gold"),
    ]
    empty = found({})
    [check] = against(empty, empty, lines=("roles.*",), spans=0)
    assert (check.key, check.verdict) == ("baseline.roles.*", "insufficient evidence")


def test_without_a_baseline_the_option_is_named() -> None:
    [check] = check_baseline(Gold(places([5])), Baseline(), Support(), None)
    assert (check.key, check.verdict) == ("baseline", "insufficient evidence")
    assert check.reason == "not compared: give an older scorecard with --baseline"


def test_intervals_stand_beside() -> None:
    old, new = places([5] * 6), places([5, 5, 5, 4, 4, 3])
    compared = compare(old, new, resamples=100, trials=1, seed=0, alpha=0.05)
    [check] = check_baseline(Gold(new), Baseline(), Support(), compared)
    assert check.low is not None
    assert check.high is not None
    assert check.low < (check.value or 0) < check.high
    assert "(95% -0." in check.reason
    assert ", doubtful; p 0.250; 30 gold spans in 6 groups)" in check.reason  # 3 differ: 2 of 8 swaps
