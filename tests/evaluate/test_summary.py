import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key
from rolecall.evaluate.summary import Summary, doubtful, summarise
from rolecall.evaluate.tally import Row, tally, total
from tests.evaluate.material import ROLES, corpora, sides

LAYERS = {"event": ("PROTEST", "ARREST"), "other": ("PARTICIPANT", "DETAINEE", "PLACE")}


def of(rows: list[Row], resamples: int = 0, seed: int = 0) -> Summary:
    return summarise(rows, LAYERS, resamples=resamples, seed=seed)


def test_numbers_by_hand() -> None:
    found = of(
        [
            Row("a", "s", {"PROTEST": Counts(2, 2, 4), "PLACE": Counts(1, 1, 1)}),
            Row("b", "s", {"PROTEST": Counts(1, 2, 2), "DETAINEE": Counts(0, 3, 0)}),
            Row("c", "t", {"ARREST": Counts(0, 0, 2)}),
        ]
    )
    assert (found.articles, found.groups) == (3, 2)
    protest = found.roles["PROTEST"]
    assert (protest.correct, protest.predicted, protest.gold, protest.groups) == (3, 4, 6, 1)
    assert (protest.precision.value, protest.recall.value, protest.f1.value) == (3 / 4, 3 / 6, 6 / 10)
    event = found.layers["event"]  # PROTEST and ARREST: 3 correct, 4 predicted, 8 gold
    assert (event.precision.value, event.recall.value, event.f1.value) == (3 / 4, 3 / 8, 6 / 12)
    assert event.groups == 2
    # All: 4 correct, 8 predicted, 9 gold.
    assert (found.micro.precision.value, found.micro.recall.value, found.micro.f1.value) == (4 / 8, 4 / 9, 8 / 17)
    # Macro over PROTEST, ARREST and PLACE, which gold has: DETAINEE does not take part, ARREST has a precision of 0.
    assert found.macro.roles == 3
    assert found.macro.precision.value == pytest.approx((0.75 + 0 + 1) / 3)
    assert found.macro.recall.value == pytest.approx((0.5 + 0 + 1) / 3)
    assert found.macro.f1.value == pytest.approx((0.6 + 0 + 1) / 3)
    assert found.roles["DETAINEE"].precision.value == 0.0
    assert found.roles["DETAINEE"].recall.value is None
    assert found.roles["PARTICIPANT"].f1.value is None


def test_between_annotators_means_are_over_the_roles_of_either() -> None:
    rows = [Row("a", "s", {"PROTEST": Counts(1, 2, 1), "PLACE": Counts(0, 3, 0)})]
    turned = [Row("a", "s", {"PROTEST": Counts(1, 1, 2), "PLACE": Counts(0, 0, 3)})]
    for each in (rows, turned):
        found = summarise(each, LAYERS, resamples=0, seed=0, mutual=True)
        assert found.macro.roles == 2
        assert found.macro.f1.value == pytest.approx((2 / 3 + 0) / 2)
        assert found.weighted.f1.value == pytest.approx((2 / 3 * 3 + 0 * 3) / 6)
    # Against gold the roles are those of gold: PLACE is in the second only.
    assert [of(each).macro.f1.value for each in (rows, turned)] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]


def test_nothing_to_judge_is_undefined_and_not_perfect() -> None:
    found = of([Row("a", "a", {}), Row("b", "b", {})], resamples=50)
    assert found.micro.f1.value is None
    assert found.macro.f1.value is None
    assert found.macro.roles == 0
    assert found.micro.f1.low is None


def test_one_group_has_no_interval() -> None:
    found = of([Row("a", "s", {"PLACE": Counts(1, 2, 2)}), Row("b", "s", {"PLACE": Counts(0, 2, 2)})], resamples=50)
    assert found.micro.f1.value == 0.25
    assert (found.micro.f1.low, found.micro.f1.high) == (None, None)


def test_a_role_in_a_single_group_has_no_interval_though_the_whole_has() -> None:
    found = of([Row("a", "a", {"PLACE": Counts(1, 2, 2)}), Row("b", "b", {"ARREST": Counts(0, 2, 2)})], resamples=200)
    assert found.roles["PLACE"].f1.low is None
    # PLACE twice, one of each, ARREST twice: F1 0.5, 0.25, 0.
    assert (found.micro.f1.low, found.micro.f1.high) == (0.0, 0.5)


def test_interval_is_of_groups_not_of_articles() -> None:
    rows = [Row(f"{group}{n}", group, {"PLACE": Counts(group == "x", 1, 1)}) for group in "xy" for n in range(50)]
    by_group = of(rows, resamples=500).micro.f1
    by_article = of([Row(row.article, row.article, row.counts) for row in rows], resamples=500).micro.f1
    assert by_group.value == by_article.value == 0.5
    assert (by_group.low, by_group.high) == (0.0, 1.0)
    assert by_article.low is not None
    assert by_article.low > 0.35


def test_interval_holds_the_estimate_and_narrows_with_more_groups() -> None:
    rng = np.random.Generator(np.random.PCG64(5))

    def width(groups: int) -> float:
        rows = [
            Row(str(n), str(n), {"PLACE": Counts(int(rng.binomial(10, 0.7)), 10, 10), "ARREST": Counts(1, 2, 3)})
            for n in range(groups)
        ]
        found = of(rows, resamples=400)
        for line in (found.micro, found.macro, found.roles["PLACE"], found.layers["event"]):
            for each in (line.precision, line.recall, line.f1):
                assert each.low is not None
                assert each.low - 1e-12 <= (each.value or 0) <= (each.high or 0) + 1e-12
        return (found.micro.f1.high or 0) - (found.micro.f1.low or 0)

    assert width(400) < width(25) / 2


def test_same_seed_same_interval_whatever_the_order() -> None:
    rows = [Row(str(n), str(n % 9), {"PLACE": Counts(n % 3, 3, 2 + n % 2)}) for n in range(30)]
    assert of(rows, 100) == of(rows[::-1], 100)
    assert of(rows, 100).micro.f1 != of(rows, 100, seed=1).micro.f1


def test_doubtful_intervals() -> None:
    def line(groups: int, *correct: int) -> bool:
        rows = [Row(str(n), str(n), {"PLACE": Counts(correct[n % len(correct)], 2, 2)}) for n in range(groups)]
        return doubtful(of(rows, 100).roles["PLACE"])

    assert line(19, 0, 1, 2)
    assert not line(20, 0, 1, 2)
    assert line(40, 2)  # not one error in 40 groups: every resample gives 1, which is no proof of perfection
    assert not line(1, 2)  # no interval, so none to doubt


@given(corpora)
def test_points_are_those_of_counts(corpus: dict[str, tuple[list[Key], list[Key]]]) -> None:
    rows = list(tally(*sides(corpus), {}).rows)
    found, sums = of(rows), total(rows)
    for role in ROLES:
        counts, line = sums.get(role, Counts()), found.roles[role]
        assert (line.correct, line.predicted, line.gold) == (counts.correct, counts.predicted, counts.gold)
        assert (line.precision.value, line.recall.value, line.f1.value) == (counts.precision, counts.recall, counts.f1)
    everything = sum(sums.values(), Counts())
    assert found.micro.f1.value == everything.f1
    assert sum(line.gold for line in found.layers.values()) == everything.gold


@given(corpora)
def test_swapping_gold_and_predictions_swaps_precision_and_recall(
    corpus: dict[str, tuple[list[Key], list[Key]]],
) -> None:
    gold, predicted = sides(corpus)
    one, other = of(list(tally(gold, predicted, {}).rows)), of(list(tally(predicted, gold, {}).rows))
    assert one.micro.f1 == other.micro.f1
    assert one.micro.precision == other.micro.recall
    assert one.layers["event"].recall == other.layers["event"].precision


@given(corpora, st.permutations(ROLES))
def test_other_names_of_roles_permute_their_numbers(
    corpus: dict[str, tuple[list[Key], list[Key]]], names: list[str]
) -> None:
    named = dict(zip(ROLES, names, strict=True))
    renamed = {
        article: ([(s, e, named[role]) for s, e, role in pair[0]], [(s, e, named[role]) for s, e, role in pair[1]])
        for article, pair in corpus.items()
    }
    before, after = of(list(tally(*sides(corpus), {}).rows)), of(list(tally(*sides(renamed), {}).rows))
    assert {named[role]: line for role, line in before.roles.items()} == after.roles
    assert before.micro == after.micro
    assert before.macro.roles == after.macro.roles
    assert before.macro.f1.value == pytest.approx(after.macro.f1.value)
