import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from rolecall.evaluate import randomise
from rolecall.evaluate.randomise import MAX_EXACT, holm, p_values
from rolecall.evaluate.resample import generator


def pairs(*numbers: tuple[int, int]) -> NDArray[np.int64]:
    """Lay out one number of each side for each group: (groups, 2, 1)."""
    return np.array(numbers, dtype=np.int64)[..., None]


def test_all_swaps_by_hand() -> None:
    found = randomise.randomise(pairs((1, 5), (7, 7), (10, 30)), 99, generator(0))
    assert found.exact
    # (7, 7) swaps into itself: of 8 swaps 4 are distinct. Nothing swapped; the first; the third; both.
    assert found.sums[..., 0].tolist() == [[18, 42], [22, 38], [38, 22], [42, 18]]


def test_sides_that_do_not_differ_have_one_swap() -> None:
    found = randomise.randomise(pairs(*[(3, 3)] * 50), 99, generator(0))
    assert (found.exact, found.sums[..., 0].tolist()) == (True, [[150, 150]])
    assert randomise.randomise(np.zeros((0, 2, 4, 3), dtype=np.int64), 99, generator(0)).sums.shape == (1, 2, 4, 3)


def test_random_swaps_keep_the_sum_and_take_either_side_as_often() -> None:
    table = pairs(*[(0, 1)] * (MAX_EXACT + 1))
    found = randomise.randomise(table, 4000, generator(0))
    assert not found.exact
    assert found.sums.shape == (4000, 2, 1)
    assert (found.sums.sum(axis=1) == 13).all()
    assert abs(found.sums[:, 0].mean() - 6.5) < 0.15
    assert len(np.unique(found.sums[:, 0])) > 8


def test_same_seed_same_swaps_and_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.arange(20 * 2 * 3, dtype=np.int64).reshape(20, 2, 3) ** 2
    whole = randomise.randomise(table, 50, generator(3)).sums
    assert (whole == randomise.randomise(table, 50, generator(3)).sums).all()
    assert (whole != randomise.randomise(table, 50, generator(4)).sums).any()
    monkeypatch.setattr(randomise, "_CHUNK", 20 * 7)  # seven swaps at a time
    assert (whole == randomise.randomise(table, 50, generator(3)).sums).all()


def test_p_by_hand() -> None:
    swapped = np.array([[0.3, 0.1, 0.0], [-0.3, 0.2, 0.0], [0.1 + 0.2, np.nan, 0.0], [0.2, -0.1, 0.0]])
    observed = np.array([0.3, 0.2, np.nan])
    # First: three of 4 as large, the third but for rounding. Second: 0.2, and one undefined. Third: nothing observed.
    assert p_values(observed, swapped, exact=True)[:2].tolist() == [3 / 4, 2 / 4]
    assert p_values(observed, swapped, exact=False)[:2].tolist() == [4 / 5, 3 / 5]
    assert np.isnan(p_values(observed, swapped, exact=True)[2])


def test_holm_by_hand() -> None:
    # 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1, which is not to be below the 0.06 before it.
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.3, np.nan, 0.6, np.nan])) == pytest.approx([0.6, np.nan, 0.6, np.nan], nan_ok=True)
    assert holm(np.array([0.7, 0.8])) == pytest.approx([1, 1])
    assert holm(np.array([0.02])) == pytest.approx([0.02])
    assert holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_no_correction_and_bonferroni(p: list[float]) -> None:
    found = holm(np.array(p))
    assert (found >= np.array(p)).all()
    assert (found <= np.minimum(1, np.array(p) * len(p))).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


@pytest.mark.parametrize(("groups", "tolerance"), [(5, 1e-12), (8, 1e-12), (30, 0.015)])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_scipy(groups: int, tolerance: float, seed: int) -> None:
    table = generator(seed).integers(0, 9, size=(groups, 2))
    sides = table[:, 0].astype(np.float64), table[:, 1].astype(np.float64)

    def gain(x: NDArray[np.float64], y: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(y.sum(axis)) - np.sqrt(x.sum(axis)))

    reference = stats.permutation_test(
        sides,
        gain,
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        batch=1000,
        rng=generator(seed + 100),
    )
    swaps = randomise.randomise(table, 20_000, generator(seed))
    observed = gain(*sides, 0)
    p = p_values(observed[None], np.diff(np.sqrt(swaps.sums), axis=1), exact=swaps.exact)
    assert p[0] == pytest.approx(reference.pvalue, abs=tolerance)
