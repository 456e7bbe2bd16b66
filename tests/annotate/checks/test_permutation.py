import numpy as np
import pytest

from rolecall.annotate.checks.permutation import Halves, p_of_change, p_of_difference
from rolecall.evaluate.resample import generator


def test_a_change_by_hand() -> None:
    # Of the 6 ways to put 0, 1, 10, 11 in two halves of two, 2 have a difference as large: p is about 1/3.
    halves = Halves(np.array([[0.0], [1.0]]), np.array([[10.0], [11.0]]))
    assert halves.change == pytest.approx([10.0])
    assert halves.error == pytest.approx([0.5])  # two variances of 0.5, over two units each
    assert p_of_change(halves, 6000, generator(0))[0] == pytest.approx(1 / 3, abs=0.02)


def test_no_change_is_certain() -> None:
    same = np.ones((5, 2))
    assert p_of_change(Halves(same, same), 99, generator(0)).tolist() == [1.0, 1.0]


def test_a_level_of_ones_own_is_no_change() -> None:
    rng = np.random.default_rng(1)
    noise = [rng.normal(0, 1, (40, 1)) for _ in range(4)]
    own, others = Halves(noise[0] + 9, noise[1] + 9), Halves(noise[2], noise[3])
    shifted = Halves(noise[0] + 9, noise[1] + 12)
    assert p_of_difference(own, others, 999, generator(0))[0] > 0.05
    assert p_of_difference(shifted, others, 999, generator(0))[0] == 1 / 1000


def test_p_is_uniform_where_variances_differ_and_nothing_changes() -> None:
    rng = np.random.default_rng(2)
    found = np.concatenate(
        [
            p_of_difference(
                Halves(rng.normal(0, 3, (12, 50)), rng.normal(0, 3, (12, 50))),
                Halves(rng.normal(5, 1, (60, 50)), rng.normal(5, 1, (60, 50))),
                199,
                generator(seed),
            )
            for seed in range(20)
        ]
    )
    # 1,000 true nulls, of which some 50 should fall below 0.05: 30 to 70 is three standard deviations.
    assert 30 <= np.count_nonzero(found <= 0.05) <= 70
