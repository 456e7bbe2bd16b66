import tracemalloc
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import __version__
from rolecall.core.errors import InputError
from rolecall.evaluate import compare as compares
from rolecall.evaluate.card import Scorecard, Side, Source
from rolecall.evaluate.compare import Comparison, Difference, encode
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.resample import generator
from rolecall.evaluate.signature import Terms
from rolecall.evaluate.summary import summarise
from rolecall.evaluate.tally import Row, Tally

LAYERS: dict[str, tuple[str, ...]] = {"event": ("PROTEST", "ARREST"), "setting": ("PLACE",)}
SIDE = Side(annotations=1, spans=10, duplicates=0, overlaps=0, suggested=0)
TERMS = Terms(scheme="protest:1:0f7324e6d787", labels="0123456789ab", resamples=0, seed=0)


def card(*rows: Row, by: str = "m", layers: dict[str, tuple[str, ...]] = LAYERS) -> Scorecard:
    return Scorecard(
        terms=TERMS,
        layers=layers,
        gold=SIDE,
        predictions=SIDE,
        missing=0,
        extra=0,
        tally=Tally("gold", by, rows),
    )


def places(*correct: int, gold: int = 2) -> Scorecard:
    """Find so many of the places of article 0, 1, ..., with as many predictions as there is gold."""
    return card(*(Row(str(n), str(n), {"PLACE": Counts(each, gold, gold)}) for n, each in enumerate(correct)))


def of(first: Scorecard, second: Scorecard, resamples: int = 0, trials: int = 200) -> Comparison:
    return compares.compare(first, second, resamples=resamples, trials=trials, seed=0, alpha=0.05)


def everything(found: Comparison) -> list[Difference]:
    return [found.micro, found.macro, *found.layers.values(), *found.roles.values()]


@st.composite
def cards(draw: st.DrawFn) -> tuple[Scorecard, Scorecard]:
    """Two systems on the same gold; counts of a role may be 0 on any side."""
    rows: tuple[list[Row], list[Row]] = ([], [])
    for article in range(draw(st.integers(0, 5))):
        gold = draw(st.dictionaries(st.sampled_from(("PROTEST", "ARREST", "PLACE")), st.integers(0, 3)))
        group = draw(st.sampled_from("stuv"))
        for side in rows:
            found = {}
            for role, number in gold.items():
                correct = draw(st.integers(0, number))
                found[role] = Counts(correct, correct + draw(st.integers(0, 2)), number)
            side.append(Row(str(article), group, found))
    return card(*rows[0], by="one"), card(*rows[1], by="two")


def test_swaps_by_hand() -> None:
    # 8 places in gold, 8 predicted: F1 is correct / 8, and the groups differ by +2, +1, +1, -1, in sum +3. Of the 16
    # sums of ±2 ±1 ±1 ±1, those of 3 or more in size are ±(2+1+1+1) and three times ±(2+1+1-1): 8 of 16.
    found = of(places(0, 0, 0, 1), places(2, 1, 1, 0))
    assert (found.exact, found.trials) == (True, 16)
    for line in (found.micro, found.macro, found.layers["setting"], found.roles["PLACE"]):
        assert (line.first, line.second, line.value) == (1 / 8, 4 / 8, 3 / 8)
        assert (line.p, line.adjusted) == (0.5, 0.5)
        assert (line.groups, line.differing, line.verdict) == (4, 4, "not enough evidence")


def test_articles_of_one_group_are_swapped_together() -> None:
    def told(first: int, second: int, third: int) -> Scorecard:
        rows = (("a", "s", first), ("b", "s", second), ("c", "t", third))
        return card(*(Row(article, group, {"PLACE": Counts(each, 2, 2)}) for article, group, each in rows))

    found = of(told(0, 0, 0), told(1, 2, 1))
    assert found.trials == 4  # two groups, that differ by +3 and +1: only all and nothing come out at 4
    assert found.micro.p == 2 / 4
    # b and c even out a and the whole: +2 -2 in s leaves it as it was.
    assert of(told(0, 2, 0), told(2, 0, 1)).trials == 2


def test_interval_is_of_the_same_resamples_for_both() -> None:
    # Every group gains one place of four, so every resample does, however unlike the groups are.
    found = of(places(0, 3, 1, 2, gold=4), places(1, 4, 2, 3, gold=4), resamples=200).micro
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)
    assert found.doubtful
    # Two groups that differ by 0 and 1 of 2: drawn 0, 1 or 2 times, the second makes 0, 0.25 or 0.5.
    found = of(places(1, 0), places(1, 1), resamples=500).micro
    assert (found.value, found.low, found.high) == (0.25, 0.0, 0.5)


def test_fewer_than_six_groups_never_do_and_six_may() -> None:
    found = of(places(*[0] * 5), places(*[1] * 5))
    assert (found.micro.p, found.micro.verdict) == (2 / 2**5, "not enough evidence")
    assert found.warnings[1] == "groups in which the two differ: 5; p is 0.0625 at least, too much for a verdict"
    found = of(places(*[0] * 6, 1, 1), places(*[1] * 6, 1, 1))
    assert (found.micro.p, found.micro.verdict) == (2 / 2**6, "better")
    assert found.warnings == (
        "8 groups of articles: below 20 the intervals are unreliable; the p-values hold, but small differences go "
        "unseen",
    )
    assert of(places(*[1] * 6), places(*[0] * 6)).micro.verdict == "worse"


def test_random_swaps_where_many_groups_differ() -> None:
    found = of(places(*[0] * 30), places(*[1] * 30), trials=999)
    assert (found.exact, found.trials, found.micro.p, found.micro.verdict) == (False, 999, 1 / 1000, "better")
    assert found.signature.endswith(f"|resamples:0|seed:0|rolecall:{__version__}|swaps:999|alpha:0.05")
    assert not found.warnings


def test_roles_and_layers_are_corrected_each_among_themselves() -> None:
    def told(protest: int, arrest: int, place: int) -> Scorecard:
        per_role = {"PROTEST": Counts(protest, 1, 1), "ARREST": Counts(arrest, 1, 1), "PLACE": Counts(place, 1, 1)}
        same = {role: Counts(1, 1, 1) for role in per_role}
        return card(*(Row(str(n), str(n), per_role if n < 6 else same) for n in range(8)))

    found = of(told(0, 0, 0), told(1, 0, 0))
    # 2 / 64 for PROTEST, and so for its layer; 1 for all that does not differ.
    assert [line.p for line in found.roles.values()] == [2 / 64, 1, 1]
    assert [line.adjusted for line in found.roles.values()] == [6 / 64, 1, 1]
    assert [line.adjusted for line in found.layers.values()] == [4 / 64, 1]
    assert (found.micro.adjusted, found.macro.adjusted) == (2 / 64, 2 / 64)
    assert [found.micro.verdict, found.roles["PROTEST"].verdict] == ["better", "not enough evidence"]


def test_what_is_undefined_is_no_evidence_and_no_test() -> None:
    rows = [Row(str(n), str(n), {"PLACE": Counts(0, 1, 1), "ARREST": Counts(0, 3, 0)}) for n in range(8)]
    better = [Row(str(n), str(n), {"PLACE": Counts(1, 1, 1)}) for n in range(8)]
    found = of(card(*rows), card(*better), resamples=50)
    # Only one side predicted an ARREST, which gold lacks: its F1 is 0 there and undefined on the other side.
    arrest = found.roles["ARREST"]
    assert (arrest.first, arrest.second, arrest.value, arrest.low, arrest.p) == (0.0, None, None, None, None)
    assert arrest.verdict == found.roles["PROTEST"].verdict == "not enough evidence"
    assert found.roles["PLACE"].adjusted == 2 / 2**8  # the one role that is tested
    assert (found.macro.groups, arrest.groups, arrest.differing, found.roles["PROTEST"].groups) == (8, 8, 8, 0)


def test_nothing_to_compare() -> None:
    found = of(card(), card(), resamples=50)
    assert {line.value for line in everything(found)} == {None}
    assert found.warnings[1] == "the two do not differ in any group"


@given(cards())
def test_a_system_beside_itself(pair: tuple[Scorecard, Scorecard]) -> None:
    for line in everything(of(pair[0], pair[0], resamples=20)):
        assert line.value in (0.0, None)
        assert line.p == (None if line.value is None else 1.0)
        assert line.low in (0.0, None)
        assert line.differing == 0
        assert line.verdict == "not enough evidence"


def mirror(line: Difference) -> tuple[object, ...]:
    """Turn a line around."""
    verdict = {"better": "worse", "worse": "better"}.get(line.verdict, line.verdict)
    value, low, high = (None if each is None else -each for each in (line.value, line.high, line.low))
    return line.second, line.first, value, low, high, line.p, line.adjusted, verdict


def flat(line: Difference) -> tuple[object, ...]:
    return line.first, line.second, line.value, line.low, line.high, line.p, line.adjusted, line.verdict


@given(cards())
def test_swapping_the_cards_negates_differences_and_keeps_p(pair: tuple[Scorecard, Scorecard]) -> None:
    for one, other in zip(everything(of(*pair, 30)), everything(of(*pair[::-1], 30)), strict=True):
        assert flat(one) == pytest.approx(mirror(other), abs=1e-12)


def invented(seed: int, groups: int) -> Scorecard:
    rng = generator(seed)
    rows = []
    for n in range(groups):
        gold = {"PROTEST": 1 + n % 3, "ARREST": n % 2, "PLACE": 2}
        found = {role: int(rng.binomial(number, 0.6 + 0.05 * seed)) for role, number in gold.items()}
        extra = {role: int(rng.poisson(0.5)) for role in gold}
        rows.append(Row(str(n), str(n // 2), {r: Counts(found[r], found[r] + extra[r], gold[r]) for r in gold}))
    return card(*rows)


def test_swapping_the_cards_with_random_swaps() -> None:
    one, other = invented(1, 60), invented(2, 60)
    found, turned = of(one, other, 100), of(other, one, 100)
    assert not found.exact
    for line, mirrored in zip(everything(found), everything(turned), strict=True):
        assert flat(line) == pytest.approx(mirror(mirrored), abs=1e-12)


def test_order_of_rows_does_not_matter() -> None:
    one, other = invented(1, 60), invented(2, 60)
    turned = msgspec.structs.replace(other, tally=Tally("gold", "m", other.tally.rows[::-1]))
    assert of(one, other, 50) == of(one, turned, 50)
    seeds = [compares.compare(one, other, resamples=50, trials=50, seed=seed, alpha=0.05) for seed in (0, 1)]
    assert seeds[0].micro.low != seeds[1].micro.low
    assert seeds[0].micro.p != seeds[1].micro.p


@given(cards())
def test_values_are_those_of_the_scores(pair: tuple[Scorecard, Scorecard]) -> None:
    found = of(*pair)
    one, other = (summarise(each.tally.rows, LAYERS, resamples=0, seed=0) for each in pair)
    assert (found.micro.first, found.micro.second) == (one.micro.f1.value, other.micro.f1.value)
    assert (found.macro.first, found.macro.second) == (one.macro.f1.value, other.macro.f1.value)
    for name, line in found.layers.items():
        assert (line.first, line.second) == (one.layers[name].f1.value, other.layers[name].f1.value)
    for name, line in found.roles.items():
        assert (line.first, line.second) == (one.roles[name].f1.value, other.roles[name].f1.value)


@given(cards())
def test_a_comparison_goes_through_json(pair: tuple[Scorecard, Scorecard]) -> None:
    found = of(*pair, 20)
    assert msgspec.json.decode(encode(found), type=Comparison) == found


def test_readers_files_and_warnings(tmp_path: Path) -> None:
    rows = places(*range(3)).tally.rows
    one = msgspec.structs.replace(
        card(*rows, by="one"), sources={"predictions": Source("one.jsonl", "ab12")}, missing=2
    )
    other = msgspec.structs.replace(card(*rows, by="two"), gold=msgspec.structs.replace(SIDE, suggested=4))
    found = of(one, other)
    assert (found.first.by, found.first.source, found.second.by, found.second.source) == (
        "one",
        Source("one.jsonl", "ab12"),
        "two",
        None,
    )
    assert found.warnings[1:] == (
        "the two do not differ in any group",
        "no articles file: each article is its own group",
        "first: articles of gold without a prediction, counted as no spans: 2",
    )
    assert of(other, one).warnings[-1] == "gold: annotations made from a model's suggestion, which favours it: 4"
    compares.write(tmp_path / "comparison.json", found)
    assert (tmp_path / "comparison.json").read_text() == encode(found)


def terms(**changes: str) -> Scorecard:
    return msgspec.structs.replace(places(1, 1), terms=msgspec.structs.replace(TERMS, **changes))


@pytest.mark.parametrize(
    ("other", "says", "remedy"),
    [
        (terms(match="overlap"), "different match rules: strict and overlap", "the same rule"),
        (terms(scheme="case:1:ab"), "different schemes: protest:1:0f7324e6d787 and case:1:ab", "the same --scheme"),
        (terms(labels="ba9876543210"), "different gold labels: 0123456789ab and ba9876543210", "the same GOLD"),
        (card(layers={"event": ("PROTEST",)}), "different layers or roles", "the same --scheme"),
        (places(1), "only one of the two scorecards has article '1'", "score both anew"),
        (places(*[1] * 8), "has articles '2', '3', '4' and 3 more", "score both anew"),
        (
            card(*(Row(r.article, "s", r.counts) for r in places(1, 1).tally.rows)),
            "into different groups",
            "--articles",
        ),
        (places(1, 1, gold=3), "other gold spans in articles '0', '1'", "score both anew"),
    ],
)
def test_cards_that_do_not_compare_are_refused(other: Scorecard, says: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        of(places(1, 1), other)
    assert says in caught.value.what
    assert remedy in caught.value.remedy


@pytest.mark.soak
def test_ten_thousand_resamples_of_ten_thousand_groups_fit_in_memory() -> None:
    layers = {f"layer{n}": tuple(f"ROLE{n}{m}" for m in range(5)) for n in range(4)}
    names = [role for roles in layers.values() for role in roles]
    gold = generator(0).poisson(2, (10_000, 20))

    def found(seed: int) -> Scorecard:
        correct = generator(seed).binomial(gold, 0.7)
        table = np.stack([correct, correct + generator(seed).poisson(0.5, gold.shape), gold], axis=-1).tolist()
        rows = (Row(str(n), str(n), counts_of(each)) for n, each in enumerate(table))
        return card(*rows, layers=layers)

    def counts_of(cells: list[list[int]]) -> dict[str, Counts]:
        return {role: Counts(*cell) for role, cell in zip(names, cells, strict=True)}

    one, other = found(1), found(2)
    tracemalloc.start()
    try:
        of(one, other, resamples=10_000, trials=10_000)
        assert tracemalloc.get_traced_memory()[1] < 500e6
    finally:
        tracemalloc.stop()
