import numpy as np
import pytest

from rolecall.evaluate import resample
from rolecall.evaluate.resample import generator, interval


def test_every_resample_draws_as_many_groups_as_there_are() -> None:
    table = np.eye(7, dtype=np.int64)
    sums = resample.resample(table, 200, generator(0))
    assert sums.shape == (200, 7)
    assert (sums.sum(axis=1) == 7).all()
    assert len({tuple(row) for row in sums}) > 100
    assert abs(sums.mean() - 1) < 1e-12


def test_same_seed_same_resamples_and_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.arange(24, dtype=np.int64).reshape(4, 2, 3)
    whole = resample.resample(table, 50, generator(3))
    assert whole.shape == (50, 2, 3)
    assert (whole == resample.resample(table, 50, generator(3))).all()
    assert (whole != resample.resample(table, 50, generator(4))).any()
    monkeypatch.setattr(resample, "_CHUNK", 4 * 7)  # seven resamples at a time
    assert (whole == resample.resample(table, 50, generator(3))).all()


def test_two_groups_by_hand() -> None:
    # Draws of {1, 3} are 1+1, 1+3, 3+1, 3+3: 2, 4 or 6 with probabilities 1/4, 1/2, 1/4.
    sums = resample.resample(np.array([[1], [3]]), 4000, generator(0))[:, 0]
    shares = [float((sums == value).mean()) for value in (2, 4, 6)]
    assert np.allclose(shares, [0.25, 0.5, 0.25], atol=0.03)
    assert interval(sums) == (2.0, 6.0)


def test_one_group_has_only_one_resample() -> None:
    assert (resample.resample(np.array([[5, 6]]), 20, generator(0)) == [5, 6]).all()


def test_interval_by_hand_and_without_the_undefined() -> None:
    samples = np.array([*range(101), np.nan, np.nan], dtype=float)
    found = interval(samples)
    assert found is not None
    assert np.allclose(found, [2.5, 97.5])
    assert interval(np.array([np.nan, np.nan])) is None
